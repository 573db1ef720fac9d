import pytest

from portal.claims.refusals import AlreadyOpen
from portal.claims.verbs import filing
from portal.database import transaction
from tests import factories
from tests.factories import NOW


def test_an_answer_that_names_another_order_holds_it_or_is_refused(app):
    other = factories.claim(shop="sms-service", reason="other", order_reference="B-2")
    claim = factories.claim(shop="sms-service", reason="wrong_code", order_reference="B-1", files=0)
    policy = factories.policy("sms-service")

    def name(number):
        with transaction():
            filing.name_order(claim, order_reference=number, email=claim.email)
            filing.complete(claim, policy=policy, at=NOW)

    with pytest.raises(AlreadyOpen) as refused:
        name("b2")
    assert refused.value.reference == other.reference
    name("B-3")
    assert claim.open_key == f"sms-service:{claim.email}:B3"
