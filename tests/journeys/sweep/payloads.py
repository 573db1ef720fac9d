"""What is typed into every input: payloads.json, each text calling a canary in its own way."""

import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from portal.claims.evidence.sniffing import display_name

PAYLOADS = json.loads(Path(__file__).with_name("payloads.json").read_text(encoding="utf-8"))
ALL = [text for kind in PAYLOADS.values() for text in kind]
NAMED = re.compile(r"~([a-z_]+)\.(\d{3})~")
UNSEEN = {"Cc", "Cf", "Cs"}  # controls, marks of direction, halves of a pair


@dataclass(frozen=True)
class Payload:
    """One of the texts, by its place among all, and where its canary listens."""

    place: int
    canary: str

    def said(self, field):
        """The text as it is put into an input; it ends with the input's name, by which it is found."""
        return f"{ALL[self.place].replace('CANARY', self.canary)} ~{field}.{self.place:03}~"

    def shown(self, field):
        """What a page shows of it: of a file's name what stands after the last slash."""
        said = self.said(field)
        return plain(display_name(said) if field.endswith("file") else said)


def plain(text):
    """A text by the signs that are seen of it: pages may break lines and take the others out."""
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c) not in UNSEEN)
