"""The faults that bench.mutants puts into a module: one operator, constant, argument or statement each.

Class attributes are left alone: most are fields and Meta of models, which `makemigrations --check` guards.
"""

import ast
import copy
import difflib
from dataclasses import dataclass
from types import CodeType

SWAPS = {
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.Lt: [ast.LtE, ast.GtE],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.BitOr: [ast.BitAnd],
    ast.BitAnd: [ast.BitOr],
}
# Calls whose arguments are conditions or values of rows: each argument is left out once.
QUERIES = {"filter", "exclude", "get", "Q", "update", "create", "get_or_create", "update_or_create", "When"}


@dataclass
class Mutation:
    """One fault in the module at `path`. `function` is the qualified name of the outermost function that it is in."""

    path: str
    number: int
    line: int
    lines: range  # a test that runs one of these may notice
    diff: list[str]
    function: str  # "" outside of functions
    function_line: int  # as the function's code object has it
    code: CodeType  # of the whole module

    def __str__(self):
        return "\n    ".join([f"{self.path}:{self.line} #{self.number}", *self.diff])


def count_mutations(source, names=()):
    """The numbers of the mutations of `source`; of the functions called `names` only, if there are any."""
    changes = list_changes(ast.parse(source))
    return [number for number, (node, _) in enumerate(changes) if not names or getattr(node.owner, "name", "") in names]


def make_mutation(path, source, number):
    tree = ast.parse(source)
    before = ast.unparse(tree).splitlines()
    node, change = list(list_changes(tree))[number]
    change()
    ast.fix_missing_locations(tree)
    diff = difflib.unified_diff(before, ast.unparse(tree).splitlines(), n=0, lineterm="")
    owner = node.owner
    return Mutation(
        path,
        number,
        node.lineno,
        node.lines,
        shorten([text[0] + " " + text[1:].strip() for text in diff if not text.startswith(("---", "+++", "@@"))]),
        owner.qualname if owner else "",
        min(part.lineno for part in [owner, *owner.decorator_list]) if owner else 0,
        compile(tree, path, "exec"),
    )


def shorten(lines):
    """Cut two long lines to what differs, with some words around it."""
    pairs = enumerate(zip(*(line[2:] for line in lines), strict=False)) if len(lines) == 2 else ()
    start = max(0, next((index for index, (before, after) in pairs if before != after), 0) - 60)
    return [f"{line[:2]}{'…' if start else ''}{line[2:][start : start + 160]}" for line in lines]


def list_changes(tree):
    """Yield (node, change), in the same order every time: calling `change` puts the fault into `tree`."""
    mark_tree(tree, "")
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            for index, node in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(node, ast.AST) and hasattr(node, "owner"):
                    for new in list_replacements(node, field):
                        yield node, replacing(parent, field, index, new)


def mark_tree(parent, prefix):
    """Give each node that may be changed its `owner`, the outermost function whose body has it, and its `lines`."""
    for node in parent.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            for decorator in node.decorator_list:
                decorator.owner, decorator.lines = None, range(node.lineno, node.end_lineno + 1)
        if isinstance(node, ast.ClassDef):
            mark_tree(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef):
            node.qualname = prefix + node.name
            for statement in node.body:
                mark(statement, node, None)
        elif isinstance(parent, ast.Module):
            mark(node, None, range(1_000_000))


def mark(node, owner, lines):
    if is_left_alone(node):
        return
    if owner and isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
        first = getattr(node, "lineno", 0) or node.pattern.lineno
        body = getattr(node, "body", None)
        lines = range(first, max(first + 1, body[0].lineno) if body else node.end_lineno + 1)
    node.owner, node.lines = owner, lines
    if isinstance(node, ast.Raise):
        return
    for child in [node.func] if is_join(node) else ast.iter_child_nodes(node):
        mark(child, owner, lines)


def is_left_alone(node):
    """Docstrings, imports, types, texts inside f-strings, and what is written to the log."""
    match node:
        case ast.Expr(value=ast.Constant()) | ast.Import() | ast.ImportFrom() | ast.arguments() | ast.JoinedStr():
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="logger")))):
            return True
    return False


def is_join(node):
    return isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"select_related", "prefetch_related"}


def replacing(parent, field, index, new):
    def change():
        value = getattr(parent, field)
        if not isinstance(value, list):
            setattr(parent, field, new)
        elif new is None:
            del value[index]
        else:
            value[index] = ast.copy_location(new, value[index])

    return change


def changed(node, **fields):
    node = copy.copy(node)
    for name, value in fields.items():
        setattr(node, name, value)
    return node


def without(items, index):
    return [*items[:index], *items[index + 1 :]]


def list_replacements(node, field):
    """Return a replacement for `node`, or None."""
    if field == "decorator_list":
        yield None
    match node:
        case ast.Compare(ops=ops):
            for index, op in enumerate(ops):
                yield from (changed(node, ops=[*ops[:index], swap(), *ops[index + 1 :]]) for swap in SWAPS[type(op)])
        case ast.BoolOp(values=values) if len(values) == 2:
            yield from values
        case ast.BoolOp(values=values):
            yield from (changed(node, values=without(values, index)) for index in range(len(values)))
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in SWAPS:
            yield from (changed(node, op=swap()) for swap in SWAPS[type(op)])
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int(number)) if number in {0, 1}:
            yield ast.Constant(1 - number)
        case ast.Constant(value=str()) if node.value and node.owner:
            yield ast.Constant("")
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in QUERIES:
            for index in range(len(node.args)):
                yield changed(node, args=without(node.args, index))
            for index in range(len(node.keywords)):
                yield changed(node, keywords=without(node.keywords, index))
        case ast.If(test=test) | ast.IfExp(test=test) if not isinstance(test, ast.Compare | ast.UnaryOp):
            yield changed(node, test=ast.UnaryOp(ast.Not(), test))
    yield from list_statements(node)


def list_statements(node):
    match node:
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.AugAssign() | ast.Continue() | ast.Break():
            yield ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript(), *_]):
            yield ast.Pass()
        case ast.Return(value=ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not())):
            yield from (changed(node, value=ast.Constant(answer)) for answer in (True, False))
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield changed(node, value=ast.Constant(None))
