"""A test that changes nothing is shown with a claim on which it says something, to no effect."""

import pytest

from portal.proof.questions.idle import idle_tests
from tests.proof.flawed import flawed

HEARD = 'when = "order.service_message'


@pytest.mark.parametrize(
    ("more", "words", "here"),
    [
        # Whatever it says, another test of the same condition says it, too.
        (" and not order.messages is empty", "“an SMS came” changes nothing",
         "here it is false, and the whole is false with it and without"),
        # One of several that are enough.
        (" or order.service_message and claim.destination = payout",
         "“an SMS of the service you ordered came and you ask for the money outside your balance” changes nothing",
         "here it is true, and the whole is true with it and without"),
        # It is never otherwise.
        (" and now >= claim.submitted_at", "changes nothing",
         "here it is true, and the whole is false with it and without"),
    ],
)  # fmt: skip
def test_a_test_that_changes_nothing_is_told_with_what_it_says_on_a_claim(more, words, here):
    first, *_ = idle_tests(flawed("numberplug", (HEARD, HEARD + more)))

    assert first.text.startswith(f"in 'order.service_message{more}' of NP-3.1, ")
    assert words in first.text
    assert first.text.endswith(f"changes nothing: without it the same claims pass; {here}")
    assert first.claim is not None


def test_the_claim_of_a_needless_word_gives_that_word():
    search = flawed(
        "numberplug",
        ('when = "claim.reason = external_cause"',
         'when = "claim.reason = external_cause or claim.reason in [external_cause, caller_id]"'),
    )  # fmt: skip

    claims = [each.claim for each in idle_tests(search) if ", external_cause changes" in each.text]

    assert [claim["claim"]["reason"] for claim in claims] == ["external_cause"]
