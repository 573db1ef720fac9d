"""The call that reads the shop's feed: what happened, in order, for programs that ask and are not told."""

from portal.api.calls import Caller, call
from portal.api.problems import Reply
from portal.api.shapes.money import Feed, FeedQuery
from portal.events import queries


@call("GET", "/shops/<shop>/events", scope=None, answer=Feed, tag="Events", query=FeedQuery)
def read_feed(caller: Caller, query: FeedQuery) -> Reply:
    """What happened to the shop's claims, payouts and files, the oldest first; nothing is skipped.

    At the end `next` is null: go on from there later with `after`, the id of the last event.
    """
    found = queries.page(caller.shop, after=query.after, most=query.limit + 1)
    items = found[: query.limit]
    onward = items[-1]["id"] if len(found) > len(items) else None
    return Reply({"items": items, "next": onward})
