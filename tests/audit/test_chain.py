"""Whoever changes the log by the database itself is found out: by the chain, or by a head signed before."""

import json
import stat
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from portal.audit import chain, heads, verifying
from portal.audit.chain import AuditLink, digest_of, link_due
from portal.audit.heads import NotAHead
from portal.audit.log import AuditEntry, StaffAct, note
from portal.audit.verifying import Tampered, Tampering
from portal.cli.audit import SAID
from portal.database import transaction
from portal.extensions import db
from portal.sealed import Keyring
from tests.conftest import NOW
from tests.races import apart

KEYS = Keyring({"one": b"1" * 32, "two": b"2" * 32}, "one")
PUBLIC = heads.public_keys(KEYS)
OTHERS = Keyring({"one": b"3" * 32}, "one")
LATER = NOW + timedelta(hours=1)


def added(count):
    with transaction():
        for number in range(count):
            note(
                StaffAct.EXPORT, at=NOW + timedelta(seconds=number), by=None, about=f"file {number}"
            )


@pytest.fixture
def linked(app):
    """Ten acts, linked, and the head of the first five."""
    added(5)
    assert link_due(now=NOW) == 5
    first = heads.head(at=NOW)
    added(5)
    assert (link_due(now=NOW), link_due(now=NOW)) == (5, 0)
    return first


def by_force(*statements):
    """What who owns the database may do: the triggers are his to drop."""
    tables = ("audit_log", "audit_links")
    if db.engine.dialect.name == "sqlite":
        refusing = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit_%'"
        before = [f"DROP TRIGGER {name}" for name in db.session.scalars(text(refusing))]
        after = []
    else:
        before = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in tables]
        after = [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in tables]
    with transaction():
        for statement in (*before, *statements, *after):
            db.session.execute(text(statement))
    db.session.expire_all()


def found(*kept):
    db.session.rollback()
    return verifying.verify(kept, now=LATER)


def test_a_log_that_nobody_touched_is_as_it_was_written(linked):
    assert found(linked, heads.head(at=NOW)) is None


@pytest.mark.parametrize(
    ("statements", "flaw"),
    [
        (["UPDATE audit_log SET about = 'x' WHERE id = 4"], Tampered(Tampering.CHANGED, 4, 4)),
        (["UPDATE audit_log SET who_id = NULL, act = 'sign_in' WHERE id = 1"], Tampered(Tampering.CHANGED, 1, 1)),
        (["DELETE FROM audit_log WHERE id = 7"], Tampered(Tampering.GONE, 7, 7)),
        (
            ["DELETE FROM audit_links WHERE position = 7", "DELETE FROM audit_log WHERE id = 7"],
            Tampered(Tampering.CUT_OUT, None, 7),
        ),
        (
            [
                "UPDATE audit_links SET entry_id = -1 WHERE position = 2",
                "UPDATE audit_links SET entry_id = 2 WHERE position = 3",
                "UPDATE audit_links SET entry_id = 3 WHERE position = 2",
            ],
            Tampered(Tampering.CHANGED, 3, 2),
        ),
        (["UPDATE audit_links SET digest = 'x' WHERE position = 6"], Tampered(Tampering.CHANGED, 6, 6)),
        (
            [
                """INSERT INTO audit_log (id, at, act, role, shop, about)
                SELECT 99, at, 'sign_in', role, shop, about FROM audit_log WHERE id = 4"""
            ],
            Tampered(Tampering.NOT_LINKED, 99, None),
        ),
    ],
    ids=["edit", "edit of the first", "deletion", "deletion of both", "swap", "link", "insertion"],
)  # fmt: skip
def test_what_was_done_to_it_names_the_first_entry(linked, statements, flaw):
    by_force(*statements)
    assert found(linked) == flaw


def test_an_end_that_is_cut_off_is_told_by_a_head_and_so_is_an_older_copy(linked):
    last = heads.head(at=NOW)
    by_force("DELETE FROM audit_links WHERE position > 8", "DELETE FROM audit_log WHERE id > 8")
    assert found(linked) is None
    assert found(linked, last) == Tampered(Tampering.CUT_OFF, 10, 10, last)


def test_a_chain_that_was_made_anew_is_told_by_a_head(linked):
    by_force("UPDATE audit_log SET about = 'x' WHERE id = 4", "DELETE FROM audit_links")
    assert link_due(now=NOW) == 10
    assert found() is None
    assert found(linked) == Tampered(Tampering.UNLIKE_HEAD, 5, 5, linked)


def test_an_entry_that_was_committed_late_is_linked_behind_the_others(linked):
    with transaction():
        db.session.add(
            AuditEntry(id=200, at=NOW, act="export", role="worker", shop="*", about="late")
        )
    added(0)
    assert link_due(now=NOW) == 1
    with transaction():
        db.session.add(AuditEntry(id=100, at=NOW, act="export", role="worker", shop="*", about=""))
    assert link_due(now=NOW) == 1
    assert db.session.scalars(select(AuditLink.entry_id).order_by(AuditLink.position)).all() == [
        *range(1, 11),
        200,
        100,
    ]
    assert found(linked) is None


def test_a_look_that_finds_nothing_waits_for_no_writer(app, linked):
    with transaction():
        note(StaffAct.EXPORT, at=NOW, by=None)
        db.session.flush()
        assert apart(app, lambda: link_due(now=NOW)) == 0
    assert link_due(now=NOW) == 1


def test_the_database_itself_refuses_to_change_the_chain(linked):
    for statement in ("UPDATE audit_links SET digest = ''", "DELETE FROM audit_links"):
        with pytest.raises(DatabaseError, match="only added to"), transaction():
            db.session.execute(text(statement))


def test_a_digest_is_of_every_column_and_of_what_stands_before(linked):
    entry = db.session.get(AuditEntry, 3)
    whole = digest_of(entry, 3, chain.BEGINNING)
    assert digest_of(entry, 3, "1" * 64) != whole != digest_of(entry, 4, chain.BEGINNING)
    named = {column.name for column in AuditEntry.__table__.columns}
    for name in named:
        kept = getattr(entry, name)
        setattr(entry, name, LATER if name == "at" else 77)
        assert digest_of(entry, 3, chain.BEGINNING) != whole, name
        setattr(entry, name, kept)
    db.session.rollback()


class TestHeads:
    def test_a_head_is_checked_by_its_signature_and_outlives_a_change_of_keys(self, linked):
        line = heads.signed(linked, KEYS)
        turned = Keyring(KEYS.keys, "two")
        assert (
            heads.checked(line, PUBLIC) == heads.checked(line, heads.public_keys(turned)) == linked
        )
        with pytest.raises(NotAHead, match="a key that is not the portal's"):
            heads.checked(line, heads.public_keys(OTHERS))
        with pytest.raises(NotAHead, match="was changed after it was signed"):
            heads.checked(line.replace('"position": 5', '"position": 4'), PUBLIC)
        for wrong in ("", "[]", "{}", "x", '{"key": 1}'):
            with pytest.raises(NotAHead, match="this is no head of the log"):
                heads.checked(wrong, PUBLIC)

    def test_the_worker_keeps_one_for_each_ten_minutes_in_which_something_was_logged(
        self, linked, tmp_path
    ):
        path = tmp_path / "var" / "heads.jsonl"
        kept = [heads.keep_due(path, KEYS, now=NOW) for _ in range(2)]
        ten = NOW + heads.EVERY
        kept.append(heads.keep_due(path, KEYS, now=ten))
        added(1)
        link_due(now=ten)
        kept += [
            heads.keep_due(path, KEYS, now=at) for at in (ten - timedelta(seconds=1), ten, ten)
        ]
        assert kept == [1, 0, 0, 0, 1, 0]
        assert [(each.position, each.at) for each in heads.heads(path, PUBLIC)] == [
            (10, NOW.isoformat()),
            (11, ten.isoformat()),
        ]

    def test_a_line_that_was_cut_off_as_it_was_written_is_written_anew(self, linked, tmp_path):
        path = tmp_path / "heads.jsonl"
        heads.keep_due(path, KEYS, now=NOW)
        whole = path.read_text()
        for cut in (1, 40, len(whole) - 2):
            path.write_text(whole + whole[:cut])
            added(1)
            link_due(now=LATER)
            assert [each.position for each in heads.heads(path, PUBLIC)] == [10]
            assert heads.keep_due(path, KEYS, now=LATER) == 1
            assert len(list(heads.heads(path, PUBLIC))) == 2
            assert path.read_text().startswith(whole)

    def test_one_is_kept_behind_what_somebody_broke_and_that_is_still_told(self, linked, tmp_path):
        path = tmp_path / "heads.jsonl"
        path.write_text("x\n")
        assert heads.keep_due(path, KEYS, now=NOW) == 1
        assert heads.checked(path.read_text().splitlines()[1], PUBLIC).position == 10
        with pytest.raises(NotAHead, match="this is no head of the log"):
            list(heads.heads(path, PUBLIC))

    def test_a_line_that_was_copied_without_its_end_is_a_head_all_the_same(self, linked, tmp_path):
        path = tmp_path / "heads.jsonl"
        path.write_text(heads.signed(linked, KEYS))
        assert list(heads.heads(path, PUBLIC)) == [linked]

    def test_what_is_no_text_is_no_head(self, tmp_path):
        path = tmp_path / "heads.jsonl"
        path.write_bytes(b"\xff\xfe\n")
        with pytest.raises(NotAHead, match="this is no head of the log"):
            list(heads.heads(path, PUBLIC))

    def test_the_file_is_its_owners_alone(self, linked, tmp_path):
        path = tmp_path / "heads.jsonl"
        heads.keep_due(path, KEYS, now=NOW)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_an_empty_log_has_none(self, app, tmp_path):
        assert heads.keep_due(tmp_path / "heads.jsonl", KEYS, now=NOW) == 0
        assert found() is None


class TestCommands:
    def test_verify_and_head(self, app, linked, tmp_path, monkeypatch):
        run = app.test_cli_runner().invoke
        line = run(args=["audit", "head"]).stdout
        file = tmp_path / "heads.jsonl"
        file.write_text(line)
        well = run(args=["audit", "verify", "--heads", str(file)])
        assert (well.exit_code, well.output) == (
            0,
            "10 entries are as they were written, by 1 signed heads\n",
        )
        by_force("UPDATE audit_log SET about = 'x' WHERE id = 4")
        ill = run(args=["audit", "verify", "--heads", str(file)])
        assert (ill.exit_code, ill.output) == (
            1,
            "entry 4 (place 4) was changed, or what stands before it\n",
        )
        file.write_text(line.replace('"entry": 10', '"entry": 9'))
        assert run(args=["audit", "verify", "--heads", str(file)]).exit_code == 2

    def test_who_keeps_the_heads_needs_the_public_key_alone(self, app, linked, tmp_path):
        run = app.test_cli_runner().invoke
        said, file = run(args=["audit", "head"]), tmp_path / "heads.jsonl"
        file.write_text(said.stdout)
        key = said.stderr.removeprefix("public key: ").strip()
        assert key == json.loads(said.stdout)["key"]
        others = [SecretStr(f"other:{b64encode(bytes(range(32))).decode()}")]
        settings = app.extensions["settings"]
        app.extensions["settings"] = settings.model_copy(update={"seal_keys": others})
        asked = ["audit", "verify", "--heads", str(file)]
        assert run(args=asked).exit_code == 2
        assert run(args=[*asked, "--key", key]).exit_code == 0
        stranger = b64encode(bytes(32)).decode()
        assert run(args=[*asked, "--key", stranger]).exit_code == 2
        for wrong in ("no-key", "AAAA"):
            said = run(args=[*asked, "--key", wrong])
            assert f"'{wrong}' is no key as audit head prints it" in said.stderr

    def test_nothing_to_sign_is_told(self, app):
        said = app.test_cli_runner().invoke(args=["audit", "head"])
        assert (said.exit_code, said.stderr) == (
            1,
            "nothing is linked yet: a worker links what is logged\n",
        )

    def test_every_flaw_has_its_words(self):
        assert SAID.keys() == set(Tampering)
        assert replace(Tampered(Tampering.GONE, 1, 1), entry=2) == Tampered(Tampering.GONE, 2, 1)
