"""The claims that pages are about, each where it stands for one of them."""

import itertools
from datetime import timedelta
from io import BytesIO

from PIL import Image

from portal.claims.evidence.storage.chosen import storage
from portal.claims.queries import claim_for_change
from portal.claims.queue.incidents import Incident
from portal.claims.verbs import reviewing
from portal.claims.wanted.access import ask_for_access
from portal.claims.wanted.identity import ask_for_identity
from portal.database import transaction
from portal.extensions import db
from portal.money import Money
from portal.payouts import paying, runs
from tests import factories
from tests.factories import NOW
from tests.web.steps.journeys import asked, declined, payout_failed


def approved():
    """A claim whose money is to be paid."""
    return factories.released(held())


def held():
    """A claim that was approved against the policy: another person lets its money go."""
    claim = factories.claim(reason="wrong_code", order_reference=f"B-{next(_numbers)}")
    with transaction():
        reviewing.approve(
            claim_for_change(claim.reference),
            amount=Money.parse("0.50", "USD"),
            override_reason="seen",
            by=factories.reviewer(),
            at=NOW,
            seen=claim.version,
            policy=factories.policy(),
        )
    return claim


def paid():
    """A claim whose money is said to be paid."""
    claim = approved()
    with transaction():
        paying.mark_paid(
            claim_for_change(claim.reference),
            reference=f"TX-{claim.reference}",
            by=factories.reviewer(may_pay=True),
            at=NOW,
            seen=claim.version,
            policy=factories.policy(),
        )
    return claim


def in_a_run():
    """A claim whose payout waits in a run of its own that nobody has released."""
    claim = approved()
    (payout,) = claim.payouts
    with transaction():
        lot = runs.lot_of(claim.shop, payout.rail, None, payout.currency)
        runs.make(
            lot,
            chosen={payout.id},
            by=factories.reviewer(may_pay=True),
            at=NOW,
            policy=factories.policy(claim.shop),
        )
    return claim


def replaced():
    """A claim whose owner is offered another number."""
    shop = "activation-claims"
    number = f"R-{next(_numbers)}"
    factories.account(shop=shop, email=f"{number}@example.com")
    factories.order(shop=shop, reference=number, account_email=f"{number}@example.com",
                    ordered_at=NOW - timedelta(days=7), expires_at=NOW - timedelta(days=7),
                    messages=[(NOW - timedelta(days=7), "WhatsApp")])  # fmt: skip
    claim = factories.claim(shop=shop, order_reference=number, email=f"{number}@example.com",
                            reason="major_defect", remedy="replacement",
                            at=NOW - timedelta(days=6))  # fmt: skip
    with transaction():
        locked = claim_for_change(claim.reference)
        said = {"by": factories.reviewer(), "at": NOW, "policy": factories.policy(shop)}
        reviewing.record_finding(
            locked, finding="defect_confirmed", value=True, seen=claim.version, **said
        )
        db.session.flush()
        reviewing.approve(locked, amount=None, seen=locked.version, **said)
    return claim


def defect():
    """A claim about a serious defect, which a person looks into."""
    number = f"D-{next(_numbers)}"
    factories.order(shop="activation-claims", reference=number,
                    messages=[(NOW - timedelta(minutes=50), "WhatsApp")])  # fmt: skip
    return factories.claim(shop="activation-claims", order_reference=number, reason="major_defect")


def defect_asked():
    """The same, and its owner is asked for access to their host."""
    claim = defect()
    with transaction():
        ask_for_access(
            claim_for_change(claim.reference),
            note="WhatsApp",
            by=factories.reviewer(),
            at=NOW,
            seen=claim.version,
            policy=factories.policy(claim.shop),
        )
    return claim


def rental():
    """A claim about a rental whose outage a person looks into."""
    number = f"R-{next(_numbers)}"
    factories.order(
        shop="client-numbers", reference=number, kind="rental", price_minor=1200,
        ordered_at=NOW - timedelta(days=9), expires_at=None,
        paid_from=NOW - timedelta(days=9), paid_until=NOW + timedelta(days=21),
    )  # fmt: skip
    money = Money(400, factories.policy("client-numbers").shop.currency)
    return factories.claim(
        shop="client-numbers", order_reference=number, reason="rental_outage", asked=money
    )


def rental_asked():
    """The same, and its owner is asked for identity documents."""
    claim = rental()
    with transaction():
        ask_for_identity(
            claim_for_change(claim.reference),
            purpose="WhatsApp",
            days=30,
            by=factories.reviewer(),
            at=NOW,
            seen=claim.version,
            policy=factories.policy(claim.shop),
        )
    return claim


def appealing():
    claim = declined()
    factories.evidence(claim, on_appeal=True)
    return claim


def waiting():
    claim = factories.claim(reason="wrong_code")
    factories.evidence(claim)
    return claim


def payable():
    """A draft whose money may leave the shop, if its claimant wants."""
    number = f"R-{next(_numbers)}"
    factories.order(
        shop="client-numbers",
        reference=number,
        kind="rental",
        price_minor=1200,
        unavailable_at=NOW - timedelta(hours=1),
        was_orderable=True,
    )
    return factories.draft(
        shop="client-numbers",
        order_reference=number,
        reason="number_unavailable",
        destination="payout",
        asked=Money(1200, factories.policy("client-numbers").shop.currency),
    )


def pictured_draft():
    """A draft with a picture that was checked."""
    claim = factories.draft(files=0, reason="wrong_code")
    picture_of(claim)
    return claim


def pictured():
    """A claim that waits for a person, with a picture that was checked."""
    claim = factories.claim(files=0, reason="wrong_code", order_reference=f"P-{next(_numbers)}")
    picture_of(claim)
    return claim


def picture_of(claim):
    """A picture of it that was checked: as it is shown, and its thumbnail."""
    data = BytesIO()
    Image.new("RGB", (90, 120), "white").save(data, "WEBP", lossless=True)
    keys = {
        role: storage().create(BytesIO(data.getvalue()), limit=1000).key
        for role in ("view", "thumb")
    }
    about = {"media_type": "image/webp", "width": 90, "height": 120, "size": len(data.getvalue())}
    views = [{"role": role, "key": key} | about for role, key in keys.items()]
    return factories.evidence(claim, views=views)


_numbers = itertools.count(1)


def burst():
    """A claim that waits, of an incident."""
    order, email = f"I-{next(_numbers)}", factories.EMAIL
    factories.order(reference=order, account_email=email, service="Telegram", country="ID")
    claim = factories.claim(reason="wrong_code", order_reference=order)
    about = {"shop": claim.shop, "service": claim.service, "country": claim.country}
    factories.keep(Incident(since=NOW, last_at=NOW, **about))
    return claim


MAKERS = {
    "draft": factories.draft,
    "unconfirmed": lambda: factories.draft(confirmed=False),
    "payable": payable,
    "pictured": pictured,
    "pictured draft": pictured_draft,
    "waiting": waiting,
    "burst": burst,
    "asked": lambda: asked(["claim.service_name", "claim.description", "claim.answers.number_used", "claim.amount"]),
    "asked for files": lambda: asked(["claim.evidence"]),
    "failed": payout_failed,
    "declined": declined,
    "appealing": appealing,
    "approved": approved,
    "paid": paid,
    "in a run": in_a_run,
    "held": held,
    "replaced": replaced,
    "defect": defect,
    "rental": rental,
    "rental asked": rental_asked,
    "defect asked": defect_asked,
}  # fmt: skip
