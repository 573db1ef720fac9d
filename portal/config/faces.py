"""What a shop's face may be: a colour that can be read, a logo that runs nothing, addresses that open.

Contrast is WCAG 2.2's, of which 4.5 to 1 is what text needs (1.4.3).
"""

import base64
import binascii
import re
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from portal.translation import gettext

NEEDED = 4.5
LARGEST = 40_000  # characters of a logo
# What the colour stands on, and what stands on it: the grounds of static/app.css.
_WHITE, _GROUND = "#ffffff", "#f5f6f8"
_DARK_GROUND, _ON_DARK = "#212a36", "#0c1a30"
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}", re.ASCII)
_WEB = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(/[!-~]*)?", re.ASCII)
_PNG = "data:image/png;base64,"
_PNG_BEGINS = b"\x89PNG\r\n\x1a\n"
_RUNS = frozenset({"script", "foreignobject", "iframe", "image", "use", "a", "set", "animate"})


def contrast(one: str, other: str) -> float:
    """How far two colours (``#rrggbb``) stand apart: 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable_colour(given: str) -> str:
    """The colour, where white text on it and its own text on the page can be read; ValueError else."""
    if not _COLOUR.fullmatch(given):
        raise ValueError(gettext("'colour' is written as #1b4b91"))
    least = min(contrast(given, _WHITE), contrast(given, _GROUND))
    if least < NEEDED:
        raise ValueError(
            gettext(
                "'colour' %(given)s stands %(least)s to 1 apart from white, and text needs %(needed)s: take a darker one",
                given=given,
                least=f"{least:.1f}",
                needed=NEEDED,
            )
        )
    return given.lower()


def on_dark(colour: str) -> str:
    """The same colour as light as a dark page needs it: its text on the page, and dark text on it."""
    parts = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    for share in range(0, 101, 5):
        mixed = "#" + "".join(f"{part + (255 - part) * share // 100:02x}" for part in parts)
        if min(contrast(mixed, _DARK_GROUND), contrast(mixed, _ON_DARK)) >= NEEDED:
            return mixed
    return _WHITE


def harmless_logo(given: str) -> str:
    """An SVG that draws and does nothing else, or a PNG as a data address; ValueError for any other."""
    if len(given) > LARGEST:
        raise ValueError(gettext("'logo' has more than %(most)s characters", most=LARGEST))
    if given.startswith(_PNG):
        try:
            if base64.b64decode(given.removeprefix(_PNG), validate=True).startswith(_PNG_BEGINS):
                return given
        except binascii.Error:
            pass
    elif _draws_only(given):
        return given.strip()
    raise ValueError(
        gettext(
            "'logo' is the text of an SVG that holds no script, link or picture of elsewhere, or a PNG as data:image/png;base64,…"
        )
    )


def logo_bytes(logo: str) -> tuple[bytes, str]:
    """What is served of a logo, and its media type."""
    if logo.startswith(_PNG):
        return base64.b64decode(logo.removeprefix(_PNG)), "image/png"
    return logo.encode(), "image/svg+xml"


def web_address(given: str) -> str:
    """An https address of the open web; ValueError for any other."""
    if not _WEB.fullmatch(given):
        raise ValueError(
            gettext("%(given)s is no address such as https://shop.example/help", given=repr(given))
        )
    return given


def _draws_only(text: str) -> bool:
    try:
        drawn = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        return False
    if drawn.tag != "{http://www.w3.org/2000/svg}svg":
        return False
    for each in drawn.iter():
        name = str(each.tag).rpartition("}")[2].lower()
        said = " ".join(f"{key}={value}" for key, value in each.attrib.items()).lower()
        leads = "href" in said or "javascript:" in said or re.search(r"url\((?!#)", said)
        runs = any(key.rpartition("}")[2].lower().startswith("on") for key in each.attrib)
        if name in _RUNS or leads or runs or "@import" in (each.text or ""):
            return False
    return True


def _luminance(colour: str) -> float:
    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB

    red, green, blue = (linear(int(colour[place : place + 2], 16)) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
