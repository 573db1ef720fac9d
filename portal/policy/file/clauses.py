"""Reading the clauses of a policy file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from portal.policy.file.grammar import ASKABLE, COMMON, DEADLINES, EFFECTS, KEYS, NEEDS
from portal.policy.file.tables import Tables
from portal.policy.language.clause import Amount, Clause, ClauseKind, Destination, Effect
from portal.policy.language.closures import condition, instant
from portal.policy.language.tree import ConditionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal.policy.language.calendar import Calendar


class Clauses(Tables):
    """Reads one clause after the other, each checked by its kind and its effect."""

    def clause(self, table: dict[str, Any], calendar: Calendar) -> Clause:
        """One clause with its conditions compiled. Raises PolicyError."""
        version = self.where.partition(":")[0]
        self.where = f"{version}: {table.get('id', 'a clause without id')}"
        if "effect" not in table:
            raise self.fail("a clause without an effect")
        kind, effect = self.one_of(table, "kind", ClauseKind), self.one_of(table, "effect", Effect)
        if effect not in EFFECTS.get(kind, {Effect.INFORM}):
            raise self.fail(f"a clause of kind {kind} cannot {effect}")
        needs = set(NEEDS[effect]) - ({"when"} if kind is ClauseKind.DEFAULT else set())
        self.keys(table, COMMON | KEYS[effect], {"id", "wording", "kind"} | needs)
        clause = self.conditional(table, calendar, Clause(**self.plain(table, kind, effect)))
        turned = table.get("reversed")
        if turned is not None:
            merged = {"id": clause.id, "wording": clause.wording, "kind": "eligible"}
            merged |= {"effect": "approve", **self.typed(table, "reversed", dict)}
            clause = replace(clause, reversed=self.clause(merged, calendar))
        return clause

    def plain(self, table: dict[str, Any], kind: ClauseKind, effect: Effect) -> dict[str, Any]:
        """The fields of a clause that are not conditions."""
        values: dict[str, Any] = {"kind": kind, "effect": effect}
        for key in ("id", "part", "wording", "reading", "because"):
            values[key] = self.typed(table, key, str, "")
        for key in ("remedy_asked", "automatic", "evidence", "only_unsettled"):
            values[key] = self.typed(table, key, bool, False)  # noqa: FBT003 - the default
        values["description_length"] = self.typed(table, "description_length", int, 1)
        for key in ("also", "yields_to", "beats", "requires", "requires_for_payout"):
            values[key] = self.words(table, key)
        for name in (*values["requires"], *values["requires_for_payout"]):
            if name not in ASKABLE:
                raise self.fail(f"required information {name!r} is not a customer's fact")
        if "amount" in table:
            values["amount"] = self.one_of(table, "amount", Amount)
        for key in ("destination", "on"):
            if key in table:
                values[key] = self.one_of(table, key, Destination)
        values["confirmed"] = self.choice(table, "confirmed", ("payout",))
        values["refused"] = self.choice(table, "refused", ("balance", "deny"))
        return values

    def conditional(self, table: dict[str, Any], calendar: Calendar, clause: Clause) -> Clause:
        """The clause with its conditions, its deadlines and the instant at which it opens."""
        deadlines = self.typed(table, "deadlines", dict, {})
        for name in deadlines:
            if name not in DEADLINES:
                raise self.fail(f"unknown deadline {name!r}")
        tests = {
            key: self.compiled(condition, table, key, calendar)
            for key in ("when", "finding", "person_when")
        }
        return replace(
            clause,
            deadlines={key: self.compiled(instant, deadlines, key, calendar) for key in deadlines},
            opens=self.compiled(instant, table, "opens", calendar),
            **tests,
        )

    def compiled(
        self,
        compile_: Callable[[str, Calendar], Any],
        table: dict[str, Any],
        key: str,
        calendar: Calendar,
    ) -> Any:
        """The condition or instant of ``key``; None where there is none, or where it was noted."""
        if key not in table:
            return None
        try:
            return compile_(self.typed(table, key, str), calendar)
        except ConditionError as error:
            self.note(str(error))
            return None
