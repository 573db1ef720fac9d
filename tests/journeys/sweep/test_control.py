"""The harness is not blind: whatever a page runs or fetches that escapes nothing, it notes."""

import pytest

from portal.web.frame.headers import POLICY
from tests.journeys.sweep.payloads import PAYLOADS

pytestmark = [pytest.mark.long, pytest.mark.any_database, pytest.mark.timeout(600)]
# Where typed text could stand: between elements, in an attribute, in an address.
PAGE = """<!doctype html><html lang="en"><title>x</title><script src="/static/htmx.min.js"></script>
<p>{0}</p><input value="{0}"><a href="{0}">x</a>"""
# The other kinds wait for a reader that decodes them or takes them for a template.
RUNNING = ("script", "handlers", "drawings", "breakouts", "htmx", "documents", "styles")


def said(text, canary):
    """The payload as it would be typed."""
    return text.replace("CANARY", canary.place)


@pytest.fixture
def unescaped(watch):
    """Open a page that holds the text as it is; the browser that noted what it did."""

    def opened(said, **headers):
        watching = watch()
        body = PAGE.replace("{0}", said)
        watching.page.context.route(
            "**/unescaped",
            lambda route: route.fulfill(body=body, content_type="text/html", headers=headers),
        )
        watching.open("unescaped", "/unescaped")
        watching.page.wait_for_timeout(100)  # what it began is under way
        return watching

    return opened


def test_a_harmless_text_is_not_noted(unescaped, canary):
    assert (unescaped("Nothing came.").hits, canary.calls) == ([], [])


@pytest.mark.parametrize("kind", RUNNING)
def test_what_is_not_escaped_is_noted(unescaped, canary, kind):
    for text in PAYLOADS[kind][:2]:
        assert unescaped(said(text, canary)).hits != [], text


def test_what_is_not_escaped_reaches_the_canary_and_opens_dialogs(unescaped, canary):
    dialog, script, *_ = PAYLOADS["script"]
    hits = unescaped(said(dialog, canary)).hits
    assert [each for each in hits if f"dialog: {canary.place}" in each] != []
    unescaped(said(script, canary))
    assert canary.calls != []


def test_our_policy_alone_keeps_it_from_the_canary_and_tells_of_it(unescaped, canary):
    for text in PAYLOADS["script"][:3]:
        hits = unescaped(said(text, canary), **{"Content-Security-Policy": POLICY}).hits
        assert [each for each in hits if "script-src" in each] != []
    assert canary.calls == []
