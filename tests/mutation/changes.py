"""The mutants of a module: one small change each, of the kind that a hand slips into.

changes(tree)    every change of a module's tree, each with the statement that it stands in

By rule nothing is changed of what no test is to tell: words for people and for logs, what a refusal is
raised with, types, decorators, assertions for the type checker, and what a class declares (columns,
which `make check` compares with the migrations; the words of an enumeration). Of what a module does as
it is imported, the tables and numbers that it gives a name are changed, and nothing else.
"""

import ast
from collections import Counter
from dataclasses import dataclass

WORDS = {"_", "gettext", "lazy_gettext", "ngettext", "lazy_ngettext", "pgettext"}
LOGS = {"log", "logger"}
LEFT_OUT = {"annotation", "returns", "decorator_list", "bases", "keywords"}

OPERATORS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult, ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
ORDERS = ast.Lt | ast.LtE | ast.Gt | ast.GtE
CALLED = {"min": "max", "max": "min", "any": "all", "all": "any"}
REMOVED = ast.Raise | ast.AugAssign | ast.Delete | ast.Continue | ast.Break


@dataclass
class Change:
    """``apply`` makes it, for good. ``function`` and ``statement`` are None in what is done at import."""

    what: str
    text: str
    parent: ast.AST
    field: str
    place: int | None
    new: ast.AST | None
    statement: ast.stmt | None
    function: ast.AST | None
    top: ast.stmt

    def apply(self):
        if self.place is None:
            setattr(self.parent, self.field, self.new)
        elif self.new is None:
            for field in ("keys", "values") if self.field == "keys" else (self.field,):
                del getattr(self.parent, field)[self.place]
        else:
            getattr(self.parent, self.field)[self.place] = self.new
        ast.fix_missing_locations(self.parent)


def changes(source, tree):
    """Each change of the ``tree`` that ``source`` reads as; two of one name on a line are numbered."""
    lines, seen = source.splitlines(), Counter()
    for parent, field, place, node, around in _places(tree):
        for what, new, *other in _variants(node, at_import=around[1] is None):
            where = other or (parent, field, place)
            text = lines[_changed(node, *where, new).lineno - 1].strip()
            seen[text, what] += 1
            count = seen[text, what]
            name = what if count == 1 else f"{what} ({count})"
            yield Change(name, text, *where, new, *around)


def _changed(node, parent, field, place, new):
    """What a change's line is read of: the entry of a table that is left out, or the node."""
    if new is None:
        return getattr(parent, field)[place] or node
    return node.target if isinstance(node, ast.comprehension) else node


def _places(tree):
    for place, top in enumerate(tree.body):
        if isinstance(top, ast.FunctionDef | ast.ClassDef):
            yield from _walk(tree, "body", place, top, (None, None, top))
        elif isinstance(top, ast.Assign | ast.AnnAssign) and _is_named(top):
            yield from _walk(top, "value", None, top.value, (None, None, top))


def _is_named(top):
    """Whether it gives one name a content."""
    targets = top.targets if isinstance(top, ast.Assign) else [top.target]
    return top.value is not None and [type(each) for each in targets] == [ast.Name]


def _walk(parent, field, place, node, around):
    if _is_left_out(node):
        return
    statement, function, top = around
    if isinstance(node, ast.FunctionDef):
        function = function or node
    elif isinstance(node, ast.stmt) and function is not None:
        statement = node
    around = statement, function, top
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield parent, field, place, node, around
    for name, number, each in _within(node):
        yield from _walk(node, name, number, each, around)


def _within(node):
    """What stands in a node, but for what is left out of it, by field and place."""
    if isinstance(node, ast.Raise):
        return
    for field, value in ast.iter_fields(node):
        if field in LEFT_OUT and not isinstance(node, ast.Call):
            continue
        for number, each in enumerate(value if isinstance(value, list) else [value]):
            declared = isinstance(node, ast.ClassDef) and not isinstance(each, ast.FunctionDef)
            if isinstance(each, ast.AST) and not declared:
                yield field, number if isinstance(value, list) else None, each


def _is_left_out(node):
    if isinstance(node, ast.Assert) or (isinstance(node, ast.keyword) and node.arg == "strict"):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) or _is_left_out(node.value)
    if not isinstance(node, ast.Call):
        return False
    named = getattr(node.func, "id", None)
    on = getattr(getattr(node.func, "value", None), "id", None)
    return named in WORDS or on in LOGS


def _variants(node, *, at_import):
    """What each change is called, the new node, and where that goes if not in the place of ``node``."""
    yield from _operators(node)
    yield from _values(node)
    yield from _conditions(node)
    if at_import:
        yield from _entries(node)
    elif _can_be_removed(node):
        # Not in its place, but never reached: what the function closes over stays the same.
        yield "removed", ast.If(ast.Constant(False), [node], [])  # noqa: FBT003


def _operators(node):
    match node:
        case ast.Compare(ops=ops):
            for number, op in enumerate(ops):
                yield _exchanged(node, "ops", number, op)
        case ast.BoolOp(op=op) | ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in OPERATORS:
            yield _exchanged(node, "op", None, op)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield f"no {_said(node.op)}", operand


def _values(node):
    match node:
        case ast.Constant(value=bool(value)):
            yield f"{value} becomes {not value}", ast.Constant(not value)
        case ast.Constant(value=int(value)):
            for new in (value + 1, value - 1):
                yield f"{value} becomes {new}", ast.Constant(new)
        case ast.Call(func=ast.Name(id=name)) if name in CALLED:
            new = ast.Name(CALLED[name], ast.Load())
            yield f"{name} becomes {CALLED[name]}", new, node, "func", None
        case ast.Return(value=ast.expr() as value) if not _is_plain(value):
            yield "returns None", ast.Constant(None), node, "value", None


def _conditions(node):
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        tests = [("test", None, node.test)]
    elif isinstance(node, ast.comprehension):
        tests = [("ifs", number, test) for number, test in enumerate(node.ifs)]
    else:
        return
    for field, number, test in tests:
        if _can_be_negated(test):
            yield "the condition negated", ast.UnaryOp(ast.Not(), test), node, field, number


def _entries(node):
    if isinstance(node, ast.Dict):
        for number, key in enumerate(node.keys):
            yield f"no {ast.unparse(key) if key else '**'}", None, node, "keys", number
    elif isinstance(node, ast.Set | ast.Tuple | ast.List):
        for number, each in enumerate(node.elts):
            yield f"no {ast.unparse(each)}", None, node, "elts", number


def _exchanged(node, field, place, op):
    new = OPERATORS[type(op)]()
    return f"{_said(op)} becomes {_said(new)}", new, node, field, place


def _said(op):
    return type(op).__name__


def _is_plain(value):
    return isinstance(value, ast.Constant) and (value.value is None or type(value.value) is bool)


def _can_be_negated(test):
    """Whether that isn't what another change of it does already."""
    if isinstance(test, ast.Compare):
        return len(test.ops) > 1 or isinstance(test.ops[0], ORDERS)
    return not (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not))


def _can_be_removed(node):
    """Whether something else than a missing name comes of it."""
    if isinstance(node, ast.Assign):
        return any(isinstance(each, ast.Attribute | ast.Subscript) for each in node.targets)
    return isinstance(node, REMOVED) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    )
