"""A browser that notes whatever a page does that it should not, and what of the payloads it shows."""

import re
from collections import Counter, defaultdict
from contextlib import contextmanager

from playwright.sync_api import Error

from tests.journeys.sweep.payloads import NAMED, Payload, plain

# Refusals that are shown on purpose: Chromium writes each to the console.
REFUSED = re.compile(r"status of 4\d\d")
# Attributes that show text, and do nothing with it.
SHOWING = ["value", "alt", "title", "aria-label", "placeholder", "content"]
NOTE_VIOLATIONS = """
  window.violations = [];
  document.addEventListener("securitypolicyviolation",
    (event) => window.violations.push(`${event.effectiveDirective} ${event.blockedURI}`));
"""
SEND = """([path, fields]) => {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action: path });
  for (const [name, value] of fields) {
    const box = document.createElement("textarea");
    Object.assign(box, { name, value });
    form.append(box);
  }
  document.body.append(form);
  HTMLFormElement.prototype.submit.call(form);
}"""
# What the page has come to: what does something that it should not, and all of its text.
LOOK = """([canary, showing, allowed]) => {
  const odd = [], text = [document.documentElement.textContent];
  const doing = /^(href|xlink:href|src|srcset|action|formaction|poster|data|background|ping|(data-)?hx-.*)$/;
  // An address of ours that carries on what this page was asked with: its own, or that of a link.
  const own = (element, value) => {
    try {
      const to = new URL(value, location.href);
      return to.origin === location.origin && (element.localName === "a" || to.pathname === location.pathname);
    } catch { return false }
  };
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  if (new Set(ids).size < ids.length) odd.push("an id twice");
  if (document.querySelectorAll("meta[name=htmx-config]").length > 1) odd.push("settings twice");
  for (const element of document.querySelectorAll("*")) {
    const tag = element.localName;
    if (["base", "object", "embed", "applet", "marquee", "plaintext", "style", "math"].includes(tag) && !allowed.includes(tag))
      odd.push(tag);
    if (tag === "meta" && element.httpEquiv && !allowed.includes("meta")) odd.push("meta http-equiv");
    if (tag === "script" && !element.src && element.type !== "application/ld+json") odd.push("inline script");
    if (element.content?.nodeType && element.innerHTML.includes(canary)) odd.push("template");
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on") || name.includes("hx-on") || name === "srcdoc") odd.push(`${tag} ${name}`);
      if (doing.test(name) && /^\\s*(javascript|vbscript|data|js):/i.test(value) && !value.startsWith("data:image/"))
        odd.push(`${tag} ${name}=${value}`);
      if (value.includes(canary) || name.includes(canary)) {
        if (showing.includes(name)) text.push(value);
        else if (!(doing.test(name) && own(element, value))) odd.push(`${tag} ${name}=${value}`);
      }
    }
    if ("value" in element && typeof element.value === "string") text.push(element.value);
  }
  return { odd, text: text.join("\\n"), violations: window.violations ?? [],
           config: window.htmx ? JSON.stringify(window.htmx.config) : null };
}"""


class Watch:
    """A context of the browser, at the portal's address: ``hits`` is what went wrong, by page."""

    def __init__(self, context, address, canary):
        self.address, self.canary = address, canary
        self.hits, self.opened = [], defaultdict(int)
        self.shown = defaultdict(set)
        self.answered = Counter()
        self.configs = set()
        self.where = ""
        context.add_init_script(NOTE_VIOLATIONS)
        context.on("weberror", lambda error: self._hit(f"error: {error.error}"))
        context.on("console", self._console)
        context.on("dialog", self._dialog)
        context.on("request", self._request)
        context.on("page", lambda _: self._hit("another window"))
        self.page = context.new_page()
        self.hits.clear()  # the window of its own

    def open(self, sink, path):
        """Open the page at the path, and look at what it has come to; ``answered`` counts how."""
        with self._at(sink, path):
            status = self.page.goto(f"{self.address}{path}", wait_until="load").status
            self._look(sink)
        ended = self.page.url.removeprefix(self.address).partition("?")[0]
        self.answered[sink, status, ended == path.partition("?")[0]] += 1

    def send(self, sink, path, fields):
        """Send a form from a page of ours, and look at the answer."""
        with self._at(sink, path):
            if not self.page.url.startswith(self.address):
                self.page.goto(f"{self.address}/healthz")
            with self.page.expect_navigation(wait_until="load"):
                self.page.evaluate(SEND, [path, list(fields.items())])
            self._look(sink)

    def go_as(self, client):
        """Have the session of that client from now on."""
        name = client.application.config["SESSION_COOKIE_NAME"]
        self.page.context.clear_cookies()
        if cookie := client.get_cookie(name):
            kept = {"name": name, "value": cookie.value, "url": self.address}
            self.page.context.add_cookies([kept])

    def read(self, sink, html):
        """Look at the HTML of a letter, in a page that no policy guards."""
        with self._at(sink, html[:80]):
            self.page.set_content(html, wait_until="load")
            self._look(sink, allowed=["meta", "style"])

    @contextmanager
    def _at(self, sink, where):
        self.where = f"{sink} {where}"
        self.opened[sink] += 1
        before = len(self.canary.calls)
        yield
        self.hits += [f"{self.where}: called {each}" for each in self.canary.calls[before:]]

    def _look(self, sink, *, allowed=None):
        try:
            found = self.page.evaluate(LOOK, [self.canary.place, SHOWING, allowed or []])
        except Error as error:  # the page went elsewhere by itself
            self._hit(error.message)
            return
        for each in (*found["odd"], *found["violations"]):
            self._hit(each)
        if found["config"] is not None:
            self.configs.add(found["config"])
        text = plain(found["text"])
        for field, place in set(NAMED.findall(text)):
            if Payload(int(place), self.canary.place).shown(field) in text:
                self.shown[field, sink].add(int(place))

    def _console(self, message):
        if message.type == "error" and not REFUSED.search(message.text):
            self._hit(f"console: {message.text}")

    def _dialog(self, dialog):
        self._hit(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request):
        if not request.url.startswith((f"{self.address}/", "about:", "blob:")):
            self._hit(f"reached out to {request.url}")

    def _hit(self, what):
        self.hits.append(f"{self.where}: {what}")
