"""Whoever types: each sends forms in-process, and what a form refuses is sent as it asks for."""

from collections import defaultdict
from io import BytesIO
from ipaddress import IPv4Address
from itertools import count

from flask import g

from portal.people.reviewers import Role
from portal.web.frame.fields import visible
from tests import factories
from tests.journeys.sweep.payloads import ALL, Payload
from tests.web.steps.signing_in import sign_in

DONE = 303
# Addresses that a portal in development answers.
NETWORKS = IPv4Address("127.0.0.1")


class Typed:
    """Stands for the payloads in an input: ``field`` names it, ``meek`` is typed where they are refused.

    ``shape`` is what stands around them; ``tight`` leaves no space in them, for an address;
    ``one`` takes the first of them alone, ``but`` those without that sign.
    """

    def __init__(self, field, meek="word", *, shape="{}", tight=False, one=False, but=None):
        self.field, self.meek, self.shape, self.tight = field, meek, shape, tight
        self.one, self.but = one, but

    def among(self, lot):
        """Those of the lot that it stands for."""
        found = [each for each in lot if not self.but or self.but not in ALL[each.place]]
        return found[:1] if self.one else found


class Stage:
    """The people of a portal; ``taken`` and ``refused`` have the places of the payloads, by input."""

    def __init__(self, app, canary):
        self.app, self.canary = app, canary
        self.taken, self.refused = defaultdict(set), defaultdict(set)
        self.lot, self.comers = [], count(1)
        about = {"role": Role.ADMIN, "may_pay": True}
        self.ada = self._employ(name="Ada Owner", email="ada@example.com", **about)
        self.ben = self._employ(name="Ben Second", email="ben@example.com", **about)

    def turn_to(self, *places):
        """Have everybody type the payloads of these places from now on, one below the other."""
        self.lot = [Payload(place, self.canary) for place in places]

    def said(self, typed):
        """What is typed there."""
        text = "\n".join(each.said(typed.field) for each in typed.among(self.lot))
        return typed.shape.replace("{}", "".join(text.split()) if typed.tight else text)

    def filled(self, fields):
        """The fields as they are sent, with the payloads in them."""
        return {
            name: self.said(each) if isinstance(each, Typed) else each
            for name, each in fields.items()
        }

    def attempt(self, fields, act):
        """``act`` on the fields with the payloads in them, then with what can be seen of those, then without.

        Until it gives an answer that is true: a form takes unseen characters out and asks to look at
        what is left, which is sent then.
        """
        typed = [each for each in fields.values() if isinstance(each, Typed)]
        ways = (self.said, lambda each: visible(self.said(each)), lambda each: each.meek)
        for way in ways:
            filled = {name: way(each) if isinstance(each, Typed) else each for name, each in fields.items()}  # fmt: skip
            if answer := act(filled):
                where = self.refused if way is ways[-1] else self.taken
                for each in typed:
                    where[each.field].update(payload.place for payload in each.among(self.lot))
                return answer
        raise AssertionError(f"refused in every way: {fields}")

    def visitor(self):
        """Somebody without an account."""
        return Somebody(self)

    def _employ(self, **about):
        person = factories.reviewer(**about)
        somebody = Somebody(self)
        somebody.id = person.id
        sign_in(somebody, person)
        return somebody


class Somebody:
    """A client that sends forms."""

    def __init__(self, stage):
        self.stage = stage
        self.client = stage.app.test_client()
        # Of a network of their own: one has no more than so many codes sent.
        self.client.environ_base["REMOTE_ADDR"] = str(NETWORKS + 256 * next(stage.comers))

    def send(self, path, fields, *, done=DONE):
        """Send a form, and what stands for payloads in it as ``Stage.attempt`` does."""

        def act(filled):
            answer = self.post(path, filled)
            return answer if answer.status_code == done else None

        return self.stage.attempt(fields, act)

    def upload(self, path, field, data):
        """Send a file that is called by the payloads."""

        def act(filled):
            files = {"files": (BytesIO(data), filled["name"])}
            answer = self.post(path, files, content_type="multipart/form-data")
            return answer if answer.status_code == DONE else None

        return self.stage.attempt({"name": Typed(field, "word.png", one=True)}, act)

    def post(self, path, fields, **given):
        """One form, as it is."""
        g.pop("_login_user", None)
        return self.client.post(path, data=fields, **given)
