"""Which code of the app is data access, by what its source imports, annotates and calls.

No name decides: a function counts when it calls something of the ORM's, or works with an object
that is shown to be a session, a connection, an engine or their factory.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from ormprobe.source import Source
from ormprobe.source.nodes import Function, covers, root_name
from ormprobe.source.records import records_of

LIBRARIES = frozenset(
    ("sqlalchemy", "sqlmodel", "flask_sqlalchemy", "sqlite3", "aiosqlite", "psycopg", "psycopg2",
     "psycopg_pool", "asyncpg", "django.db", "peewee", "playhouse", "tortoise")
)  # fmt: skip

METHODS = frozenset(
    ("execute", "scalars", "scalar", "query", "add", "add_all", "commit", "flush", "rollback",
     "begin", "begin_nested", "connect", "merge", "refresh", "stream", "stream_scalars", "get",
     "get_one", "delete", "cursor", "fetch", "fetchrow", "fetchval", "executemany")
)  # fmt: skip
"""What a session, a connection or an engine is asked for."""


@dataclass(slots=True)
class _Module:
    """One file. imported: names that stand for the libraries or what they hold. held: names of the
    module that stand for sessions and the like. records: classes that ask the database themselves,
    by the names that they have here. models: those of mapped classes."""

    tree: ast.Module
    imported: set[str] = field(default_factory=set[str])
    held: set[str] = field(default_factory=set[str])
    records: frozenset[str] = frozenset()
    models: set[str] = field(default_factory=set[str])


class DataAccess:
    """Asked only where something failed; reads every file of the app once."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._modules: dict[str, _Module] = {}
        self._learned: set[tuple[str, int]] = set()
        shared: set[str] = set()
        for path in source.files():
            tree = source.tree(path)
            if tree is None:
                continue
            module = self._modules[path] = _Module(tree, set(_imported(tree)))
            module.held = set(_held(tree, module.imported))
            shared |= module.held
        records = records_of(source).names
        for module in self._modules.values():
            self._take_over(module)
            module.records = frozenset(_visible(module.tree, records))
            module.held |= shared & set(_own_imports(module.tree))
        models = self._models()
        for module in self._modules.values():
            own = {node.name for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)}
            module.models = models & (own | set(_own_imports(module.tree)))

    def _models(self) -> set[str]:
        """The names of the app's classes that derive from classes of the libraries."""
        classes = [
            (node.name, bases, bool(module.imported.intersection(filter(None, roots))))
            for module in self._modules.values()
            for node in ast.walk(module.tree)
            if isinstance(node, ast.ClassDef)
            for bases, roots in [
                ([_tail(b) for b in node.bases], [root_name(b) for b in node.bases])
            ]
        ]
        found = {name for name, _, own in classes if own}
        for _ in classes:
            more = {name for name, bases, _ in classes if found.intersection(filter(None, bases))}
            if more <= found:
                break
            found |= more
        return found

    def _take_over(self, module: _Module) -> None:
        """Take over what a module imports from another of the app's that imported it itself."""
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.ImportFrom) or not node.module:
                continue
            tail = node.module.replace(".", "/")
            ends = (f"/{tail}.py", f"/{tail}/__init__.py")
            for path, other in self._modules.items():
                if other is module or not f"/{path}".endswith(ends):
                    continue
                names = {alias.name: alias.asname or alias.name for alias in node.names}
                given = other.imported
                if "*" in names:
                    module.imported |= given
                    module.held |= other.held
                else:
                    module.imported |= {names[name] for name in given & names.keys()}

    def learn(self, sites: Iterable[tuple[str, int]]) -> None:
        """Take in the lines that sent statements: what they called is a session or the like."""
        for site in sites:
            path, line = site
            module = self._modules.get(path)
            if site in self._learned or module is None:
                continue
            self._learned.add(site)
            for node in _simple(module.tree, line):
                module.held |= set(_asked(node))

    def holds(self, path: str, line: int) -> bool:
        """Whether the function at a line, or the class body or module there, is data access."""
        module = self._modules.get(path)
        if module is None:
            return False
        owner, function = _around(module.tree, line)
        if function is None:
            return self.on_line(path, line)
        return self._is_access(module, owner, function)

    def on_line(self, path: str, line: int) -> bool:
        """Whether the statement at a line itself works with the data layer."""
        module = self._modules.get(path)
        if module is None:
            return False
        owner, function = _around(module.tree, line)
        known = self._known(module, owner, function)
        own = owner is not None and owner.name in module.records
        return any(_touches(node, module, known, own) for node in _simple(module.tree, line))

    def has_class(self, name: str) -> bool:
        """Whether the app has a class of that name."""
        return any(True for _ in self._classes(name))

    def is_class(self, name: str) -> bool:
        """Whether every class of that name in the app is of the data layer."""
        found = list(self._classes(name))
        return bool(found) and all(self._class_holds(module, node) for module, node in found)

    def is_function(self, qualified: str) -> bool:
        """Whether every function of that name (`Class.method` or bare) is data access."""
        owner_name, _, name = qualified.rpartition(".")
        found = [
            (module, owner, node)
            for module in self._modules.values()
            for owner, node in _functions(module.tree)
            if node.name == name and owner_name in ("", owner.name if owner else "")
        ]
        return bool(found) and all(self._is_access(*each) for each in found)

    def is_module(self, path: str) -> bool:
        """Whether a file has data access in it."""
        module = self._modules.get(path)
        return module is not None and bool(module.imported or module.held)

    def annotation(self, path: str, line: int, attribute: str) -> str | None:
        """The class that `self.<attribute>` is annotated to be, from its class's set-up."""
        module = self._modules.get(path)
        owner = _around(module.tree, line)[0] if module is not None else None
        for node in ast.walk(owner) if owner is not None else ():
            if isinstance(node, ast.AnnAssign) and _self_or_name(node.target) == attribute:
                return _tail(node.annotation)
            if isinstance(node, Function):
                hints = {a.arg: a.annotation for a in (*node.args.args, *node.args.kwonlyargs)}
                for part in ast.walk(node):
                    if not isinstance(part, ast.Assign) or not isinstance(part.value, ast.Name):
                        continue
                    hint = hints.get(part.value.id)
                    if hint is not None and _self_or_name(part.targets[0]) == attribute:
                        return _tail(hint)
        return None

    def parameter(self, path: str, line: int, name: str) -> str | None:
        """The class that a parameter of the function at a line is annotated to be."""
        module = self._modules.get(path)
        function = _around(module.tree, line)[1] if module is not None else None
        if function is None:
            return None
        for each in (*function.args.args, *function.args.kwonlyargs):
            if each.arg == name and each.annotation is not None:
                return _tail(each.annotation)
        return None

    def _classes(self, name: str) -> Iterator[tuple[_Module, ast.ClassDef]]:
        for module in self._modules.values():
            for node in ast.walk(module.tree):
                if isinstance(node, ast.ClassDef) and node.name == name:
                    yield module, node

    def _class_holds(self, module: _Module, node: ast.ClassDef) -> bool:
        methods = [part for part in node.body if isinstance(part, Function)]
        if any(self._is_access(module, node, method) for method in methods):
            return True
        return any(
            self._class_holds(*found)
            for base in node.bases
            for found in self._classes(_tail(base) or "")
            if found[1] is not node
        )

    def _is_access(self, module: _Module, owner: ast.ClassDef | None, node: Function) -> bool:
        known = self._known(module, owner, node)
        own = owner is not None and owner.name in module.records
        return any(_touches(part, module, known, own) for part in node.body)

    def _known(
        self, module: _Module, owner: ast.ClassDef | None, function: Function | None
    ) -> set[str]:
        """The names, and attributes of `self`, that stand for sessions and the like."""
        known = set(module.held)
        if owner is not None:
            for method in owner.body:
                if isinstance(method, Function):
                    given = set(_annotated(method, module.imported))
                    known |= set(_bound(method, module, known | given, attributes=True))
        if function is not None:
            known |= set(_annotated(function, module.imported))
            known |= set(_bound(function, module, known, attributes=False))
        return known


@lru_cache(maxsize=4)
def access_of(source: Source) -> DataAccess:
    """The data access of an app, read once."""
    return DataAccess(source)


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            if not node.level and _is_library(node.module or ""):
                yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if _is_library(alias.name):
                    yield alias.asname or alias.name.partition(".")[0]


def _is_library(module: str) -> bool:
    return module.partition(".")[0] in LIBRARIES or ".".join(module.split(".")[:2]) in LIBRARIES


def _visible(tree: ast.Module, records: frozenset[str]) -> Iterator[str]:
    """The names by which a module knows classes that ask the database themselves."""
    for node in ast.walk(tree) if records else ():
        if isinstance(node, ast.ImportFrom):
            yield from (each.asname or each.name for each in node.names if each.name in records)
        elif isinstance(node, ast.ClassDef) and node.name in records:
            yield node.name


def _own_imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)


def _held(tree: ast.Module, imported: set[str]) -> Iterator[str]:
    """Names of a module that are assigned from calls of the libraries: factories, engines."""
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Call):
            continue
        if root_name(node.value.func) in imported and _tail(node.value.func) in _HOLDERS:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (each.id for each in targets if isinstance(each, ast.Name))


_HOLDERS = frozenset(
    ("Session", "AsyncSession", "sessionmaker", "async_sessionmaker", "scoped_session",
     "async_scoped_session", "create_engine", "create_async_engine", "SQLAlchemy", "connect",
     "Connection", "AsyncConnection", "Engine", "AsyncEngine", "create_pool", "ConnectionPool",
     "AsyncConnectionPool", "Pool", "Cursor", "SqliteDatabase", "PostgresqlDatabase",
     "MySQLDatabase", "PooledSqliteDatabase", "PooledPostgresqlDatabase", "PooledMySQLDatabase",
     "AsyncSqliteDatabase", "AsyncPostgresqlDatabase", "AsyncMySQLDatabase", "DatabaseProxy",
     "SqliteExtDatabase", "PostgresqlExtDatabase", "PooledPostgresqlExtDatabase",
     "PooledSqliteExtDatabase", "SqliteQueueDatabase", "Proxy")
)  # fmt: skip


def _annotated(function: Function, imported: set[str]) -> Iterator[str]:
    """Parameters whose annotation names a session, connection or engine of the libraries."""
    for each in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs):
        if each.annotation is not None and _names_holder(each.annotation, imported):
            yield each.arg


def _names_holder(annotation: ast.expr, imported: set[str]) -> bool:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value, mode="eval").body
        except SyntaxError:
            return False
    return any(
        isinstance(node, ast.Name | ast.Attribute)
        and _tail(node) in _HOLDERS
        and root_name(node) in imported
        for node in ast.walk(annotation)
    )


def _bound(function: Function, module: _Module, known: set[str], attributes: bool) -> Iterator[str]:
    """Names (or attributes of `self`) that a function binds to what is known to be held."""
    found = set(known)
    for node in ast.walk(function):
        pairs: list[tuple[ast.expr, ast.expr]] = []
        if isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            pairs = [(node.target, node.value)]
        elif isinstance(node, ast.With | ast.AsyncWith):
            items = node.items
            pairs = [(i.optional_vars, i.context_expr) for i in items if i.optional_vars]
        for target, value in pairs:
            name = _self_or_name(target)
            if name is None or attributes is isinstance(target, ast.Name):
                continue
            if _is_held(value, module, found):
                found.add(name)
                yield name


def _is_held(value: ast.expr, module: _Module, known: set[str]) -> bool:
    """Whether an expression gives a session or the like: a held name, or a call of it."""
    if isinstance(value, ast.Await):
        value = value.value
    called = isinstance(value, ast.Call)
    target = value.func if isinstance(value, ast.Call) else value
    if called and root_name(target) in module.imported and _tail(target) in _HOLDERS:
        return True
    return _held_name(target) in known


def _touches(node: ast.AST, module: _Module, known: set[str], own: bool = False) -> bool:
    """Whether code calls something of the libraries, or a method of what is held.

    own: whether `self` is such a class's.
    """
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            root = root_name(part.func)
            if isinstance(part.func, ast.Attribute) and (
                root in module.records or (own and root == "self")
            ):
                return True
            if root in module.imported and root != "self":
                return True
            if root in module.models and isinstance(part.func, ast.Attribute):
                return True  # a query, as of classes that are asked themselves
            if _held_name(part.func) in known:
                return True
    return False


def _asked(node: ast.AST) -> Iterator[str]:
    """The names of what a line asks for statements."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
            name = _held_name(part.func.value) if part.func.attr in METHODS else None
            if name is not None:
                yield name


def _held_name(node: ast.expr) -> str | None:
    """`session` of `session.execute`, `_session` of `self._session.begin`, `f` of `f`."""
    while isinstance(node, ast.Attribute):
        inner = node.value
        if isinstance(inner, ast.Call):
            inner = inner.func
        if isinstance(inner, ast.Name):
            return node.attr if inner.id == "self" else inner.id
        node = inner
    return node.id if isinstance(node, ast.Name) else None


def _self_or_name(target: ast.expr) -> str | None:
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
        return target.attr if target.value.id == "self" else None
    return None


def _tail(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.rpartition(".")[2]
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def _functions(tree: ast.AST) -> Iterator[tuple[ast.ClassDef | None, Function]]:
    """Every function with the class that it is a method of."""
    waiting: list[tuple[ast.ClassDef | None, ast.AST]] = [(None, tree)]
    while waiting:
        owner, node = waiting.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Function):
                yield owner, child
                waiting.append((None, child))
            else:
                waiting.append((child if isinstance(child, ast.ClassDef) else owner, child))


def _around(tree: ast.Module, line: int) -> tuple[ast.ClassDef | None, Function | None]:
    """The innermost function that holds a line, and its class."""
    best: tuple[ast.ClassDef | None, Function] | None = None
    for owner, node in _functions(tree):
        start = min([node.lineno, *(each.lineno for each in node.decorator_list)])
        inside = start <= line <= (node.end_lineno or node.lineno)
        if inside and (best is None or node.lineno >= best[1].lineno):
            best = owner or (best[0] if best else None), node
    return best if best is not None else (None, None)


def _simple(tree: ast.Module, line: int) -> Iterator[ast.stmt]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt) or hasattr(node, "body"):
            continue
        if covers(node, line):
            yield node
