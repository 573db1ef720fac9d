"""The pages as they are deployed, beside a bare Flask app in the same run: times, SQL, bytes.

Every round asks every portal and the bare app in turn, so that what else the machine does
weighs on all of them alike. Ratios are to be trusted before milliseconds.
"""

from __future__ import annotations

import gzip
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from tests.bench import bare
from tests.bench.client import Visitor, crowd, middle, slow
from tests.bench.deployment import ROOT, MailServer, Portal, bare_server
from tests.bench.people import SHOP, Codes, Orders, file_claim, screenshot, sign_in
from tests.bench.probe import probe

SIZES = (1_000, 100_000, 1_000_000)
ROUNDS = 15
A_ROUND = 10  # requests of one page
FLOWS = 10  # rounds of claims by one customer after another
A_FLOW_ROUND = 4
CROWD = 8  # clients at once
CROWD_ROUNDS = 5
CROWD_ASKS = 25  # pages by each of them, in a round
CROWD_FLOWS = 3  # claims by each of them, in a round
SCRIPTS = ("static/app.css", "static/app.js", "static/htmx.min.js")


def say(words="", **how):
    print(words, flush=True, **how)  # noqa: T201 - what a benchmark is for


def main(sizes=SIZES, data=None):
    """Print everything; fail nothing."""
    with ExitStack() as stack:
        folder = Path(data or stack.enter_context(tempfile.TemporaryDirectory()))
        mails = stack.enter_context(MailServer())
        portals = {size: Portal(folder / str(size), mails) for size in sizes}
        for size, portal in portals.items():
            fill(portal, size)
        first, *_ = portals.values()
        orders = Orders(1 + FLOWS * A_FLOW_ROUND + CROWD * CROWD_FLOWS * CROWD_ROUNDS)
        orders.write(folder / "orders.csv")
        first.flask("records", "import", SHOP, str(folder / "orders.csv"))
        weigh()
        found = {
            size: probe(portal, orders if portal is first else None)
            for size, portal in portals.items()
        }
        count_statements(found[sizes[0]])
        reviewers = {}
        for size, portal in portals.items():
            stack.enter_context(portal.running())
            reviewers[size] = Visitor(portal.port)
            sign_in(reviewers[size], found[size].reviewer)
        queue = len(reviewers[sizes[-1]].get("/review").body)
        form = len(Visitor(first.port).get(f"/{SHOP}/claim").body)
        say(f"HTML of the queue {queue:,} bytes, of a form {form:,}; the bare pages are as long")
        bare.fill(folder / "bare")
        port = stack.enter_context(bare_server(folder / "bare", queue=queue, form=form))
        pages(reviewers, found, port)
        crowds(reviewers, port)
        submissions(first, orders, port, [method for method, _, _ in found[sizes[0]].journey])


def fill(portal, size):
    started = time.perf_counter()
    if portal.fill(size):
        seconds = time.perf_counter() - started
        say(f"filled {size:,} claims in {seconds:.0f} s ({size / seconds:,.0f}/s)")


def weigh():
    """Bytes of all scripts and styles that a page loads."""
    sizes = {name.rpartition("/")[2]: (ROOT / name).read_bytes() for name in SCRIPTS}
    plain = sum(map(len, sizes.values()))
    packed = sum(len(gzip.compress(body)) for body in sizes.values())
    each = ", ".join(f"{name} {len(body):,}" for name, body in sizes.items())
    say(f"scripts and styles: {plain:,} bytes, {packed:,} with gzip ({each})")


def count_statements(found):
    """SQL of each reviewers' page, and of each request of a submission."""
    say("\nSQL statements, the sign-in's own included")
    for name, statements in found.statements.items():
        say(f"  {name:<28}{statements:>3}")
    for method, path, statements in found.journey:
        say(f"  {method:<7}{path:<30}{statements:>3}")
    say(f"  a whole submission{sum(step[2] for step in found.journey):>22}\n")


def pages(reviewers, found, port):
    """One client: medians of each page at each size, and what they are of the bare page's."""
    anybody = Visitor(port)
    times = defaultdict(list)
    for _ in range(ROUNDS):
        times["bare"] += asked(anybody, "/")
        for size, visitor in reviewers.items():
            for name, path in found[size].pages.items():
                times[name, size] += asked(visitor, path)
    floor = middle(times["bare"])
    say(f"\none client: the bare page takes {floor:.2f} ms (95 %: {slow(times['bare']):.2f})")
    say(f"{'':<28}" + "".join(f"{size:>19,}" for size in reviewers) + "   largest/smallest")
    for name in found[min(reviewers)].pages:
        row = [middle(times[name, size]) for size in reviewers]
        cells = "".join(f"{ms:>9.2f} ms {ms / floor:>5.2f}x" for ms in row)
        say(f"{name:<28}{cells}   {row[-1] / row[0]:.2f}")


def asked(visitor, path):
    visitor.seconds.clear()
    for _ in range(A_ROUND):
        visitor.get(path)
    return list(visitor.seconds)


def crowds(reviewers, port):
    """Eight clients: queue pages a second."""
    rates = defaultdict(list)
    for _ in range(CROWD_ROUNDS):
        rates["bare"].append(a_second(lambda: Visitor(port), "/"))
        for size, visitor in reviewers.items():
            rates[size].append(a_second(visitor.twin, "/review"))
    floor = usual(rates.pop("bare"))
    say(f"\n{CROWD} clients: the bare page {floor:,.0f}/s; the queue's first page")
    for size, each in rates.items():
        say(f"{size:>12,} claims {usual(each):>8,.0f}/s, {floor / usual(each):.2f}x the time")


def a_second(new, path):
    clients = [new() for _ in range(CROWD)]

    def act(number):
        for _ in range(CROWD_ASKS):
            clients[number].get(path)

    started = time.perf_counter()
    crowd(CROWD, act)
    return CROWD * CROWD_ASKS / (time.perf_counter() - started)


def usual(rates):
    return sorted(rates)[len(rates) // 2]


def submissions(portal, orders, port, methods):
    """The whole journey; as many requests to the bare app; and the bare form with its upload alone."""
    picture, codes = screenshot(), Codes(portal)
    took = defaultdict(list)

    def journey():
        order = orders.take()
        visitor = Visitor(portal.port, order.address)
        file_claim(visitor, order, picture=picture, code_of=codes)
        took["journey"].append(sum(visitor.seconds))

    def plain(name, steps):
        visitor = Visitor(port)
        for method in steps:
            bare.step(visitor, method, picture)
        took[name].append(sum(visitor.seconds))

    acts = {
        "journey": journey,
        "as many bare requests": partial(plain, "as many bare requests", methods),
        "bare form and upload": partial(plain, "bare form and upload", ("GET", "UPLOAD")),
    }
    for _ in range(FLOWS):
        for act in acts.values():
            again(act, A_FLOW_ROUND)
    size = len(picture.content) / 1000
    say(f"\nsubmission with a screenshot of {size:.0f} KB, {len(methods)} requests; one client")
    compare({name: middle(seconds) for name, seconds in took.items()}, "ms", took)
    took.clear()
    rates = defaultdict(list)
    for _ in range(CROWD_ROUNDS):
        for name, act in acts.items():
            started = time.perf_counter()
            crowd(CROWD, lambda _number, act=act: again(act, CROWD_FLOWS))
            rates[name].append(CROWD * CROWD_FLOWS / (time.perf_counter() - started))
    say(f"{CROWD} clients")
    compare({name: middle(seconds) for name, seconds in took.items()}, "ms", took, rates)


def compare(medians, unit, took, rates=None):
    for name, value in medians.items():
        more = f", {usual(rates[name]):,.1f}/s" if rates else ""
        ratio = medians["journey"] / value
        say(
            f"  {name:<24}{value:>8.1f} {unit} (95 %: {slow(took[name]):.1f}){more}"
            + ("" if name == "journey" else f"; the journey is {ratio:.2f}x")
        )


def again(act, times):
    for _ in range(times):
        act()
