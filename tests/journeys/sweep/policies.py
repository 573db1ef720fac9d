"""A policy whose every word is a payload, published, and the pages that show it."""

import json
import re
from itertools import count

from portal.database import transaction
from portal.versions import publishing
from portal.versions.models import DraftQuestion
from portal.web.frame.fields import visible
from tests.journeys.sweep.payloads import Payload
from tests.versions.drafts import NEXT, admin, answered, begun, governing, read_of, retext

WORDS = re.compile(r'^(label|hint|wording|reading|because|part) = ".*"$', re.MULTILINE)


def worded(stage, text, places):
    """The text with the next payload in the place of each text that people read, of its newest version."""
    shop, version, newest = text.rpartition("[[version]]")
    shop, first, older = shop.partition("[[version]]")
    turns = count()

    def say(match):
        place = places[next(turns) % len(places)]
        field = f"policy_{match[1]}"
        stage.taken[field].add(place)
        said = Payload(place, stage.canary).said(field)
        seen = "".join(c for c in visible(" ".join(said.split())) if c.isprintable())
        return f"{match[1]} = {json.dumps(seen)}"

    return WORDS.sub(say, shop) + first + older + version + WORDS.sub(say, newest)


def published(stage, shop, places):
    """Such a policy of the shop, published: its number, and the date of the one before."""
    draft = begun(shop=shop)
    retext(draft, worded(stage, draft.text, places))
    answered(draft, DraftQuestion.CHECK)
    answered(draft, DraftQuestion.REPLAY, seen_by=draft.author)
    by, read, before = admin(), read_of(draft), governing(shop)
    with transaction():
        publishing.publish(draft, read, governing=before, by=by, at=stage.app.config["NOW"])
    stage.app.extensions["policies"].renew()
    return draft.id, before.policy.current.in_force


def look(view, shop, number, before):
    """Its pages, for whoever keeps it and for anybody."""
    anybody = view.owner(view.stage.visitor().client)
    home = "/review/policies"
    for sink, path in (
        ("policies", home),
        ("policy version", f"{home}/{number}"),
        ("policy differences", f"{home}/{shop}/differences?old={before}&new={NEXT}"),
        ("policy check", f"{home}/{number}/check"),
    ):
        view.staff.open(sink, path)
    for sink, path in (
        ("policy to anybody", f"/{shop}/policy/{NEXT}"),
        ("policy changes to anybody", f"/{shop}/policy/{before}/{NEXT}"),
        ("policy to anybody", f"/{shop}/policy"),
        ("shop", f"/{shop}/"),
        ("refund adviser", f"/{shop}/can-i-get-a-refund"),
        ("start of a claim", f"/{shop}/claim"),
    ):
        anybody.open(sink, path)
