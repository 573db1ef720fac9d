"""A sealed value opens with its key, for its row and its purpose, and for nothing else."""

import base64

import pytest

from portal.sealed import (
    Keyring,
    SealBroken,
    SealError,
    SealFormatError,
    SealKeyMissing,
    SealKeysError,
    key_name,
)

OLD, NEW = b"o" * 32, b"n" * 32
RING = Keyring({"old": OLD}, "old")
ROW = "payout_details:R-1042"


def test_a_sealed_value_opens_for_its_own_row():
    sealed = RING.seal(b"DE89370400440532013000", bound_to=ROW)
    assert RING.open_sealed(sealed, bound_to=ROW) == b"DE89370400440532013000"
    assert key_name(sealed) == "old"
    assert sealed.isascii()


def test_two_seals_of_the_same_value_differ():
    assert RING.seal(b"same", bound_to=ROW) != RING.seal(b"same", bound_to=ROW)


@pytest.mark.parametrize("other", ["payout_details:R-1043", "evidence:R-1042"])
def test_a_sealed_value_moved_to_another_row_or_purpose_does_not_open(other):
    sealed = RING.seal(b"secret", bound_to=ROW)
    with pytest.raises(
        SealBroken, match=r"^the sealed value was changed or belongs to another row$"
    ):
        RING.open_sealed(sealed, bound_to=other)


def test_another_key_of_the_same_name_does_not_open_it():
    sealed = RING.seal(b"secret", bound_to=ROW)
    with pytest.raises(SealBroken):
        Keyring({"old": NEW}, "old").open_sealed(sealed, bound_to=ROW)


def test_a_rotated_ring_opens_the_old_and_seals_with_the_new():
    sealed = RING.seal(b"secret", bound_to=ROW)
    rotated = Keyring({"new": NEW, "old": OLD}, "new")
    again = rotated.reseal(sealed, bound_to=ROW)
    assert rotated.open_sealed(sealed, bound_to=ROW) == b"secret"
    assert key_name(again) == "new"
    assert rotated.reseal(again, bound_to=ROW) == again
    assert Keyring({"new": NEW}, "new").open_sealed(again, bound_to=ROW) == b"secret"
    with pytest.raises(SealKeyMissing, match=r"^the key old is not among the keys$"):
        Keyring({"new": NEW}, "new").open_sealed(sealed, bound_to=ROW)


def test_a_value_relabelled_with_another_key_of_the_ring_does_not_open():
    sealed = RING.seal(b"secret", bound_to=ROW).replace(".old.", ".new.")
    with pytest.raises(SealBroken):
        Keyring({"new": OLD, "old": OLD}, "new").open_sealed(sealed, bound_to=ROW)


def test_every_changed_byte_is_noticed():
    start, name, box = RING.seal(b"secret", bound_to=ROW).split(".")
    raw = base64.urlsafe_b64decode(box)
    for place in range(len(raw)):
        changed = bytearray(raw)
        changed[place] ^= 1
        text = base64.urlsafe_b64encode(changed).decode()
        with pytest.raises(SealBroken):
            RING.open_sealed(f"{start}.{name}.{text}", bound_to=ROW)


@pytest.mark.parametrize(
    "text", ["", "plain", "s1.old", "s2.old.AAAA", "s1.o d.AAAA", "s1.old.A", "s1.old.", "s1.old.é"]
)
def test_what_was_never_sealed_is_named_so(text):
    with pytest.raises(SealFormatError):
        RING.open_sealed(text, bound_to=ROW)


@pytest.mark.parametrize("bound_to", ["", "payout_details", "payout_details:", ":R-1042"])
def test_a_value_is_always_bound_to_a_purpose_and_a_row(bound_to):
    with pytest.raises(SealError, match=r"^bind the value to purpose:identity$"):
        RING.seal(b"secret", bound_to=bound_to)


def test_keys_are_read_from_settings_and_the_first_seals():
    entries = [
        f"{name}:{base64.b64encode(key).decode()}" for name, key in (("new", NEW), ("old", OLD))
    ]
    assert Keyring.parse(entries) == Keyring({"new": NEW, "old": OLD}, "new")


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([], "write at least one key as NAME:KEY"),
        (["new:???"], "write each key as NAME:KEY, KEY being base64"),
        (["new:bm8="], "key new must be 32 bytes long"),
        ([f"a b:{base64.b64encode(NEW).decode()}"], "name each key with letters, digits, - or _"),
        (
            [f"a:{base64.b64encode(key).decode()}" for key in (NEW, OLD)],
            "two keys have the same name",
        ),
    ],
)
def test_wrong_keys_are_refused_with_what_to_write(entries, message):
    with pytest.raises(SealKeysError) as refused:
        Keyring.parse(entries)
    assert str(refused.value) == message


def test_no_key_shows_in_a_repr():
    assert repr(RING) == "Keyring(current='old')"
