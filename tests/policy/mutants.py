"""Mutants of a policy file: one small change each, of the kind that a hand slips into.

mutants_of(data)    every mutant of the file's newest version, as (name, data) pairs

Left out is what means the same by the language itself: `yields_to` where an exclusion that reads the
reason alone yields anyway, `points` beside a default clause, `other` beside a clause that approves,
`automatic` where a person is always needed, the order of clauses about different reasons, and what
a clause says it `beats`, which only a check reads.
"""

import copy

from portal.policy.facts.table import BY_NAME, REASONS, Source
from portal.policy.file.values import DEADLINES
from portal.policy.language.clause import Amount, Destination
from portal.policy.language.parsing import parse, parse_time
from portal.policy.language.tree import reads, settled
from tests.policy.mutated_trees import durations, terms, trees, written

CONDITIONS = ("when", "finding", "person_when")


def mutants_of(data):
    """Each mutant's name and the file's content with it; the examples are left out."""
    version = copy.deepcopy(data["version"][-1])
    version.pop("example", None)
    version.pop("ordinary", None)
    for name, changed in version_changes(version):
        yield name, {**data, "version": [changed]}
    limit = int(data["shop"]["automatic_limit"].replace(".", ""))
    for minor in (limit - 1, limit + 1):
        shop = {**data["shop"], "automatic_limit": f"{minor / 100:.2f}"}
        yield f"automatic_limit {minor}", {**data, "shop": shop, "version": [version]}


def version_changes(version):
    clauses = version["clause"]
    for place, clause in enumerate(clauses):
        for name, changed in clause_changes(clause, clauses):
            others = [*clauses[:place], changed, *clauses[place + 1 :]]
            yield f"{clause['id']}: {name}", {**version, "clause": others}
        if clause["effect"] != "inform":
            yield f"{clause['id']}: missing", without(version, clause["id"])
    yield from orders(version)
    yield from lookups(version)
    yield from clocks(version)


def orders(version):
    """Each two clauses of one effect that can hold together, one after the other, exchanged."""
    clauses = version["clause"]
    for place, one in enumerate(clauses):
        for later in range(place + 1, len(clauses)):
            if clauses[later]["effect"] == one["effect"] != "inform" and together(
                one, clauses[later]
            ):
                changed = [*clauses]
                changed[place], changed[later] = clauses[later], one
                name = f"{one['id']}: in the place of {clauses[later]['id']}"
                yield name, {**version, "clause": changed}
                break


def lookups(version):
    """Where the reasons point, and who looks at what is in no clause."""
    ids = [clause["id"] for clause in version["clause"]]
    defaulting = any(clause["kind"] == "default" for clause in version["clause"])
    for code, names in () if defaulting else version["points"].items():
        elsewhere = next(each for each in ids if each not in names)
        changes = [("elsewhere", [elsewhere]), ("one more", [*names, elsewhere])]
        if len(names) > 1:
            changes += [("in reverse", names[::-1]), ("one less", names[1:])]
        for name, changed in changes:
            yield (
                f"points.{code}: {name}",
                {**version, "points": {**version["points"], code: changed}},
            )
    approving = {clause["id"] for clause in version["clause"] if clause["effect"] == "approve"}
    for clause_id in ids:
        if clause_id != version["other"] and not {clause_id, version["other"]} <= approving:
            yield f"other: {clause_id}", {**version, "other": clause_id}


def clocks(version):
    for key in ("top_up_window",):
        if key in version:
            for text in lengths(version[key]):
                yield f"{key}: {text}", {**version, key: text}
    clock = version.get("rectify_by")
    if clock:
        changes = [{"length": text} for text in lengths(clock["length"])]
        changes += [{"from": "now"}, {"from": "order.ordered_at"}]
        changes += [{"paused_from": clock["paused_until"]}, {"paused_until": clock["paused_from"]}]
        for change in changes:
            yield f"rectify_by: {change}", {**version, "rectify_by": {**clock, **change}}


def lengths(text):
    given = parse_time(f"now + {text}").right
    return [written(changed) for changed in durations(given) if changed.seconds]


def without(version, clause_id):
    """The version with no trace of a clause: not in it, and named nowhere."""

    def rest(names):
        return [name for name in names if name != clause_id]

    clauses = []
    for clause in version["clause"]:
        if clause["id"] != clause_id:
            changed = dict(clause)
            for key in ("also", "yields_to", "beats"):
                if key in changed:
                    changed[key] = rest(changed[key])
            clauses.append(changed)
    other = version["other"] if version["other"] != clause_id else clauses[-1]["id"]
    points = {code: rest(names) for code, names in version["points"].items()}
    return {**version, "clause": clauses, "points": points, "other": other}


def clause_changes(clause, clauses):
    for key in CONDITIONS:
        if key in clause:
            for name, tree in trees(parse(clause[key])):
                yield f"{key}: {name}", {**clause, key: written(tree)}
    for key in ("finding", "person_when", "opens", "reversed", "on"):
        if key in clause:
            yield f"no {key}", {each: value for each, value in clause.items() if each != key}
    if "opens" in clause:
        for name, term in terms(parse_time(clause["opens"])):
            yield f"opens: {name}", {**clause, "opens": written(term)}
    if "reversed" in clause:
        merged = {"effect": "approve", "id": clause["id"], **clause["reversed"]}
        for name, changed in clause_changes(merged, clauses):
            kept = {key: value for key, value in changed.items() if key not in ("effect", "id")}
            yield f"reversed: {name}", {**clause, "reversed": kept}
    yield from deadlines(clause)
    yield from fields(clause)
    yield from precedences(clause, clauses)


def deadlines(clause):
    given = clause.get("deadlines", {})
    for key, text in given.items():
        rest = {each: value for each, value in given.items() if each != key}
        yield f"deadlines: no {key}", {**clause, "deadlines": rest}
        for name, term in terms(parse_time(text)):
            yield f"{key}: {name}", {**clause, "deadlines": {**given, key: written(term)}}
        for other in DEADLINES:
            if other not in given:
                yield f"{key} as {other}", {**clause, "deadlines": {**rest, other: text}}


def fields(clause):
    effect = clause["effect"]
    if effect == "deny" and clause["kind"] != "default":
        other = "excluded" if clause["kind"] == "overriding" else "overriding"
        yield f"kind: {other}", {**clause, "kind": other}
    if effect == "approve":
        yield from paying(clause)
    if effect == "review":
        for key, words in (
            ("confirmed", ("payout", "balance")),
            ("refused", ("payout", "balance", "deny")),
            ("on", ("payout", "balance")),
        ):
            for word in words:
                if word != clause[key]:
                    yield f"{key}: {word}", {**clause, key: word}
    if clause.get("requires") or clause.get("requires_for_payout"):
        yield from asking(clause)


def paying(clause):
    for key, words in (("amount", Amount), ("destination", Destination)):
        for word in words:
            if clause[key] != word:
                yield f"{key}: {word}", {**clause, key: str(word)}
    yield "remedy_asked: turned", {**clause, "remedy_asked": not clause.get("remedy_asked")}
    if "finding" not in clause or "person_when" in clause:
        yield "automatic: turned", {**clause, "automatic": not clause.get("automatic")}
    if "finding" in clause:
        yield "evidence: turned", {**clause, "evidence": not clause.get("evidence")}


def asking(clause):
    yield "only_unsettled: turned", {**clause, "only_unsettled": not clause.get("only_unsettled")}
    for key in ("requires", "requires_for_payout"):
        for name in clause.get(key, ()):
            yield f"{key}: no {name}", {**clause, key: [n for n in clause[key] if n != name]}
    requires = clause.get("requires", [])
    if "claim.evidence" not in requires:
        yield "requires: claim.evidence too", {**clause, "requires": [*requires, "claim.evidence"]}
    if "claim.description" in requires:
        size = clause.get("description_length", 1)
        for length in (size - 1, size + 1):
            yield f"description_length: {length}", {**clause, "description_length": length}


def precedences(clause, clauses):
    if clause.get("kind") not in ("excluded", "deadline"):
        return
    given = clause.get("yields_to", [])
    yielding = reads(parse(clause["when"])) == ("claim.reason",)
    anyway = {other["id"] for other in clauses if yielding and by_logs(other)}
    for name in given:
        if name in anyway:
            continue
        yield f"yields_to: no {name}", {**clause, "yields_to": [n for n in given if n != name]}
    for other in clauses:
        if other["effect"] != "approve" or other["id"] in {*given, *anyway}:
            continue
        if together(clause, other):
            yield (
                f"yields_to: {other['id']} too",
                {
                    **clause,
                    "yields_to": [*given, other["id"]],
                    "because": "A slip.",
                },
            )


def together(one, other):
    """Whether any reason leaves both conditions open."""
    conditions = [parse(clause["when"]) for clause in (one, other) if "when" in clause]
    return any(
        all(settled(tree, "claim.reason", code) is not False for tree in conditions)
        for code in REASONS
    )


def by_logs(clause):
    """Whether an approving clause is proved by the logs alone."""
    if clause["effect"] != "approve" or ("finding" in clause and "person_when" not in clause):
        return False
    sources = {BY_NAME[name].source for name in reads(parse(clause["when"]))}
    return sources <= {Source.LOGS, Source.PORTAL}
