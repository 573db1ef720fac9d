"""A letter's HTML, as a mail program reads it."""

from html.parser import HTMLParser


class LetterPage(HTMLParser):
    """The words, tags and addresses of a letter's HTML, as a mail program reads them."""

    def __init__(self, source):
        super().__init__()
        self.words, self.tags, self.addresses, self.silent = [], set(), set(), 0
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.silent += tag in {"style", "title"}
        self.addresses |= {value for name, value in attrs if name in {"href", "src", "background"}}

    def handle_endtag(self, tag):
        self.silent -= tag in {"style", "title"}

    def handle_data(self, data):
        if not self.silent:
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())
