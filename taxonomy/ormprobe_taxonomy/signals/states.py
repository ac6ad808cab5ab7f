"""What became of rows and of what the app knew of them, where a check failed and nothing else did.

A signal of this module is made only for an outcome that a failing check ended. `proven`: the values
of the rows, of the writes and of the check agree, so that no other cause could look the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from ormprobe_taxonomy.signals.errors import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUnset:
    """A row was written with NULL for the key of another row that the same work inserted.

    column: of `table`, that refers to `parent`. joined: what failed was read by that column.
    proven: it lacks a value that the row was written with; counted: or as many rows as there
    are such.
    """

    at_us: int
    place: Place | None
    table: str
    column: str
    parent: str
    joined: bool
    proven: bool
    counted: bool = False
    transaction: str | None = None
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        text = (
            f"a row of {self.table} was inserted with NULL for {self.column}, though the same work "
            f"inserted the row of {self.parent} that it belongs to"
        )
        return f"{text}, and the failing check read by {self.column}" if self.joined else text


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfKept:
    """Work that ended in an error or a refusal left a committed write of its first half.

    tables: of the writes that stayed. refused: the status of the request, None where an exception
    ended the work. proven: the check found a value that one of those writes left.
    """

    at_us: int
    place: Place | None
    tables: tuple[str, ...]
    writes: int
    refused: int | None
    proven: bool
    transaction: str | None = None
    errors: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        one = self.writes == 1
        end = f"was answered {self.refused}" if self.refused else "ended in an exception"
        noun, was = ("write", "was") if one else ("writes", "were")
        return (
            f"{self.writes} {noun} to {', '.join(self.tables)} {was} committed before the same "
            f"work {end}, and the failing check reads what {'it' if one else 'they'} left"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOverwritten:
    """A row was read, written by somebody else, and written again with a value made before that.

    other: the line of the write that was lost. proven: the check found the value of the last write
    in that column.
    """

    at_us: int
    place: Place | None
    other: Place | None
    table: str
    column: str
    proven: bool
    transaction: str | None = None
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        return (
            f"{self.table}.{self.column} was written with a value made from an older reading, "
            f"after another write to the same row{f' at {self.other}' if self.other else ''}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredStale:
    """What a check found is what was read before a write; what it expected is what was written.

    column: None for a list of rows. read: where the older value was read. reread: the table was
    read again after the write, and those rows hold the expected value. values: what was found and
    what was expected agree with both, not by a weak value or a number of rows alone.
    """

    at_us: int
    place: Place | None
    read: Place | None
    table: str
    column: str | None
    reread: bool
    values: bool
    transaction: str | None = None
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        what = f"{self.table}.{self.column}" if self.column else f"the rows of {self.table}"
        at = f" at {self.read}" if self.read else ""
        again = ", which were read again and hold it" if self.reread else ""
        return f"the failing check found {what} as read{at} before the write, not as written{again}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentTaken:
    """A row was deleted, and rows that refer to it were left, or went with it.

    column: of `table`, that refers to `parent`. how: nulled (an UPDATE of the same work set it to
    NULL), left (they stayed as they were, or as the database left them) or taken (they were
    deleted too). proven: what the check found differs by such rows; counted: or by their number
    alone.
    """

    at_us: int
    place: Place | None
    table: str
    column: str
    parent: str
    how: str
    proven: bool
    counted: bool = False
    transaction: str | None = None
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        told = {
            "nulled": f"{self.table}.{self.column} of its rows was set to NULL",
            "left": f"its rows of {self.table} were left",
            "taken": f"its rows of {self.table} were deleted with it",
        }
        return (
            f"a row of {self.parent} was deleted, {told[self.how]}, and the failing check reads "
            f"{self.table}"
        )
