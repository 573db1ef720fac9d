"""SlipCover's probes put into each module once, and kept in its ``__pycache__`` for whoever imports it next.

To put them in takes longer than to collect the tests. What is kept is the code with a mark in the place
of each probe: a probe belongs to its process, which fills its own in. From Python 3.12 on there are none
in the code, and nothing is kept.
"""

import ast
import marshal
import os
import sys
import types

from slipcover import Slipcover, branch, importer, version

if sys.version_info < (3, 12):
    from slipcover import probe
    from slipcover.bytecode import Editor

MARK, CALL = "the place of a probe", "the call of a probe"
TAG = f"{sys.implementation.cache_tag}-slipcover-{version.__version__}"


class Loader(importer.SlipcoverLoader):
    """Loads a module with probes of this process filled in."""

    def exec_module(self, module):
        self.sci.register_module(module)
        exec(filled(self.sci, str(self.origin), *kept(self.origin)), module.__dict__)


class Finder(importer.SlipcoverMetaPathFinder):
    """Finds the modules that are measured."""

    def find_spec(self, fullname, path, target=None):
        spec = super().find_spec(fullname, path, target)
        if spec and isinstance(spec.loader, importer.SlipcoverLoader):
            spec.loader = Loader(self.sci, spec.loader.orig_loader, spec.origin)
        return spec


def finder(measured, folder):
    """What finds the modules below ``folder`` so that ``measured`` learns of what is passed in them."""
    files = importer.FileMatcher(sources=[str(folder)])
    kind = Finder if sys.version_info < (3, 12) else importer.SlipcoverMetaPathFinder
    return kind(measured, files)


def kept(source):
    """The marked code of a module, its lines and branches, and the places in each of its codes."""
    path = source.parent / "__pycache__" / f"{source.stem}.{TAG}.pyc"
    found = source.stat()
    state = found.st_mtime_ns, found.st_size, str(source)
    if path.exists():
        of, *content = marshal.loads(path.read_bytes())
        if of == state:
            return content
    content = _marked(source)
    path.parent.mkdir(exist_ok=True)
    new = path.with_suffix(f".{os.getpid()}")
    new.write_bytes(marshal.dumps((state, *content)))
    new.replace(path)
    return content


def _marked(source):
    measured = Slipcover(branch=True)
    tree = branch.preinstrument(ast.parse(source.read_bytes()))
    code = measured.instrument(compile(tree, str(source), "exec"))
    places = []
    return (
        _with_marks(code, measured.code2index, places),
        measured.code_lines[str(source)],
        measured.code_branches[str(source)],
        places,
    )


def _with_marks(code, index, places):
    places.append(index[code])
    consts = list(code.co_consts)
    for offset, place in index[code]:
        _, given = Editor(code).get_inserted_function(offset)
        consts[given] = MARK, place
    for number, const in enumerate(consts):
        if isinstance(const, types.CodeType):
            consts[number] = _with_marks(const, index, places)
        elif const is probe.signal:
            consts[number] = CALL
    return code.replace(co_consts=tuple(consts))


def filled(measured, file, code, lines, branches, places):
    """The code with probes of ``measured``, which is told all that it would ask of the source."""
    whole = _with_probes(measured, file, code, iter(places))
    measured.code_lines[file].update(lines)
    measured.code_branches[file].update(branches)
    measured.instrumented[file].add(whole)
    return whole


def _with_probes(measured, file, code, places):
    own = next(places)

    def const(marked):
        if isinstance(marked, types.CodeType):
            return _with_probes(measured, file, marked, places)
        if marked == CALL:
            return probe.signal
        if isinstance(marked, tuple) and marked[:1] == (MARK,):
            return probe.new(measured, file, marked[1], measured.d_miss_threshold)
        return marked

    new = code.replace(co_consts=tuple(const(each) for each in code.co_consts))
    measured.code2index[new] = own
    return new
