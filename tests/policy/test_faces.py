"""A shop's colour can be read on every page, and its logo runs nothing."""

import pytest

from portal.config.faces import (
    contrast,
    harmless_logo,
    logo_bytes,
    on_dark,
    readable_colour,
    web_address,
)

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"{}/>{}</svg>'
PNG = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def test_contrast_is_that_of_the_web_content_accessibility_guidelines():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colour", ["#0b5d5e", "#6b21a8", "#9a3412", "#14532d", "#000000"])
def test_a_dark_colour_is_taken_and_is_light_enough_on_dark_pages(colour):
    assert readable_colour(colour) == colour
    assert contrast(on_dark(colour), "#212a36") >= 4.5
    assert contrast(on_dark(colour), "#0c1a30") >= 4.5


@pytest.mark.parametrize("colour", ["#777777", "#ffcc00", "#ffffff", "teal", "#0b5d5", "#0b5d5e;}"])
def test_a_colour_that_can_not_be_read_is_refused(colour):
    with pytest.raises(ValueError, match="'colour'"):
        readable_colour(colour)


@pytest.mark.parametrize("logo", [SVG.format("", ""), SVG.format(' fill="url(#a)"', ""), PNG])
def test_a_logo_that_draws_is_taken(logo):
    assert harmless_logo(logo) == logo
    assert logo_bytes(logo)[1] in {"image/png", "image/svg+xml"}


@pytest.mark.parametrize(
    "logo",
    ["", "logo.png", "<b/>", "<svg/>", "data:image/png;base64,AAAA", "data:image/png;base64,!",
     SVG.format("", "<script>alert(1)</script>"), SVG.format(' onload="x()"', ""),
     SVG.format("", '<a href="https://x.example"/>'), SVG.format("", '<image href="https://x/p.png"/>'),
     SVG.format(' fill="url(https://x.example/a)"', ""), SVG.format("", "<style>@import 'x'</style>"),
     SVG.format("", "<foreignObject/>"), '<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.format("", "&a;"),
     SVG.format("", "<!--" + "x" * 40_000 + "-->")],
)  # fmt: skip
def test_a_logo_that_does_anything_else_is_refused(logo):
    with pytest.raises(ValueError, match="'logo'"):
        harmless_logo(logo)


def test_an_address_is_one_of_the_open_web():
    assert web_address("https://shop.example/help") == "https://shop.example/help"
    for given in ("javascript:alert(1)", "http://shop.example", "shop", "https://shop.example/\n"):
        with pytest.raises(ValueError, match="no address"):
            web_address(given)
