"""A reviewer sees beside each other what the customer, the shop's records and its provider say."""

from portal.records.models import ProviderReport
from tests import factories


def test_the_provider_is_named_among_the_facts_and_where_it_says_otherwise(visitor, mara):
    factories.account()
    factories.order(provider_reference="635468024")
    said = {"provider_status": "completed", "provider_delivered": True, "provider_refunded": False}
    factories.keep(ProviderReport(shop=factories.SHOP, reference="635468024", **said))
    claim = factories.claim(reason="major_defect")
    text = visitor.get(f"/review/{claim.reference}").text()
    assert "Records and provider disagree SMSRecords No message received" in text
    assert "Provider An SMS was delivered" in text
    assert "State at the providercompletedProvider" in text
    assert "Money returned by the providernoProvider" in text


def test_without_a_report_nothing_is_said_of_a_provider(visitor, mara, waiting):
    text = visitor.get(f"/review/{waiting}").text()
    assert "at the provider" not in text
    assert "provider disagree" not in text
