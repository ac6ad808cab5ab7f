"""Reads an exception as a cause, by the tables in `tables`: data, one row a pattern.

A chain is read from the inside: the driver knows best, then the ORM's class refines. Rows stand in
order; the first that matches decides. A row may name a cause that has no rule yet: it is then at
least a candidate.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from ormprobe_taxonomy.signals import Reading


class Exceptional(Protocol):
    """One exception of a chain, as a trace or a log describes it."""

    @property
    def type(self) -> str: ...
    @property
    def module(self) -> str | None: ...
    @property
    def mro(self) -> tuple[str, ...]: ...
    @property
    def message(self) -> str: ...
    @property
    def code(self) -> str | None: ...
    @property
    def status_code(self) -> str | None: ...
    @property
    def origin(self) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Matches when everything that it names matches.

    status: SQLSTATE, SQLite error name or server number; one that ends in `*` is a prefix. codes:
    the ORM's own, likewise. types: any class of the mro. module: of the exception's class, a
    prefix. pattern: searched in the message. origin: in `file:function` of the frame that raised.
    """

    cause: str | None
    status: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    module: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None
    origin: re.Pattern[str] | None = None
    facet: str | None = None
    variant: str | None = None

    def matches(self, found: Exceptional) -> bool:
        if self.status and not any(_status(want, found.status_code) for want in self.status):
            return False
        if self.codes and not any(_status(want, found.code) for want in self.codes):
            return False
        if self.types and not any(name in found.mro or name == found.type for name in self.types):
            return False
        if self.module and not (found.module or "").startswith(self.module):
            return False
        if self.origin and not self.origin.search(found.origin or ""):
            return False
        return self.pattern is None or self.pattern.search(found.message) is not None


def _status(want: str, status: str | None) -> bool:
    if status is None:
        return False
    return status.startswith(want[:-1]) if want.endswith("*") else status == want


def read_one(found: Exceptional, tables: Iterable[tuple[Row, ...]]) -> Reading | None:
    """The reading of a single exception, None where no row matches or the row says so."""
    for table in tables:
        for row in table:
            if row.matches(found):
                if row.cause is None:
                    return None
                return Reading(row.cause, row.facet, row.variant)
    return None
