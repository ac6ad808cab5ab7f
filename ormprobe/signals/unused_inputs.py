"""What was asked for by name, in a request or a call, and restricted nothing that was returned."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ormprobe.checks import Difference
from ormprobe.checks.values import core, is_mapping, is_sequence, is_strong, length, members
from ormprobe.signals.composition import chain_of, composed_for
from ormprobe.signals.failing_reads import (
    Asked,
    Row,
    asked_of,
    main_table,
    tables_of,
)
from ormprobe.signals.input_names import Namesake, namesakes, norm
from ormprobe.signals.known import Known
from ormprobe.source.nodes import Function, function_at, last_name
from ormprobe.sql.model import StatementFacts
from ormprobe.timeline.model import Scope, Shape, Site, Statement
from ormprobe_taxonomy.signals import InputUnused

READS = ("checks",)

_READING = (None, "GET", "HEAD")
_DIGEST = re.compile(r"[:~^]([0-9a-f]{16})")
_NUMBER = re.compile(r"(?:[=<>(,]|LIMIT|OFFSET)\s*(-?\d{1,4})\b", re.IGNORECASE)
_LIMITS = frozenset(("limit", "size", "per_page", "page_size", "count", "first", "top", "take"))


@dataclass(frozen=True)
class _Input:
    """value: None where only the name is known. part: path, query or argument."""

    name: str
    part: str
    value: Shape = None


def detect(scope: Scope, known: Known) -> Iterator[InputUnused]:
    for asked in asked_of(scope, known):
        if asked.is_any(Difference.EXTRA, Difference.MORE, Difference.MIXED):
            yield from _of_check(asked)


def _of_check(asked: Asked) -> Iterator[InputUnused]:
    reached = reached_by(asked)
    told: set[str] = set()
    for given in (*_asked_by_request(asked), *_unread_arguments(asked)):
        if given.name in told or (given.value is not None and is_reached(given.value, reached)):
            continue
        for statement in reversed(asked.bearing):
            facts = asked.facts(statement)
            found = _unused(asked, given, statement, facts)
            if found is not None:
                told.add(given.name)
                yield found
                break


def _unused(
    asked: Asked, given: _Input, statement: Statement, facts: StatementFacts
) -> InputUnused | None:
    if not facts.parsed or statement.load is not None:
        return None
    found = [
        each for each in namesakes(asked.known, given.name, facts) if not _is_asked(facts, each)
    ]
    if not found:
        return _unlimited(asked, given, statement, facts)
    namesake = found[0]
    violated, fits = (False, False)
    if namesake.own and namesake.column is not None:
        violated, fits = _judged(asked, given, statement, namesake.column)
    return InputUnused(
        at_us=statement.at_us,
        place=asked.known.place(_composed(asked, statement, given.name)),
        name=given.name,
        part=given.part,
        table=main_table(facts) or namesake.table,
        column=namesake.column if namesake.own else None,
        difference=asked.difference or "",
        violated=violated,
        fits=fits,
        read=asked.is_read(statement),
        reads=tables_of(facts),
        events=(statement.event, asked.check.check.event),
    )


def _unlimited(
    asked: Asked, given: _Input, statement: Statement, facts: StatementFacts
) -> InputUnused | None:
    """How many rows were wanted at most, where the statement has no LIMIT and more came."""
    number, rows, leaf = core(given.value), statement.rows, asked.leaf
    if facts.limit is not None or facts.aggregates or rows is None or leaf is None:
        return None
    if not isinstance(number, int) or number < 1 or norm(given.name) not in _LIMITS:
        return None
    wanted = (length(leaf.expected), core(leaf.expected))
    if rows.count <= number or number not in wanted:
        return None
    return InputUnused(
        at_us=statement.at_us,
        place=asked.known.place(_composed(asked, statement, given.name)),
        name=given.name,
        part=given.part,
        table=main_table(facts) or "",
        column=None,
        difference=asked.difference or "",
        violated=False,
        fits=asked.is_read(statement),
        read=asked.is_read(statement),
        reads=tables_of(facts),
        events=(statement.event, asked.check.check.event),
    )


def _is_asked(facts: StatementFacts, namesake: Namesake) -> bool:
    """Whether a statement has a condition on a namesake: what was given may have been changed."""
    for each in facts.predicates:
        if each.column.table == namesake.table and namesake.column in (None, each.column.name):
            return True
        if each.other is not None and each.other.table == namesake.table and (
            namesake.column in (None, each.other.name)
        ):  # fmt: skip
            return True
    return False


def _judged(asked: Asked, given: _Input, statement: Statement, column: str) -> tuple[bool, bool]:
    """Whether rows with another value were returned, and whether the value parts the rows into
    those that were expected and the others."""
    parted = asked.parted(statement)
    rows = statement.rows
    if rows is None or not rows.values:
        return False, False
    every = [dict(zip(rows.columns, values, strict=False)) for values in rows.values]
    own = [_cell(row, column) for row in every if _cell(row, column) is not None]
    violated = _differs(given, own)
    if parted is None:
        return violated, False
    wanted, others = parted
    kept = {core(_cell(row, column)) for row in wanted}
    left = {core(_cell(row, column)) for row in others}
    fits = len(kept) == 1 and None not in kept and not kept & left
    return violated, fits


def _differs(given: _Input, cells: list[Shape]) -> bool:
    """Whether some cell is another value than what was given, of the same kind; without a value,
    whether two cells differ, of which one then is."""
    if given.value is None:
        return len({core(cell) for cell in cells}) > 1
    alike = [cell for cell in cells if is_strong(cell) is is_strong(given.value)]
    wanted = _digests(given.value)
    return any(not _digests(cell) & wanted for cell in alike)


def _cell(row: Row, column: str) -> Shape:
    for name, value in row.items():
        if name.lower() == column:
            return value
    return None


def asked_by_request(asked: Asked) -> Iterator[tuple[str, Shape]]:
    """The path and query parameters of a request that reads, by name."""
    for each in _asked_by_request(asked):
        yield each.name, each.value


def _asked_by_request(asked: Asked) -> Iterator[_Input]:
    target = asked.check.target
    if target is None or target.kind != "request" or target.method not in _READING:
        return
    for part in ("query", "path"):
        inputs = target.inputs.get(part)
        values = inputs.values if inputs is not None else None
        if not isinstance(values, dict) or not is_mapping(values):
            continue
        for name, value in values.items():
            for each in members(value) if is_sequence(value) else [value]:
                if not isinstance(each, dict | list) and each not in (None, ""):
                    yield _Input(name, part, each)


def _unread_arguments(asked: Asked) -> Iterator[_Input]:
    """Parameters that a function on the way to a read never looks at, though its caller, or the
    failing test, gives something for them."""
    known = asked.known
    for statement in asked.bearing:
        for site in chain_of(statement):
            function = function_at(known.source.tree(site.path), site.line)
            if function is None:
                continue
            for name in _unread(function):
                if _is_given(asked, function, name):
                    yield _Input(name, "argument")


def _unread(function: Function) -> list[str]:
    arguments = function.args
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    used = {
        node.id
        for statement in function.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Name)
    }
    dynamic = used & {"locals", "vars", "eval"}
    body = [each for each in function.body if not isinstance(each, ast.Expr | ast.Pass)]
    if dynamic or not body:
        return []
    return [name for name in names if name not in used and name not in ("self", "cls")]


def _is_given(asked: Asked, function: Function, name: str) -> bool:
    """Whether the test calls a function with something for a parameter, other than None."""
    site = asked.check.check.site
    tree = asked.known.source.tree(site.path) if site is not None else None
    body = function_at(tree, site.line) if site is not None else None
    if body is None:
        return False
    arguments = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    if arguments[:1] and arguments[0] in ("self", "cls"):
        del arguments[0]
    for node in ast.walk(body):
        if not isinstance(node, ast.Call) or last_name(node.func) != function.name:
            continue
        value = next((each.value for each in node.keywords if each.arg == name), None)
        if value is None and name in arguments and arguments.index(name) < len(node.args):
            value = node.args[arguments.index(name)]
        if value is None:
            continue
        if not (isinstance(value, ast.Constant) and value.value in (None, "", False)):
            return True
    return False


def _composed(asked: Asked, statement: Statement, name: str) -> Site | None:
    return composed_for(asked.known, statement, asked.check.target, name)


def reached_by(asked: Asked) -> set[object]:
    """What the statements of a request or call were given: digests, and small numbers."""
    target = asked.check.target
    found: set[object] = set()
    if target is None:
        return found
    for statement in target.all_statements():
        for value in statement.bind_values:
            for each in members(value) if is_sequence(value) else [value]:
                found |= _digests(each)
        found.update(_DIGEST.findall(statement.text))
        found.update(map(int, _NUMBER.findall(statement.text)))
    return found


def is_reached(value: Shape, reached: set[object]) -> bool:
    return bool(_digests(value) & reached)


def _digests(value: Shape) -> set[object]:
    """By what a value may be met again: as it is, case-folded, without what pads it."""
    if isinstance(value, str):
        head = value.partition("=")[0]
        found: set[object] = set(_DIGEST.findall(head))
        if found:
            return found
    known = core(value)
    return set() if known is None else {known}
