"""The feed as it is read: page after page, in order, nothing skipped."""

from typing import Any

from sqlalchemy import select

from portal.events.models import FeedEvent
from portal.extensions import db
from portal.translation import gettext


class UnknownEvent(Exception):
    """The feed of this shop has no event of this id."""

    def __init__(self, key: str) -> None:
        super().__init__(
            gettext("This shop's feed has no event %(id)s: begin again without it", id=key)
        )
        self.key = key


def page(shop: str, *, after: str | None = None, most: int) -> list[dict[str, Any]]:
    """The next events of a shop, the oldest first, as GET /shops/SHOP/events gives them.

    ``after`` is the id of the last one that was read; ``most`` how many at once. Fewer than that
    says that there are no more by now. Raises UnknownEvent.
    """
    found = select(FeedEvent).where(FeedEvent.shop == shop).order_by(FeedEvent.id).limit(most)
    if after is not None:
        known = FeedEvent.shop == shop, FeedEvent.key == after
        number = db.session.scalar(select(FeedEvent.id).where(*known))
        if number is None:
            raise UnknownEvent(after)
        found = found.where(FeedEvent.id > number)
    return [each.as_json() for each in db.session.scalars(found)]
