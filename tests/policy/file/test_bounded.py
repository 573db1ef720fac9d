"""A policy text from outside is read with little memory and time, or refused with the limit."""

import resource
from datetime import date

import pytest

from portal.policy.deciding.document import Policy, PolicyError
from portal.policy.file import bounded, reading
from portal.policy.file.places import SHOPS
from portal.policy.text import editing
from portal.translation import speaking
from tests import pseudo
from tests.sizes import part
from tests.web.hostile import KINDS, VALUES, clean

TEXT = (SHOPS / "numberplug.toml").read_text()


def refusal(text, name="shop.toml"):
    content = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(PolicyError) as refused:
        reading.read(content, name)
    return str(refused.value)


@pytest.mark.long
def test_many_long_keys_take_no_memory_here():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    keys = "".join(f"k{number}.{'a.' * 90}a = 1\n" for number in range(5_000))
    assert refusal(keys + TEXT) == f"shop.toml: {bounded.HEAVY}"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kilobytes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a." * 42_000 + "a = 1\n" + TEXT, bounded.LONG),
        (TEXT + "\n[" + "'a'\t. a ." * 60 + '"a"]\n', bounded.LONG),
        ("x = " + "[" * 5000 + "]" * 5000, bounded.DEEP),
        ("x = " + "{a = " * 3000 + "1" + "}" * 3000, bounded.DEEP),
        ("x = " + "9" * 5000, "a number in it has too many digits"),
        (TEXT.replace("appeal_days = ", "appeal_days = 9" + "9" * 400),
         "'appeal_days' is beyond 1,000,000,000"),
        (TEXT.replace("appeal_days = ", "appeal_days = -"), "shop: 'appeal_days' is 0 to 3660"),
        (TEXT.replace("2025-10-20", "9999-12-31"),
         "version: 'in_force' is not between 2000-01-01 and 2100-12-31"),
        (TEXT.replace("2025-10-20", "0001-01-01"),
         "version: 'in_force' is not between 2000-01-01 and 2100-12-31"),
        (TEXT.replace('name = "NumberPlug"', 'name = "Number\\u0000Plug"', 1),
         "'name' holds a character that nobody sees (U+0000)"),
        (TEXT.replace('name = "NumberPlug"', 'name = "Number\\u202EPlug"', 1),
         "'name' holds a character that nobody sees (U+202E)"),
        (TEXT.replace('id = "numberplug"', 'id = "../numberplug"'),
         "shop: 'id' is up to 40 small letters, digits and -, a letter or digit first"),
        (TEXT + "#" * bounded.LARGEST, "larger than 1,000,000 bytes: a policy file is not"),
    ],
)  # fmt: skip
def test_what_is_too_deep_too_long_or_hidden_is_named(text, said):
    assert refusal(text) == f"shop.toml: {said}"


@pytest.mark.usefixtures("pseudo_language")
def test_what_is_too_long_is_said_in_the_language_in_force():
    said = refusal(TEXT + "#" * bounded.LARGEST)
    assert pseudo.plain(said, pseudo.known(["shop.toml"])) == ""


def test_a_language_without_a_catalogue_refuses_in_english():
    with speaking("de"):
        assert refusal("x = " + "[" * 5000 + "]" * 5000) == f"shop.toml: {bounded.DEEP}"


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a = \xc3\x28", b"\x00"])
def test_what_is_no_text_is_refused(content):
    assert refusal(content).startswith("shop.toml: ")


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (
            "(" * 100 + "order.was_orderable" + ")" * 100,
            "more than 20 conditions within each other",
        ),
        ("not " * 500 + "order.was_orderable", "more than 20 conditions within each other"),
        (" or ".join(["order.was_orderable"] * 500), "a condition has at most 5000 characters"),
    ],
)
def test_a_condition_has_an_end_and_a_depth(when, said):
    place = TEXT.index('when = "')
    text = TEXT[:place] + f'when = "{when}"\n' + TEXT[TEXT.index("\n", place) + 1 :]
    assert said in refusal(text)


@pytest.mark.long
def test_a_text_that_was_read_once_is_read_again_without_another_process(monkeypatch):
    content = (TEXT + "# twice\n").encode()
    reading.read(content, "shop.toml")
    bounded._READER.close()
    monkeypatch.setattr("sys.executable", "/nowhere")
    bounded.vet(content, "shop.toml")
    with pytest.raises(FileNotFoundError):
        bounded.vet(content + b"# another\n", "shop.toml")


# --- whatever is written into a text, or into a clause of one


def read_or_refused(content):
    """The policy that it is, or why it is none."""
    try:
        return reading.whole(content, "shop.toml")
    except PolicyError as refused:
        return str(refused)


def names_the_file(said):
    """Each line of it."""
    return all(line.startswith("shop.toml: ") for line in said.splitlines())


def test_of_each_kind_there_is_one_of_them():
    assert set(KINDS) < set(VALUES)


@pytest.mark.exhaustive
@pytest.mark.parametrize("value", part(VALUES, 0, every=3))
def test_what_is_no_policy_is_refused_with_the_file_named(value):
    assert names_the_file(read_or_refused(clean(value)))


@pytest.mark.exhaustive
@pytest.mark.parametrize("value", part(VALUES, 1, every=3))
def test_a_clause_says_it_in_words_or_is_refused_with_the_file_named(value):
    text = clean(value).decode(errors="replace")  # as a form gives it
    said = read_or_refused(
        editing.with_clause(
            TEXT, date(2025, 10, 20), "NP-2.1", dict.fromkeys(["wording", "part", "reading"], text)
        ).encode()
    )
    assert isinstance(said, Policy) or names_the_file(said)


@pytest.mark.exhaustive
@pytest.mark.parametrize("value", part(VALUES, 2, every=3))
def test_a_clause_that_goes_by_it_is_refused_with_the_file_named(value):
    text = clean(value).decode(errors="replace")
    changes = {"when": text, "beats": [text]}
    said = read_or_refused(
        editing.with_clause(TEXT, date(2025, 10, 20), "NP-2.1", changes).encode()
    )
    assert names_the_file(said)
