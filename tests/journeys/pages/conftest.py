"""How a page is looked at: in both schemes, on a phone and on a desk: axe finds nothing, nothing scrolls sideways."""

from itertools import count
from pathlib import Path
from zlib import crc32

import axe_playwright_python
import pytest

from tests.journeys.people import whole
from tests.sizes import part, size

# axe reads a colour by its whole library of colour spaces, thousands of times on a page that has a
# dozen of them; where each is read once, a page is looked at in three quarters of the time.
READ_ONCE = """(({ prototype }) => {
  const { parseString } = prototype, known = new Map()
  prototype.parseString = function (text) {
    if (!known.has(text)) known.set(text, parseString.call(new this.constructor(), text))
    const { r, g, b, alpha } = known.get(text)
    return Object.assign(this, { r, g, b, alpha })
  }
})(axe.commons.color.Color)"""
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
FIND = """async rules => {
  const found = await axe.run(document, {
    iframes: false, selectors: false, resultTypes: ['violations'], ...(rules.length && { runOnly: rules }),
  })
  return found.violations.flatMap(each => each.nodes.map(
    node => `${each.id}: ${node.html.slice(0, 160)} ${node.any.map(one => one.message)}`))
}"""
TOO_WIDE = """() => document.documentElement.scrollWidth > innerWidth
  ? [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
      .slice(-3).map(e => 'too wide: ' + e.outerHTML.slice(0, 160)).concat('scrolls sideways')
  : []"""
# A page whose window was made another is measured when it was drawn so: its layout may follow later.
DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
WIDTHS = (390, 1280)
# Only colours depend on the scheme: all rules once, and contrast in each. In the daily run a page is
# looked at once by all rules, the next page at another width or in the other scheme.
SCHEMES = {"light": [], "dark": size([], full=["color-contrast"])}
LOOKS = ((390, "light"), (1280, "light"), (1280, "dark"), (390, "dark"))


@pytest.fixture
def inspect(request):
    """Look at the page as it is now; what is wrong anywhere is told at the end."""
    wrong, places = [], count(crc32(request.node.name.encode()))

    def look(page):
        whole(page)
        page.emulate_media(reduced_motion="reduce")
        page.evaluate(f"{AXE};{READ_ONCE}")
        looks = part(LOOKS, next(places), every=4)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate(DRAWN)
            wrong.extend(_named(page, f"{width}", page.evaluate(TOO_WIDE)))
            for scheme in (scheme for wide, scheme in looks if wide == width):
                page.emulate_media(color_scheme=scheme)
                found = page.evaluate(FIND, SCHEMES[scheme])
                wrong.extend(_named(page, f"{width} {scheme}", found))

    yield look
    assert wrong == []


def _named(page, how, found):
    return [f"{page.title()} ({how}): {each}" for each in found]
