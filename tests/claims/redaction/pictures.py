"""A screen with a secret in it, what is kept of it, and how parts of it are made black."""

import io
from dataclasses import replace

from PIL import Image, ImageDraw

from portal.claims.evidence.sanitising import BlackPart
from portal.claims.evidence.storage.chosen import storage
from portal.claims.queries import claim_for_change
from portal.claims.redaction.burning import black_out_own, burn, redact
from portal.claims.redaction.originals import forget_originals
from portal.claims.verbs import filing, reviewing
from portal.database import transaction
from portal.extensions import db
from portal.people.reviewers import Reviewer
from tests import factories
from tests.claims.encoded import saved
from tests.claims.uploads import row
from tests.factories import NOW

SIZE = (320, 480)
JPEG = "JPEG"
SECRET = (37, 101, 123, 143)  # pixels, on no block's edge
PART = BlackPart(SECRET[0] / 320, SECRET[1] / 480, (SECRET[2] + 1) / 320, (SECRET[3] + 1) / 480)
RED = (200, 20, 60)


def screen(form="WEBP"):
    """A picture whose secret is red, in many shades around."""
    drawn = Image.new("RGB", SIZE, "#f4f6f8")
    pen = ImageDraw.Draw(drawn)
    for y in range(0, 480, 24):
        pen.rectangle((10, y, 60 + 11 * y % 200, y + 9), fill=(70, y % 255, 200))
    pen.rectangle(SECRET, fill=RED)
    return saved(drawn, form, **({"quality": 95} if form == JPEG else {"lossless": True}))


def shown(number, role="view"):
    """A view as it is kept now."""
    view = next(each for each in row(number).views if each["role"] == role)
    with storage().open(view["key"]) as file:
        return Image.open(io.BytesIO(file.read())).convert("RGB")


def reddish(picture):
    """How many pixels are of the secret's colour, or of what is left of it."""
    seen = (
        picture.get_flattened_data()
        if hasattr(picture, "get_flattened_data")
        else picture.getdata()
    )
    return sum(1 for r, g, b in seen if r > g + 60 and r > b + 60)


def send(reference, *, at=NOW):
    """Its owner sends the draft."""
    with transaction():
        claim = claim_for_change(reference)
        filing.submit(claim, policy=factories.policy(claim.shop), at=at)


def ask_for_a_file(reference, person, *, at=NOW):
    """A person asks its owner for one more file."""
    with transaction():
        claim = claim_for_change(reference)
        by, policy = db.session.get(Reviewer, person), factories.policy(claim.shop)
        reviewing.ask(claim, missing=["claim.evidence"], note="One more, please.", by=by, at=at,
                      seen=claim.version, policy=policy)  # fmt: skip


def black_out_as_owner(number, *parts, at=NOW, role="view"):
    """As its owner does it on their page."""
    file = row(number)
    reference, claim = file.claim.reference, file.claim_id
    with burn(file, role=role, parts=parts or [PART]) as burned, transaction():
        black_out_own(claim_for_change(reference), burned, at=at)
    forget_originals(claim, now=at)


def redact_as(person, number, *parts, at=NOW, role="view", seen=None, period=None):
    """As a person who decides does it on theirs."""
    file = row(number)
    reference, looked = file.claim.reference, seen or file.claim.version
    with burn(file, role=role, parts=parts or [PART]) as burned, transaction():
        claim = claim_for_change(reference)
        by = db.session.get(Reviewer, person)
        policy = factories.policy(claim.shop)
        if period is not None:
            policy = replace(policy, shop=replace(policy.shop, originals_time=period))
        redact(claim, burned, by=by, at=at, seen=looked, policy=policy)
