"""Every letter against its golden text; and nothing that a customer types becomes markup."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from portal.mail.letters import FOLDER, Event, moment, one_line, render

GOLDEN = Path(__file__).parent / "letters"
KYIV = timezone(timedelta(hours=2))
LINK = "https://refunds.example.com/claims/7K3F-9QXM/8vQ1xPnC2kd"


def at(day, hour, minute=0):
    return datetime(2026, 3, day, hour, minute, tzinfo=KYIV)


CLAIM = {"shop": "Numberplug", "reference": "7K3F-9QXM", "link": LINK}
CLAUSE = ("NP-3.1", "No SMS of the ordered service came before the time ran out.")
PAYMENT = [("Amount", "0.50 USD"), ("Goes to", "Your balance")]
BANK = [("Method", "Bank transfer"), ("IBAN", "DE •••• 3000")]
FACTS = [("Messages received", "1"), ("Order expired", "Wed 4 Mar 2026, 12:20 UTC+2")]

TEAM = {
    "shop": "Redress",
    "reference": None,
    "link": "https://refunds.example.com/review",
    "choice": "https://refunds.example.com/account",
}

LETTERS = {
    "team_appeal": (
        Event.TEAM_APPEAL,
        TEAM | {"claim": "7K3F-9QXM", "name": "Numberplug", "due": at(6, 12)},
    ),
    "team_overdue": (
        Event.TEAM_OVERDUE,
        TEAM
        | {"count": 12, "rows": [("7K3F-9QXM", at(4, 12), True), ("AB2C-DE3F", at(5, 12), False)]},
    ),
    "team_overdue_one": (
        Event.TEAM_OVERDUE,
        TEAM | {"count": 1, "rows": [("7K3F-9QXM", at(4, 12), True)]},
    ),
    "team_version": (
        Event.TEAM_VERSION,
        TEAM | {"name": "Numberplug", "in_force": "2026-04-01", "who": "Nora"},
    ),
    "sign_in_code": (Event.SIGN_IN_CODE, CLAIM | {"link": None, "code": "482913"}),
    "sign_in_code_new": (
        Event.SIGN_IN_CODE,
        {"shop": "Numberplug", "reference": None, "link": LINK, "code": "048291"},
    ),
    "received": (
        Event.RECEIVED,
        CLAIM
        | {
            "facts": [("Order", "A-1001"), ("What happened", "No SMS came")],
            "files": ["screen.png", "chat.pdf"],
            "due": at(6, 12),
        },
    ),
    "received_without_files": (
        Event.RECEIVED,
        CLAIM | {"facts": [("Order", "A-1001")], "files": [], "due": at(6, 12)},
    ),
    "received_by_our_own_date": (
        Event.RECEIVED,
        CLAIM | {"facts": [("Order", "A-1001")], "files": [], "due": at(6, 12), "own": True},
    ),
    "needs_information": (
        Event.NEEDS_INFORMATION,
        CLAIM
        | {
            "missing": ["A picture of the screen", "Which service it was for"],
            "note": "The first picture is cut off.\nSend the whole screen.",
            "clauses": [("NP-4.1", "A claim shows the error on a picture.")],
            "due": at(18, 12),
        },
    ),
    "needs_information_bare": (
        Event.NEEDS_INFORMATION,
        CLAIM | {"missing": ["What happened"], "note": None, "clauses": [], "due": None},
    ),
    "too_early": (Event.TOO_EARLY, CLAIM | {"subject": "order A-1001", "since": at(4, 12, 20)}),
    "policy_says_yes": (
        Event.POLICY_SAYS_YES,
        CLAIM | {"what": "0.50 USD to your balance", "clauses": [CLAUSE]},
    ),
    "approved_balance": (
        Event.APPROVED,
        CLAIM
        | {
            "what": "0.50 USD to your balance",
            "payment": PAYMENT,
            "replacement": False,
            "due": at(5, 12),
            "ground": [],
            "note": None,
            "appeal_until": None,
            "clauses": [CLAUSE],
        },
    ),
    "approved_replacement": (
        Event.APPROVED,
        CLAIM
        | {
            "what": "a new number",
            "payment": [],
            "replacement": True,
            "due": None,
            "ground": [],
            "note": None,
            "appeal_until": None,
            "clauses": [],
        },
    ),
    "paid": (
        Event.PAID,
        CLAIM
        | {
            "what": "12.00 USD to your bank account",
            "payment": BANK,
            "payer_reference": "TR-99812",
            "to_account": True,
            "replacement": False,
        },
    ),
    "paid_balance": (
        Event.PAID,
        CLAIM
        | {
            "what": "0.50 USD to your balance",
            "payment": [],
            "payer_reference": None,
            "to_account": False,
            "replacement": False,
        },
    ),
    "payout_failed": (
        Event.PAYOUT_FAILED,
        CLAIM
        | {
            "amount": "12.00 USD",
            "reason": "The bank knows no such account.",
            "payment": BANK,
            "to_balance": False,
            "replacement": False,
        },
    ),
    "payout_failed_balance": (
        Event.PAYOUT_FAILED,
        CLAIM
        | {
            "amount": "0.50 USD",
            "reason": "The shop did not answer.",
            "payment": [],
            "to_balance": True,
            "replacement": False,
        },
    ),
    "payee_changed": (
        Event.PAYEE_CHANGED,
        CLAIM | {"at": at(4, 12), "payment": BANK, "owed": "12.00 USD"},
    ),
    "payee_changed_in_review": (
        Event.PAYEE_CHANGED,
        CLAIM | {"at": at(4, 12), "payment": BANK, "owed": None},
    ),
    "declined": (
        Event.DECLINED,
        CLAIM
        | {
            "ground": [],
            "note": "A message of the ordered service came at 12:05.",
            "nearest": "It would have been approved if our records showed no SMS.",
            "clauses": [CLAUSE],
            "facts": FACTS,
            "appeal_until": at(18, 12),
        },
    ),
    "closed_by_a_date": (
        Event.DECLINED,
        CLAIM
        | {
            "note": None,
            "ground": [],
            "nearest": None,
            "clauses": [CLAUSE],
            "facts": [],
            "appeal_until": at(18, 12),
            "closed": True,
        },
    ),
    "declined_bare": (
        Event.DECLINED,
        CLAIM
        | {
            "ground": [],
            "note": None,
            "nearest": None,
            "clauses": [],
            "facts": [],
            "appeal_until": None,
        },
    ),
    "appeal_received": (
        Event.APPEAL_RECEIVED,
        CLAIM | {"files": ["new.png"], "due": at(8, 12)},
    ),
    "appeal_approved": (
        Event.APPEAL_DECIDED,
        CLAIM
        | {
            "approved": True,
            "what": "0.50 USD to your balance",
            "payment": PAYMENT,
            "replacement": False,
            "due": at(9, 12),
            "upheld": False,
            "ground": [],
            "note": None,
            "clauses": [CLAUSE],
            "facts": [],
        },
    ),
    "appeal_declined": (
        Event.APPEAL_DECIDED,
        CLAIM
        | {
            "approved": False,
            "what": None,
            "payment": [],
            "replacement": False,
            "due": None,
            "upheld": False,
            "ground": [],
            "note": "The new picture shows the same message.",
            "clauses": [CLAUSE],
            "facts": FACTS,
        },
    ),
    "approved_less": (
        Event.APPROVED,
        CLAIM
        | {
            "what": "0.30 USD to your balance",
            "payment": [],
            "replacement": False,
            "due": at(5, 12),
            "ground": ["The policy gives 0.50 USD for this. A person decided on less."],
            "note": "One of the two codes came.",
            "appeal_until": at(18, 12),
            "clauses": [],
        },
    ),
    "approved_override": (
        Event.APPROVED,
        CLAIM
        | {
            "what": "0.50 USD to your balance",
            "payment": [],
            "replacement": False,
            "due": at(5, 12),
            "ground": [
                "A person looked at your claim and decided otherwise than the rules alone would."
            ],
            "note": "The SMS that came was our own test.",
            "appeal_until": None,
            "clauses": [],
        },
    ),
    "declined_finding": (
        Event.DECLINED,
        CLAIM
        | {
            "note": None,
            "ground": [
                "A person checked what you wrote and could not confirm it.",
                "Rule SS-G5 asks for it.",
            ],
            "nearest": None,
            "clauses": [],
            "facts": [("Claim confirmed by a person", "no")],
            "appeal_until": at(18, 12),
        },
    ),
    "declined_returned": (
        Event.DECLINED,
        CLAIM
        | {
            "note": None,
            "ground": [
                "0.50 USD was already returned on 4 March, by claim 9XQM-3K7F, payment TX-1.",
                "Rule NP-2.1 returns a price once.",
            ],
            "nearest": None,
            "clauses": [],
            "facts": [],
            "appeal_until": at(18, 12),
        },
    ),
    "appeal_upheld": (
        Event.APPEAL_DECIDED,
        CLAIM
        | {
            "approved": False,
            "upheld": True,
            "what": "0.30 USD to your balance",
            "payment": [],
            "replacement": False,
            "due": at(9, 12),
            "ground": [],
            "note": "The new picture shows the same code.",
            "clauses": [],
            "facts": [],
        },
    ),
    "withdrawn": (Event.WITHDRAWN, CLAIM),
}


class Page(HTMLParser):
    """The words, tags and addresses of a letter's HTML, as a mail program reads them."""

    def __init__(self, source):
        super().__init__()
        self.words, self.tags, self.addresses, self.silent = [], set(), set(), 0
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.silent += tag in {"style", "title"}
        self.addresses |= {value for name, value in attrs if name in {"href", "src", "background"}}

    def handle_endtag(self, tag):
        self.silent -= tag in {"style", "title"}

    def handle_data(self, data):
        if not self.silent:
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.mark.parametrize("name", LETTERS)
def test_letter_reads_as_its_golden_text(name):
    event, context = LETTERS[name]
    letter = render(event, **context)
    assert f"Subject: {letter.subject}\n\n{letter.text}" == (GOLDEN / f"{name}.txt").read_text()


@pytest.mark.parametrize("name", LETTERS)
def test_html_says_what_the_context_holds_and_loads_nothing(name):
    event, context = LETTERS[name]
    page = Page(render(event, **context).html)
    assert not page.tags & {"img", "link", "script", "iframe", "form", "svg", "object", "base"}
    assert page.addresses == {context[key] for key in ("link", "choice") if context.get(key)}
    assert "url(" not in render(event, **context).html
    assert "@import" not in render(event, **context).html
    said = [context["shop"], *(context.get("facts") or []), *(context.get("payment") or [])]
    for words in (part for row in said for part in ([row] if isinstance(row, str) else row)):
        assert words in page.text


def test_every_event_has_a_letter_and_every_letter_an_event():
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir()}
    assert folders == set(Event)
    assert {event for event, _ in LETTERS.values()} == set(Event)


@pytest.mark.parametrize(
    "typed",
    [
        "<script>alert(1)</script>",
        "</mj-text></mj-column><mj-raw><img src=x onerror=alert(1)></mj-raw>",
        "{{ 7 * 7 }}{% for x in y %}",
        "&lt;b&gt; &amp; \"quoted\" 'so'",
        "--> <!-- ]]> <![CDATA[",
        "nul\x00bell\x07 lone\ud800 end\uffff",
    ],
)
def test_what_a_customer_types_stays_text(typed):
    event, context = LETTERS["declined"]
    letter = render(event, **context | {"note": typed, "facts": [("Description", typed)]})
    shown = (
        typed.replace("\x00", "").replace("\x07", "").replace("\ud800", "").replace("\uffff", "")
    )
    assert shown in letter.text
    page = Page(letter.html)
    assert page.text.count(" ".join(shown.split())) == 2
    assert page.tags == Page(render(event, **context).html).tags
    letter.html.encode()
    letter.text.encode()


def test_subject_is_one_line_of_bounded_length():
    context = LETTERS["approved_balance"][1] | {"what": "a\r\nBcc: x@example.com\u2028" + "b" * 300}
    subject = render(Event.APPROVED, **context).subject
    assert subject.startswith("7K3F-9QXM: approved, a Bcc: x@example.com bbb")
    assert len(subject) == 200
    assert subject.isprintable()


def test_missing_context_is_an_error_and_not_a_gap():
    with pytest.raises(UndefinedError):
        render(Event.SIGN_IN_CODE, shop="Numberplug", reference=None, link=None)


def test_one_line_drops_what_is_not_seen():
    assert one_line(" a\tb\x00c\u202ed \n") == "a b c d"


@pytest.mark.parametrize(
    ("shift", "told"),
    [
        (timedelta(0), "Wed 4 Mar 2026, 12:00 UTC"),
        (timedelta(hours=2), "Wed 4 Mar 2026, 12:00 UTC+2"),
        (timedelta(hours=-3, minutes=-30), "Wed 4 Mar 2026, 12:00 UTC-3:30"),
        (timedelta(hours=5, minutes=45), "Wed 4 Mar 2026, 12:00 UTC+5:45"),
    ],
)
def test_moment_names_its_zone(shift, told):
    assert moment(datetime(2026, 3, 4, 12, 0, tzinfo=timezone(shift))) == told


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="without a zone"):
        moment(datetime(2026, 3, 4, 12, 0))  # noqa: DTZ001 - the mistake that is refused
