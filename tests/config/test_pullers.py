"""The line that says from whom a shop's records are pulled, and what is wrong with one."""

import pytest

from portal.config.pullers import Dialect, read_puller
from portal.config.settings import SettingsError, load_settings

LINE = "my-shop 5sim https://5sim.net"


def test_a_line_names_the_shop_the_dialect_and_the_address():
    told = load_settings(
        pullers=f"{LINE} currency=RUB, other handler_api http://10.0.0.8/api.php zone=Europe/Moscow private",
        pull_keys="my-shop:a:b,other:c",
    )
    first, second = told.pullers
    assert (first.shop, first.dialect, first.url, first.zone) == (
        "my-shop", Dialect.FIVESIM, "https://5sim.net", "UTC",
    )  # fmt: skip
    assert (first.currency, first.private, first.key.get_secret_value()) == ("RUB", False, "a:b")
    assert (second.zone, second.private, second.url) == (
        "Europe/Moscow",
        True,
        "http://10.0.0.8/api.php",
    )
    assert told.puller_of("other") == second
    assert told.puller_of("nobody") is None
    assert "a:b" not in repr(told)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("my-shop 5sim", "write SHOP DIALECT ADDRESS"),
        ("my-shop soap https://x.example", "write handler_api or 5sim as its dialect"),
        (f"{LINE} every=5", "behind the address stand zone=, currency= or private"),
        (f"{LINE} zone=Mars", "zone: write one such as Europe/Moscow"),
        ("my-shop 5sim 5sim.net", "write the upstream's own address, without a key in it"),
        ("my-shop 5sim https://5sim.net?api_key=x", "without a key in it"),
        ("my-shop 5sim https://key@5sim.net", "without a key in it"),
        ("my-shop 5sim http://5sim.net", "write https://: over http anybody on the way reads its key"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_line_is_said(line, said):
    with pytest.raises(ValueError, match=said.replace("(", r"\(")):
        read_puller(line)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"pullers": LINE}, "PULL_KEYS: write my-shop:KEY, the key of its upstream"),
        ({"pullers": f"{LINE},{LINE}", "pull_keys": "my-shop:a"}, "PULLERS: write one line for my-shop"),
        ({"pull_keys": "a-key-alone"}, "PULL_KEYS: write SHOP:KEY, separated by commas"),
        ({"pullers": "my-shop"}, "PULLERS: write SHOP DIALECT ADDRESS"),
    ],
)  # fmt: skip
def test_settings_that_do_not_fit_stop_the_start_by_name(given, said):
    with pytest.raises(SettingsError) as refused:
        load_settings(**given)
    assert said in str(refused.value)
    assert "a-key-alone" not in str(refused.value)
