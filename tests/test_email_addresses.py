"""E-mail addresses: read once, compared in one spelling, and never another owner's."""

import pytest

from portal.email_addresses import (
    EmailRefused,
    can_be_reached,
    email_key,
    meant,
    on_the_wire,
    read_email,
)


@pytest.mark.parametrize(
    ("typed", "kept", "wire"),
    [
        ("Ana.B+x@Example.ORG", "ana.b+x@example.org", "ana.b+x@example.org"),
        ("anton@straße.de", "anton@straße.de", "anton@xn--strae-oqa.de"),
        ("anton@STRASSE.de", "anton@strasse.de", "anton@strasse.de"),
        ("anton@XN--strae-oqa.de", "anton@straße.de", "anton@xn--strae-oqa.de"),
        ("a@faß.de", "a@faß.de", "a@xn--fa-hia.de"),
        ("kim@Bücher.example.com", "kim@bücher.example.com", "kim@xn--bcher-kva.example.com"),
        ("kim@bu\u0308cher.com", "kim@bücher.com", "kim@xn--bcher-kva.com"),
        ("ana@例え.jp", "ana@例え.jp", "ana@xn--r8jz45g.jp"),
        ("a@βόλος.com", "a@βόλος.com", "a@xn--nxasmm1c.com"),
        ("mailto:ana@example.com", "ana@example.com", "ana@example.com"),
        ("MAILTO: ana@example.com", "ana@example.com", "ana@example.com"),
        ("<ana@example.com>", "ana@example.com", "ana@example.com"),
        ("\u200bana@example.com", "ana@example.com", "ana@example.com"),
        ("\u202aana@example.com\u202c", "ana@example.com", "ana@example.com"),
        ("ana@exam\u00adple.com\ufeff", "ana@example.com", "ana@example.com"),
        ("\u2068ana@example.com\u2069", "ana@example.com", "ana@example.com"),
        ("ana＠example.com", "ana@example.com", "ana@example.com"),
        ("ａｎａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "ana@example.com", "ana@example.com"),
        ("\u00a0ana@example.com.\t", "ana@example.com", "ana@example.com"),
    ],
)  # fmt: skip
def test_an_address_is_kept_in_one_spelling_and_sent_to_its_own_domain(typed, kept, wire):
    assert (read_email(typed), email_key(typed)) == (kept, kept)
    assert read_email(kept) == kept
    assert on_the_wire(kept) == wire
    assert can_be_reached(kept)


@pytest.mark.parametrize(
    "typed",
    ["", "@", "ana", "ana@", "@example.com", "ana@localhost", "a b@example.com", "ana @example.com",
     "a..b@example.com", ".a@example.com", "a.@example.com", "a@b@example.com", '"a b"@example.com',
     "Ana <ana@example.com>", "ana@example.com?subject=x", "ana@example.com, bo@example.com",
     "ana@exa mple.com", "ana@-example.com", "ana@ex_ample.com", "ana@[192.0.2.1]", "ana@☃.net",
     f"{'a' * 65}@example.com", f"a@{'b' * 64}.com", f"a@{'bc.' * 90}com", "ana@example.test"],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed):
    with pytest.raises(EmailRefused):
        read_email(typed)
    assert email_key(typed) == typed.strip().lower()


def test_letters_before_the_at_that_few_servers_know_are_told_apart():
    assert read_email("JÖRG@Straße.de") == "jörg@straße.de"
    assert not can_be_reached("jörg@straße.de")


@pytest.mark.parametrize(
    ("typed", "domain"),
    [("kim@gmial.com", "gmail.com"), ("kim@gmai.com", "gmail.com"), ("kim@gmaill.com", "gmail.com"),
     ("kim@gnail.con", "gmail.com"), ("kim@gmail.co", "gmail.com"), ("kim@gmail.cmo", "gmail.com"),
     ("kim@hotnail.com", "hotmail.com"), ("kim@outlok.com", "outlook.com"),
     ("kim@yahooo.com", "yahoo.com"), ("kim@iclod.com", "icloud.com"), ("kim@yandx.ru", "yandex.ru"),
     ("kim@gmx.con", "gmx.com"), ("kim@t-onlin.de", "t-online.de")],
)  # fmt: skip
def test_a_well_known_domain_that_is_one_slip_away_is_meant(typed, domain):
    assert meant(typed) == f"kim@{domain}"


@pytest.mark.parametrize(
    "domain",
    ["gmail.com", "mail.com", "ymail.com", "yahoo.de", "yahoo.co.uk", "hotmail.es", "gmx.at",
     "example.com", "example.org", "wep.de", "aon.at", "me.de", "company.com", "bücher.com", "qq.cn"],
)  # fmt: skip
def test_other_domains_are_left_as_they_are(domain):
    assert meant(f"kim@{domain}") is None
