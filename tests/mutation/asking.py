"""One module's mutants, asked of the tests that reach them, each in a fork of this process.

python -m tests.mutation.asking MODULE EVERY [NAMES…]

Everything is imported and each test run once, with a mark at each statement of the module, to learn which
tests reach it and how long they take. A mutant's code is then put into the living functions of a fork,
which runs those tests, the quickest first, until one fails. Portals and databases that were made for the
whole run are there already, and what is cached is forgotten: so a mutant takes as long as its tests.
"""

import ast
import functools
import gc
import mmap
import os
import resource
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import suppress
from pathlib import Path
from types import CodeType, FunctionType, SimpleNamespace

import hypothesis
import pytest
from _pytest.runner import runtestprotocol

from tests import sizes
from tests.mutation import changes, results
from tests.mutation.modules import MODULES, left_out

ROOT = Path(__file__).parents[2]
SURVIVED, KILLED, NOWHERE = 0, 1, 3
OUTCOMES = {SURVIVED: "survived", KILLED: "killed", NOWHERE: "survived"}
ENOUGH = 10  # times as long as its tests take, a mutant is stopped


class Asking:
    """Runs the tests in its own way, once they are collected."""

    def __init__(self, module, every):
        self.path = ROOT / module
        self.name = ".".join(Path(module).with_suffix("").parts)
        self.source = self.path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.source)
        self.kept = results.Results(module, self.source)
        self.every = every
        self.reached = set()
        self.seconds, self.reaching, self.kills = {}, defaultdict(set), Counter()
        self.failed = mmap.mmap(-1, 8)  # the place of the test that failed in a fork

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        items = session.items
        self._learn(items)
        gc.unfreeze()
        living = _living(str(self.path))
        self.caches = [each for each in gc.get_objects() if _is_cache(each)]
        gc.freeze()
        while self._fork(lambda: None, items) == KILLED:
            self._leave_out(items, items[self.failed_at])
        self._ask(items, living)
        session._setupstate.teardown_exact(None)
        return True

    def _leave_out(self, items, item):
        sys.stderr.write(f"left out, since it fails without a mutant: {item.nodeid}\n")
        items.remove(item)

    @property
    def failed_at(self):
        return int.from_bytes(self.failed[:])

    def _learn(self, items):
        """Which tests reach which statement, and in what time; one that fails is asked no further."""
        marked = ast.fix_missing_locations(_Marked().visit(ast.parse(self.source)))
        module = sys.modules[self.name]
        module.__dict__["_reached_"] = self.reached.add
        gc.unfreeze()
        functions = _living(str(self.path))
        gc.freeze()
        plain = [(each, each.__code__) for each in functions]
        _put(compile(marked, str(self.path), "exec"), functions)
        for item in list(items):
            self.reached.clear()
            began = time.process_time()
            if not _passes(item):
                self._leave_out(items, item)
                continue
            self.seconds[item] = time.process_time() - began
            for line in self.reached:
                self.reaching[line].add(item)
        for each, code in plain:
            each.__code__ = code
        items.sort(key=self.seconds.get)

    def _ask(self, items, living):
        found = list(changes.changes(self.source, self.tree))
        out = left_out(self.kept.module, found)
        self.kept.begin(found, out, tests=len(items), every=self.every)
        for change in found[:: self.every]:
            if change in out or self.kept.is_killed(change):
                continue
            tests = self._asked(change, items)
            ended = self._fork(lambda made=change: self._make(made, living), tests)
            if ended == KILLED:
                self.kills[tests[self.failed_at]] += 1
            self.kept.add(change, OUTCOMES.get(ended, "timed out"))

    def _asked(self, change, items):
        """Those that reach it, first what is quick and what failed for others; of a table, all."""
        reaching = self.reaching[change.statement.lineno] if change.statement else set(items)
        found = [each for each in items if each in reaching]
        return sorted(found, key=lambda each: self.seconds[each] / (1 + self.kills[each]))

    def _make(self, change, living):
        """Put the changed code in the place of what runs; how many places there were."""
        change.apply()
        if change.function is None:
            return _renew(change.top, sys.modules[self.name])
        code = compile(self.tree, str(self.path), "exec")
        given = sum(_give(each, change) for each in living if _of(each, change.function))
        return _put(code, living) + given

    def _fork(self, make, tests):
        """Run the tests in a fork until one fails: how it ended, negative where it was stopped."""
        sys.stdout.flush()
        limit = 10 + int(ENOUGH * sum(self.seconds[each] for each in tests))
        child = os.fork()
        if not child:
            self._run(make, tests, limit)
        until = time.monotonic() + 60 + 20 * limit
        while time.monotonic() < until:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.005)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return -signal.SIGKILL

    def _run(self, make, tests, limit):
        """What a fork does; it never returns."""
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        if make() == 0:
            os._exit(NOWHERE)
        for each in self.caches:
            each.cache_clear()
        for place, each in enumerate(tests):
            passed = False
            with suppress(BaseException):
                passed = _passes(each)
            if not passed:
                self.failed[:] = place.to_bytes(8)
                os._exit(KILLED)
        os._exit(SURVIVED)


def _passes(item):
    """Run a test; what was made for the whole run stays."""
    any_other = SimpleNamespace(listchain=lambda: [item.session])
    return all(each.passed for each in runtestprotocol(item, log=False, nextitem=any_other))


def _living(path):
    """The functions of a file that anything still holds, closures among them."""
    held = (each for each in gc.get_objects() if type(each) is FunctionType)
    return [each for each in held if each.__code__.co_filename == path]


def _is_cache(each):
    if not isinstance(each, functools._lru_cache_wrapper):
        return False
    return getattr(each.__wrapped__, "__module__", "").startswith("portal.")


def _put(code, living):
    """Put each code into the functions of its name and line; how many took another one."""
    codes, taken = dict(_codes(code)), 0
    for each in living:
        new = codes.get((each.__code__.co_qualname, each.__code__.co_firstlineno))
        if new is not None and new != each.__code__:
            with suppress(ValueError):  # a closure over something else
                each.__code__ = new
                taken += 1
    return taken


def _codes(code):
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield (each.co_qualname, each.co_firstlineno), each
            yield from _codes(each)


def _of(function, node):
    first = min(each.lineno for each in [node, *node.decorator_list])
    return function.__code__.co_firstlineno == first and function.__name__ == node.name


def _give(function, change):
    """Give a function the changed value that it takes where nothing is passed."""
    if change.parent is not change.function.args:
        return 0
    if change.field == "defaults":
        given = list(function.__defaults__)
        given[change.place] = change.new.value
        function.__defaults__ = tuple(given)
    else:
        name = change.parent.kwonlyargs[change.place].arg
        function.__kwdefaults__ = function.__kwdefaults__ | {name: change.new.value}
    return 1


def _renew(top, module):
    """Give a table or number its new content, wherever it was imported to."""
    target = top.target if isinstance(top, ast.AnnAssign) else top.targets[0]
    old = getattr(module, target.id)
    new = eval(compile(ast.Expression(top.value), module.__file__, "eval"), module.__dict__)
    if isinstance(old, dict):
        old.clear()
        old.update(new)
        return 1
    for each in list(sys.modules.values()):
        if getattr(each, "__dict__", {}).get(target.id) is old:
            setattr(each, target.id, new)
    return 1


class _Marked(ast.NodeTransformer):
    """Marks each statement inside a function as it is reached."""

    inside = False

    def visit_FunctionDef(self, node):
        was, self.inside = self.inside, True
        self.generic_visit(node)
        self.inside = was
        return node

    def generic_visit(self, node):
        super().generic_visit(node)
        for field in ("body", "orelse", "finalbody") if self.inside else ():
            body = getattr(node, field, None)
            if isinstance(body, list) and not isinstance(node, ast.ClassDef):
                marked = [part for each in body for part in (_mark(each), each)]
                setattr(node, field, marked)
        return node


def _mark(statement):
    called = ast.Call(ast.Name("_reached_", ast.Load()), [ast.Constant(statement.lineno)], [])
    return ast.copy_location(ast.Expr(called), statement)


def main(module, every):
    sizes.databases = lambda _test: ["sqlite"]
    hypothesis.settings.register_profile(
        "mutants",
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        deadline=None,
        database=None,
        derandomize=True,
    )
    hypothesis.settings.load_profile("mutants")
    with tempfile.TemporaryDirectory() as folder:
        given = ("-q", "-n0", f"--basetemp={folder}/base", "-W", "ignore:Module already imported")
        return pytest.main([*MODULES[module], *given], plugins=[Asking(module, every)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
