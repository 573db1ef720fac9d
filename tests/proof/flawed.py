"""A shop's newest version with something changed in its file, and what it says to a claim."""

from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from portal.policy.file.places import SHOPS
from portal.policy.file.reading import read
from portal.proof.claims.search import Search


def flawed(shop, *changes):
    """Questions about the version after each ``(old, new)`` of ``changes``; an ``old`` must be there."""
    text = (SHOPS / f"{shop}.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    policy = read(text.encode(), "draft.toml")
    return Search(policy, policy.current)


def decided(search, claim):
    """What the version of ``search`` says to a claim that a finding shows."""
    return decide(parse(claim), search.policy, search.version)


def added(clause):
    """A change that puts a clause before the last one of numberplug."""
    last = '[[version.clause]]\nid = "NP-6.2"'
    return last, f"[[version.clause]]\n{clause}\n\n{last}"
