"""What is a query in the app's source, and what a condition of one: told by what made it.

A receiver is a query where the source shows what it was made from: `select()` of a mapped class, a
manager, a relation to a mapped class. What it is called says nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from ormprobe.source import Source
from ormprobe.source.nodes import Function, last_name, root_name

GENERATIVE = frozenset(
    ("where", "filter", "filter_by", "exclude", "orwhere", "or_where", "having", "order_by",
     "order_by_extend", "limit", "offset", "slice", "join", "outerjoin", "join_from",
     "left_outer_join", "switch", "select_from", "distinct", "group_by", "options", "annotate",
     "select_related", "prefetch_related", "only", "defer", "with_for_update",
     "select_for_update", "execution_options", "reverse", "add_columns")
)  # fmt: skip
"""Methods that give a new query and leave the one that they are called on as it was."""

_GIVING = GENERATIVE | {"values", "values_list", "extra", "alias", "union", "intersection"}
"""Methods of a query that give one, though what they are called for may be something else."""

_ROOTS = frozenset(("select", "query"))
_OF_MANAGER = GENERATIVE | {"select", "values", "values_list", "none", "all"}
_ANNOTATIONS = frozenset(
    ("Select", "Query", "QuerySet", "ModelSelect", "ModelQuery", "SelectBase", "Manager")
)
_LIBRARIES = frozenset(
    ("sqlalchemy", "sqlmodel", "django", "peewee", "playhouse", "tortoise", "flask_sqlalchemy")
)
_PREDICATES = frozenset(
    ("in_", "not_in", "notin_", "like", "ilike", "not_like", "not_ilike", "is_", "is_not", "isnot",
     "is_null", "contains", "startswith", "endswith", "between", "any", "has", "regexp",
     "regexp_match", "icontains", "is_distinct_from", "op")
)  # fmt: skip
_CONSTRUCTORS = frozenset(("and_", "or_", "not_", "exists", "Q"))
_TAKERS = frozenset(
    ("where", "filter", "exclude", "having", "orwhere", "or_where", "and_", "or_", "not_", "join",
     "outerjoin", "any", "has", "get", "get_or_none", "exists", "when", "delete", "on")
)  # fmt: skip
_DEPTH = 3
_MOST_DEFINITIONS = 4


@dataclass(frozen=True, slots=True)
class Mapped:
    """The mapped classes of an app by name, with the attributes that their columns have.

    columns: of any table, as `table.c.<name>` names them.
    """

    attributes: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    columns: frozenset[str] = frozenset()


def mapped_in(source: Source, entities: dict[str, frozenset[str]]) -> Mapped:
    """entities: of the run's schema, the columns and relations of each class.

    What a class body declares by a call or an annotation counts as well: an attribute need not be
    called what its column is.
    """
    bodies: dict[str, tuple[frozenset[str], tuple[str, ...]]] = {}
    for path in source.files():
        tree = source.tree(path)
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.ClassDef):
                bases = tuple(name for base in node.bases if (name := last_name(base)) is not None)
                bodies[node.name] = frozenset(_declared(node)), bases
    attributes = {name: found | _inherited(name, bodies) for name, found in entities.items()}
    return Mapped(attributes, frozenset(each for found in entities.values() for each in found))


def _inherited(
    name: str, bodies: dict[str, tuple[frozenset[str], tuple[str, ...]]], deep: int = 4
) -> frozenset[str]:
    own, bases = bodies.get(name, (frozenset[str](), ()))
    found = set(own)
    for base in bases if deep else ():
        found |= _inherited(base, bodies, deep - 1)
    return frozenset(found)


def _declared(node: ast.ClassDef) -> Iterator[str]:
    for part in node.body:
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
            if "ClassVar" not in ast.unparse(part.annotation):
                yield part.target.id
        elif isinstance(part, ast.Assign) and isinstance(part.value, ast.Call):
            yield from (each.id for each in part.targets if isinstance(each, ast.Name))


class Queries:
    """Asks what expressions are, function by function."""

    def __init__(self, source: Source, mapped: Mapped) -> None:
        self.source = source
        self.mapped = mapped
        self._functions: dict[str, list[tuple[str, Function]]] | None = None
        self._calls: dict[str, list[tuple[str, ast.AST, ast.Call]]] | None = None
        self._imports: dict[str, frozenset[str]] = {}

    # -- where things are ---------------------------------------------------------------------

    def functions(self, name: str) -> list[tuple[str, Function]]:
        """The app's functions of a bare name, outside tests."""
        if self._functions is None:
            self._functions = {}
            for path in self.source.files():
                tree = self.source.tree(path)
                for node in ast.walk(tree) if tree is not None else ():
                    if isinstance(node, Function):
                        self._functions.setdefault(node.name, []).append((path, node))
        return self._functions.get(name, [])

    def _calls_of(self, name: str) -> list[tuple[str, ast.AST, ast.Call]]:
        """The app's calls of a bare name, with the functions that they stand in."""
        if self._calls is None:
            self._calls = {}
            for path in self.source.files():
                tree = self.source.tree(path)
                for body, call in _calls_in(tree) if tree is not None else ():
                    called = last_name(call.func)
                    if called is not None:
                        self._calls.setdefault(called, []).append((path, body, call))
        return self._calls.get(name, [])

    def _imported(self, path: str) -> frozenset[str]:
        """The names that a file has from the libraries."""
        if path not in self._imports:
            tree = self.source.tree(path)
            self._imports[path] = frozenset(_imports(tree) if tree is not None else ())
        return self._imports[path]

    # -- queries ------------------------------------------------------------------------------

    def is_query(
        self, path: str, body: ast.AST, value: ast.expr, line: int, deep: int = _DEPTH
    ) -> bool:
        """Whether an expression at a line of a function is a query that has not been run."""
        if isinstance(value, ast.Call):
            return self._is_made(path, body, value, line, deep)
        if isinstance(value, ast.Name):
            return self._is_named(path, body, value.id, line, deep)
        if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice):
            return self.is_query(path, body, value.value, line, deep)
        return isinstance(value, ast.Attribute) and self._is_manager(value)

    def _is_made(self, path: str, body: ast.AST, call: ast.Call, line: int, deep: int) -> bool:
        function = call.func
        name = last_name(function)
        if name in _ROOTS and any(self._is_of_class(each) for each in call.args):
            return True
        if isinstance(function, ast.Attribute):
            owner = function.value
            if name in _GIVING and self.is_query(path, body, owner, line, deep):
                return True
            if name in _OF_MANAGER and (self._is_manager(owner) or self._is_class(owner)):
                return True
            if name == "get_queryset" and self._is_django():
                return True
        return name is not None and deep > 0 and self._is_returned(name, deep - 1)

    def _is_named(self, path: str, body: ast.AST, name: str, line: int, deep: int) -> bool:
        assigned = assigned_before(body, name, line)
        if assigned:
            last = assigned[-1]
            return last.lineno <= line and self.is_query(path, body, last, last.lineno - 1, deep)
        if not isinstance(body, Function):
            return False
        arguments = body.args
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        parameter = next((each for each in every if each.arg == name), None)
        if parameter is None:
            return False
        if parameter.annotation is not None:
            return self._is_annotated(path, parameter.annotation)
        return deep > 0 and self._is_passed(body, name, deep - 1)

    def _is_annotated(self, path: str, annotation: ast.expr) -> bool:
        imported = self._imported(path)
        text = annotation.value if isinstance(annotation, ast.Constant) else None
        if isinstance(text, str):
            try:
                annotation = ast.parse(text, mode="eval").body
            except SyntaxError:
                return False
        if isinstance(annotation, ast.Subscript):
            annotation = annotation.value
        return last_name(annotation) in _ANNOTATIONS and root_name(annotation) in imported

    def _is_passed(self, function: Function, name: str, deep: int) -> bool:
        """Whether every call of a function of one definition gives a query for a parameter."""
        if len(self.functions(function.name)) != 1:
            return False
        names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
        if names[:1] and names[0] in ("self", "cls"):
            del names[0]
        given: list[bool] = []
        for path, body, call in self._calls_of(function.name):
            value = next((each.value for each in call.keywords if each.arg == name), None)
            if value is None and name in names and names.index(name) < len(call.args):
                value = call.args[names.index(name)]
            if value is not None:
                given.append(self.is_query(path, body, value, call.lineno, deep))
        return bool(given) and all(given)

    def _is_returned(self, name: str, deep: int) -> bool:
        """Whether the app's only function of a name returns nothing but queries."""
        found = self.functions(name)
        return len(found) == 1 and bool(self._returns(*found[0], deep))

    def returned(self, path: str, function: Function) -> ast.expr | None:
        """The query that a function returns last, by itself or among others; None for none."""
        found = self._returns(path, function, _DEPTH - 1, among=True)
        return max(found, key=lambda value: value.lineno) if found else None

    def _returns(
        self, path: str, function: Function, deep: int, *, among: bool = False
    ) -> list[ast.expr]:
        """What a function returns, where that is nothing but queries. among: with other values."""
        if isinstance(function, ast.AsyncFunctionDef):
            return []
        values: list[ast.expr] = []
        for node in own_nodes(function):
            if isinstance(node, ast.Yield | ast.YieldFrom):
                return []
            if isinstance(node, ast.Return):
                found = [node.value] if node.value is not None else []
                if among and isinstance(node.value, ast.Tuple):
                    found = node.value.elts
                known = [
                    each for each in found if self.is_query(path, function, each, node.lineno, deep)
                ]
                if not known:
                    return []
                values.extend(known)
        return values

    def begins(self, call: ast.Call) -> bool:
        """Whether a call is the first one of a query."""
        name = last_name(call.func)
        if name in _ROOTS and any(self._is_of_class(each) for each in call.args):
            return True
        if not isinstance(call.func, ast.Attribute) or name not in _OF_MANAGER:
            return False
        return self._is_manager(call.func.value) or self._is_class(call.func.value)

    def _is_manager(self, value: ast.expr) -> bool:
        """`Order.objects`, `Order.query`: an attribute of a mapped class that is no column."""
        if not isinstance(value, ast.Attribute) or not isinstance(value.value, ast.Name):
            return False
        columns = self.mapped.attributes.get(value.value.id)
        if columns is None:
            return False
        return value.attr in ("objects", "query") or (
            self._is_django() and value.attr not in columns and value.attr.islower()
        )

    def _is_of_class(self, value: ast.expr) -> bool:
        return root_name(value) in self.mapped.attributes

    def _is_class(self, value: ast.expr) -> bool:
        return isinstance(value, ast.Name) and value.id in self.mapped.attributes

    def _is_django(self) -> bool:
        return any("django" in (self.source.text(path) or "") for path in self.source.files())

    # -- conditions ---------------------------------------------------------------------------

    def is_column(self, body: ast.AST, value: ast.expr) -> bool:
        """Whether an expression is a column of a mapped class, of an alias of one or a table."""
        if not isinstance(value, ast.Attribute):
            return False
        owner = value.value
        if isinstance(owner, ast.Attribute):
            return owner.attr == "c" and value.attr in self.mapped.columns
        if not isinstance(owner, ast.Name):
            return False
        columns = self.mapped.attributes.get(owner.id)
        if columns is None:
            columns = self._aliased(body, owner.id)
        return columns is not None and value.attr in columns

    def _aliased(self, body: ast.AST, name: str) -> frozenset[str] | None:
        for value in assigned_before(body, name, 1 << 30):
            if not isinstance(value, ast.Call):
                continue
            called = last_name(value.func)
            args = value.args[:1] if called == "aliased" else []
            named = args[0] if args else value.func
            owner = root_name(named)
            if called in ("aliased", "alias") and owner in self.mapped.attributes:
                return self.mapped.attributes[owner]
        return None

    def is_condition(self, path: str, body: ast.AST, value: ast.expr) -> bool:
        """Whether an expression makes a condition of a query, whatever Python takes it for."""
        if isinstance(value, ast.Compare):
            sides = (value.left, *value.comparators)
            plain = all(not isinstance(op, ast.In | ast.NotIn | ast.Is | ast.IsNot)
                        for op in value.ops)  # fmt: skip
            return plain and any(self.is_column(body, each) for each in sides)
        if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.Invert):
            return self.is_condition(path, body, value.operand)
        if isinstance(value, ast.BinOp):
            if isinstance(value.op, ast.BitAnd | ast.BitOr):
                return self.is_condition(path, body, value.left) or self.is_condition(
                    path, body, value.right
                )
            return isinstance(value.op, ast.LShift | ast.RShift | ast.Pow) and self.is_column(
                body, value.left
            )
        if isinstance(value, ast.BoolOp):  # where a plain value stands among them, it may decide
            return all(self.is_condition(path, body, each) for each in value.values)
        if not isinstance(value, ast.Call):
            return False
        name = last_name(value.func)
        if name in _CONSTRUCTORS and root_name(value.func) in self._imported(path):
            return bool(value.args or value.keywords)
        return (
            isinstance(value.func, ast.Attribute)
            and name in _PREDICATES
            and self.is_column(body, value.func.value)
        )

    def takes_conditions(self, path: str, body: ast.AST, call: ast.Call) -> bool:
        """Whether a call makes its arguments conditions of a query."""
        name = last_name(call.func)
        if name not in _TAKERS:
            return False
        if isinstance(call.func, ast.Name):
            return name in self._imported(path)
        assert isinstance(call.func, ast.Attribute)
        owner = call.func.value
        if name in _CONSTRUCTORS or name == "not_":
            return root_name(owner) in self._imported(path)
        if self._is_class(owner) or self.is_column(body, owner):
            return True
        return self.is_query(path, body, owner, call.lineno)


def assigned_before(body: ast.AST, name: str, line: int) -> list[ast.expr]:
    """What was assigned to a name up to a line, in the order of lines; its own function's only."""
    found: list[ast.expr] = []
    for node in own_nodes(body):
        targets: list[ast.expr] = []
        value: ast.expr | None = None
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr):
            targets, value = [node.target], node.value
        elif isinstance(node, ast.For | ast.AsyncFor):
            targets, value = [node.target], node.iter
            if any(isinstance(each, ast.Name) and each.id == name for each in targets):
                value = ast.copy_location(ast.Constant(None), node.target)
        if value is None or value.lineno > line:
            continue
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            found.append(value)
    return sorted(found, key=lambda each: each.lineno)


def own_nodes(body: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function, without those of functions and classes inside it."""
    waiting = list(ast.iter_child_nodes(body))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Function | ast.ClassDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def _calls_in(tree: ast.AST) -> Iterator[tuple[ast.AST, ast.Call]]:
    """Calls with the function (or module) that each stands in."""
    bodies = [tree, *(node for node in ast.walk(tree) if isinstance(node, Function))]
    for body in bodies:
        for node in own_nodes(body):
            if isinstance(node, ast.Call):
                yield body, node


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level:
            if (node.module or "").partition(".")[0] in _LIBRARIES:
                yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] in _LIBRARIES:
                    yield alias.asname or alias.name.partition(".")[0]
