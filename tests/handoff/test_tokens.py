"""A shop's token: what a sound one says, and every way in which one is not sound."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from portal.config.languages import read_tag
from portal.database import transaction
from portal.handoff import keys
from portal.handoff.tokens import HandoffRefused, read
from portal.records.models import Holder
from tests.factories import NOW, ORDER, SHOP
from tests.handoff.signing import a_key, forged, said, token

AT = int(NOW.timestamp())


@pytest.fixture
def key(app):
    return a_key()


def refused(written, *, shop=SHOP, at=NOW):
    with pytest.raises(HandoffRefused) as told:
        read(written, shop=shop, at=at)
    assert written[-20:] not in str(told.value)
    return True


def test_a_sound_token_says_who_comes_and_what_it_is_about(key):
    written = token(key, email="Ana@Example.org", reason="sms_not_received", lang="de", jti="j-1")
    handoff = read(written, shop=SHOP, at=NOW)
    assert handoff.holder == Holder("ana@example.org", "u-17")
    assert (handoff.shop, handoff.kid, handoff.jti) == (SHOP, key[0], "j-1")
    assert (handoff.orders, handoff.reason) == ((ORDER,), "sms_not_received")
    assert handoff.language == "de"
    assert handoff.good_until == datetime.fromtimestamp(AT + 300, UTC)


def test_what_a_shop_may_leave_out_is_left_out(key):
    handoff = read(token(key, orders=["A-1", "A-2", "A-1"], order=None), shop=SHOP, at=NOW)
    assert handoff.holder == Holder(None, "u-17")
    assert (handoff.orders, handoff.reason) == (("A-1", "A-2"), None)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("de-at", "de-AT"), ("pt_BR", "pt-BR"), ("de-AT-x-shop", "de-AT"), ("zh-TW", "zh-Hant-TW"),
     ("xx", None), ("", None), (17, None), (["de"], None), ("d" * 9000, None), ("de\x00", None)],
)  # fmt: skip
def test_a_language_that_nobody_knows_is_none_and_refuses_no_token(key, given, kept):
    if len(str(given)) < 100:
        assert read(token(key, lang=given), shop=SHOP, at=NOW).language == kept
    assert read_tag(given) == kept


@pytest.mark.parametrize("address", ["", "nobody", 17, None, ["a@b.org"], "4" * 400])
def test_what_is_no_address_is_none(key, address):
    assert read(token(key, email=address), shop=SHOP, at=NOW).holder == Holder(None, "u-17")


def test_several_keys_are_good_at_once_until_one_is_ended(key):
    second = a_key()
    assert read(token(key), shop=SHOP, at=NOW).kid == key[0]
    assert read(token(second), shop=SHOP, at=NOW).kid == second[0]
    with transaction():
        keys.revoke(key[0], at=NOW)
    assert refused(token(key))
    assert read(token(second), shop=SHOP, at=NOW).kid == second[0]


# --- whose signature


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", "", "HS384", "HS512", "RS256"])
def test_no_other_algorithm_is_taken(key, name):
    header = {"alg": name, "typ": "JWT", "kid": key[0]}
    for secret in (b"", key[1].encode()):
        assert refused(forged(header, said(), secret))
    digest = {"HS384": hashlib.sha384, "HS512": hashlib.sha512}.get(name)
    if digest:
        assert refused(forged(header, said(), key[1].encode(), digest=digest))


def test_the_right_algorithm_without_its_signature_opens_nothing(key):
    assert refused(forged({"alg": "HS256", "kid": key[0]}, said()))
    whole = token(key)
    assert refused(whole.rpartition(".")[0] + ".")
    assert refused(whole.rpartition(".")[0])


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_key_pair_is_no_key_of_the_shops(key, kind):
    """Key confusion: what a public key verifies, or its text taken as a secret, opens nothing."""
    pair = (
        rsa.generate_private_key(65537, 2048)
        if kind == "rsa"
        else ec.generate_private_key(ec.SECP256R1())
    )
    private = pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = pair.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    algorithm = "RS256" if kind == "rsa" else "ES256"
    assert refused(jwt.encode(said(), private, algorithm=algorithm, headers={"kid": key[0]}))
    assert refused(forged({"alg": "HS256", "kid": key[0]}, said(), public))


@pytest.mark.parametrize(
    "more",
    [
        {"jwk": {"kty": "oct", "k": "bWluZQ"}},
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/cert"},
        {"x5c": ["bWluZQ"]},
    ],
)
def test_a_key_that_the_token_brings_along_is_not_its_key(key, more):
    assert refused(forged({"alg": "HS256", "kid": key[0]} | more, said(), b"mine"))


@pytest.mark.parametrize(
    "kid", ["hk_nobody", "", None, 17, ["x"], {"a": 1}, "../../dev/null", "' OR 1=1 --", "a\x00b"]
)
def test_an_unknown_kid_opens_nothing(key, kid):
    header = {"alg": "HS256", "kid": kid}
    for secret in (key[1].encode(), b"", b"\x00"):
        assert refused(forged(header, said(), secret))


def test_without_a_kid_it_opens_nothing(key):
    assert refused(forged({"alg": "HS256"}, said(), key[1].encode()))


def test_a_header_that_must_be_understood_is_refused(key):
    assert refused(token(key, headers={"crit": ["exp"]}))
    assert refused(token(key, headers={"crit": ["b64"], "b64": False}))


def test_another_shops_key_opens_nothing_here(key):
    other = a_key("numberplug")
    assert refused(token(other))
    assert refused(token(other, iss="numberplug"))
    assert refused(token(key), shop="numberplug")
    assert refused(token(key, iss="numberplug"), shop="numberplug")
    assert refused(token((key[0], other[1])))


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_changed_token_opens_nothing(key, part):
    parts = token(key).split(".")
    for place in range(0, len(parts[part]) - 1, 7):
        was = parts[part][place]
        changed = parts[part][:place] + ("A" if was != "A" else "B") + parts[part][place + 1 :]
        assert refused(".".join([*parts[:part], changed, *parts[part + 1 :]]))


def test_claims_under_anothers_signature_open_nothing(key):
    mine, theirs = token(key).split("."), token(key, sub="u-18").split(".")
    assert refused(".".join([mine[0], theirs[1], mine[2]]))


@pytest.mark.parametrize(
    "written",
    ["", ".", "..", "...", "a.b.c", "a" * 9000, "\ud800.x.y", "é.é.é", "[[", "W10.W10.W10", "bnVsbA.bnVsbA.bnVsbA",
     "eyJhbGciOiJIUzI1NiJ9", "%00", "\x00.\x00.\x00"],
)  # fmt: skip
def test_what_is_no_token_is_refused_and_no_more(app, written):
    with pytest.raises(HandoffRefused):
        read(written, shop=SHOP, at=NOW)


def test_a_deep_header_is_refused_and_no_more(key):
    deep = "[" * 3000 + "]" * 3000
    part = jwt.utils.base64url_encode(deep.encode()).decode()
    assert refused(f"{part}.{part}.{part}"[:8000])


# --- when


@pytest.mark.parametrize(
    ("made", "ends"),
    [
        (-300, -1),  # over
        (-300, 0),
        (0, 901),  # good for longer than a quarter of an hour
        (-600, 301),
        (0, 86400),
        (6, 300),  # made in the future
        (60, 120),
        (3600, 4000),
        (0, -10),
    ],
)
def test_its_time_is_now_and_short(key, made, ends):
    assert refused(token(key, iat=AT + made, exp=AT + ends))


@pytest.mark.parametrize(("made", "ends"), [(0, 900), (-899, 1), (0, 1), (5, 900), (-0.5, 30.25)])
def test_a_shops_clock_may_be_off_by_a_little_and_no_more(key, made, ends):
    assert read(token(key, iat=AT + made, exp=AT + ends), shop=SHOP, at=NOW).good_until > NOW


def test_it_is_over_at_the_second_that_it_says(key):
    written = token(key)
    assert read(written, shop=SHOP, at=NOW + timedelta(seconds=299))
    assert refused(written, at=NOW + timedelta(seconds=300))


def test_it_does_not_begin_before_it_says(key):
    assert refused(token(key, nbf=AT + 60))
    assert read(token(key, nbf=AT - 60), shop=SHOP, at=NOW)


@pytest.mark.parametrize("value", ["1", True, [], {}, 1e300, -1e300, 10**30, "2026-03-04"])
@pytest.mark.parametrize("name", ["iat", "exp", "nbf"])
def test_what_is_no_time_is_refused(key, name, value):
    assert refused(token(key, **{name: value}))


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_no_number_is_no_time(key, value):
    header, claims = {"alg": "HS256", "kid": key[0]}, said() | {"exp": float(value)}
    assert refused(forged(header, claims, key[1].encode()))


# --- what it says


@pytest.mark.parametrize("name", ["iss", "sub", "iat", "exp", "jti", "order"])
def test_what_it_has_to_say_is_there(key, name):
    assert refused(token(key, **{name: None}))


@pytest.mark.parametrize(
    "given",
    [
        {"sub": ""}, {"sub": "  "}, {"sub": "u" * 81}, {"jti": ""}, {"jti": "j" * 257},
        {"order": ""}, {"order": 17}, {"order": "---"}, {"order": "A" * 81},
        {"order": None, "orders": []}, {"order": None, "orders": "A-1"},
        {"order": None, "orders": [["A-1"]]}, {"order": None, "orders": [None]},
        {"order": None, "orders": [f"A-{n}" for n in range(51)]},
        {"order": "A-3", "orders": ["A-1", "A-2"]},
        {"aud": "somebody else"},
    ],
)  # fmt: skip
def test_what_cant_be_so_is_refused(key, given):
    assert refused(token(key, **given))


@pytest.mark.parametrize("given", [{"sub": 17}, {"jti": 17}, {"iss": 17}, {"iss": ["sms-service"]}])
def test_names_are_text(key, given):
    header = {"alg": "HS256", "kid": key[0]}
    assert refused(forged(header, said() | given, key[1].encode()))
