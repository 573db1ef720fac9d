"""HTML as a browser reads it: what a page says as a tree, and what is wrong with its markup.

To read a page takes a conforming parser longer than the portal takes to make it, and most pages differ
from another one in their words alone. So the shape of a page is read once: its markup with a placeholder
for each run of plain words and for each plain value of an attribute, of which no parser asks more than
that it is there. A page of a shape without faults is that shape with its own words. A page that is
written in any other way than the grammar below says is read itself, and so is one with a fault.
"""

from __future__ import annotations

import copy
import re
from collections import OrderedDict
from html import unescape
from html.parser import HTMLParser
from typing import NamedTuple
from xml.etree.ElementTree import Element

import html5lib

_KEPT = 300  # shapes
_FIRST, _LAST = 0xF0000, 0xFFFF0  # the placeholders: characters of private use
# No markup, no space, no quote, no reference but these, and nothing that is no character.
_PLAIN = r"!#-%(-;=?-~\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U0001f000-\U0001fffd"
_REFERENCE = "&(?:amp|lt|gt|quot|#34|#39);"
_WORD = rf"(?:[{_PLAIN}\"']|{_REFERENCE})++"
_ATTRIBUTE = r"""\s++[a-zA-Z][a-zA-Z0-9:-]*+(?:="[^"<>]*+"|='[^'<>]*+')?+"""
_GRAMMAR = re.compile(
    rf"\s*+(?:<!doctype html>)?+(?:</?[a-z][a-z0-9]*+(?:{_ATTRIBUTE})*+\s*+/?>|[^<>]++)*+"
)
_SAID = re.compile(
    # Within a tag; the type of a field matters, since one may be hidden.
    rf'(?<=(?<!\stype)=")(?:[{_PLAIN} ]|{_REFERENCE})++(?="[^<>]*+>)'
    # Between two tags; the spaces around the words matter.
    rf"|(?<=>)(?P<spaces>[ \n]*+)(?P<words>{_WORD}(?:[ \n]++{_WORD})*+)(?=[ \n]*+<)"
)


class Markup(NamedTuple):
    """A page that was read; ``astray`` is the first tag that closes another than the one that is open."""

    tree: Element
    faults: list
    astray: str | None


def read(body, *, whole):
    """The markup of a page, ``whole`` or a part of one."""
    said = []
    if not _GRAMMAR.fullmatch(body) or ord(max(body)) >= _FIRST:
        return _read(body, whole)
    shape = _SAID.sub(lambda found: _placed(found, said), body)
    if len(said) > _LAST - _FIRST:
        return _read(body, whole)
    if (known := _known(shape, whole)) is None:
        return _read(body, whole)
    tree, places = known
    tree = copy.deepcopy(tree)
    elements = list(tree.iter())
    for number, name, text in places:
        _put(elements[number], name, _spoken(text, said))
    return Markup(tree, [], None)


def _placed(found, said):
    said.append(found["words"] or found[0])
    return (found["spaces"] or "") + chr(_FIRST + len(said) - 1)


def _spoken(text, said):
    return "".join(
        unescape(said[ord(each) - _FIRST]) if ord(each) >= _FIRST else each for each in text
    )


_shapes: OrderedDict = OrderedDict()


def _known(shape, whole):
    """The tree of a shape and where in it words are placed; None where it has a fault."""
    key = shape, whole
    if key in _shapes:
        _shapes.move_to_end(key)
        return _shapes[key]
    tree, faults, astray = _read(shape, whole)
    _shapes[key] = None if faults or astray else (tree, list(_places(tree)))
    if len(_shapes) > _KEPT:
        _shapes.popitem(last=False)
    return _shapes[key]


def _places(tree):
    for number, element in enumerate(tree.iter()):
        for name, text in {"": element.text, " ": element.tail, **element.attrib}.items():
            if text and ord(max(text)) >= _FIRST:
                yield number, name, text


def _put(element, name, text):
    if name == "":
        element.text = text
    elif name == " ":
        element.tail = text
    else:
        element.set(name, text)


def _read(body, whole):
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = (parser.parse if whole else parser.parseFragment)(body)
    return Markup(tree, parser.errors, _astray(body) if whole else None)


def _astray(body):
    balance = _Balance()
    balance.feed(body)
    return balance.astray


class _Balance(HTMLParser):
    """Open and closed tags match: what a lenient parser would mend silently."""

    VOID = frozenset(
        "area base br col embed hr img input link meta source track wbr".split(" ")  # noqa: SIM905
    )

    def __init__(self):
        super().__init__()
        self.open, self.astray = [], None

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if tag in self.VOID:
            return
        if self.open[-1:] == [tag]:
            self.open.pop()
        else:
            self.astray = self.astray or f"</{tag}> closes {self.open[-1:]}"
