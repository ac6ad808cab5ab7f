"""Values of a request inside the text of a statement that the app put together."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from ormprobe.signals.known import Known, in_tests
from ormprobe.signals.memory import digest_of
from ormprobe.source.nodes import function_at
from ormprobe.timeline.model import Scope, Shape, Site, Statement
from ormprobe_taxonomy.signals import ValueInText

READS = ("statements",)

_LITERAL = re.compile(r"'(\d+):([0-9a-f]{16})(?:\^([0-9a-f]{16}))?'")
_SQL = re.compile(
    r"\b(?:SELECT|FROM|WHERE|AND|OR|INSERT|UPDATE|DELETE|SET|VALUES|LIKE|ORDER\s+BY|IN)\b|=",
    re.IGNORECASE,
)
_WRITTEN = re.compile(r"'([^']*)'")
_PLACES = ("%s", "{}", "%%%s%%", "%{}%")
"""What a value takes the place of."""

_SHORTEST = 2
"""Letters of a value that is worth a comparison."""

Found = tuple[str, str]
"""Where a request had a value: its part, and the name there."""


def detect(scope: Scope, known: Known) -> Iterator[ValueInText]:
    told: dict[Site, list[tuple[Scope, Statement, Found]]] = {}
    for found in scope.walk():
        if found.kind != "request" or not found.inputs:
            continue
        values: dict[str, Found] | None = None
        for statement in found.all_statements() if found.children else found.statements:
            site = statement.site
            if site is None or in_tests(site) or "'" not in statement.text:
                continue
            values = _values(found) if values is None else values
            hit = _hit(statement, values)
            if hit is not None and _is_put_together(known, statement, hit[1]):
                told.setdefault(site, []).append((found, statement, hit[0]))
    for site, hits in told.items():
        place = known.place(site)
        assert place is not None
        request, _, (part, name) = hits[0]
        yield ValueInText(
            place=place,
            scope=request.name,
            part=part,
            name=name,
            count=len({id(each) for each, _, _ in hits}),
            events=tuple(statement.event for _, statement, _ in hits[:8]),
        )


def _hit(statement: Statement, values: dict[str, Found]) -> tuple[Found, int] | None:
    """The value that a literal is, or looks for, and the length of the literal."""
    for literal in _LITERAL.finditer(statement.text):
        for digest in (literal[2], literal[3]):
            if digest is not None and digest in values:
                return values[digest], int(literal[1])
    return None


def _values(request: Scope) -> dict[str, Found]:
    """By their digests, the values that a request brought."""
    found: dict[str, Found] = {}
    for part, inputs in request.inputs.items():
        for name, value in _named(inputs.values):
            digest = digest_of(value) if isinstance(value, str) and ":" in value else None
            if digest is not None and _length(value) >= _SHORTEST:
                found.setdefault(digest, (part, name))
    return found


def _named(shape: Shape, name: str = "") -> Iterator[tuple[str, Shape]]:
    """The scalars of a shape with the innermost names that they have."""
    if isinstance(shape, dict):
        for key, value in shape.items():
            yield from _named(value, name if key in ("#", "of", "?") else key)
    elif isinstance(shape, list):
        for value in shape:
            yield from _named(value, name)
    else:
        yield name, shape


def _length(value: Shape) -> int:
    digits = re.match(r"[a-z](\d+)", value) if isinstance(value, str) else None
    return int(digits[1]) if digits else 0


def _is_put_together(known: Known, statement: Statement, length: int) -> bool:
    """Whether a function on the way to a statement builds SQL out of values.

    A literal that the app wrote itself may equal what a request asks for by chance: that is no
    value in the text. length: of the literal; with one of that length in its code nothing is sure.
    """
    sites = (*((statement.site,) if statement.site else ()), *statement.callers)
    builds = False
    for site in sites:
        tree = known.source.tree(site.path)
        function = function_at(tree, site.line)
        if tree is None or function is None:
            continue
        if length in _lengths_written(tree):
            return False
        constants = _constants(tree)
        builds = builds or any(_builds_sql(node, constants) for node in ast.walk(function))
    return builds


def _lengths_written(tree: ast.Module) -> set[int]:
    """The lengths of the literals in the SQL that a module's texts hold."""
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    literals = [found for text in texts if _SQL.search(text) for found in _WRITTEN.findall(text)]
    return {len(found) for found in literals if found not in _PLACES}


def _constants(tree: ast.Module) -> dict[str, object]:
    """The texts that a module gives names to."""
    return {
        target.id: node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _builds_sql(node: ast.AST, constants: Mapping[str, object]) -> bool:
    """Whether an expression puts values into a text that reads like SQL."""
    parts: list[ast.expr] = []
    if isinstance(node, ast.JoinedStr):
        parts = node.values
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        parts = [node.left, node.right]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        filled = node.func.attr in ("format", "replace")
        given = [*node.args, *(each.value for each in node.keywords)]
        parts = [node.func.value, *given] if filled else []
    texts = [_text(part, constants) for part in parts]
    return None in texts and any(text is not None and _SQL.search(text) for text in texts)


def _text(node: ast.expr, constants: Mapping[str, object]) -> str | None:
    value: object = node.value if isinstance(node, ast.Constant) else None
    if isinstance(node, ast.Name):
        value = constants.get(node.id)
    return value if isinstance(value, str) else None
