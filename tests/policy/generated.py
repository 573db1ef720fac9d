"""Claims made up by the thousand, from a seed: every fact a policy reads, on and around its windows.

rng = random.Random(7)
case = claim(rng, policy)
partial, paths = hidden(rng, case)
"""

from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta

from portal.policy.facts.table import (
    ALL,
    BALANCE_REASONS,
    EVIDENCE_KINDS,
    PAYOUT_METHODS,
    REASONS,
    UNKNOWN,
    Source,
)
from portal.policy.language.tree import Duration

SECOND, MINUTE, HOUR, DAY = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000
# Just before, at and just after; a claim is worth the more the nearer it is to an edge.
NUDGES = (0, 0, 0, 1, -1, SECOND, -SECOND, SECOND, -SECOND, 7 * MINUTE, -13 * HOUR)
# Ends of months, a leap day, weekends, public holidays and both changes of the clocks in Europe.
STARTS = tuple(
    int(datetime.fromisoformat(text).timestamp()) * SECOND
    for text in (
        "2026-01-31T10:00:00+00:00", "2026-02-28T23:59:59+00:00", "2028-02-29T12:00:00+00:00",
        "2026-03-27T15:00:00+00:00", "2026-03-28T10:00:00+00:00", "2026-03-29T00:59:59+00:00",
        "2026-04-30T22:30:00+00:00", "2026-10-23T09:00:00+00:00", "2026-10-25T00:30:00+00:00",
        "2026-12-23T16:00:00+00:00", "2026-12-31T23:00:00+00:00", "2026-06-10T08:15:00+00:00",
    )
)  # fmt: skip
# Where no amount is said of a return, the whole price went back: it is not unknown either.
NEVER_HIDDEN = (
    "order.reference",
    "order.country",
    "order.refunded",
    "claim.answers.number_used",
)
# A fact with a default is not unknown when it is left out, and what a person states or finds is
# itself an answer when it is not said.
HIDEABLE = (
    "account",
    "order",
    *(
        fact.name
        for fact in ALL
        if fact.source in (Source.LOGS, Source.CUSTOMER)
        and fact.default is UNKNOWN
        and not fact.stands_on
        and fact.name not in NEVER_HIDDEN
    ),
)
ROW_FIELDS = {
    "top_ups": ("at", "amount"),
    "purchases": ("at", "amount", "activated", "refunded"),
    "order.messages": ("service",),
}
CANCELLED = ("cancellations_1_day", "cancellations_7_days", "cancellations_30_days")
WORDS = "I waited for the code twice, and in the end nothing of use came to me."


def claim(rng, policy):
    """A whole case (docs/case-and-decision.md); only what a customer may leave out is ever absent."""
    version = policy.versions[-1] if len(policy.versions) == 1 else rng.choice(policy.versions)
    spans = _spans(version)
    chance, pick = rng.random, rng.choice
    reason = pick(REASONS)
    start = _start(rng, policy)
    span = pick(spans)
    submitted = start + span + pick(NUDGES)
    wait = 20 * MINUTE if chance() < 0.7 else pick(spans)
    if chance() < 0.2:
        submitted = start + wait + pick(NUDGES)
    submitted = max(submitted, start)
    now = submitted if chance() < 0.5 else submitted + abs(pick(spans) + pick(NUDGES))
    destination = pick(("balance", "balance", "payout"))
    said = {
        "reason": reason,
        "submitted_at": _text(submitted),
        "service_name": pick(("WhatsApp", "WhatsApp", "A number in NL", " ")),
        "order_reference": "A-1001",
        "description": WORDS if chance() < 0.8 else WORDS[: pick((0, 5, 29, 30, 31))],
        "destination": destination,
        "remedy": pick(("refund", "replacement")),
        "amount": _money(rng, policy),
    }
    if destination == "payout" or chance() < 0.3:
        said["payout"] = {"method": pick(PAYOUT_METHODS), "complete": chance() < 0.8}
    if chance() < 0.4:
        said["answers"] = {"number_used": chance() < 0.5}
    if chance() < 0.6:
        said["evidence"] = [{"kind": pick(EVIDENCE_KINDS)} for _ in range(pick((1, 1, 2)))]
    case = {"now": _text(now), "account": _account(rng), "claim": said}
    balance = reason in BALANCE_REASONS
    if chance() < (0.1 if balance else 0.97):
        case["order"] = _order(rng, policy, spans, start, start + wait)
        case["order"] |= _rented(rng, spans, start, submitted, now)
    if chance() < (1 if balance else 0.1):
        case["top_ups"] = _top_ups(rng, policy, version, submitted)
        case["purchases"] = _purchases(rng, policy, case["top_ups"], submitted)
    findings = _findings(rng, spans, submitted, now)
    if findings:
        case["findings"] = findings
    return case


def hidden(rng, case, most=4):
    """The case with up to ``most`` of its logs' and customer's facts removed, and their paths.

    A path with a number (``purchases.0.activated``) is one row's.
    """
    paths = []
    for _ in range(rng.randint(1, most)):
        path = rng.choice(HIDEABLE)
        if path in ("top_ups", "purchases", "order.messages") and rng.random() < 0.5:
            rows = _parent(case, f"{path}.").get(path.rpartition(".")[2]) or ()
            if rows:
                path = f"{path}.{rng.randrange(len(rows))}.{rng.choice(ROW_FIELDS[path])}"
        less = _without(case, path.split("."))
        if less is not None:
            case = less
            paths.append(path)
    return case, paths


def _start(rng, policy):
    earliest = int(policy.versions[0].starts_at.timestamp()) * SECOND
    start = rng.choice(STARTS)
    if rng.random() < 0.3:
        start += rng.randrange(400) * DAY + rng.randrange(DAY)
    return max(start, earliest)


def _account(rng):
    chance = rng.random
    account = {"email": "ana@example.org"}
    if chance() < 0.08:
        account["fraud_flag"] = chance() < 0.6
    if chance() < 0.25:
        account["status"] = rng.choice(("active", "blocked", "deleted", "deleted"))
        if account["status"] == "blocked":
            account["block_reason"] = rng.choice(("rule_violation", "authorities"))
    if chance() < 0.15:
        account["identity_documents"] = rng.choice(("provided", "refused"))
    if chance() < 0.5:
        counts = sorted(rng.choice((0, 1, 4, 5, 6, 40)) for _ in CANCELLED)
        account |= zip(CANCELLED, counts, strict=True)
    return account


def _order(rng, policy, spans, ordered, expires):
    chance, pick = rng.random, rng.choice
    order = {
        "reference": "A-1001",
        "kind": pick(("activation", "rental")),
        "service": "WhatsApp",
        "country": "NL",
        "price": _money(rng, policy),
        "ordered_at": _text(ordered),
        "expires_at": _text(expires),
        "was_orderable": chance() < 0.5,
        "operational": chance() < 0.5,
        "replacement_available": chance() < 0.5,
        "label": "for_registration" if chance() < 0.2 else None,
        "fault": "local_provider" if chance() < 0.2 else None,
        "messages": [],
    }
    if chance() < 0.3:
        order["messages"] = [
            {"received_at": _text(ordered + MINUTE), "service": pick(("WhatsApp", "whatsapp", "X"))}
            for _ in range(pick((1, 1, 2)))
        ]
    if chance() < 0.2:
        order["revealed_at"] = _text(ordered + MINUTE)
    if chance() < 0.1:
        order["completed_at"] = _text(ordered + 2 * MINUTE)
    if chance() < 0.3:
        order["cancelled_at"] = _text(ordered + abs(pick(spans) + pick(NUDGES)))
        order["cancelled_by"] = pick(("customer", "provider"))
    if chance() < 0.2:
        order["unavailable_at"] = _text(ordered + MINUTE)
    if chance() < 0.12:
        order["refunded_at"] = _text(expires + SECOND)
        if chance() < 0.2:
            order["refunded"] = pick((_money(rng, policy), order["price"]))
    if chance() < 0.1:
        order["restriction_ignored"] = chance() < 0.7
    if chance() < 0.2:
        order["payment_method_refundable"] = chance() < 0.3
    return order


def _rented(rng, spans, start, submitted, now):
    """The paid period, an outage, a disconnection; an activation may have them as well."""
    chance, pick = rng.random, rng.choice
    until = start + pick((3, 30)) * DAY if chance() < 0.9 else start + pick((0, 1, 7)) * HOUR
    order = {"paid_from": _text(start), "paid_until": _text(until)}
    if chance() < 0.25:
        order["disconnected_at"] = _text(until + pick(NUDGES) - pick((0, 0, DAY)))
        order["disconnected_by"] = pick(("customer", "operator", "provider"))
        order["disconnect_cause"] = pick(("customer", "other"))
    if chance() < 0.35:
        reported = now - pick((*spans, 2 * DAY)) + pick(NUDGES)
        if chance() < 0.4:
            reported = pick((start, start - HOUR, until - HOUR, submitted))
        order["outage_reported_at"] = _text(reported)
        if chance() < 0.4:
            order["outage_ended_at"] = _text(reported + pick((*spans, 36 * HOUR)) + pick(NUDGES))
    return order


def _top_ups(rng, policy, version, submitted):
    window = (version.top_up_window or timedelta(days=7)) // timedelta(microseconds=1)
    rows = []
    for place in range(rng.choice((0, 1, 1, 2, 3))):
        back = window if rng.random() < 0.4 else rng.randrange(9) * DAY
        rows.append(
            {
                "reference": f"T{place}",
                "at": _text(submitted - back + rng.choice(NUDGES)),
                "amount": _money(rng, policy),
                "method": "card",
            }
        )
        if rng.random() < 0.15:
            rows[-1]["method_refundable"] = rng.random() < 0.3
    return rows


def _purchases(rng, policy, top_ups, submitted):
    rows = []
    for _ in range(rng.choice((0, 0, 1, 2, 3))):
        at = _text(submitted - rng.randrange(9) * DAY + rng.choice(NUDGES))
        if top_ups and rng.random() < 0.4:
            at = rng.choice(top_ups)["at"]
        rows.append(
            {
                "at": at,
                "amount": _money(rng, policy),
                "activated": rng.random() < 0.3,
                "refunded": rng.random() < 0.3,
            }
        )
    return rows


def _findings(rng, spans, submitted, now):
    chance, pick = rng.random, rng.choice
    findings = {}
    if chance() < 0.4:
        for name in (
            "technical_error_verified", "claim_verified", "defect_confirmed",
            "exceptional_payout_verified", "access_refused",
        ):  # fmt: skip
            if chance() < 0.35:
                findings[name] = chance() < 0.6 and (name != "access_refused" or chance() < 0.3)
    if chance() < 0.15:
        asked = granted = submitted + pick((0, HOUR, 2 * DAY))
        findings["access_requested_at"] = _text(asked)
        if chance() < 0.6:
            granted = asked + abs(pick(spans) + pick(NUDGES))
            findings["access_granted_at"] = _text(granted)
        if chance() < 0.6:
            paused = granted - asked
            findings["rectified_at"] = _text(submitted + pick(spans) + paused + pick(NUDGES))
    elif chance() < 0.15:
        findings["rectified_at"] = _text(submitted + pick(spans) + pick(NUDGES))
    if chance() < 0.15:
        asked = now - pick(spans) + pick(NUDGES) if chance() < 0.6 else submitted + HOUR
        findings["information_requested_at"] = _text(asked)
        if chance() < 0.5:
            given = asked + abs(pick(spans) + pick(NUDGES))
            findings["information_given_at"] = _text(given)
    return findings


def _money(rng, policy):
    minor = rng.randrange(5000) + (rng.random() < 0.9)
    currency = policy.shop.currency if rng.random() < 0.95 else "EUR"
    return {"amount": f"{minor // 100}.{minor % 100:02d}", "currency": currency}


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _text(moment):
    """RFC 3339 of microseconds since 1970."""
    return (_EPOCH + timedelta(microseconds=moment)).isoformat()


def _spans(version):
    """The version's own lengths in microseconds; months and working days by about."""
    found = _SPANS.get(version.sha256)
    if found is None:
        lengths = {0, MINUTE, 9 * DAY}
        trees = []
        for each in version.clauses:
            tests = (
                each.when,
                each.finding,
                each.person_when,
                each.reversed and each.reversed.when,
            )
            trees += [test.tree for test in tests if test]
            trees += [each.opens.term] if each.opens else []
        for tree in trees:
            lengths |= set(_lengths(tree))
        clock = version.rectify_clock
        for length in (version.top_up_window, clock and clock.length):
            if length:
                lengths.add(length // timedelta(microseconds=1))
        found = _SPANS[version.sha256] = tuple(sorted(lengths))
    return found


_SPANS = {}


def _lengths(tree):
    if isinstance(tree, Duration):
        days = 31 * tree.months + 2 * tree.working_days
        yield tree.seconds * SECOND + days * DAY
    elif is_dataclass(tree):
        for field in fields(tree):
            yield from _lengths(getattr(tree, field.name))
    elif isinstance(tree, tuple):
        for part in tree:
            yield from _lengths(part)


def _parent(case, path):
    *parents, _last = path.split(".")[:-1]
    place = case
    for name in parents:
        place = place.get(name) or {}
    return place


def _without(place, path):
    """A copy of ``place`` less what is at ``path``; None where nothing is."""
    name, *rest = path
    key = int(name) if isinstance(place, list) else name
    if isinstance(place, dict) and place.get(key) is None:
        return None
    copy = list(place) if isinstance(place, list) else dict(place)
    if not rest:
        del copy[key]
        return copy
    inner = _without(place[key], rest)
    if inner is None:
        return None
    copy[key] = inner
    return copy
