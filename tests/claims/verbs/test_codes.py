"""One-use codes: ten minutes, five tries, the newest alone, and never readable in the database."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from portal.claims.letters.links import status_link
from portal.claims.queries import claim_for_change
from portal.claims.refusals import TooManyCodes
from portal.claims.verbs import codes
from portal.claims.verbs.codes import Asker, Entered, OneTimeCode
from portal.database import transaction
from portal.extensions import db
from portal.mail.models import OutboxMail
from tests import factories
from tests.factories import EMAIL, NOW, ORDER
from tests.races import race
from tests.sizes import AT_ONCE


def mails():
    return db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)).all()


HOME = Asker("Kim's browser", "192.0.2.1")
AWAY = Asker("a stranger's browser", "198.51.100.7")
RIGHT, WRONG, USED_UP = Entered.RIGHT, Entered.WRONG, Entered.USED_UP


def send(claim, *, to=EMAIL, at=NOW, by=HOME, linked=False):
    """Send a code as a request does; the code as the mail shows it."""
    with transaction():
        codes.send(claim, to=to, by=by, policy=factories.policy(), at=at, linked=linked)
    return re.search(r"\b[0-9]{6}\b", mails()[-1].text)[0]


def sent_before(claim, count, *, to=None, at=NOW):
    """Rows of codes that were sent to one mailbox from everywhere, or to many from AWAY."""
    with transaction():
        for number in range(count):
            by = Asker(str(number), f"192.0.2.{number}") if to else AWAY
            db.session.add(
                OneTimeCode(
                    claim_id=claim.id,
                    address=to or f"p{number}@example.com",
                    code_hash=f"{number:064x}",
                    created_at=at,
                    expires_at=at + codes.LIFETIME,
                    browser=codes._name("browser", by.browser),
                    network=codes._name("network", by.network),
                )
            )


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
    assert [use(claim, code), use(claim, code)] == [RIGHT, Entered.SPENT]


@pytest.mark.parametrize("form", ["{0} {1}", " {0}{1}\n", "{0}-{1}", "\u2068{0}{1}\u2069"])
def test_spaces_and_dashes_in_it_do_not_matter(claim, form):
    code = send(claim)
    assert use(claim, form.format(code[:3], code[3:])) is RIGHT


@pytest.mark.parametrize("entered", ["", "abc", "12345", "1234567", "١٢٣٤٥٦"])
def test_what_is_no_code_is_refused(claim, entered):
    send(claim)
    assert use(claim, entered) is WRONG


def test_it_ends_after_ten_minutes(claim):
    code = send(claim)
    end = NOW + timedelta(minutes=10)
    assert use(claim, code, at=end) is Entered.EXPIRED
    assert use(claim, wrong(code), at=end) is Entered.EXPIRED
    assert use(claim, code, at=end - timedelta(seconds=1)) is RIGHT


def test_after_five_wrong_tries_it_is_dead_and_said_to_be(claim):
    code = send(claim)
    assert [use(claim, wrong(code)) for _ in range(5)] == [WRONG] * 4 + [USED_UP]
    assert use(claim, code) is USED_UP


def test_the_fifth_try_may_still_be_right(claim):
    code = send(claim)
    assert [use(claim, wrong(code)) for _ in range(4)] == [WRONG] * 4
    assert use(claim, code) is RIGHT


@AT_ONCE
def test_tries_at_the_same_moment_are_all_counted(claim, app):
    code = send(claim)
    reference = claim.reference

    def guess():
        with transaction():
            claim = claim_for_change(reference)
            return codes.use(claim, address=EMAIL, code=wrong(code), at=NOW)

    assert sorted(race(app, [guess] * 5)) == [USED_UP] + [WRONG] * 4
    assert use(claim, code) is USED_UP


@AT_ONCE
def test_of_ten_people_with_the_code_at_the_same_moment_one_gets_in(claim, app):
    code = send(claim)
    reference = claim.reference

    def enter():
        with transaction():
            return codes.use(claim_for_change(reference), address=EMAIL, code=code, at=NOW)

    assert sorted(race(app, [enter] * 10)) == [RIGHT] + [Entered.SPENT] * 9


def test_the_newest_code_alone_counts(claim):
    first, second = send(claim), send(claim)
    assert first == second or use(claim, first) is Entered.REPLACED
    assert use(claim, second) is RIGHT


def test_a_new_code_has_tries_of_its_own(claim):
    code = send(claim)
    for _ in range(5):
        use(claim, wrong(code))
    assert use(claim, send(claim)) is RIGHT


def test_it_is_for_one_claim_and_one_address(claim):
    other = factories.draft(order_reference="A-2", confirmed=False)
    code = send(claim)
    assert use(other, code) is Entered.NONE
    assert use(claim, code, address="lee@example.com") is Entered.NONE
    assert use(claim, code) is RIGHT


def test_six_an_hour_go_from_one_browser_to_one_address_whatever_the_claim(claim):
    other = factories.draft(order_reference="A-2", confirmed=False)
    for minute in range(6):
        send(claim if minute % 2 else other, at=NOW + timedelta(minutes=minute))
    with pytest.raises(TooManyCodes) as refused:
        send(claim, at=NOW + timedelta(minutes=37))
    assert refused.value.wait == timedelta(minutes=23)
    assert str(refused.value).endswith("You can ask for another one in 23 minutes.")
    assert len(mails()) == 6
    send(claim, to="lee@example.com", at=NOW + timedelta(minutes=59))
    send(claim, at=NOW + timedelta(minutes=60))
    assert len(mails()) == 8


def test_a_stranger_who_asks_for_codes_takes_none_of_the_owners(claim):
    theirs = factories.draft(order_reference="Z-9", confirmed=False)
    for _ in range(6):
        send(theirs, by=AWAY)
    with pytest.raises(TooManyCodes):
        send(theirs, by=AWAY)
    for _ in range(6):
        send(claim)
    assert (
        use(claim, send(claim, at=NOW + timedelta(hours=1)), at=NOW + timedelta(hours=1)) is RIGHT
    )


def test_who_throws_cookies_away_is_known_by_the_network(claim):
    theirs = factories.draft(order_reference="Z-9", confirmed=False)
    for number in range(6):
        send(theirs, by=Asker(str(number), AWAY.network))
    with pytest.raises(TooManyCodes):
        send(theirs, by=Asker("new", AWAY.network))
    send(theirs, by=Asker("0", AWAY.network))
    assert use(claim, send(claim)) is RIGHT


def test_one_network_sends_sixty_an_hour_to_all_addresses_together(claim):
    sent_before(claim, 59)
    send(claim, to="p59@example.com", by=AWAY)
    with pytest.raises(TooManyCodes):
        send(claim, to="p60@example.com", by=AWAY)
    send(claim, to="p60@example.com", by=HOME)


def test_a_hundred_an_hour_go_to_one_address_from_anywhere(claim):
    sent_before(claim, 99, to=EMAIL)
    send(claim)
    with pytest.raises(TooManyCodes) as refused:
        send(claim)
    assert "perhaps by somebody else" in str(refused.value)


def test_a_secret_link_has_codes_of_its_own(claim):
    theirs = factories.draft(order_reference="Z-9", confirmed=False)
    sent_before(theirs, 100, to=EMAIL)
    for _ in range(12):
        code = send(claim, linked=True)
    with pytest.raises(TooManyCodes):
        send(claim, linked=True)
    assert use(claim, code) is RIGHT
    send(claim, at=NOW + timedelta(hours=1), by=AWAY)


@pytest.mark.one_in(4)
@pytest.mark.parametrize(("linked", "limit"), [(False, 6), (True, 12)])
@AT_ONCE
def test_asked_for_at_the_same_moment_they_are_still_as_many(app, linked, limit):
    """Whatever the draft: what is counted is one browser's, or one claim's by its link."""
    drafts = [
        factories.draft(order_reference=f"A-{each}", confirmed=False).reference
        for each in range(1 if linked else 4)
    ]

    def ask(reference):
        with transaction():
            codes.send(
                claim_for_change(reference),
                to=EMAIL,
                by=HOME,
                policy=factories.policy(),
                at=NOW,
                linked=linked,
            )

    acts = [partial(ask, drafts[each % len(drafts)]) for each in range(40)]
    results = race(app, acts)
    assert results.count(None) == limit
    assert {type(result) for result in results if result} == {TooManyCodes}
    assert len(mails()) == limit


def test_the_database_holds_no_code(claim):
    code = send(claim)
    row = db.session.scalars(select(OneTimeCode)).one()
    assert code not in (row.code_hash, row.address)
    assert not {HOME.browser, HOME.network} & {row.browser, row.network}
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
                part.replace(code, "CODE").replace(status_link(draft.reference), "LINK")
                for part in (mail.subject, mail.text, mail.html, mail.recipient, mail.sender)
            ]
        )
    assert said[0] == said[1]
    assert ORDER not in str(said)


@pytest.mark.parametrize("zero", [0xFF10, 0x0660, 0x06F0, 0x0966, 0x0E50, 0x1D7CE])
def test_a_code_may_be_typed_in_the_digits_of_any_script(app, zero):
    claim = factories.draft()
    code = send(claim)
    typed = " - ".join(chr(zero + int(digit)) for digit in code)
    assert use(claim, typed) is RIGHT
