"""What a person would call the browser that a request came from."""

from __future__ import annotations

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
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "a Mac"),
    ("Linux", "Linux"),
)


def name_of(agent: str) -> str:
    """Such as ``Firefox on Linux``; ``Unknown browser`` where its own words tell nothing."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "Unknown browser")
    system = next((f" on {name}" for mark, name in SYSTEMS if mark in agent), "")
    return browser + system
