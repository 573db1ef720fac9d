"""What was typed into a field of payout details, in one form for each text."""

import unicodedata

_HIDDEN = {"Cc", "Cs"}
_TEXT_DIRECTION = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def tidy(text: str, *, lines: bool) -> str:
    """One form for each text: no hidden characters, one space between words."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    kept = "".join(
        c
        for c in text
        if c in "\n\t"
        or (
            unicodedata.category(c) not in _HIDDEN
            and unicodedata.bidirectional(c) not in _TEXT_DIRECTION
        )
    )
    if lines:
        return "\n".join(" ".join(line.split()) for line in kept.split("\n")).strip()
    return " ".join(kept.split())


def compact(text: str) -> str:
    """Plain characters without spaces, dashes and invisible ones; digits of any script become 0-9."""
    plain = []
    for c in unicodedata.normalize("NFKC", text):
        if c.isspace() or c == "\u2212" or unicodedata.category(c) in {"Pd", "Cf", "Zs"}:
            continue
        digit = unicodedata.decimal(c, None)
        plain.append(c if digit is None else str(digit))
    return "".join(plain)
