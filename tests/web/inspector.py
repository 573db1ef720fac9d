"""A browser for tests that inspects every page it is given."""

from __future__ import annotations

import json
import re
from functools import cached_property

from flask import g, session
from flask_wtf.csrf import generate_csrf

from portal.translation import gettext, speaking
from tests.web.frame import markup

URL_ATTRIBUTES = ("hx-get", "hx-post", "hx-put", "hx-delete")


class Page:
    """A parsed answer: `page.text(selector-ish)`, `page.all(tag, **attributes)`, `page.status`."""

    def __init__(self, response):
        self.response = response
        self.status = response.status_code
        self.location = response.headers.get("Location")
        self.body = response.get_data(as_text=True)
        self.whole = self.body.lstrip().lower().startswith("<!doctype")

    @cached_property
    def markup(self):
        return markup.read(self.body, whole=self.whole)

    @property
    def tree(self):
        """None where the answer is no page."""
        page = self.response.mimetype == "text/html" and self.body
        return self.markup.tree if page else None

    def all(self, tag="*", **attributes):
        """Elements by tag and attributes; `class_` matches one class of several."""
        found = []
        for element in self.tree.iter():
            if not isinstance(element.tag, str) or tag not in ("*", element.tag):
                continue
            if all(_matches(element, name, value) for name, value in attributes.items()):
                found.append(element)
        return found

    def one(self, tag="*", **attributes):
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} × {tag} {attributes} in\n{self.body}"
        return found[0]

    def text(self, element=None):
        """Words as a person reads them."""
        if element is None:
            element = next((e for e in self.all("main")), self.tree)
        return re.sub(r"\s+", " ", "".join(element.itertext())).strip()

    @property
    def h1(self):
        return self.text(self.one("h1"))

    @property
    def title(self):
        return self.text(self.one("title"))

    @property
    def errors(self):
        """What the error summary says, in order."""
        return [
            self.text(link) for box in self.all(class_="error-summary") for link in box.iter("a")
        ]

    @property
    def fields(self):
        """Names and values of the page's form controls, but for those in a dialog, which is closed."""
        values = {}
        closed = {element for dialog in self.all("dialog") for element in dialog.iter()}
        for element in self.all():
            name = element.get("name")
            if element in closed:
                continue
            if element.tag == "input" and element.get("type") in {"checkbox", "radio"}:
                if element.get("checked") is not None:
                    values[name] = element.get("value", "on")
            elif element.tag == "input" and name:
                values[name] = element.get("value", "")
            elif element.tag == "textarea":
                values[name] = (element.text or "").removeprefix("\n")
            elif element.tag == "select":
                chosen = [o for o in element.iter("option") if o.get("selected") is not None]
                values[name] = chosen[0].get("value") if chosen else ""
        return values


def _matches(element, name, value):
    name = name.rstrip("_").replace("_", "-")
    have = element.get(name)
    if name == "class":
        return value in (have or "").split()
    return have == value


class Browser:
    """The test client, with an inspection of every page. Redirects are not followed: assert them."""

    def __init__(self, client):
        self.client = client

    def get(self, path, *, status=200, fragment=False, **kwargs):
        return self._inspect(
            self.client.get(path, headers=_headers(fragment), **kwargs), status, fragment
        )

    def post(self, path, data=None, *, status=303, fragment=False, headers=None, **kwargs):
        data = dict(data or {})
        data.setdefault("csrf_token", self.token())
        response = self.client.post(
            path,
            data=data,
            headers=_headers(fragment) | (headers or {}),
            content_type="multipart/form-data",
            **kwargs,
        )
        return self._inspect(response, status, fragment)

    def token(self):
        """A CSRF token of this client's session, as any page's form would carry."""
        app = self.client.application
        with app.test_request_context():
            # The fixture's application context outlives a request, and one client's token with it.
            g.pop("csrf_token", None)

            with self.client.session_transaction() as kept:
                session.update(kept)
                token = generate_csrf()
                kept.update(session)
        return token

    def _inspect(self, response, status, fragment):
        page = Page(response)
        assert page.status == status, f"{page.status} instead of {status}\n{page.body[:3000]}"
        if not fragment and not 300 <= page.status < 400 and page.tree is not None:
            inspect(page)
        return page


def _headers(fragment):
    return {"HX-Request": "true"} if fragment else {}


def _inspect_script(element):
    """A script comes from its own file; data for machines is read, and not run."""
    if element.get("type") == "application/ld+json":
        assert json.loads(element.text), "data that says nothing"
    else:
        assert element.get("src") and not (element.text or "").strip(), "inline script"


def inspect(page):
    """What must hold for every page, whatever it is about."""
    assert page.whole, f"no doctype: {page.body}"
    assert page.markup.faults == [], page.body
    assert page.markup.astray is None, page.body
    heading = page.h1
    with speaking(page.one("html").get("lang").replace("-", "_")):
        title = page.title.removeprefix(gettext("Error:") + " ")
    assert title.startswith(heading), f"title {title!r} does not start with h1 {heading!r}"
    assert all(part.strip() for part in title.split("–")), f"a part of the title {title!r} is empty"
    ids = [e.get("id") for e in page.all() if e.get("id")]
    assert len(ids) == len(set(ids)), f"ids twice: {sorted(i for i in ids if ids.count(i) > 1)}"
    labelled = {e.get("for") for e in page.all("label")}
    inside = {id(c) for label in page.all("label") for c in label.iter()}
    for control in page.all():
        if control.tag in {"select", "textarea"} or (
            control.tag == "input" and control.get("type") not in {"hidden", "submit"}
        ):
            assert (
                control.get("id") in labelled or id(control) in inside or control.get("aria-label")
            ), f"no label for {control.attrib}"
    for form in page.all("form"):
        assert form.get("method") in {"get", "post", "dialog"}, (
            f"form without method: {form.attrib}"
        )
        if form.get("method") != "dialog":
            assert form.get("action"), f"form without action: {form.attrib}"
        if form.get("method") == "post":
            names = [e.get("name") for e in form.iter("input")]
            assert "csrf_token" in names, f"form without CSRF token: {form.attrib}"
    for element in page.all():
        assert element.get("style") is None, f"inline style on {element.tag}"
        assert not any(name.startswith("on") for name in element.attrib), (
            f"inline script on {element.tag}"
        )
        if element.tag == "script":
            _inspect_script(element)
        assert element.tag != "style", "inline style sheet"
        target = element.get("hx-target", "")
        if target.startswith("#"):
            assert target[1:] in ids, f"hx-target {target} is not on the page"
        if element.get("hx-post"):
            twin = element.get("action") or element.get("formaction")
            assert twin == element.get("hx-post"), (
                f"hx-post without its plain twin: {element.attrib}"
            )
