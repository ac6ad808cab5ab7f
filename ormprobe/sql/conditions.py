"""Conditions of WHERE, ON and HAVING as predicates, and the pairs of columns that join tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ormprobe.sql.model import Clause, Column, Predicate
from ormprobe.sql.names import Names, Shown, columns_in, placeholders

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

Pair = tuple[Column, Column]
Inside = Callable[["Expr", Names], Shown]
"""Reads a statement that stands inside another, and says what it shows."""

_COMPARISONS = {
    "EQ": "=", "NEQ": "<>", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">=", "NullSafeEQ": "is",
    "NullSafeNEQ": "is", "Is": "is", "Like": "like", "ILike": "like", "Glob": "like",
    "SimilarTo": "like", "RegexpLike": "like", "RegexpILike": "like",
}  # fmt: skip
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a condition stands."""

    clause: Clause
    negated: bool = False
    grouped: bool = False

    def predicate(
        self,
        names: Names,
        column: Column,
        operator: str,
        *,
        binds: tuple[int, ...] = (),
        literals: int = 0,
        other: Column | None = None,
        subquery: bool = False,
    ) -> Predicate:
        return Predicate(
            column=column,
            operator=operator,
            clause=self.clause,
            negated=self.negated,
            binds=binds,
            literals=literals,
            other=other,
            subquery=subquery,
            grouped=self.grouped,
            depth=names.depth,
        )


class Conditions:
    """Reads the conditions of one statement. pairs: columns that WHERE or ON holds equal, of two of
    its own sources."""

    def __init__(self, names: Names, inside: Inside) -> None:
        self._names = names
        self._inside = inside
        self.pairs: list[Pair] = []

    def read(self, node: Expr | None, clause: Clause) -> Iterator[Predicate]:
        if node is not None:
            yield from self._read(node, Standing(clause))

    def _read(self, node: Expr, standing: Standing) -> Iterator[Predicate]:
        from sqlglot import exp

        if isinstance(node, exp.Paren | exp.Escape):
            yield from self._read(node.this, standing)
        elif isinstance(node, exp.And | exp.Or | exp.Xor):
            either = isinstance(node, exp.And) == standing.negated  # NOT turns an AND into an OR
            if either or isinstance(node, exp.Xor):
                standing = replace(standing, grouped=True)
            for part in _flat(node, type(node)):
                yield from self._read(part, standing)
        elif isinstance(node, exp.Not):
            yield from self._read(node.this, replace(standing, negated=not standing.negated))
        else:
            yield from self._single(node, standing)

    def _single(self, node: Expr, standing: Standing) -> Iterator[Predicate]:
        from sqlglot import exp

        if isinstance(node, exp.Exists):
            shown = self._inside(node.this, self._names)
            table = shown.first.stands_for if shown.first is not None else None
            yield standing.predicate(self._names, Column(table, "*"), "exists", subquery=True)
        elif isinstance(node, exp.In):
            yield from self._member(node, standing)
        elif isinstance(node, exp.Between):
            low, high = node.args.get("low"), node.args.get("high")
            binds = (*placeholders(low), *placeholders(high))
            written = sum(_is_written(side, self._names) for side in (low, high))
            for column in self._subjects(node.this)[:1]:
                yield standing.predicate(
                    self._names, column, "between", binds=binds, literals=written
                )
        elif type(node).__name__ in _COMPARISONS:
            if node.args.get("negate"):
                standing = replace(standing, negated=not standing.negated)
            operator = _COMPARISONS[type(node).__name__]
            if type(node).__name__ == "NullSafeNEQ":
                standing = replace(standing, negated=not standing.negated)
            yield from self._compared(node.this, node.args.get("expression"), operator, standing)
        else:
            yield from self._of_another_kind(node, standing)

    def _compared(
        self, left: Expr, right: Expr | None, operator: str, standing: Standing
    ) -> Iterator[Predicate]:
        from sqlglot import exp

        if isinstance(right, exp.Any | exp.All) and operator == "=":
            operator = "in"
        if isinstance(left, exp.Tuple) and isinstance(right, exp.Tuple):
            for one, other in zip(left.expressions, right.expressions, strict=False):
                yield from self._compared(one, other, operator, standing)
            return
        subjects, others = self._subjects(left), self._subjects(right)
        shown = [self._inside(each, self._names) for each in _statements_in(left, right)]
        if not subjects and others:
            subjects, others, right = others, subjects, left
            operator = _TURNED.get(operator, operator)
        if not subjects:
            return
        other = others[0] if others else next((each.only for each in shown if each.only), None)
        if operator == "=" and self._joins(left, right, subjects[0], other, standing):
            return
        yield standing.predicate(
            self._names,
            subjects[0],
            operator,
            binds=placeholders(right),
            literals=int(_is_written(right, self._names) and not shown),
            other=other,
            subquery=bool(shown),
        )

    def _joins(
        self,
        left: Expr,
        right: Expr | None,
        one: Column,
        other: Column | None,
        standing: Standing,
    ) -> bool:
        """Whether a comparison holds columns of two sources equal; it is noted, then."""
        from sqlglot import exp

        if other is None or standing.grouped or standing.negated:
            return False
        if not (isinstance(left, exp.Column) and isinstance(right, exp.Column)):
            return False
        own = self._names.own
        aliases = {one.alias, other.alias}
        if None in aliases or len(aliases) < 2 or not all(own(each or "") for each in aliases):
            return False
        self.pairs.append((one, other))
        return True

    def _member(self, node: Expr, standing: Standing) -> Iterator[Predicate]:
        from sqlglot import exp

        query = node.args.get("query")
        values: list[Expr] = list(node.expressions)
        if query is None and len(values) == 1 and isinstance(values[0].unnest(), exp.Query):
            query, values = values[0], []
        if query is not None:
            shown = self._inside(query, self._names)
            for column in self._subjects(node.this)[:1]:
                yield standing.predicate(self._names, column, "in", other=shown.only, subquery=True)
            return
        field = node.args.get("field")
        if field is not None:
            values = [field]
        if isinstance(node.this, exp.Tuple):
            for index, part in enumerate(node.this.expressions):
                own = [each.expressions[index] for each in values if index < len(each.expressions)]
                yield from self._listed(part, own, standing)
        else:
            yield from self._listed(node.this, values, standing)

    def _listed(self, subject: Expr, values: list[Expr], standing: Standing) -> Iterator[Predicate]:
        for column in self._subjects(subject)[:1]:
            yield standing.predicate(
                self._names,
                column,
                "in",
                binds=tuple(bind for value in values for bind in placeholders(value)),
                literals=sum(_is_written(value, self._names) for value in values),
            )

    def _of_another_kind(self, node: Expr, standing: Standing) -> Iterator[Predicate]:
        """A column that is true or false itself, or a function that is."""
        from sqlglot import exp

        for each in _statements_in(node):
            self._inside(each, self._names)
        columns = columns_in(node, self._names)
        if not columns:
            return
        if isinstance(node, exp.Column):
            yield standing.predicate(self._names, columns[0], "=", literals=1)
            return
        other = columns[1] if len(columns) > 1 else None
        yield standing.predicate(
            self._names, columns[0], node.key.lower(), binds=placeholders(node), other=other
        )

    def _subjects(self, node: Expr | None) -> list[Column]:
        """The columns of one side; of a count of all rows, `*`."""
        from sqlglot import exp

        if isinstance(node, exp.Case):
            return [Column(None, "")]
        found = columns_in(node, self._names)
        if not found and node is not None and isinstance(node, exp.AggFunc):
            return [Column(None, "*")]
        return found


def _flat(node: Expr, kind: type[Expr]) -> Iterator[Expr]:
    """The operands of a chain of ANDs or ORs, in the order of the text, without recursion."""
    waiting: list[Expr] = [node]
    while waiting:
        found = waiting.pop()
        if isinstance(found, kind):
            waiting.extend((found.args["expression"], found.this))
        else:
            yield found


def _is_written(node: Expr | None, names: Names) -> bool:
    """Whether a value stands in the text: it holds no bind and no column."""
    return node is not None and not placeholders(node) and not columns_in(node, names)


def _statements_in(*nodes: Expr | None) -> Iterator[Expr]:
    """The outermost statements inside expressions."""
    from sqlglot import exp

    for node in nodes:
        if node is None:
            continue
        for found in node.dfs(prune=lambda each: isinstance(each, exp.Query)):
            if isinstance(found, exp.Query):
                yield found
