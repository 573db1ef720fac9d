"""The policy for machines: schema.org's own words, and nothing that the policy does not say."""

import json

from portal.policy.file.places import SHOPS
from portal.policy.file.reading import read, shops
from portal.words.schema_org import claim_days, return_policy

# Of https://schema.org/MerchantReturnPolicy, with the enumerations of what we use.
PROPERTIES = {
    "@context": {"https://schema.org"},
    "@type": {"MerchantReturnPolicy"},
    "@id": None,
    "name": None,
    "merchantReturnLink": None,
    "merchantReturnDays": None,
    "returnPolicyCategory": {
        "https://schema.org/MerchantReturnFiniteReturnWindow",
        "https://schema.org/MerchantReturnNotPermitted",
        "https://schema.org/MerchantReturnUnlimitedWindow",
        "https://schema.org/MerchantReturnUnspecified",
    },
    "refundType": {
        "https://schema.org/ExchangeRefund",
        "https://schema.org/FullRefund",
        "https://schema.org/StoreCreditRefund",
    },
    "returnMethod": {"https://schema.org/KeepProduct"},
    "additionalProperty": None,
}
LINK = "https://refunds.example/shop/policy/2024-01-01"


def test_every_shop_is_said_in_the_words_of_schema_org():
    for policy in shops().values():
        document = json.loads(json.dumps(return_policy(policy.shop, policy.current, link=LINK)))
        for name, value in document.items():
            allowed = PROPERTIES[name]
            if allowed:
                assert set(value if isinstance(value, list) else [value]) <= allowed
        finite = document["returnPolicyCategory"].endswith("FiniteReturnWindow")
        assert finite is ("merchantReturnDays" in document)
        assert document["merchantReturnLink"] == LINK
        for each in document["additionalProperty"]:
            assert set(each) == {"@type", "name", "value"}
            assert each["@type"] == "PropertyValue"


def test_a_window_to_claim_in_days_is_said_and_refunds_by_where_they_go():
    said = {
        name: return_policy(policy.shop, policy.current, link=LINK)
        for name, policy in shops().items()
    }
    assert {name: document.get("merchantReturnDays") for name, document in said.items()} == {
        "activation-claims": 5,
        "client-numbers": None,
        "didvirtualnumbers": None,
        "numberplug": None,
        "sms-service": None,
    }
    kinds = {
        name: [each.rpartition("/")[2] for each in document["refundType"]]
        for name, document in said.items()
    }
    assert kinds == {
        "activation-claims": ["ExchangeRefund", "StoreCreditRefund"],
        "client-numbers": ["FullRefund", "StoreCreditRefund"],
        "didvirtualnumbers": ["FullRefund", "StoreCreditRefund"],
        "numberplug": ["StoreCreditRefund"],
        "sms-service": ["StoreCreditRefund"],
    }


def test_a_window_of_part_of_a_day_is_not_rounded():
    content = (SHOPS / "activation-claims.toml").read_text(encoding="utf-8")
    when = 'when = "claim.submitted_at > order.ordered_at + 5 days"'
    assert when in content
    hours = read(content.replace(when, when.replace("5 days", "36 hours")).encode(), "p.toml")
    assert claim_days(hours.current) is None
