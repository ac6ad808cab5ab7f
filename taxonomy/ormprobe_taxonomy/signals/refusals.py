"""Signals about statements, values, mappings and results that were refused; part of
`signals.Signal`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ormprobe_taxonomy.signals.errors import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRefused:
    """The database did not understand a statement.

    token: what it named, None where that was scrubbed. construct: of another dialect that holds the
    token. dialect: one that has the construct; whole: it understands the whole statement. function:
    the token is a function, `homes` the systems that have it. mixed: a value from outside may stand
    inside the text.
    """

    error: str
    token: str | None
    system: str | None
    construct: str | None = None
    dialect: str | None = None
    whole: bool = False
    function: bool = False
    homes: tuple[str, ...] = ()
    mixed: bool = False
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        here = self.system or "this database"
        if self.construct:
            whole = f", and the whole statement is understood by {self.dialect}" * self.whole
            return f"{self.construct} is not known to {here}{whole}"
        if self.function:
            homes = " and ".join(self.homes) or "no system that is known"
            return f'function "{self.token}" is not known to {here}; {homes} has it'
        mixed = "; a value stands inside the text" if self.mixed else ""
        return f"{here} stopped at {self.token or 'a token'}{mixed}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaDrift:
    """A table of the database differs from its declaration.

    kind: missing (a declared column that the table lacks), extra (a required column of the table
    that is not declared) or type. created: the line that made the table as it is. declared: the
    line of the declaration. seen: the CREATE TABLE was seen, and differs so.
    """

    error: str
    table: str
    column: str
    kind: str
    created: Place | None
    declared: Place | None
    seen: bool
    nested: bool = False
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        what = {
            "missing": f'the models declare column "{self.column}" of "{self.table}", '
            "the table of the database lacks it",
            "extra": f'table "{self.table}" requires column "{self.column}", '
            "which the models do not declare",
        }
        text = what.get(
            self.kind, f'column "{self.column}" of "{self.table}" has another type than the models'
        )
        made = f"; the table was made at {self.created}" if self.created else ""
        return text + made


@dataclass(frozen=True, slots=True, kw_only=True)
class DatetimeMixed:
    """A naive and an aware datetime met in the app's own code, one of them from a row.

    attribute: of a mapped date-time column, named on the line. read: rows of its table had been
    read in the same outcome.
    """

    error: str
    attribute: str | None
    table: str | None
    read: bool
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        if self.attribute is None:
            return "rows with date-time columns had been read before"
        return f'"{self.attribute}" is a date-time column of "{self.table}", read from a row'


@dataclass(frozen=True, slots=True, kw_only=True)
class Contended:
    """Who stood in the way of a write.

    own: the same outcome wrote on another connection and had not ended that transaction. deleted:
    the line of the same outcome that had deleted the row itself.
    """

    error: str
    own: Place | None
    deleted: Place | None
    held: bool = False
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        if self.held:
            return f"another connection of the same work held the write lock since {self.own}"
        if self.deleted:
            return f"the same work had deleted rows of the table at {self.deleted}"
        return "no other open transaction of the same work was seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingDeclared:
    """Which declaration an error of the mapping is about, and where it stands."""

    error: str
    entity: str
    attribute: str | None
    place: Place | None
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        what = f"{self.entity}.{self.attribute}" if self.attribute else self.entity
        return f"{what} is declared at {self.place}" if self.place else f"{what} is at fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueUnmapped:
    """A model was given a value by a name that it does not have; nothing was written of it.

    meant: the mapped name that is nearly the same. wanted: the failing check wanted that very
    value. error: of the write that was refused for want of the value, None where none was.
    """

    at_us: int
    entity: str
    name: str
    meant: str | None
    wanted: bool
    place: Place | None
    error: str | None = None
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        meant = f" ({self.meant} is one of its own)" if self.meant else ""
        gone = ", and the failing check wanted that value" if self.wanted else ""
        return f"{self.entity} was given {self.name}, which it does not have{meant}{gone}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectMisused:
    """What the object is that was used as something else: a mapped class or a library's result.

    kind: the name of its class, `dict` or `tuple` for a row that the query was asked to give so.
    made: the line that gave a query in place of what it finds.
    """

    error: str
    kind: str
    mapped: bool
    made: Place | None = None
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        if self.kind in ("dict", "tuple"):
            return f"the query was asked to give its rows as {self.kind}"
        given = f", given at {self.made}" if self.made else ""
        return f"{self.kind} is {'a mapped class' if self.mapped else 'a class of the ORM'}{given}"
