"""In which language what is there is said: claims, mails and pages."""

from sqlalchemy import select

from portal.claims.models import Claim
from portal.extensions import db
from portal.mail.models import OutboxMail
from tests.factories import EMAIL

OURS = "en-Dsrt"  # of the pseudo-language, as a shop writes it
PROVEN = {"account_email": EMAIL, "account_id": "u-17"}


def claims():
    db.session.rollback()
    return db.session.scalars(select(Claim).order_by(Claim.id)).all()


def mails(to=EMAIL):
    db.session.rollback()
    found = select(OutboxMail).where(OutboxMail.recipient == to).order_by(OutboxMail.id)
    return db.session.scalars(found).all()


def tag(page):
    return page.one("html").get("lang")
