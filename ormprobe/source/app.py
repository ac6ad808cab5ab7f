"""The app's own source, read while a verdict is reached: handlers, names on a line, test files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path, PurePosixPath

from ormprobe.source.nodes import Function, spans

_MAX_BYTES = 2_000_000
_MAX_FILES = 3_000
_SKIPPED = frozenset(
    ("node_modules", "site-packages", "__pycache__", "build", "dist", "venv", "env", ".venv")
)
_CREATION = re.compile(
    r"\.create_all\b|\.a?create_tables\((?!\s*\))|\.create_table\("
    r"|\bupgrade\s*\(\s*\w+\s*,\s*['\"]head['\"]"
)
_RAW_CREATION = re.compile(
    r"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?[\"`\[]?(\w+)", re.IGNORECASE
)
_HANDLER = re.compile(r"(?:error|exception)_?handler\(\s*(?:\w+\.)*(\w+)")


def is_test_file(path: str) -> bool:
    """Whether a file of the app holds tests, by the names that test runners look for."""
    found = PurePosixPath(path)
    name = found.name
    if name.startswith("test_") or name.endswith("_test.py") or name in ("conftest.py", "tests.py"):
        return True
    return any(part in ("tests", "test", "testing") for part in found.parts[:-1])


class Source:
    """Files under the app's folder; a file that cannot be read or parsed has nothing to say."""

    def __init__(self, app: Path) -> None:
        self.app = app if app.is_dir() else app.parent
        self._tree = lru_cache(maxsize=256)(self._parse)
        self._lines = lru_cache(maxsize=64)(self._split)
        self._creation: list[tuple[str, int]] | None = None
        self._handled: set[str] | None = None

    def text(self, path: str) -> str | None:
        """The text of a file, by its path relative to the app or absolute."""
        try:
            full = self.app / path
            if full.stat().st_size > _MAX_BYTES:
                return None
            return full.read_text("utf-8", "replace")
        except (OSError, ValueError):
            return None

    def line(self, path: str, number: int) -> str:
        """A line of a file, 1-based; empty where there is none."""
        lines = self._lines(path)
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def tree(self, path: str) -> ast.Module | None:
        """The syntax tree of a file, None where it cannot be had."""
        return self._tree(path)

    def files(self) -> Iterator[str]:
        """The app's Python files outside tests, relative, at most some thousand."""
        return self._files()

    def _split(self, path: str) -> list[str]:
        return (self.text(path) or "").splitlines()

    def _parse(self, path: str) -> ast.Module | None:
        text = self.text(path)
        if text is None:
            return None
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            return None

    def catches(self, path: str, line: int) -> tuple[str, ...]:
        """The exception names of the innermost `try` whose body holds the line; () for none."""
        best = self._innermost_try(path, line)
        if best is None:
            return ()
        return tuple(name for handler in best.handlers for name in _caught(handler.type))

    def _innermost_try(self, path: str, line: int) -> ast.Try | None:
        tree = self._tree(path)
        best: ast.Try | None = None
        for node in ast.walk(tree) if tree is not None else ():
            if not isinstance(node, ast.Try) or not node.handlers:
                continue
            if spans(node.body, line) and (best is None or node.lineno >= best.lineno):
                best = node
        return best

    def exits(self, path: str, line: int, last: int) -> bool:
        """Whether the line `last` ends the program in a handler of the innermost `try` around a
        line: by `sys.exit` or its like, or by raising `SystemExit`."""
        best = self._innermost_try(path, line)
        if best is None or not any(spans(each.body, last) for each in best.handlers):
            return False
        return any(_ends_program(found) for found in self._statements(path, last))

    def is_cleanup(self, path: str, line: int) -> bool:
        """Whether a line rolls back what was not committed: in the `__exit__` or `finally` of code
        that offers a commit itself."""
        tree = self._tree(path)
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.ClassDef) and _covers(node, line):
                exits = [part for part in node.body if getattr(part, "name", "") in _EXITS]
                if any(_covers(part, line) for part in exits) and _commits(node):
                    return True
            if isinstance(node, Function) and _covers(node, line):
                tries = [part for part in ast.walk(node) if isinstance(part, ast.Try)]
                ends = [part for part in tries if part.finalbody and spans(part.finalbody, line)]
                if ends and _commits(node):
                    return True
        return False

    def is_exit(self, path: str, line: int) -> bool:
        """Whether a line is in an `__exit__`, or in a generator as context managers are."""
        tree = self._tree(path)
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, Function) and _covers(node, line):
                if node.name in _EXITS:
                    return True
                if any(isinstance(part, ast.Yield) for part in ast.walk(node)):
                    return True
        return False

    def commits(self, path: str) -> bool:
        """Whether a file calls a commit."""
        return ".commit(" in (self.text(path) or "")

    def has_handler(self, names: frozenset[str]) -> bool:
        """Whether the app gives its web framework a handler for one of these exceptions."""
        if self._handled is None:
            texts = (self.text(path) or "" for path in self._files())
            self._handled = {name for text in texts for name in _HANDLER.findall(text)}
        return not names.isdisjoint(self._handled)

    def assigned(self, path: str, line: int) -> frozenset[str]:
        """The names that the statement on a line assigns."""
        return frozenset(
            node.id
            for found in self._statements(path, line)
            for node in ast.walk(found)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        )

    def used(self, path: str, line: int) -> frozenset[str]:
        """The names that the statement on a line reads."""
        return frozenset(
            node.id
            for found in self._statements(path, line)
            for node in ast.walk(found)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        )

    def is_looped(self, path: str, line: int) -> bool:
        """Whether a line is run again and again by a loop or comprehension around it."""
        tree = self._tree(path)
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.For | ast.AsyncFor | ast.While):
                if spans(node.body, line):
                    return True
            elif isinstance(node, _COMPREHENSIONS) and _covers(node, line):
                return True
        return False

    def _statements(self, path: str, line: int) -> Iterator[ast.stmt]:
        """The simple statements that cover a line."""
        tree = self._tree(path)
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.stmt) and not hasattr(node, "body") and _covers(node, line):
                yield node

    def qualified(self, path: str, line: int, function: str) -> str:
        """A function's qualified name: interpreters before 3.11 record the bare one."""
        tree = self._tree(path)
        if tree is None or "." in function or function.startswith("<"):
            return function
        names = _enclosing(tree, line)
        return ".".join(names) if names and names[-1] == function else function

    def function_at(self, path: str, line: int) -> str:
        """The qualified name of the function that a line is in, `<module>` for none."""
        tree = self._tree(path)
        names = _enclosing(tree, line) if tree is not None else []
        return ".".join(names) or "<module>"

    def method_of(self, path: str, line: int, name: str) -> int | None:
        """The line of a method of the class that a line declares; None where it is no class's."""
        tree = self._tree(path)
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.ClassDef) and node.lineno == line:
                methods = [part for part in node.body if isinstance(part, Function)]
                return next((part.lineno for part in methods if part.name == name), None)
        return None

    def creation(self, table: str) -> tuple[str, int] | None:
        """The app's line that creates the schema, outside its tests; None where there is none."""
        if self._creation is None:
            self._creation = list(self._find_creation())
        for path, line in self._creation:
            text = self.line(path, line)
            named = _RAW_CREATION.search(text)
            if named is None or named.group(1).lower() == table.lower():
                return path, line
        return None

    def _find_creation(self) -> Iterator[tuple[str, int]]:
        for path in self._files():
            text = self.text(path) or ""
            words = ("create_all", "create_table")
            if not any(word in text for word in words) and "CREATE TABLE" not in text.upper():
                continue
            for number, line in enumerate(text.splitlines(), start=1):
                if _CREATION.search(line) or _RAW_CREATION.search(line):
                    yield path, number

    def _files(self) -> Iterator[str]:
        """The app's Python files outside tests, relative, at most some thousand."""
        count = 0
        for full in sorted(self.app.rglob("*.py")):
            relative = full.relative_to(self.app)
            if any(part in _SKIPPED or part.startswith(".") for part in relative.parts[:-1]):
                continue
            if not is_test_file(relative.as_posix()):
                count += 1
                if count > _MAX_FILES:
                    return
                yield relative.as_posix()


_ENDS = ("exit", "quit", "SystemExit")
_EXITS = ("__exit__", "__aexit__")
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def _commits(node: ast.AST) -> bool:
    """Whether code calls `commit`, or is a class with a method of that name."""
    return any(
        (isinstance(part, ast.Attribute) and part.attr == "commit")
        or (isinstance(part, Function) and part.name == "commit")
        for part in ast.walk(node)
    )


def _ends_program(node: ast.stmt) -> bool:
    value = node.exc if isinstance(node, ast.Raise) else getattr(node, "value", None)
    called = value.func if isinstance(value, ast.Call) else value
    if isinstance(called, ast.Attribute):
        return called.attr in _ENDS
    return isinstance(called, ast.Name) and called.id in _ENDS


def _covers(node: ast.AST, line: int) -> bool:
    start = getattr(node, "lineno", 0)
    return start <= line <= (getattr(node, "end_lineno", None) or start)


def _caught(kind: ast.expr | None) -> Iterator[str]:
    if kind is None:
        yield "BaseException"
    elif isinstance(kind, ast.Tuple):
        for element in kind.elts:
            yield from _caught(element)
    elif isinstance(kind, ast.Attribute):
        yield kind.attr
    elif isinstance(kind, ast.Name):
        yield kind.id


def _enclosing(tree: ast.Module, line: int) -> list[str]:
    names: list[str] = []
    body: list[ast.stmt] = tree.body
    found = True
    while found:
        found = False
        for node in body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and _covers(
                node, line
            ):
                names.append(node.name)
                body = node.body
                found = True
                break
    return names
