"""Where others reach the portal, no call of it leads into its own network, whatever a name means."""

from datetime import UTC, datetime

import pytest

from portal.config.hosts import leads_inward
from portal.events.signing import new_secret
from portal.ledger.payout import FailedKind, Rail
from portal.money import Money
from portal.payouts.rails.balance import BalanceRail
from portal.payouts.rails.rail import Became, Instruction, RailAnswer
from portal.payouts.setting import READERS, RailNotSet
from tests.payouts.shops import crediting

WHERE = "its address leads into the portal's own network"
INWARD = [
    "localhost", "shop.localhost", "127.0.0.1", "[::1]", "10.1.2.3", "172.16.0.9", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "[fe80::1]", "[fd00::1]",
    "[::ffff:10.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[2002:a00:1::]",
]  # fmt: skip


@pytest.mark.parametrize("host", INWARD)
def test_an_address_of_ones_own_network_is_not_set_where_others_reach_the_portal(app, host):
    assert leads_inward(host)
    with pytest.raises(RailNotSet, match="this one is of your own network"):
        READERS[Rail.BALANCE].read({"url": f"https://{host}/credit"}, loopback=False)
    assert READERS[Rail.BALANCE].read({"url": f"https://{host}/credit"}, loopback=True).url


@pytest.mark.parametrize(
    "host", ["shop.example", "93.184.216.34", "[2606:2800:220:1::1]", "[64:ff9b::5db8:d822]"]
)
def test_a_public_one_is(app, host):
    assert not leads_inward(host)
    assert READERS[Rail.BALANCE].read({"url": f"https://{host}/credit"}, loopback=False).url


def test_a_name_that_means_this_machine_is_called_with_nothing_sent(app):
    """The name is public by its looks: what it means is seen at the call, and looked up nothing is known."""
    with crediting() as shop:
        shop.secret = new_secret()
        one = Instruction(key="PO-1", claim="7K3F-9QXM", shop="plug", shop_name="Plug",
                          amount=Money(50, "USD"), email="ana@example.org")  # fmt: skip
        clock = datetime.now(UTC).timestamp
        outward, inward = (
            BalanceRail(shop.url, shop.secret, clock, inward=inward) for inward in (False, True)
        )
        assert outward.send(outward.prepare([one])) == RailAnswer(
            Became.FAILED, kind=FailedKind.WAIT, detail=WHERE
        )
        assert outward.look_up(one) == RailAnswer(Became.UNKNOWN, detail=WHERE)
        assert (shop.calls, shop.balances) == ([], {})
        assert inward.send(inward.prepare([one])).became is Became.PAID
