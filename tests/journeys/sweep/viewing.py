"""The pages that show what was typed, opened in browsers of those whose they are."""

from collections import Counter, defaultdict

from portal.extensions import db
from portal.mail.models import OutboxMail

NEXT = """() => {
  const link = document.querySelector("a[rel=next]");
  return link && link.getAttribute("href");
}"""


class View:
    """Browsers: ``staff`` works here, ``owner(client)`` is whoever holds that session, ``reader`` reads mails."""

    def __init__(self, watch, stage):
        self.stage = stage
        self.staff, self.customers, self.reader = watch(stage.ada.client), watch(), watch()
        self._read = 0
        self.all = (self.staff, self.customers, self.reader)

    def owner(self, client):
        """The browser of customers, with this one's session."""
        self.customers.go_as(client)
        return self.customers

    def mails(self):
        """Read every mail that has come since."""
        db.session.rollback()
        newer = db.select(OutboxMail).where(OutboxMail.id > self._read).order_by(OutboxMail.id)
        for mail in db.session.scalars(newer).all():
            self._read = mail.id
            self.reader.read(f"mail {mail.event}", mail.html)
        db.session.rollback()

    @property
    def hits(self):
        """Whatever went wrong in any of them."""
        return [each for watch in self.all for each in watch.hits]

    @property
    def shown(self):
        """The places of the payloads that were read whole, sign for sign, by input and by what showed them."""
        found = defaultdict(set)
        for watch in self.all:
            for seen, places in watch.shown.items():
                found[seen] |= places
        return found

    @property
    def opened(self):
        """How many pages were looked at, by what they are."""
        return sum((Counter(watch.opened) for watch in self.all), Counter())

    @property
    def missed(self):
        """Pages that were not there or led elsewhere, by what they were to be."""
        found = sum((watch.answered for watch in self.all), Counter())
        return {sink for sink, status, there in found if status != 200 or not there}

    @property
    def configs(self):
        """htmx's settings, as pages had them."""
        return set().union(*(watch.configs for watch in self.all))

    def through(self, sink, path):
        """Open a list, and each further page of it."""
        while path:
            self.staff.open(sink, path)
            path = self.staff.page.evaluate(NEXT)
