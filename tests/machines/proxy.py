"""nginx by the file that compose.yaml gives it, with this machine's names in it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import contextmanager

from portal.app import ROOT
from tests.bench.deployment import answering
from tests.machines.certificates import self_signed

CONF = ROOT / "docs/nginx.conf"
ACCESS = "proxy.log"  # to whom each request was sent, and its line, in the proxy's folder


def nginx():
    """Where the program is; None where it isn't."""
    return shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")


@contextmanager
def proxy(folder, port, servers, *, log):
    """TLS at this port, and behind it those who serve at these addresses, for the time of a `with`."""
    self_signed(folder / "tls")
    text = CONF.read_text(encoding="utf-8")
    lines = "\n".join(f"    server {each} max_fails=1 fail_timeout=5s;" for each in servers)
    for ours, here in {
        "    server web:8000 max_fails=1 fail_timeout=5s;": lines,
        "/run/nginx.pid": str(folder / "nginx.pid"),
        "/etc/nginx/tls": str(folder / "tls"),
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "access_log off": f"access_log {folder / ACCESS} by",
        "  upstream portal {": "  log_format by '$upstream_addr $request';\n  upstream portal {",
    }.items():
        assert ours in text
        text = text.replace(ours, here)
    file = folder / "nginx.conf"
    file.write_text(f"daemon off;\n{text}", encoding="utf-8")
    running = subprocess.Popen([nginx(), "-c", file], stdout=log, stderr=log)
    try:
        answering(port)
        yield
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait()
