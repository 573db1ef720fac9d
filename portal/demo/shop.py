"""The demo's small shop: balances of its own, the signed call that credits them, and a page to watch.

It runs beside the portal in a process of its own, and has nothing of it but how messages are signed.
"""

import json
import random
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, redirect, render_template, request
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from portal.demo.balances import REFUSED, AskedCredit, Conduct, ShopAnswer, SmallShopBooks
from portal.events.signing import is_signed

HERE = {"127.0.0.1", "localhost"}
HANGS_FOR = 15.0  # seconds, longer than a caller's patience
LARGEST = 64 * 1024  # bytes of a call that are read
BAD_SHARE = 0.3  # of the calls of a bad day
# What a person reads on the switch.
SAYS: dict[Conduct, tuple[str, str]] = {
    Conduct.WORKS: ("Works", "Credits each refund once."),
    Conduct.FIXABLE: ("Refuses: the customer can mend it", "422, the account is locked."),
    Conduct.WAIT: ("Refuses: come back later", "429, tried again by itself."),
    Conduct.FINAL: ("Refuses for good", "410, the account was closed."),
    Conduct.HANGS: ("Hangs", "Answers nothing for 15 seconds, credits nothing."),
    Conduct.BROKEN: ("Breaks after crediting", "Makes the credit, then answers 500."),
    Conduct.RESETS: ("Cuts the line after crediting", "Makes the credit, answers nothing."),
    Conduct.DROPS: ("Cuts the line before", "Credits nothing, answers nothing."),
    Conduct.BAD_DAY: ("Has a bad day", "Three calls in ten go wrong, each in another way."),
}
_UNSIGNED = ShopAnswer(
    HTTPStatus.UNAUTHORIZED,
    {"status": "failed", "kind": "wait", "detail": "The call's signature is not ours."},
)
_BROKEN = ShopAnswer(HTTPStatus.INTERNAL_SERVER_ERROR, {})
_UNREADABLE = ShopAnswer(
    HTTPStatus.BAD_REQUEST,
    {"status": "failed", "kind": "final", "detail": "The call can't be read."},
)


@dataclass(frozen=True, slots=True)
class SmallShop:
    """What the shop answers: ``secrets`` are by its names, ``portal`` is the address to link to."""

    books: SmallShopBooks
    secrets: Mapping[str, str]
    portal: str
    hangs_for: float = HANGS_FOR  # seconds

    def app(self) -> Flask:
        """The shop as a WSGI app."""
        folder = str(Path(__file__).parent)
        app = Flask("small shop", root_path=folder, template_folder=".", static_folder=None)
        app.config["MAX_CONTENT_LENGTH"] = LARGEST
        app.before_request(_at_home)
        app.add_url_rule("/", view_func=self.page)
        app.add_url_rule("/conduct", view_func=self.switch, methods=["POST"])
        app.add_url_rule("/<shop>/credit", view_func=self.credit, methods=["POST"])
        app.add_url_rule("/<shop>/credit/<key>", view_func=self.look_up)
        return app

    def page(self) -> str:
        """Balances and calls, and the switch."""
        books = self.books
        seen = {"balances": books.balances(), "calls": books.calls(), "conduct": books.conduct()}
        return render_template("shop.html", says=SAYS, portal=self.portal, **seen)

    def switch(self) -> Any:
        """Turn the switch."""
        wanted = request.form.get("conduct", "")
        if wanted not in set(Conduct):
            abort(HTTPStatus.BAD_REQUEST)
        self.books.behave(Conduct(wanted))
        return redirect("/", HTTPStatus.SEE_OTHER)

    def credit(self, shop: str) -> Response:
        """One credit, as docs/rails/balance.md has it."""
        asked = _asked(shop)
        if not self._is_signed(shop):
            return self._say(asked, _UNSIGNED)
        if asked is None:
            return self._say(asked, _UNREADABLE)
        conduct = _today(self.books.conduct())
        if conduct in REFUSED:
            return self._say(asked, self.books.refuse(asked.key, conduct))
        if conduct in {Conduct.HANGS, Conduct.DROPS}:
            return self._leave(asked, "nothing, not credited", late=conduct is Conduct.HANGS)
        answer = self.books.credit(asked)
        if conduct is Conduct.RESETS:
            return self._leave(asked, "nothing, but credited")
        return self._say(asked, _BROKEN if conduct is Conduct.BROKEN else answer)

    def look_up(self, shop: str, key: str) -> Response:
        """What became of a credit; a shop that hangs, hangs here too."""
        asked = AskedCredit(key=key, shop=shop, email="", amount="", currency="")
        if not self._is_signed(shop) or request.headers.get("webhook-id") != key:
            return self._say(asked, _UNSIGNED)
        conduct = self.books.conduct()
        unlucky = conduct is Conduct.BAD_DAY and _today(conduct) is not Conduct.WORKS
        if conduct is Conduct.HANGS or unlucky:
            return self._leave(asked, "nothing", late=True)
        return self._say(asked, self.books.look_up(key))

    def _is_signed(self, shop: str) -> bool:
        """Whether the call is signed by the shop's secret."""
        secret, headers = self.secrets.get(shop), dict(request.headers.items())
        small = {name.lower(): value for name, value in headers.items()}
        body, at = request.get_data(), int(time.time())
        return secret is not None and is_signed(secret, small, body=body, at=at)

    def _say(self, asked: AskedCredit | None, answer: ShopAnswer) -> Response:
        if asked:
            status = answer.said.get("kind") or answer.said.get("status") or ""
            self.books.note(request.method, asked, f"{int(answer.status)} {status}".strip())
        data = json.dumps(answer.said) if answer.said else "Something broke."
        return Response(data, status=answer.status, mimetype="application/json")

    def _leave(self, asked: AskedCredit, told: str, *, late: bool = False) -> Response:
        """End the connection without an answer, at once or when its caller has lost patience."""
        self.books.note(request.method, asked, told)
        time.sleep(self.hangs_for if late else 0)
        line = request.environ.get("werkzeug.socket")
        if line is not None:
            line.shutdown(socket.SHUT_RDWR)
        return Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)


def _at_home() -> None:
    """Answer this machine alone, and forms of this page alone."""
    if urlsplit(f"//{request.host}").hostname not in HERE:
        abort(HTTPStatus.MISDIRECTED_REQUEST)
    from_here = request.headers.get("Sec-Fetch-Site", "none") in {"none", "same-origin"}
    if request.method == "POST" and not from_here:
        abort(HTTPStatus.FORBIDDEN)


def _asked(shop: str) -> AskedCredit | None:
    """What the call asks for; None where it can't be read, or its keys are not one."""
    try:
        said = json.loads(request.get_data())
        key, amount = said["payout"], said["amount"]
        if (
            said["type"] != "balance.credit"
            or said["shop"] != shop
            or Decimal(amount["amount"]) <= 0
        ):
            return None
        if {request.headers.get(name) for name in ("webhook-id", "Idempotency-Key")} != {key}:
            return None
        return AskedCredit(
            key=str(key),
            shop=shop,
            email=str(said["account"].get("email") or said["account"]["id"]),
            amount=str(amount["amount"]),
            currency=str(amount["currency"]),
            order_reference=said.get("order_reference"),
        )
    except (ValueError, KeyError, TypeError, InvalidOperation):
        return None


def _today(conduct: Conduct) -> Conduct:
    """How one call is met: on a bad day, by chance."""
    if conduct is not Conduct.BAD_DAY:
        return conduct
    bad = [each for each in Conduct if each not in {Conduct.WORKS, Conduct.BAD_DAY}]
    return random.choice(bad) if random.random() < BAD_SHARE else Conduct.WORKS  # noqa: S311 - no secret


class QuietHandler(WSGIRequestHandler):
    """Answers without a line in the terminal for each call."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def _end_with(server: BaseWSGIServer) -> None:
    """Stop when whoever started it is gone: its end of our input is closed then."""
    sys.stdin.read()
    server.shutdown()


def main() -> None:
    """Serve until Ctrl-C or the end of our input, whose first line says what there is to know."""
    told = json.loads(sys.stdin.readline())
    books = SmallShopBooks(Path(told["file"]))
    app = SmallShop(books, told["secrets"], portal=told["portal"]).app()
    server = make_server(
        "127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler, fd=told["listener"]
    )
    Thread(target=_end_with, args=(server,), daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    main()
