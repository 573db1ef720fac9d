"""Every byte that the portal keeps, and what is planted in it."""

import base64

from sqlalchemy import text

from portal.database import transaction
from portal.extensions import Base, db
from portal.mail.models import MailState, OutboxMail


def planted(name):
    """The name in every spelling in which bytes may hold it."""
    plain = name.encode()
    padded = [base64.b64encode(b"\0" * shift + plain)[4 if shift else 0 : -4] for shift in range(3)]
    spellings = [plain, plain.hex().encode(), name.encode("utf-16-le"), name.upper().encode()]
    return [*spellings, *padded, name.encode("utf-16-be")]


def everything(app):
    """All bytes that are kept: the database's files or rows, and what lies in the folder of evidence."""
    db.session.rollback()
    folder = app.extensions["settings"].evidence_folder
    parts = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    if db.engine.dialect.name == "sqlite":
        path = db.engine.url.database
        parts += [each.read_bytes() for each in folder.__class__(path).parent.glob("*.sqlite3*")]
        return b"\n".join(parts)
    for name in Base.metadata.tables:
        rows = db.session.scalars(text(f'SELECT t::text FROM "{name}" t'))
        parts += [row.encode() for row in rows]
    db.session.rollback()
    return b"\n".join(parts)


def found_in(whole, *names):
    return {name for name in names if any(each in whole for each in planted(name))}


def all_left():
    with transaction():
        for mail in db.session.scalars(db.select(OutboxMail)):
            mail.state = MailState.SENT
