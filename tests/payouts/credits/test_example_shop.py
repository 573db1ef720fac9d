"""The shop's side as docs/rails/balance.md writes it speaks the call."""

import re
import threading
import time
from pathlib import Path

from werkzeug.serving import make_server

from portal.demo.shop import QuietHandler
from portal.events.signing import new_secret
from portal.money import Money
from portal.payouts.rails.balance import BalanceRail
from portal.payouts.rails.rail import Became, Instruction, RailAnswer

PAGE = Path(__file__).resolve().parents[3] / "docs" / "rails" / "balance.md"


def test_the_example_credits_once_answers_look_ups_and_refuses_what_is_not_signed():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    example = {"__name__": "example"}
    exec(code, example)
    server = make_server(
        "127.0.0.1", 0, example["app"], threaded=True, request_handler=QuietHandler
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.port}/credit"
    rail = BalanceRail(url, example["SECRET"], time.time)
    amount = Money.parse("0.50", "USD")
    one = Instruction("PO-1", "7K3F-9QXM", "numberplug", "NumberPlug", amount, "ana@example.org")
    try:
        assert rail.look_up(one).became is Became.MISSING
        paid = RailAnswer(Became.PAID, reference="BAL-1")
        assert [rail.send(rail.prepare([one])) for _ in range(2)] == [paid, paid]
        assert rail.look_up(one) == paid
        stranger = BalanceRail(url, new_secret(), time.time)
        assert stranger.send(stranger.prepare([one])).became is Became.FAILED
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert example["balances"] == {"ana@example.org": [("0.50", "USD")]}
    assert len(code.splitlines()) <= 32
