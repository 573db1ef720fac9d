"""One-use codes: ten minutes, five tries, the newest alone, and never readable in the database."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.claims import codes
from portal.claims.models import OneTimeCode
from portal.claims.queries import claim_for_change
from portal.claims.refusals import TooManyCodes
from portal.database import transaction
from portal.extensions import db
from portal.mail.models import OutboxMail
from tests import factories
from tests.factories import EMAIL, NOW, ORDER
from tests.races import race


def mails():
    return db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)).all()


def send(claim, *, to=EMAIL, at=NOW):
    """Send a code as a request does; the code as the mail shows it."""
    with transaction():
        codes.send(claim, to=to, at=at)
    return re.search(r"\b[0-9]{6}\b", mails()[-1].text)[0]


def use(claim, code, *, address=EMAIL, at=NOW):
    with transaction():
        return codes.use(claim, address=address, code=code, at=at)


def wrong(code):
    return f"{(int(code) + 1) % 10**6:06d}"


@pytest.fixture
def claim(app):
    """A draft whose address is not confirmed."""
    return factories.draft(confirmed=False)


def test_a_code_works_once(claim):
    code = send(claim)
    assert [use(claim, code), use(claim, code)] == [True, False]


@pytest.mark.parametrize("form", ["{0} {1}", " {0}{1}\n", "{0}-{1}", "\u2068{0}{1}\u2069"])
def test_spaces_and_dashes_in_it_do_not_matter(claim, form):
    code = send(claim)
    assert use(claim, form.format(code[:3], code[3:]))


@pytest.mark.parametrize("entered", ["", "abc", "12345", "1234567", "١٢٣٤٥٦"])
def test_what_is_no_code_is_refused(claim, entered):
    send(claim)
    assert not use(claim, entered)


def test_it_ends_after_ten_minutes(claim):
    code = send(claim)
    end = NOW + timedelta(minutes=10)
    assert not use(claim, code, at=end)
    assert use(claim, code, at=end - timedelta(seconds=1))


def test_after_five_wrong_tries_it_is_dead(claim):
    code = send(claim)
    assert [use(claim, wrong(code)) for _ in range(5)] == [False] * 5
    assert not use(claim, code)


def test_the_fifth_try_may_still_be_right(claim):
    code = send(claim)
    assert [use(claim, wrong(code)) for _ in range(4)] == [False] * 4
    assert use(claim, code)


def test_tries_at_the_same_moment_are_all_counted(claim, app):
    code = send(claim)
    reference = claim.reference

    def guess():
        with transaction():
            claim = claim_for_change(reference)
            return codes.use(claim, address=EMAIL, code=wrong(code), at=NOW)

    assert race(app, [guess] * 5) == [False] * 5
    assert not use(claim, code)


def test_of_ten_people_with_the_code_at_the_same_moment_one_gets_in(claim, app):
    code = send(claim)
    reference = claim.reference

    def enter():
        with transaction():
            return codes.use(claim_for_change(reference), address=EMAIL, code=code, at=NOW)

    assert sorted(race(app, [enter] * 10)) == [False] * 9 + [True]


def test_the_newest_code_alone_counts(claim):
    first, second = send(claim), send(claim)
    assert first == second or not use(claim, first)
    assert use(claim, second)


def test_a_new_code_has_tries_of_its_own(claim):
    code = send(claim)
    for _ in range(5):
        use(claim, wrong(code))
    assert use(claim, send(claim))


def test_it_is_for_one_claim_and_one_address(claim):
    other = factories.draft(order_reference="A-2", confirmed=False)
    code = send(claim)
    assert not use(other, code)
    assert not use(claim, code, address="lee@example.com")
    assert use(claim, code)


def test_six_an_hour_go_to_one_address_whatever_the_claim(claim):
    other = factories.draft(order_reference="A-2", confirmed=False)
    for minute in range(6):
        send(claim if minute % 2 else other, at=NOW + timedelta(minutes=minute))
    with pytest.raises(TooManyCodes):
        send(claim, at=NOW + timedelta(minutes=59))
    assert len(mails()) == 6
    send(claim, to="lee@example.com", at=NOW + timedelta(minutes=59))
    send(claim, at=NOW + timedelta(minutes=60))
    assert len(mails()) == 8


def test_asked_for_at_the_same_moment_they_are_still_six(claim, app):
    reference = claim.reference

    def ask():
        with transaction():
            codes.send(claim_for_change(reference), to=EMAIL, at=NOW)

    results = race(app, [ask] * 10)
    assert results.count(None) == 6
    assert [type(result) for result in results if result] == [TooManyCodes] * 4
    assert len(mails()) == 6


def test_the_database_holds_no_code(claim):
    code = send(claim)
    row = db.session.scalars(select(OneTimeCode)).one()
    assert code not in (row.code_hash, row.address)
    assert re.fullmatch(r"[0-9a-f]{64}", row.code_hash)
    second = factories.draft(order_reference="A-2", confirmed=False)
    assert codes._hash(second.id, EMAIL, code) != row.code_hash


def test_the_same_words_go_out_whether_or_not_the_order_exists(claim):
    factories.account()
    factories.order(reference="A-2")
    known = factories.draft(order_reference="A-2", confirmed=False)
    said = []
    for draft in (claim, known):
        code = send(draft)
        mail = mails()[-1]
        said.append(
            [
                part.replace(code, "CODE")
                for part in (mail.subject, mail.text, mail.html, mail.recipient, mail.sender)
            ]
        )
    assert said[0] == said[1]
    assert ORDER not in str(said)
