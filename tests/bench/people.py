"""Who uses the portal under test: a reviewer who signs in, and customers who file their claims."""

from __future__ import annotations

import re
import secrets
import time
from datetime import UTC, datetime, timedelta
from io import BytesIO
from random import Random
from typing import NamedTuple

import pysqlite3.dbapi2
from flask import current_app
from flask_security import hash_password
from PIL import Image

from portal.database import transaction
from portal.extensions import db
from portal.people.reviewers import Reviewer
from portal.people.rights import EVERY_SHOP, HeldRight, Right
from tests.bench.client import Upload

SHOP = "sms-service"
PASSWORD = "measures the queue again"
OK, SEE_OTHER = 200, 303
CODE = re.compile(r"\b[0-9]{6}\b", re.ASCII)
HEADING = (
    "record,reference,kind,service,country,price_amount,price_currency,ordered_at,expires_at,"
    "revealed_at,account_email,messages_known"
)


class Credentials(NamedTuple):
    email: str
    totp: object  # makes the codes, as an authenticator does


def hire(*held):
    """A person with an authenticator, in the database, and with these rights in every shop; else a reviewer's."""
    factory = current_app.extensions["security"].totp_factory
    secret = factory.generate_totp_secret()
    email = f"bench-{secrets.token_hex(4)}@example.com"
    with transaction():
        db.session.add(
            Reviewer(
                email=email,
                name="Bench",
                password=hash_password(PASSWORD),
                active=True,
                fs_uniquifier=secrets.token_hex(32),
                held=[HeldRight(shop=EVERY_SHOP, what=each) for each in held or (Right.REVIEWER,)],
                tf_primary_method="authenticator",
                tf_totp_secret=secret,
            )
        )
    return Credentials(email, factory._totp.from_source(secret))


def sign_in(visitor, reviewer, *, ahead=0):
    """Password and code; ``ahead`` steps of half a minute, since each code works once."""
    page = visitor.get("/sign-in")
    sent = {"email": reviewer.email, "password": PASSWORD, "csrf_token": page.token}
    page = visitor.get(visitor.post("/sign-in", sent).location)
    code = reviewer.totp.generate(time=time.time() + 30 * ahead).token
    visitor.post("/sign-in/code", {"code": code, "csrf_token": page.token})
    if visitor.get("/review").status != OK:
        raise RuntimeError("the reviewer is not signed in")


class Order(NamedTuple):
    reference: str
    email: str
    address: str  # where its customer's requests come from


class Orders:
    """Orders of the shop whose SMS never came, each to be claimed once."""

    def __init__(self, count):
        run = secrets.token_hex(3).upper()
        self._all = [
            Order(
                f"{run}-{number:05}",
                f"c{number}.{run}@example.org".lower(),
                f"10.9.{number // 250}.{number % 250 + 1}",
            )
            for number in range(count)
        ]
        self._left = iter(list(self._all))

    def take(self):
        """The next one; for many threads."""
        return next(self._left)

    def write(self, path):
        """The file to import: each was ordered two hours ago and got no SMS."""
        at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
        end = at + timedelta(minutes=20)
        lines = [
            f"order,{order.reference},activation,WhatsApp,GB,0.50,USD,{at.isoformat()},"
            f"{end.isoformat()},{at.isoformat()},{order.email},true"
            for order in self._all
        ]
        path.write_text("\n".join([HEADING, *lines, ""]), encoding="utf-8")


def screenshot():
    """A PNG of 200 KB as a phone makes it: 1080 by 2340, most of it plain."""
    picture = Image.new("RGB", (1080, 2340), "#f4f6f8")
    noise = Image.frombytes("RGB", (256, 256), Random(1).randbytes(3 * 256 * 256))
    picture.paste(noise, (40, 400))
    file = BytesIO()
    picture.save(file, "PNG")
    return Upload("screenshot.png", file.getvalue())


def file_claim(visitor, order, *, picture, code_of, done=None):
    """The whole journey from the shop's page to the claim's own; ``done(method, path)`` after each step.

    With a ``picture`` where one is given: a claim that the logs prove needs none. Reading the code is none of its requests: that time is the mail's, and the customer's.
    """

    def get(path):
        answer = visitor.get(path)
        if answer.status != OK:
            raise RuntimeError(f"GET {path}: {answer.status}")
        if done:
            done("GET", path)
        return answer

    def post(path, data, page, upload=None):
        answer = visitor.post(path, data | {"csrf_token": page.token}, upload)
        if answer.status != SEE_OTHER:
            raise RuntimeError(f"POST {path}: {answer.status}\n{answer.body.decode()}")
        if done:
            done("UPLOAD" if upload else "POST", path)
        return answer.location

    get(f"/{SHOP}/")
    page = get(f"/{SHOP}/claim")
    at = post(f"/{SHOP}/claim", {"order": order.reference, "email": order.email}, page)
    page = get(at)
    at = post(at, {"code": code_of(order.email)}, page)
    at = post(at, {"reason": "sms_not_received"}, get(at))
    page = get(at)
    if picture:
        page = get(post(f"/evidence/{at.split('/')[2]}", {}, page, picture).partition("#")[0])
    at = post(at, {}, page)
    get(at)


class Codes:
    """Reads a code where it is: in the outbox, or in the mail that has left."""

    def __init__(self, portal):
        self.portal = portal

    def __call__(self, email):
        newest = "SELECT text FROM outbox WHERE recipient = ? ORDER BY id DESC LIMIT 1"
        line = pysqlite3.dbapi2.connect(self.portal.database, timeout=15)
        try:
            for _ in range(1000):
                row = line.execute(newest, (email,)).fetchone()
                found = CODE.search(row[0]) if row else None
                if code := self.portal.mails.codes.get(email) or (found and found.group()):
                    return code
                time.sleep(0.01)
        finally:
            line.close()
        raise TimeoutError(f"no code came for {email}")
