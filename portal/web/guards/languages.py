"""In which language a page is said: the one place that chooses it.

What its reader chose in this browser comes first, then the language that the claim of the page keeps,
then what the shop said of the customer whom it handed over last, then what the browser asks for. The
pages of those who work here are in the portal's own.
"""

from flask import Flask, g, request, session
from flask_babel import refresh

from portal import translation
from portal.claims.models import Claim
from portal.config.languages import catalogues, speak_to, tag_of
from portal.policy.deciding.document import Policy
from portal.translation import ENGLISH
from portal.versions.registry import policies
from portal.web.frame.shop import languages_of

_CHOSEN = "language"  # what this browser's reader chose on a page
_HANDED = "handed_language"  # what the shop said of the customer whom it handed over last
# First parts of the addresses of customers' pages, beside the shops' own.
_CUSTOMERS = frozenset({"", "find", "new", "claims", "handed", "evidence", "phone"})


def register(app: Flask) -> None:
    """Choose before each request, ahead of what may refuse it, and leave the language as it was after it."""
    app.before_request_funcs.setdefault(None, []).insert(0, _choose)
    app.teardown_request(_leave)


def _choose() -> None:
    first, shops = request.path.split("/")[1], policies()
    if first in _CUSTOMERS or first in shops:
        tag = _kept(_CHOSEN) or _kept(_HANDED) or _asked_for(shops.get(first))
        if tag:
            _speak(tag)


def _leave(_error: BaseException | None) -> None:
    if before := g.pop("spoken_before", None):
        translation.speak(*before)


def in_the_language_of(claim: Claim) -> Claim:
    """The claim, whose pages are said in its customer's language from here on."""
    if claim.language and not _kept(_CHOSEN):
        _speak(claim.language)
        refresh()  # Flask-Babel asks once in a request
    return claim


def reader_tag() -> str:
    """The language of who reads this page, as a claim keeps it."""
    return tag_of(translation.reader())


def choose(tag: str) -> None:
    """This browser's reader wants its pages so."""
    session[_CHOSEN] = tag


def handed_over(tag: str | None) -> None:
    """The shop says that this browser's customer speaks so: what was chosen here before is over."""
    if tag:
        session.pop(_CHOSEN, None)
        session[_HANDED] = tag


def _speak(tag: str) -> None:
    """Speak so until the request is over."""
    if "spoken_before" not in g:
        g.spoken_before = translation.language(), translation.reader()
    speak_to(tag)


def _kept(name: str) -> str | None:
    kept = session.get(name)
    return kept if isinstance(kept, str) else None


def _asked_for(policy: Policy | None) -> str | None:
    """What the browser asks for first among what there is: the portal's languages and the shop's words'."""
    if not request.accept_languages:
        return None
    there = {*map(tag_of, catalogues()), *(languages_of(policy) if policy else ())} - {ENGLISH}
    return request.accept_languages.best_match([ENGLISH, *sorted(there)])  # "*" takes the first
