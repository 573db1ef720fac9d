"""Every test that the language can make of a fact."""

from portal.policy.facts.table import ALL, EVENTS, Type

LIMITS = ("order.expires_at", "order.paid_until + 5 days", "claim.submitted_at + 1 month")


def atoms():
    """Every test that the language can make of each fact, with a few limits."""
    for each in ALL:
        name = each.name
        if each.type is Type.BOOL:
            texts = [f"{name} = true", f"{name} = false"]
        elif each.type is Type.WORD:
            texts = [f"{name} = {word}" for word in each.values]
        elif each.type in (Type.COUNT, Type.MONEY):
            texts = [f"{name} is empty"]
        elif each.type is Type.DURATION:
            texts = [f"{name} {sign} 2 days" for sign in ("<", "<=", ">", ">=")]
        elif each.type is Type.NUMBER:
            texts = [f"{name} {sign} {n}" for sign in ("<", "<=", ">", ">=") for n in (1, 5)]
        elif each.type is Type.TIME:
            limits = [limit for limit in LIMITS if limit != name]
            texts = [f"{name} {s} {limit}" for s in ("<", "<=", ">", ">=") for limit in limits]
            if name in EVENTS:
                texts += [f"{name} happened", f"{name} by {LIMITS[0]}", f"{name} by {LIMITS[1]}"]
        else:
            texts = []
        yield from texts
