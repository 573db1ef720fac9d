"""Probes that were kept tell what SlipCover's own do, in each process that fills its own in."""

import ast
import sys

from slipcover import Slipcover, branch

from tests.daily import probes

SOURCE = '''
def sign(number):
    """A docstring, a branch, a loop and a comprehension."""
    if number < 0:
        return "minus"
    for _ in range(number):
        for each in [one for one in (1, 2) if one]:
            if each == 2:
                break
    return "plus"


class Kind:
    one = (1, 2)

    def of(self, *, wide=False):
        return [lambda: wide, sign]
'''


def told(code, measured):
    """What a module that is half used tells; what stands in its whole code."""
    module = {}
    exec(code, module)
    assert (module["sign"](2), module["Kind"]().of()[0](), module["Kind"].one) == (
        "plus",
        False,
        (1, 2),
    )
    return measured.get_coverage()["files"]


# From 3.12 on nothing stands in the code, and nothing is kept.
if sys.version_info < (3, 12):

    def test_what_is_kept_tells_what_slipcover_tells_each_time_it_is_filled(tmp_path):
        source = tmp_path / "signs.py"
        source.write_text(SOURCE)
        own = Slipcover(branch=True)
        tree = branch.preinstrument(ast.parse(SOURCE))
        expected = told(own.instrument(compile(tree, str(source), "exec")), own)
        for _ in range(2):  # marked at first, read then
            measured = Slipcover(branch=True)
            assert (
                told(probes.filled(measured, str(source), *probes.kept(source)), measured)
                == expected
            )
            measured.deinstrument_seen()
            assert (
                told(probes.filled(measured, str(source), *probes.kept(source)), measured)
                == expected
            )
        (of_file,) = expected.values()
        assert (of_file["missing_lines"], of_file["missing_branches"]) == ([5], [(4, 5), (7, 6)])

    def test_another_text_is_marked_anew(tmp_path):
        source = tmp_path / "signs.py"
        source.write_text("one = 1\n")
        probes.kept(source)
        source.write_text("one = 1\ntwo = 2\n")
        _, lines, branches, _ = probes.kept(source)
        assert (lines, branches) == ({1, 2}, set())
