"""Which calls of the app's source make coroutines of the data layer, and what these would do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ormprobe.source import Source, is_test_file
from ormprobe.source.nodes import covers, function_at, last_name

WRITE, SETTLE, READ, RELEASE = "write", "settle", "read", "release"

_SETTLES = frozenset(("commit", "flush"))
_RELEASES = frozenset(("close", "rollback", "dispose", "aclose", "close_all", "invalidate"))
_PLAIN = frozenset(
    (
        "execute", "scalar", "scalars", "commit", "flush", "stream_scalars", "executemany",
        "fetchrow", "fetchval", "scalar_one", "get_one", "run_sync",
    )
)  # fmt: skip
"""Methods that nothing but a session, connection or cursor has."""
_RECORDS_WRITE = frozenset(
    (
        "acreate", "asave", "adelete", "aupdate", "abulk_create", "abulk_update", "aget_or_create",
        "aupdate_or_create", "aadd", "aset", "aremove", "aclear",
        "adelete_instance", "adelete_by_id", "aset_by_id", "aexecute",
    )
)  # fmt: skip
"""Methods of models, their managers and query sets that change rows."""
_RECORDS = _RECORDS_WRITE | frozenset(
    (
        "aget", "afirst", "alast", "aearliest", "alatest", "aexists", "acount", "aaggregate",
        "ain_bulk", "acontains", "aexplain", "arefresh_from_db",
        "aget_or_none", "aget_by_id", "afetch", "aprefetch", "aexecute_sql",
    )
)  # fmt: skip
_METHODS = _PLAIN | frozenset(
    (
        "get", "refresh", "merge", "delete", "stream", "fetch", "fetchall", "fetchone", "begin",
        "connect", "rollback", "close", "add", "begin_nested", "copy_records_to_table",
    )
)  # fmt: skip
_RECEIVER = re.compile(
    r"(?:^|_)(?:s|db|sess|session|conn|connection|tx|transaction|engine|pool|cur|cursor|database)$",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_ABSENT = re.compile(r"has no attribute '(\w+)'")
_WRITERS = frozenset(("insert", "update", "delete"))
_SQL_WRITE = re.compile(r"^\s*(?:INSERT|UPDATE|DELETE|REPLACE|MERGE)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Made:
    """A call that made a coroutine: its line, what it is called, and what it would do."""

    line: int
    name: str
    effect: str


def made_before(source: Source, path: str, line: int, message: str) -> Made | None:
    """The call without `await` whose coroutine a line used as a value.

    message: of the exception that this raised. The call is what a name on the line was
    assigned in the same function, or a part of the line itself. None where no such call is of the
    data layer.
    """
    tree = source.tree(path)
    if tree is None:
        return None
    body: ast.AST = function_at(tree, line) or tree
    used = list(_used(list(_at(body, line)), message))
    names = {node.id for node in used if isinstance(node, ast.Name)}
    for assigned in _assigned(body, names, line):
        made = _of(source, assigned)
        if made is not None:
            return made
    return next((made for part in _calls(used) if (made := _of(source, part)) is not None), None)


def _used(nodes: list[ast.AST], message: str) -> Iterator[ast.AST]:
    """What the message can speak of: that of which an attribute was missing, else everything."""
    absent = _ABSENT.search(message)
    if absent is None:
        yield from nodes
        return
    for node in nodes:
        if isinstance(node, ast.Attribute) and node.attr == absent[1]:
            yield node.value


def _assigned(body: ast.AST, names: set[str], line: int) -> list[ast.expr]:
    """What was assigned, as it is, to one of the names before a line, the last first: that one may
    be in a branch that was not taken."""
    found: list[tuple[int, ast.expr]] = []
    for node in ast.walk(body):
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.lineno >= line:
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        named = any(isinstance(target, ast.Name) and target.id in names for target in targets)
        if named and node.value is not None:
            found.append((node.lineno, node.value))
    return [value for _, value in sorted(found, key=lambda each: each[0], reverse=True)]


def made_at(source: Source, path: str, line: int, name: str) -> Made | None:
    """The call on a line that made a dropped coroutine of a (qualified) name."""
    tree = source.tree(path)
    wanted = name.rpartition(".")[2]
    for call in _calls(_at(tree, line)) if tree is not None else ():
        if isinstance(call, ast.Call) and last_name(call.func) == wanted:
            return _of(source, call)
    return None


def made_once(source: Source, name: str) -> tuple[str, str, Made] | None:
    """The only call of a name in the app whose coroutine goes on unawaited: file, function, call.

    It is assigned, returned or dropped as it is, in an async function. None for none or several.
    """
    found: list[tuple[str, str, Made]] = []
    for path in source.files():
        if is_test_file(path) or f"{name}(" not in (source.text(path) or ""):
            continue
        tree = source.tree(path)
        for function in ast.walk(tree) if tree is not None else ():
            if not isinstance(function, ast.AsyncFunctionDef):
                continue
            for node in ast.walk(function):
                value = node.value if isinstance(node, ast.Assign | ast.Return | ast.Expr) else None
                if isinstance(value, ast.Call) and last_name(value.func) == name:
                    made = _of(source, value)
                    if made is not None:
                        found.append((path, function.name, made))
    return found[0] if len(found) == 1 else None


def words_near(source: Source, path: str, line: int, name: str) -> set[str]:
    """The names, and the words of texts, in the function that made a coroutine and in its own.

    name: of the coroutine. Lower case; by these it is known which tables it is about.
    """
    functions: list[ast.AST] = []
    tree = source.tree(path)
    if tree is not None:
        functions.append(function_at(tree, line) or tree)
    plain = name.rpartition(".")[2]
    for other in source.files():
        if f"async def {plain}" in (source.text(other) or ""):
            tree = source.tree(other)
            functions += [
                node
                for node in (ast.walk(tree) if tree is not None else ())
                if isinstance(node, ast.AsyncFunctionDef) and node.name == plain
            ]
    found: set[str] = set()
    for node in (part for function in functions for part in ast.walk(function)):
        if isinstance(node, ast.Name):
            found.add(node.id.lower())
        elif isinstance(node, ast.Attribute):
            found.add(node.attr.lower())
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.update(word.lower() for word in _WORD.findall(node.value))
    return found


def effect_of(source: Source, name: str, deep: int = 1) -> str | None:
    """What an async function of the app does to the database; None for nothing that shows.

    deep: how many of the app's own methods that it calls on `self` are followed.
    """
    plain = name.rpartition(".")[2]
    for path in source.files():
        if f"def {plain}" not in (source.text(path) or ""):
            continue
        tree = source.tree(path)
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.AsyncFunctionDef) and node.name == plain:
                found = _effect_of_body(node)
                if found is None and deep:
                    inner = (effect_of(source, called, deep - 1) for called in _own(node))
                    found = next((effect for effect in inner if effect is not None), None)
                if found is not None:
                    return found
    return None


def _own(function: ast.AsyncFunctionDef) -> Iterator[str]:
    """The methods of its own class that a method calls."""
    for node in ast.walk(function):
        called = node.func if isinstance(node, ast.Call) else None
        owner = called.value if isinstance(called, ast.Attribute) else None
        if isinstance(called, ast.Attribute) and isinstance(owner, ast.Name) and owner.id == "self":
            yield called.attr


def _of(source: Source, call: ast.expr) -> Made | None:
    if isinstance(call, ast.Attribute) and last_name(call.value) == "awaitable_attrs":
        return Made(call.lineno, f"awaitable_attrs.{call.attr}", READ)
    if not isinstance(call, ast.Call):
        return None
    name = last_name(call.func)
    if name is None:
        return None
    effect = _effect(call)
    if effect is None:
        effect = effect_of(source, name)
    return None if effect is None else Made(call.lineno, name, effect)


def _effect(call: ast.Call) -> str | None:
    """What a method of a session, connection or engine would do; None for other calls."""
    function = call.func
    if isinstance(function, ast.Attribute) and function.attr in _RECORDS:
        return WRITE if function.attr in _RECORDS_WRITE else READ
    if not isinstance(function, ast.Attribute) or function.attr not in _METHODS | _RELEASES:
        return None
    receiver = last_name(function.value)
    if function.attr not in _PLAIN and not (receiver and _RECEIVER.search(receiver)):
        return None
    if function.attr in _SETTLES:
        return SETTLE
    if function.attr in _RELEASES:
        return RELEASE
    if function.attr in ("delete", "merge", "copy_records_to_table") or _writes(call):
        return WRITE
    return READ


def _writes(call: ast.Call) -> bool:
    for part in (node for argument in call.args for node in ast.walk(argument)):
        if isinstance(part, ast.Call) and last_name(part.func) in _WRITERS:
            return True
        text = part.value if isinstance(part, ast.Constant) else None
        if isinstance(text, str) and _SQL_WRITE.match(text):
            return True
    return False


def _effect_of_body(function: ast.AsyncFunctionDef) -> str | None:
    effects = {
        effect
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and (effect := _effect(node)) is not None
    }
    for effect in (WRITE, SETTLE, READ):
        if effect in effects:
            return WRITE if effect == SETTLE else effect
    return None


def _calls(nodes: Iterator[ast.AST] | list[ast.AST] | tuple[()]) -> Iterator[ast.expr]:
    """The calls and attributes among nodes that no `await` waits for."""
    held = list(nodes)
    awaited = {
        id(inner)
        for node in held
        if isinstance(node, ast.Await | ast.AsyncWith | ast.AsyncFor)
        for inner in _waited(node)
    }
    for node in held:
        if isinstance(node, ast.Call | ast.Attribute) and id(node) not in awaited:
            yield node


def _waited(node: ast.Await | ast.AsyncWith | ast.AsyncFor) -> Iterator[ast.AST]:
    if isinstance(node, ast.Await):
        yield node.value
    elif isinstance(node, ast.AsyncFor):
        yield node.iter
    else:
        for item in node.items:
            yield item.context_expr


def _at(tree: ast.AST, line: int) -> Iterator[ast.AST]:
    """The nodes of the statements on a line; of a compound one, only its head."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt):
            continue
        if not covers(node, line):
            continue
        if not hasattr(node, "body"):
            yield from ast.walk(node)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            head = [part for part in ast.iter_child_nodes(node) if not isinstance(part, ast.stmt)]
            if any(getattr(part, "lineno", 0) <= line for part in head) and line < _body(node):
                yield node
                for part in head:
                    yield from ast.walk(part)


def _body(node: ast.AST) -> int:
    first = getattr(node, "body", None)
    return int(first[0].lineno) if first else 0
