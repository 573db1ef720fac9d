"""A language that nobody speaks: the extracted sentences with every letter accented, in brackets.

What a page or a letter shows in plain letters while it is in force is data, or a sentence that
doesn't go through the catalogue. Days and lists are English in the alphabet of Deseret, so that those
which aren't written by Babel are seen too. ``python -m tests.pseudo`` writes the catalogue of messages
and this language into portal/translations.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import write_po

from portal.translation import FOLDER

ROOT = Path(__file__).resolve().parent.parent
LANGUAGE = "en_Dsrt"
SOURCES = {"portal", "templates"}
KEYWORDS = {
    "gettext": None, "_": None, "ngettext": (1, 2), "lazy_gettext": None,
    "kept_gettext": None, "kept_ngettext": (1, 2),
}  # fmt: skip
# What stays as it is: named parts, markup, entities.
_KEPT = re.compile(r"(%\(\w+\)s|%%|<[^>]*>|&#?\w+;)")
# A word of two letters, which no pseudo word has two of; "UTC+2" and "UTC" are times.
_WORD = re.compile(r"(?<![\w@./-])(?!UTC)[A-Za-z][a-z]+(?:[ '’][A-Za-z]+)*(?!\w)", re.ASCII)
_ACCENTS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "áƀćđéƒǵĥíĵķĺɱńóṕʠŕśťúṽŵẋýžÁßĆĐÉƑǴĤÍĴĶĹṀŃÓṔɊŔŚŤÚṼŴẊÝŽ",
)


def accented(message: str) -> str:
    """The sentence as the pseudo-language has it."""
    parts = _KEPT.split(message)
    said = [part if place % 2 else part.translate(_ACCENTS) for place, part in enumerate(parts)]
    return f"⟦{''.join(said)}⟧"


def extracted() -> Catalog:
    """Every sentence of the portal and of its templates, as Babel finds them."""
    catalogue = Catalog(project="Redress", charset="utf-8")
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    found = extract_from_dir(
        ROOT,
        [(rule["pattern"], rule["method"]) for rule in rules],
        {rule["pattern"]: {key: str(value) for key, value in rule.items()} for rule in rules},
        keywords=KEYWORDS,
        directory_filter=lambda folder: Path(folder).relative_to(ROOT).parts[0] in SOURCES,
    )
    for name, line, message, comments, context in found:
        catalogue.add(message, None, [(name, line)], auto_comments=comments, context=context)
    return catalogue


def write(folder: Path, catalogue: Catalog) -> None:
    """Write the pseudo-language of a catalogue where the portal reads languages from."""
    pseudo = Catalog(locale=LANGUAGE, charset="utf-8")
    for message in catalogue:
        if message.id:
            said = (
                tuple(map(accented, message.id))
                if isinstance(message.id, tuple)
                else accented(message.id)
            )
            pseudo.add(message.id, said)
    path = folder / LANGUAGE / "LC_MESSAGES" / "messages.mo"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_mo(file, pseudo)


def known(data: Iterable[str]) -> re.Pattern[str]:
    """What finds these texts, the longest first, where they stand as whole words."""
    each = "|".join(re.escape(text) for text in sorted({*data} - {""}, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{each})(?!\w)")


def plain(text: str, data: re.Pattern[str]) -> str:
    """What stands in plain letters in a text that a person reads, apart from the data in it."""
    return " ".join(_WORD.findall(data.sub(" ", text))) if _WORD.search(text) else ""


def main() -> int:
    """Write messages.pot, from which a language begins, and the pseudo-language."""
    FOLDER.mkdir(exist_ok=True)
    catalogue = extracted()
    with (FOLDER / "messages.pot").open("wb") as file:
        write_po(file, catalogue, sort_output=True, omit_header=False)
    write(FOLDER, catalogue)
    return 0


if __name__ == "__main__":
    sys.exit(main())
