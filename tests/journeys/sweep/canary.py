"""A listener that nobody has a reason to reach: it counts whoever does."""

import socketserver
import threading
from contextlib import suppress

MOST = 2_000  # bytes that are read of a request
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\nAccess-Control-Allow-Origin: *\r\n"
    b"Connection: close\r\nContent-Length: 8\r\n\r\nalert(1)"
)


class _Called(socketserver.BaseRequestHandler):
    def handle(self):
        place = len(self.server.calls)
        self.server.calls.append("no word")  # counted at once, whatever is said on it
        self.request.settimeout(5)
        with suppress(OSError):
            said = self.request.recv(MOST)
            self.server.calls[place] = said.split(b"\r\n", 1)[0].decode(errors="replace")
            self.request.sendall(ANSWER)


class Canary(socketserver.ThreadingTCPServer):
    """Listens on a port of its own while the context lasts; ``calls`` has a line of each connection."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Called)
        self.calls = []
        self.place = f"127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def __exit__(self, *given):
        self.shutdown()
        super().__exit__(*given)
