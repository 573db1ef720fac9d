"""What docs/pulling.md says to type is typed, and what it says to read is read; so are the doctor and the worker."""

import re
import shlex
from itertools import takewhile
from pathlib import Path

import pytest

from portal.config.pullers import read_puller
from portal.shops.doctor import examine
from portal.worker import JOBS
from tests import factories
from tests.conftest import NOW
from tests.records.pulling.upstreams import KEY, SMS, five

PAGE = (Path(__file__).parents[3] / "docs" / "pulling.md").read_text(encoding="utf-8")
TYPED = re.findall(r"^    \$ flask --app wsgi (.+)\n    (.+)\n", PAGE, re.MULTILINE)
(LINE,) = re.findall(r"^    PULLERS=(.+)$", PAGE, re.MULTILINE)


@pytest.fixture
def run(app):
    return lambda words: app.test_cli_runner().invoke(app.cli, shlex.split(words))


def upstream_finding():
    found = examine(factories.policy("numberplug"), clock=lambda: NOW)
    near = takewhile(lambda each: each.name != "mail server", found)
    return [(each.health, each.seen, each.todo) for each in near if each.name == "upstream"]


def test_each_command_of_the_page_answers_as_the_page_says(upstream, pulled, run):
    said = read_puller(LINE)
    assert said.url == "https://5sim.net"
    setting = pulled(said.dialect, shop=said.shop, currency=said.currency)
    # The command has the time of now, and tells of thirty days.
    upstream.orders = [five(n, "FINISHED", [SMS], created_at=None) for n in range(1, 5)]
    upstream.orders += [
        five(5, "PENDING", created_at=None),
        five(6, "CANCELED", created_at=None),
    ]
    assert len(TYPED) == 2
    for words, answer in TYPED:
        result = run(words)
        assert (result.exit_code, result.stdout) == (0, f"{answer}\n"), result.output
    assert KEY not in repr(setting)


def test_a_failure_says_why_and_ends_with_1(upstream, pulled, run):
    setting = pulled("5sim")
    upstream.failing = (401, "")
    result = run("records pull numberplug")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        f"Error: {setting.source}: it refuses the key: see PULL_KEYS"
    )
    other = run("records pull sms-service")
    assert other.stderr == (
        "Error: nothing is pulled for sms-service: name its upstream in PULLERS\n"
    )


def test_the_doctor_says_how_the_last_pull_went(upstream, pulled, run):
    assert upstream_finding() == []
    pulled("5sim")
    todo = "flask --app wsgi records pull numberplug"
    assert upstream_finding() == [("unsure", "nothing was pulled yet", todo)]
    run("records pull numberplug")
    ((health, seen, todo),) = upstream_finding()
    assert (health, seen.startswith("last pulled at 20"), todo) == ("well", True, "")
    upstream.failing = (503, "")
    run("records pull numberplug")
    ((health, failed, todo),) = upstream_finding()
    assert health == "ill"
    assert failed == f"it answered 503, at the last try; {seen}"


def test_the_worker_pulls_in_a_lane_of_its_own():
    (job,) = (each for each in JOBS if each.name == "pull records")
    assert [each.name for each in JOBS if each.lane is job.lane] == ["pull records"]
