"""What was wrong with a query whose answer a failing check did not expect.

difference: how the answer differs from what was expected: extra, missing, duplicated, mixed, order,
more, less, value; None where that is not known. reads: the tables that the query read. read: the
answer was read off the query's rows, value by value, and not only counted.
"""

from __future__ import annotations

from dataclasses import dataclass

from ormprobe_taxonomy.signals.errors import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorMisplaced:
    """Python decided between conditions of a query before it was made.

    word: `and`, `or`, `not`, `in`, `is`, .... ran: the function sent a statement of the failing
    request or call, or led to one.
    """

    at_us: int
    place: Place
    word: str
    difference: str | None
    ran: bool
    reads: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        return f"Python's own `{self.word}` decides a condition of the query before it is made"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryDiscarded:
    """A method that gives a refined query was called, and nothing took what it gave.

    failing: a check failed on what the function had read. ran: as of `OperatorMisplaced`.
    """

    at_us: int
    place: Place
    method: str
    difference: str | None
    failing: bool
    ran: bool
    reads: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        return f"the query that {self.method}() gives is dropped: the one that runs lacks it"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsMultiplied:
    """A join to a to-many relation repeated the rows of its parent.

    kind: duplicates, short-page, inflated-aggregate or cartesian. joined: the tables joined.
    repeated: rows with one key were seen more than once, or the number is a multiple of the
    expected one.
    """

    at_us: int
    place: Place | None
    kind: str
    table: str
    joined: tuple[str, ...]
    difference: str
    repeated: bool
    read: bool
    reads: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        joined = ", ".join(self.joined)
        if self.kind == "cartesian":
            return f"every row of {self.table} is combined with every one of {joined}"
        if self.kind == "inflated-aggregate":
            return f"rows of {self.table} are counted or added up once for each row of {joined}"
        if self.kind == "short-page":
            return f"LIMIT counts rows of {self.table} joined to {joined}, not rows of it"
        times = "come more than once" if self.repeated else "may come more than once"
        return f"rows of {self.table} {times}, for each row of {joined}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedApart:
    """A total was counted over other rows than the list's.

    kind: page-count or unfiltered-count. lacking: columns that the list is filtered by and the
    count is not. agrees: the number of rows of the list, counted whole, is what was expected.
    """

    at_us: int
    place: Place | None
    kind: str
    table: str
    lacking: tuple[str, ...]
    difference: str
    agrees: bool
    reads: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        if self.kind == "page-count":
            return f"the total is the number of rows of one page of {self.table}"
        lacking = ", ".join(self.lacking)
        return f"rows of {self.table} are counted without the list's condition on {lacking}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLeftOpen:
    """Rows came in another order than expected, and the query leaves their order open.

    ordered: it is sorted, by columns in which rows can be equal. paged: it has LIMIT or OFFSET.
    """

    at_us: int
    place: Place | None
    table: str
    ordered: tuple[str, ...]
    paged: bool
    difference: str
    reads: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        if self.ordered:
            columns = ", ".join(self.ordered)
            return f"rows of {self.table} that are equal in {columns} may come in any order"
        paged = "a page of" if self.paged else "the rows of"
        return f"{paged} {self.table} is asked for without ORDER BY"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputUnused:
    """What was asked for by name restricted nothing.

    part: path, query or argument. column: that it is the namesake of, None where a table alone is.
    fits: of the rows returned, those that were expected have one value of the column, and the
    others have others. violated: rows were returned whose own value of the column differs from it.
    """

    at_us: int
    place: Place | None
    name: str
    part: str
    table: str
    column: str | None
    difference: str
    violated: bool
    fits: bool
    read: bool
    reads: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        what = "argument" if self.part == "argument" else f"{self.part} parameter"
        said = f"the {what} {self.name} is in no condition of the query on {self.table}"
        if self.violated:
            said += f", which returned rows with another {self.column}"
        return said


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionAmiss:
    """A value was compared with the wrong column, or by an operator that NULL defeats.

    kind: column, null. name: of the input. column: that it was compared with; namesake: that it is
    called like. proven: a row that was expected was written with the value in the namesake, or with
    NULL in the column.
    """

    at_us: int
    place: Place | None
    kind: str
    table: str
    column: str
    difference: str
    operator: str = "="
    name: str | None = None
    namesake: str | None = None
    proven: bool = False
    reads: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        where = f"{self.table}.{self.column}"
        if self.kind == "column":
            if self.name is None:
                return f"{where} is compared with what expected rows hold in {self.namesake}"
            return f"{self.name} is compared with {where}, not with {self.namesake}"
        seen = ", and a row that was expected holds NULL there" if self.proven else ""
        return f"{where} is compared by {self.operator}, which no NULL passes{seen}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectionSwapped:
    """An association of a table with itself was read from the side that it was not written from.

    column: that the read filters on; other: the one that the value was written to. mirrored: the
    rows asked for exist the other way round, and not this way. fits: they are those expected.
    """

    at_us: int
    place: Place | None
    table: str
    column: str
    other: str
    difference: str
    mirrored: bool
    fits: bool
    reads: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        said = f"{self.table} is read by {self.column}, and was written with it in {self.other}"
        return f"{said}: what was asked for exists the other way round" if self.mirrored else said


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildMismatched:
    """Conditions over a to-many relation were put to one row of it.

    kind: both (two values asked of one row's column) or negated (one row's column must differ,
    where no row's may be equal). proven: a member that was missed was written; a member that came
    too many has a row with the value. held: some row of the relation has it.
    """

    at_us: int
    place: Place | None
    kind: str
    table: str
    column: str
    difference: str
    empty: bool
    proven: bool
    held: bool = False
    reads: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        where = f"{self.table}.{self.column}"
        if self.kind == "both":
            return f"one row's {where} is asked to be two values at once, which none can be"
        return f"a parent passes if any row's {where} differs, whatever its other rows hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsDropped:
    """A join, or a condition on its outer side, dropped parents without a match.

    kind: nullable-key, to-many or outer-condition. written: an expected member was written to the
    parent's table in the run. unmatched: with NULL in the key that it is joined by, or no row of
    the joined table refers to it.
    """

    at_us: int
    place: Place | None
    kind: str
    table: str
    joined: str
    difference: str
    written: bool
    unmatched: bool
    read: bool
    reads: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        if self.kind == "outer-condition":
            said = f"a condition on {self.joined} drops the rows of {self.table} that have none"
        else:
            said = f"rows of {self.table} without one of {self.joined} are dropped by an inner join"
        return f"{said}, as one that was expected has none" if self.unmatched else said
