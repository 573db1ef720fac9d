"""E-mail addresses: one reading and one spelling, for forms, records and the way out.

A domain's letters are those of IDNA 2008 (RFC 5891), in which ``straße.de`` and ``strasse.de`` are
two owners: kept and compared in its own script, written on the wire in ASCII.
"""

import re
import unicodedata
from functools import lru_cache

import idna
from email_validator import EmailNotValidError, validate_email

_LONGEST = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
_LOCAL_LONGEST = 64
_SIMPLE = re.compile(r"[A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*", re.ASCII)
_SCHEME = re.compile(r"\Amailto:", re.IGNORECASE)
# Copied along, and seen by nobody: zero widths, soft hyphens, marks of direction.
_UNSEEN = dict.fromkeys(
    [0xAD, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF]
)


class EmailRefused(ValueError):
    """This is no e-mail address."""


def read_email(typed: str) -> str:
    """The address as it is kept and compared: small letters, the domain in its own script.

    What is copied along is left away: ``mailto:``, angle brackets, a full stop, full-width letters,
    characters that nobody sees. Raises EmailRefused for what is no address then.
    """
    return as_written(typed).lower()


def as_written(typed: str) -> str:
    """As ``read_email``, with the letters before the @ as large as their owner writes them."""
    plain = typed.isascii()
    text = (typed if plain else unicodedata.normalize("NFKC", typed.translate(_UNSEEN))).strip()
    text = _SCHEME.sub("", text).strip()
    if text.startswith("<") and text.endswith(">"):
        text = text[1:-1].strip()
    local, at, domain = text.removesuffix(".").rpartition("@")
    if not at or len(text) > _LONGEST or len(local) > _LOCAL_LONGEST:
        raise EmailRefused(typed)
    if not _SIMPLE.fullmatch(local):
        local = _checked(f"{local}@example.org").rpartition("@")[0]
    return f"{local}@{_domain(domain.lower())}"


@lru_cache(maxsize=1024)
def _domain(domain: str) -> str:
    return _checked(f"a@{domain}").rpartition("@")[2]


def _checked(address: str) -> str:
    try:
        return validate_email(address, check_deliverability=False).normalized
    except EmailNotValidError:
        raise EmailRefused(address) from None


def email_key(email: str) -> str:
    """The address as ``read_email`` gives it; what is none in small letters, which then finds nobody."""
    try:
        return read_email(email)
    except EmailRefused:
        return email.strip().lower()


def mailbox(address: str) -> str:
    """Where mail to the address may end up: without tag, dots and case.

    Not everybody leaves out dots, but who does can't be told by the domain: large providers serve others'.
    For counting only: who else is written to is told by the address as it was written.
    """
    name, _, domain = email_key(address).rpartition("@")
    domain = {"googlemail.com": "gmail.com"}.get(domain, domain)
    return f"{name.partition('+')[0].replace('.', '')}@{domain}"


def can_be_reached(email: str) -> bool:
    """Whether any mail server takes mail for it: letters such as ö before the @ few of them know."""
    return email.rpartition("@")[0].isascii()


def on_the_wire(email: str) -> str:
    """The address as mail servers have it: the domain in ASCII. ValueError where it has no such form."""
    local, _, domain = email.rpartition("@")
    return f"{local}@{domain if domain.isascii() else idna.encode(domain, uts46=True).decode()}"


# Where most of the world's private mail is: their own names, and what they look like misspelt.
_WELL_KNOWN = [
    "gmail.com",
    "googlemail.com",
    "yahoo.com",
    "ymail.com",
    "hotmail.com",
    "outlook.com",
    "live.com",
    "msn.com",
    "icloud.com",
    "me.com",
    "mac.com",
    "aol.com",
    "mail.com",
    "email.com",
    "inbox.com",
    "fastmail.com",
    "proton.me",
    "protonmail.com",
    "tutanota.com",
    "zoho.com",
    "gmx.com",
    "gmx.net",
    "gmx.de",
    "web.de",
    "t-online.de",
    "freenet.de",
    "mail.ru",
    "inbox.ru",
    "list.ru",
    "bk.ru",
    "rambler.ru",
    "yandex.ru",
    "yandex.com",
    "ukr.net",
    "qq.com",
    "foxmail.com",
    "naver.com",
    "daum.net",
    "orange.fr",
    "free.fr",
    "laposte.net",
    "libero.it",
    "virgilio.it",
    "seznam.cz",
    "wp.pl",
    "comcast.net",
    "verizon.net",
    "bigpond.com",
    "rediffmail.com",
]
_TYPED_BLIND = 5  # letters of a name: a shorter one is too near to others


def meant(address: str) -> str | None:
    """The address with the well-known domain that its own is one slip away from: gmial.com, gmail.con.

    None where it is well known itself, or near none. A list of our own: no name is looked up.
    """
    local, _, domain = address.rpartition("@")
    if domain in _WELL_KNOWN:
        return None
    name, _, rest = domain.partition(".")
    for known in _WELL_KNOWN:
        known_name, _, known_rest = known.partition(".")
        if not (
            name == known_name or (len(known_name) >= _TYPED_BLIND and _slip(name, known_name))
        ):
            continue
        if rest == known_rest or (known_rest == "com" and _slip(rest, known_rest)):
            return f"{local}@{known}"
    return None


def _slip(typed: str, word: str) -> bool:
    """Whether one letter was left out, added, replaced, or changed places with the next."""
    if abs(len(typed) - len(word)) > 1 or typed == word:
        return False
    same = next((n for n, (a, b) in enumerate(zip(typed, word, strict=False)) if a != b), None)
    if same is None:  # one is the beginning of the other
        return True
    ours, theirs = typed[same:], word[same:]
    swapped = ours[:2] == theirs[1::-1] and len(theirs) > 1 and ours[2:] == theirs[2:]
    return swapped or theirs == ours[1:] or ours == theirs[1:] or ours[1:] == theirs[1:]
