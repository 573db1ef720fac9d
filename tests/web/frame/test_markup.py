"""A page that is read by its shape is what a conforming parser reads of the page itself."""

import pytest

from tests.web.frame import markup

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>%s – Shop</title></head>
<body class="a b"><main id="main" data-of='{"a": "b"}'>%s</main></body></html>
"""


def plain(element):
    inside = [plain(each) for each in element]
    return element.tag, element.text, element.tail, sorted(element.attrib.items()), inside


def whole(inside, title="A page"):
    return PAGE % (title, inside)


def both(body, *, of_a_whole=True):
    """What is read by the shape, and what of the page itself."""
    read = [markup.read(body, whole=of_a_whole), markup._read(body, of_a_whole)]
    return [(plain(each.tree), each.faults, each.astray) for each in read]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<p>One word.</p>", "<p>Quite another, of several!</p>"),
        ("<p>  spaced \n words </p>", "<p>  other words </p>"),
        ("<p>a &lt; b &amp;amp; &#39;c&#39;</p>", "<p>&quot;d&quot;</p>"),
        ("<p>it's \"so\" = 'x'</p>", '<p>a="b c"</p>'),
        ("<p>R&D & more &copy; &nosuch;</p>", "<p>&notit; &#0; &#x80;</p>"),
        ("<p>ünï 日本 🎉\u00a0\u202e</p>", "<p>\U000f0000\U000f0001</p>"),
        ("<p>\u0000 \u0008 \ufdd0</p>", "<p>\r\n\u000c\t</p>"),
        ('<a href="/a?b=c&amp;d=e" title="it">x</a>', '<a href="/f" title="so&#34;">y</a>'),
        ('<a href="a b" title="">x</a>', '<a href="c\nd" title=" ">y</a>'),
        ('<a title="a &amp b">x</a>', '<a title="a &copy b &copyx">y</a>'),
        ("<a title='\"a\"=\"b\"' class=c>x</a>", "<a title='it' class=d>y</a>"),
        ('<p a="1" a="2">x</p>', '<p a="3"b="4">y</p>'),
        ("<p><b>x</p></b>", "<p><div>y</div></p>"),
        ("<table><tr><td>x</td></tr></table>", "<table>y<tr><td>z</td></tr></table>"),
        ('<table><input type="hidden" value="x"></table>', '<table><input type="text" value="y"></table>'),
        ("<textarea>\n\nx</textarea>", "<textarea>\ny <b> z</textarea>"),
        ("<pre>\nx</pre>", "<pre>y</pre>"),
        ('<script src="/a.js"></script>', '<script>if (a < b) { c = "d" }</script>'),
        ("<!-- x --><p>y</p>", '<!-- a="-->" --><p>z</p>'),
        ('<svg viewBox="0 0 1 1"><path d="M0 0"/></svg>', '<svg viewBox="0 0 2 2"><path d="M1"/></svg>'),
        ("<select><option selected>x</option></select>", "<select><option>y</select>"),
        ("<p>x</p>\n", "y"),
        ('<a"b c">x</a"b>', "<p>a > b</p>"),
    ],
)  # fmt: skip
def test_each_page_is_read_as_itself(one, other):
    for inside in (one, other, one):
        by_shape, itself = both(whole(inside))
        assert by_shape == itself
        by_shape, itself = both(inside, of_a_whole=False)
        assert by_shape == itself


def test_pages_of_one_shape_have_their_own_words():
    markup._shapes.clear()
    pages = [
        markup.read(whole(f'<p class="{word}">{word}!</p>', word), whole=True) for word in "ab"
    ]
    assert len(markup._shapes) == 1
    said = [
        (each.tree.find(".//p").attrib, "".join(each.tree.itertext()).split()) for each in pages
    ]
    assert said == [({"class": word}, [word, "–", "Shop", f"{word}!"]) for word in "ab"]


def test_a_fault_is_told_of_each_page_that_has_it():
    for word in ("a", "b"):
        faulty = markup.read(whole(f"<p>{word}<div></div></p>"), whole=True)
        assert [name for _, name, _ in faulty.faults] == ["unexpected-end-tag"]
        astray = markup.read(whole(f"<ul><li>{word}</ul>"), whole=True)
        assert astray.astray == "</ul> closes ['li']"
