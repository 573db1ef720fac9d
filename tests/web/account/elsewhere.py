"""Strangers: each request from another network, in the middle of what is counted together."""

import itertools

WINDOW = 86400 * 20_600  # a day begins, and with it five minutes and an hour


_numbers = itertools.count(1)


def elsewhere():
    """Each time from another network."""
    number = next(_numbers)
    return {"REMOTE_ADDR": f"127.{number // 250}.{number % 250}.7"}
