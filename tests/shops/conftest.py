"""A name server of the tests' own, which the portal asks in place of the machine's."""

import socketserver
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from portal.extensions import db


class Answering(socketserver.BaseRequestHandler):
    """Answers questions for texts out of the server's records; nothing else is there."""

    def handle(self):
        """Answer one question."""
        data, udp = self.request
        question = dns.message.from_wire(data)
        answer = dns.message.make_response(question)
        asked = question.question[0]
        texts = self.server.texts.get(asked.name.to_text(omit_final_dot=True))
        if self.server.silent:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif texts is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        else:
            quoted = [f'"{text}"' for text in texts]
            answer.answer.append(dns.rrset.from_text_list(asked.name, 60, "IN", "TXT", quoted))
        udp.sendto(answer.to_wire(), self.client_address)


@pytest.fixture
def names(monkeypatch):
    """The texts of each name, to be filled; ``silent`` has the server say that it failed."""
    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Answering) as server:
        server.texts, server.silent = {}, False
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], server.server_address[1]
        monkeypatch.setattr(dns.resolver, "default_resolver", resolver)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def on_disk(app):
    """Have SQLite wait for its disk, as outside of tests; whether the database of this test could be told."""

    def wait(level):
        db.session.remove()
        connection = db.engine.raw_connection()
        connection.cursor().execute(f"PRAGMA synchronous={level}")
        connection.close()

    told = db.engine.dialect.name == "sqlite"
    if told:
        wait("FULL")
    yield told
    if told:
        wait("OFF")
