"""A process that sends claims of a shop that gives them by turns, beside another one."""

from portal.versions.registry import policies
from tests import factories
from tests.portals import portal_at


def work(url, folder, name, count, told):
    """Send so many claims about orders of this name, each in a transaction of its own."""
    with portal_at(url, folder).app_context():
        policies().restate(factories.SHOP, by_turns=True)
        drafts = [
            factories.draft(order_reference=f"{name}-{number}", files=0).reference
            for number in range(count)
        ]
        told.send("ready")
        told.recv()
        for reference in drafts:
            factories.sent(reference)
