"""What is possible: the facts of any case as z3 terms, and what holds between them.

``possible`` is what the case file itself guarantees (portal/policy/deciding/case.py, balance.py,
calendar.py); a proof that no claim exists rests on it alone. What holds of a claim that is shown
to somebody besides is in plausible.py.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import z3

from portal.columns.layout import DAY, EPOCH
from portal.policy.deciding.document import PausingClock, Version
from portal.policy.facts.table import (
    ALL,
    BALANCE_REASONS,
    BY_NAME,
    COMPANIONS,
    REASONS,
    UNKNOWN,
    Type,
)
from portal.policy.language.clause import Amount
from portal.policy.language.json_values import LARGEST
from portal.proof.model.terms import FALSE, TRUE, Terms, ValueTerms, first, least, most, sort_of

_CLOCK_CHANGE = DAY // 12  # the most that is taken from a day
# Every time of a case lies in these years (case.py); an instant moved by a policy may pass them.
_LAST = (datetime(3000, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
BALANCE = tuple(fact.name for fact in ALL if fact.name.startswith("balance."))
_ALWAYS = ("now", "claim.submitted_at", "claim.destination", "claim.remedy", "claim.evidence")


class World:
    """The facts of any case before ``version``.

    ``facts`` are by name, of which those in ``free`` follow from no others; ``terms`` reads
    conditions over them; ``worth`` has what each way of paying comes to, ``amounts`` what is left of
    that to pay. The amounts by time and by days are any between nothing and the price.
    """

    def __init__(self, version: Version) -> None:
        self.version = version
        self.order, self.account = z3.Bool("order"), z3.Bool("account")
        self.facts: dict[str, ValueTerms] = {
            fact.name: ValueTerms(
                z3.Bool(f"{fact.name} known"),
                z3.Bool(f"{fact.name} there"),
                z3.Const(self._symbol(fact.name), sort_of(fact.type)),
            )
            for fact in ALL
        }
        self.possible: list[Any] = []
        self.gone_in_another_currency = z3.Bool("order.refunded in another currency")
        self.fee_in_another_currency = z3.Bool("order.processing_fee in another currency")
        drawn = dict(self.facts)
        self._derive()
        self.free = tuple(f for f in ALL if self.facts[f.name] is drawn[f.name])
        self.terms = Terms(self.facts)
        self.balance_reason = z3.And(
            self.facts["claim.reason"].known,
            z3.Or([self.is_reason(code) for code in sorted(BALANCE_REASONS)]),
        )
        kinds = BY_NAME["order.kind"].values
        self.rental = self.facts["order.kind"].value == kinds.index("rental")
        self.other_currency = z3.Bool("claim.amount in another currency")
        self.worth = self._amounts()
        self.amounts = {kind: self._left(kind, worth) for kind, worth in self.worth.items()}
        self._known()
        self._ranges()
        self._companions()
        self._messages()
        self._balance()

    def _symbol(self, name: str) -> str:
        """Worlds of two versions share their symbols, save for what each version derives by itself."""
        return f"{name} in {self.version.top_up_window}" if name in BALANCE else name

    def is_reason(self, code: str) -> Any:
        """The claim's reason, where there is one, is ``code``."""
        return self.facts["claim.reason"].value == REASONS.index(code)

    def bounds(self) -> list[Any]:
        """How far instants moved by months or working days may lie from where they start."""
        found = []
        for each in self.terms.moved:
            least, most = _reach(each.by.months, each.by.working_days)
            found += [each.end >= each.start + least, each.end <= each.start + most]
        return found

    def _known(self) -> None:
        facts, say = self.facts, self.possible.append
        for fact in ALL:
            value, top = facts[fact.name], fact.name.partition(".")[0]
            if fact.stands_on:
                continue
            present = {"order": self.order, "account": self.account}.get(top)
            if fact.name in _ALWAYS or (top == "findings" and fact.default is None):
                say(value.known)
            elif fact.default is not UNKNOWN and present is not None:
                say(value.known == present)
            elif present is not None:
                say(z3.Implies(value.known, present))
            if fact.default is not None and fact.name not in _MAY_BE_NOTHING:
                say(value.there)

    def _ranges(self) -> None:
        facts, say = self.facts, self.possible.append
        for fact in ALL:
            value = facts[fact.name].value
            if fact.stands_on:
                continue
            if fact.type is Type.WORD:
                say(z3.And(value >= 0, value < len(fact.values)))
            elif fact.type is Type.TIME:
                say(z3.And(value >= 0, value < _LAST))
            elif fact.type is not Type.BOOL:
                say(value >= 0)
            if fact.type is Type.NUMBER:
                say(value <= LARGEST)
        starts = microseconds(self.version.starts_at)
        submitted = facts["claim.submitted_at"].value
        say(submitted >= starts)
        say(submitted <= facts["now"].value)
        ordered, expires = facts["order.ordered_at"], facts["order.expires_at"]
        say(z3.Implies(z3.And(ordered.known, expires.known), ordered.value <= expires.value))

    def _companions(self) -> None:
        facts, say = self.facts, self.possible.append
        for name, event in COMPANIONS:
            actor, happened = facts[name], facts[event]
            say(z3.Implies(happened.nothing, actor.nothing))
            say(z3.Implies(happened.given, actor.there))
        status, why = facts["account.status"], facts["account.block_reason"]
        blocked = status.value == BY_NAME["account.status"].values.index("blocked")
        say(z3.Implies(z3.And(status.known, z3.Not(blocked)), why.known))
        say(z3.Implies(z3.And(status.known, blocked), why.there))

    def _messages(self) -> None:
        """A message of the ordered service is one of the messages."""
        listed, heard = self.facts["order.messages"], self.facts["order.service_message"]
        say = self.possible.append
        say(heard.there)
        say(z3.Implies(z3.Not(listed.known), z3.Not(heard.known)))
        none = z3.And(listed.known, listed.value == 0)
        say(z3.Implies(none, z3.And(heard.known, z3.Not(heard.value))))
        named = self.facts["order.service"].known
        say(z3.Implies(z3.And(listed.value > 0, heard.known), named))

    def _balance(self) -> None:
        """The lists as what a policy reads of them: an amount and three flags (balance.py)."""
        say, facts = self.possible.append, self.facts
        counted = facts["top_ups"]
        looked_at = TRUE if self.version.top_up_window else FALSE
        for name in BALANCE:
            say(facts[name].there)
            seen = z3.And(counted.known, self.balance_reason, looked_at)
            say(z3.Implies(facts[name].known, seen))
        left, old, used, method = (facts[name] for name in BALANCE)
        say(left.value >= 0)
        say(z3.Implies(self._same_currency(), left.value <= facts["claim.amount"].value))
        empty = z3.And(counted.known, counted.value == 0, self.balance_reason, looked_at)
        nothing = [left.value == 0, z3.Not(old.value), z3.Not(used.value), method.value]
        say(z3.Implies(empty, z3.And(*nothing, *(facts[name].known for name in BALANCE))))

    def _same_currency(self) -> Any:
        return z3.And(self.facts["claim.amount"].known, z3.Not(self.other_currency))

    def _derive(self) -> None:
        """Facts that follow exactly from others (case.py)."""
        facts = self.facts
        now, submitted = facts["now"], facts["claim.submitted_at"]
        given = facts["findings.information_given_at"]
        asked = facts["findings.information_requested_at"]
        facts["clock.review_from"] = first(given, submitted)
        facts["clock.information_from"] = first(asked, now)
        reported, ended = facts["order.outage_reported_at"], facts["order.outage_ended_at"]
        end = z3.If(ended.given, least(ended.value, now.value), now.value)
        left, by = facts["order.disconnected_at"], facts["order.disconnected_by"]
        customer = by.value == BY_NAME["order.disconnected_by"].values.index("customer")
        before = z3.And(left.given, left.value < end)
        theirs = z3.And(before, by.given, customer)
        told = z3.Not(z3.And(before, z3.Not(by.known)))
        end = z3.If(theirs, left.value, end)
        facts["order.outage_time"] = ValueTerms(
            z3.And(reported.known, z3.Or(reported.nothing, told)),
            reported.there,
            most(end - reported.value, z3.IntVal(0)),
        )
        start, until = facts["order.paid_from"], facts["order.paid_until"]
        paid = least(end, until.value) - most(reported.value, start.value)
        facts["order.outage_paid_time"] = ValueTerms(
            z3.And(reported.known, z3.Or(reported.nothing, z3.And(told, start.known, until.known))),
            reported.there,
            most(paid, z3.IntVal(0)),
        )
        price, gone = facts["order.price"], facts["order.refunded"]
        back = z3.If(gone.known, gone.value, price.value)
        some = z3.Or(gone.known, facts["order.refunded_at"].given)
        same = z3.Or(z3.Not(gone.known), z3.Not(self.gone_in_another_currency))
        facts["order.remainder"] = ValueTerms(
            z3.And(price.known, same),
            TRUE,
            z3.If(some, most(price.value - back, z3.IntVal(0)), price.value),
        )
        clock = self.version.rectify_clock
        if clock is None:
            facts["clock.rectify_by"] = ValueTerms(FALSE, TRUE, z3.IntVal(0))
        else:
            facts["clock.rectify_by"] = self._paused(clock)

    def _paused(self, clock: PausingClock) -> ValueTerms:
        start, now = self.facts[clock.start], self.facts["now"]
        paused, resumed = self.facts[clock.paused_from], self.facts[clock.paused_until]
        due = start.value + microseconds(clock.length)
        until = z3.If(resumed.given, resumed.value, now.value)
        stood = most(until - most(paused.value, start.value), z3.IntVal(0))
        late = z3.And(paused.given, paused.value <= due)
        return ValueTerms(start.known, start.there, z3.If(late, due + stood, due))

    def _left(self, kind: Amount, worth: ValueTerms) -> ValueTerms:
        """What may still be paid of what a clause comes to."""
        if kind is Amount.REFUNDABLE:
            return worth
        rest = self.facts["order.remainder"]
        if kind is Amount.LESS_FEE:
            rest = self._less_fee(rest)
        return ValueTerms(z3.And(worth.known, rest.known), TRUE, least(worth.value, rest.value))

    def _less_fee(self, paid: ValueTerms) -> ValueTerms:
        fee = self.facts["order.processing_fee"]
        known = z3.And(paid.known, fee.known, z3.Not(self.fee_in_another_currency))
        return ValueTerms(known, TRUE, most(paid.value - fee.value, z3.IntVal(0)))

    @property
    def returned(self) -> Any:
        """When nothing is left to return of the price, because it went back."""
        gone, left = self.facts["order.refunded"], self.facts["order.remainder"]
        part = z3.And(gone.known, gone.value > 0, left.known, left.value == 0)
        return z3.Or(part, z3.And(z3.Not(gone.known), self.facts["order.refunded_at"].given))

    def _amounts(self) -> dict[Amount, ValueTerms]:
        facts, say = self.facts, self.possible.append
        price, left, asked = (
            facts["order.price"],
            facts["balance.refundable"],
            facts["claim.amount"],
        )
        start, until = facts["order.paid_from"], facts["order.paid_until"]
        whole = until.value - start.value
        known = z3.And(price.known, start.known, until.known, whole > 0)
        found = {Amount.FULL: price, Amount.LESS_FEE: self._less_fee(price)}
        for kind, name in PARTS.items():
            part = facts[name]
            amount = z3.Int(str(kind))
            say(z3.And(amount >= 0, amount <= price.value))
            say(z3.Implies(part.nothing, amount == 0))
            reckoned = z3.And(known, part.known)
            say(
                z3.Implies(z3.And(reckoned, part.there, part.value >= whole), amount == price.value)
            )
            found[kind] = ValueTerms(reckoned, TRUE, amount)
        mixed = z3.And(left.value > 0, asked.known, self.other_currency)
        found[Amount.REFUNDABLE] = ValueTerms(z3.And(left.known, z3.Not(mixed)), TRUE, left.value)
        return found


# What the price is multiplied with; the whole is the paid period.
PARTS = {Amount.BY_TIME: "order.outage_paid_time", Amount.BY_DAYS: "order.outage_time"}
_MAY_BE_NOTHING = frozenset(name for name, _event in COMPANIONS) | {"account.block_reason"}


def microseconds(value: datetime | timedelta) -> int:
    """An instant since 1970, or a length, in microseconds."""
    length = value if isinstance(value, timedelta) else value - EPOCH
    return length // timedelta(microseconds=1)


def instant(value: int) -> datetime:
    """The instant of so many microseconds since 1970, in UTC."""
    return EPOCH + timedelta(microseconds=value)


def _reach(months: int, working_days: int) -> tuple[int, int]:
    """The least and the most that months or working days can be, in microseconds.

    A month has 28 to 31 days; a clock change may add or take an hour or two. Working days are
    stretched by days off; a year of them for each is further than any calendar's. Where a day lasts some
    hours, the first is over at its closing.
    """
    if months:
        return (28 * months - 1) * DAY, (31 * months + 1) * DAY
    return max((working_days - 1) * DAY - _CLOCK_CHANGE, 0), (working_days + 1) * 31 * DAY
