"""The link in a claim's mails: nobody can guess it, and it outlives a change of the secret key."""

from __future__ import annotations

import pytest

from portal.app import create_app
from portal.claims.letters.links import opens, status_link, status_token
from portal.config.settings import load_settings
from tests.portals import PRODUCTION

OLD, NEW = "the-key-of-last-year-0123456789-abcdef", "the-key-of-this-year-9876543210-fedcba"
REFERENCE, OTHER = "7K3F-9QXM", "7K3F-9QXN"


@pytest.fixture
def portal(tmp_path):
    """A portal with these settings; links ask no database."""

    def make(**given):
        settings = load_settings(
            database_url=f"sqlite:///{tmp_path}/none.sqlite3",
            evidence_folder=tmp_path,
            **PRODUCTION | given,
        )
        return create_app(settings).app_context()

    return make


def test_a_claims_own_token_opens_it_and_no_other(portal):
    with portal():
        token = status_token(REFERENCE)
        assert opens(REFERENCE, token)
        assert not opens(OTHER, token)
        assert status_token(REFERENCE) == token


@pytest.mark.one_in(4)
@pytest.mark.parametrize("token", ["", ".", "A", "A" * 27, "A" * 10_000, "\x00", "é", "A.A.A"])
def test_a_made_up_token_opens_nothing(portal, token):
    with portal():
        assert not opens(REFERENCE, token)


@pytest.mark.one_in(4)
@pytest.mark.parametrize("form", ["{0}A", "A{0}", ".{0}", "{0}.{0}", "{1}", "{2}"])
def test_a_token_that_was_changed_opens_nothing(portal, form):
    with portal():
        token = status_token(REFERENCE)
        assert not opens(REFERENCE, form.format(token, token[:-1], token.swapcase()))


def test_it_is_long_and_fit_for_an_address(portal):
    with portal():
        token = status_token(REFERENCE)
    assert len(token) == 27  # 160 bits
    assert token.replace("-", "").replace("_", "").isalnum()


def test_another_secret_key_makes_another_token(portal):
    with portal(secret_key=OLD):
        token = status_token(REFERENCE)
    with portal(secret_key=NEW):
        assert not opens(REFERENCE, token)


def test_a_link_that_was_mailed_still_opens_after_the_key_was_changed(portal):
    with portal(secret_key=OLD):
        old = status_token(REFERENCE)
    with portal(secret_key=NEW, secret_key_fallbacks=[OLD]):
        assert opens(REFERENCE, old)
        new = status_token(REFERENCE)
        assert opens(REFERENCE, new)
    assert new != old
    with portal(secret_key=NEW):
        assert opens(REFERENCE, new)


def test_the_address_comes_from_the_settings_and_never_from_a_request(portal):
    with portal() as context, context.app.test_request_context(base_url="https://evil.example"):
        link = status_link(REFERENCE)
        assert link == f"https://refunds.example.com/claims/{REFERENCE}/{status_token(REFERENCE)}"


def test_without_a_base_address_it_is_this_machine(portal):
    with portal(mode="development", base_url=""):
        assert status_link(REFERENCE).startswith(f"http://127.0.0.1:5000/claims/{REFERENCE}/")
