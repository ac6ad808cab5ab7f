"""Wrong expectations: passing assertions whose expected value is changed, by program.

The app is right, the check is wrong: the judge who names a cause lies. Of each test one assertion
is changed at a time, so that one run holds as many mutants as the suite has tests.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

_CHECKS = {"assertEqual", "assertListEqual", "assertCountEqual", "assertDictEqual", "assertIn"}


@dataclass(frozen=True)
class Mutant:
    """One changed assertion. file: relative to the app; before, after: the expected value."""

    file: str
    test: str
    line: int
    before: str
    after: str


def mutate(app: Path, number: int) -> list[Mutant]:
    """Change the number-th assertion of each test of an app that has so many, in its files."""
    found: list[Mutant] = []
    for path in sorted(app.rglob("*.py")):
        if path.name.startswith("test") or path.name.endswith("_test.py"):
            found += _in_file(path, path.relative_to(app).as_posix(), number)
    return found


def _in_file(path: Path, name: str, number: int) -> list[Mutant]:
    source = path.read_bytes()
    lines = source.splitlines(keepends=True)
    changes: list[tuple[int, int, bytes, Mutant]] = []
    for test, function in _tests(ast.parse(source)):
        expected = list(_expected(function))
        if number >= len(expected):
            continue
        node = expected[number]
        after = _changed(node, number + node.lineno)
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
        end = sum(map(len, lines[: node.end_lineno - 1])) + node.end_col_offset
        before = source[start:end].decode()
        mutant = Mutant(name, test, node.lineno, before, after)
        changes.append((start, end, after.encode(), mutant))
    for start, end, text, _ in sorted(changes, key=lambda change: -change[0]):
        source = source[:start] + text + source[end:]
    path.write_bytes(source)
    return [mutant for *_, mutant in changes]


def _tests(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    for node in ast.walk(tree):
        named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if named and node.name.startswith("test"):
            yield node.name, node


def _expected(function: ast.AST) -> Iterator[ast.expr]:
    """The literals that the assertions of a test compare with, in the order of the source."""
    found = [literal for node in ast.walk(function) for literal in _of(node)]
    yield from sorted(found, key=lambda node: (node.lineno, node.col_offset))


def _of(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assert) and isinstance(node.test, ast.Compare):
        compare = node.test
        if len(compare.ops) == 1 and isinstance(compare.ops[0], ast.Eq):
            yield from _literals(compare.left, compare.comparators[0])
    elif isinstance(node, ast.Call) and getattr(node.func, "attr", None) in _CHECKS:
        yield from _literals(*node.args[:2])


def _literals(*sides: ast.expr) -> Iterator[ast.expr]:
    """The side that is a literal, where the other one is none."""
    literal = [side for side in sides if _value(side) is not NotImplemented]
    if len(literal) == 1 < len(sides):
        yield literal[0]


def _value(node: ast.expr) -> Any:
    try:
        value: Any = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        return NotImplemented
    return value


def _changed(node: ast.expr, turn: int) -> str:
    return repr(other_than(ast.literal_eval(node), turn))


def other_than(value: Any, turn: int) -> Any:
    """Another value of the same kind. turn: which of the ways to change it."""
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int | float):
        return value + (1 if turn % 2 else -1)
    if isinstance(value, str):
        return value + "x" if turn % 2 else value[1:] + "q"
    if isinstance(value, bytes):
        return value + b"x"
    if isinstance(value, dict):
        return _other_object(cast("dict[Any, Any]", value), turn)
    members: list[Any] = sorted(value, key=repr)
    if not isinstance(value, set):
        members = list(value)
    changed = _other_members(members, turn)
    if isinstance(value, set):
        return set(changed) if set(changed) != value else {*changed, "another"}
    return tuple(changed) if isinstance(value, tuple) else changed


def _other_object(value: dict[Any, Any], turn: int) -> dict[Any, Any]:
    if not value:
        return {"another": 1}
    keys = list(value)
    key = keys[turn % len(keys)]
    if turn % 3 == 0:
        return {f"{each}_" if each == key else each: found for each, found in value.items()}
    return {**value, key: other_than(value[key], turn)}


def _other_members(members: list[Any], turn: int) -> list[Any]:
    """A list with a member dropped, added, doubled, changed, or all in another order."""
    if not members:
        return ["another"]
    turned = list(reversed(members))
    ways = [
        members[:-1],
        [*members, members[0]],
        [*members, other_than(members[0], turn)],
        [other_than(members[0], turn), *members[1:]],
        turned if turned != members else members[1:],
    ]
    return ways[turn % len(ways)]
