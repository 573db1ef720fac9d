"""Servers of others that listen on this machine for a test: a shop's backend, a processor, an upstream."""

import threading
from contextlib import contextmanager
from http.server import ThreadingHTTPServer


@contextmanager
def listening(handler, *, tls=None, **about):
    """The port where ``handler`` answers until the end of the block; ``about`` it finds on its server.

    ``tls`` is a server's context, to speak https.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    vars(server).update(about)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
