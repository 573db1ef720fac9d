"""What a person would call the browser that a request came from."""

from portal.translation import gettext, lazy_gettext as _

# The first that is found counts: most browsers name those they descend from.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", _("an iPhone")),
    ("iPad", _("an iPad")),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", _("a Mac")),
    ("Linux", "Linux"),
)

UNKNOWN = _("Unknown browser")


def name_of(agent: str) -> str:
    """Such as ``Firefox on Linux``; ``Unknown browser`` where its own words tell nothing."""
    browser = next((name for mark, name in BROWSERS if mark in agent), UNKNOWN)
    system = next((str.__str__(name) for mark, name in SYSTEMS if mark in agent), "")
    return f"{str.__str__(browser)} on {system}" if system else str.__str__(browser)


def told(name: str) -> str:
    """Such a name, which is kept in English, in the language in force."""
    browser, _, system = name.partition(" on ")
    if not system:
        return gettext(browser)
    return gettext("%(browser)s on %(system)s", browser=gettext(browser), system=gettext(system))
