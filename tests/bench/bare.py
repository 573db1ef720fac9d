"""What to compare with: a bare Flask app with one keyset query, a form that keeps a file, rows and JSON.

No sign-in, no session, no token, no check of anything: the least that such pages can cost.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

import pysqlite3.dbapi2
from flask import Flask, redirect, request
from sqlalchemy import Index, create_engine, event, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

ROWS = 100_000
SHOWN = 25

PAGE = """<!doctype html><html lang="en"><head><title>Claims</title></head><body><h1>Claims</h1>
<table>{% for row in rows %}<tr><td><a href="/claims/{{ row.id }}">{{ row.reference }}</a></td>
<td>{{ row.shop }}</td><td>{{ row.reason }}</td><td>{{ row.amount }}</td><td>{{ row.outcome }}</td>
<td>{{ row.due_at }}</td><td>{{ row.files }}</td></tr>{% endfor %}</table>
{% if rows %}<a href="/?after={{ rows[-1].due_at }}~{{ rows[-1].id }}">Next</a>{% endif %}
<p>{{ filler }}</p></body></html>"""
FORM = """<!doctype html><html lang="en"><head><title>Claim</title></head><body><h1>Claim</h1>
<form method="post" enctype="multipart/form-data"><input name="order" value="{{ order }}">
<input name="email"><textarea name="text"></textarea><input type="file" name="files">
<button>Send</button></form><p>{{ filler }}</p></body></html>"""


class Base(DeclarativeBase):
    pass


class Claim(Base):
    __tablename__ = "claims"
    __table_args__ = (Index("ix_queue", "waiting", "due_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str]
    shop: Mapped[str]
    reason: Mapped[str]
    amount: Mapped[str]
    outcome: Mapped[str]
    waiting: Mapped[bool]
    due_at: Mapped[str]
    files: Mapped[int]


class Row(Base):
    __tablename__ = "rows"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str]
    data: Mapped[str]


class Sent(Base):
    __tablename__ = "sent"

    id: Mapped[int] = mapped_column(primary_key=True)
    order: Mapped[str]
    email: Mapped[str]
    text: Mapped[str]
    file: Mapped[str]


def engine_of(path):
    engine = create_engine(f"sqlite:///{path}", module=pysqlite3.dbapi2)

    @event.listens_for(engine, "connect")
    def connect(connection, _record):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA busy_timeout=15000")

    return engine


def fill(folder):
    """Lay the table of claims, a quarter of them waiting, unless it is there from a run before."""
    path = folder / "bare.sqlite3"
    if path.exists():
        return
    folder.mkdir(exist_ok=True)
    engine = engine_of(path)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(
            insert(Claim),
            [
                {
                    "reference": f"{number:04X}-{number % 9973:04X}",
                    "shop": "SMS Service",
                    "reason": "No SMS came",
                    "amount": f"{number % 90 / 10:.2f} USD",
                    "outcome": "Review",
                    "waiting": number % 4 == 0,
                    "due_at": f"2026-03-{number % 28 + 1:02} 10:{number % 60:02}",
                    "files": number % 4,
                }
                for number in range(ROWS)
            ],
        )
    engine.dispose()


def create_app():
    folder = Path(os.environ["BARE_FOLDER"])
    engine = engine_of(folder / "bare.sqlite3")
    app = Flask("bare")
    queue_template, form_template = map(app.jinja_env.from_string, (PAGE, FORM))

    @app.get("/")
    def queue():
        page = select(Claim).where(Claim.waiting).order_by(Claim.due_at, Claim.id).limit(SHOWN)
        with Session(engine) as session:
            rows = session.scalars(page).all()
            return queue_template.render(rows=rows, filler=filler["queue"])

    @app.get("/form")
    def form():
        return form_template.render(order="A-1", filler=filler["form"])

    filler = {"queue": "", "form": ""}
    for name, view in (("queue", queue), ("form", form)):
        filler[name] = "x" * max(0, int(os.environ[f"BARE_{name}_BYTES".upper()]) - len(view()))

    @app.post("/rows")
    def rows():
        """As many rows as there are lines, each kept as it is, in one transaction."""
        found = [(line, json.loads(line)) for line in request.get_data().splitlines()]
        with Session(engine) as session:
            session.execute(
                insert(Row),
                [
                    {
                        "reference": row["reference"],
                        "email": row["account_email"],
                        "data": line.decode(),
                    }
                    for line, row in found
                ],
            )
            session.commit()
        return {"added": len(found)}

    @app.post("/json")
    def ask():
        """JSON in, one row read, JSON out."""
        said = request.get_json()
        with Session(engine) as session:
            row = session.get_one(Claim, int(said["order_reference"][2:]))
            return {"reference": row.reference, "outcome": row.outcome, "amount": row.amount}

    @app.post("/form")
    def send():
        kept = ""
        if upload := request.files.get("files"):
            kept = secrets.token_hex(16)
            with (folder / kept).open("wb") as file:
                upload.save(file)
                file.flush()
                os.fsync(file.fileno())
        names = ("order", "email", "text")
        with Session(engine) as session:
            session.add(Sent(**{n: request.form.get(n, "") for n in names}, file=kept))
            session.commit()
        return redirect("/form", 303)

    return app


def step(visitor, method, picture):
    """One request to the bare form: as many bytes as one of the journey's."""
    if method == "GET":
        visitor.get("/form")
    else:
        given = {"order": "A-1", "email": "kim@example.org", "text": "No SMS came."}
        visitor.post("/form", given, picture if method == "UPLOAD" else None)
