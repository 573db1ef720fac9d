"""What somebody who has just started the demo wants to know, in words for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.demo.loading import SAMPLES
from portal.demo.people import PEOPLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from portal.policy.document import Policy


def guide(policies: Mapping[str, Policy], *, url: str) -> Iterator[str]:
    """Lines that say where to go, whom to sign in as, and which orders to try in each shop."""
    yield f"The portal      {url}/"
    yield f"The mailbox     {url}/mailbox   every e-mail and every code lands here"
    yield f"For reviewers   {url}/review"
    yield ""
    yield "Sign in as a reviewer (the code that is asked for comes to the mailbox):"
    for person in PEOPLE:
        yield f"  {person.email:<20} {person.password:<24} {person.may}"
    yield ""
    yield "File a claim with one of these orders and its e-mail address:"
    for shop, policy in policies.items():
        told = [sample for sample in SAMPLES if sample.shop == shop and sample.story]
        if not told:
            continue
        yield f"  {policy.shop.name}   {url}/{shop}"
        labels = {reason.code: reason.label for reason in policy.shop.reasons}
        for sample in told:
            reference = sample.reference or "(balance)"
            label = labels[sample.reason]
            yield f'    {reference:<10} {sample.email:<18} "{label}": {sample.story}'
