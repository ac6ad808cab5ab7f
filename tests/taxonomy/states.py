"""Signals of states made by hand, proven unless told otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ormprobe_taxonomy.signals import (
    AnsweredStale,
    HalfKept,
    KeyUnset,
    ParentTaken,
    WriteOverwritten,
)
from tests.taxonomy.made import LINE, OTHER


def unset(**fields: Any) -> KeyUnset:
    signal = KeyUnset(
        at_us=10,
        place=LINE,
        table="lines",
        column="order_id",
        parent="orders",
        joined=True,
        proven=True,
    )
    return replace(signal, **fields)


def half(**fields: Any) -> HalfKept:
    signal = HalfKept(
        at_us=10, place=LINE, tables=("accounts",), writes=1, refused=404, proven=True
    )
    return replace(signal, **fields)


def overwritten(**fields: Any) -> WriteOverwritten:
    signal = WriteOverwritten(
        at_us=10,
        place=LINE,
        other=OTHER,
        table="shows",
        column="seats",
        proven=True,
    )
    return replace(signal, **fields)


def stale(**fields: Any) -> AnsweredStale:
    signal = AnsweredStale(
        at_us=10,
        place=LINE,
        read=OTHER,
        table="orders",
        column="state",
        reread=False,
        values=True,
    )
    return replace(signal, **fields)


def taken(**fields: Any) -> ParentTaken:
    signal = ParentTaken(
        at_us=10,
        place=LINE,
        table="lines",
        column="order_id",
        parent="orders",
        how="nulled",
        proven=True,
    )
    return replace(signal, **fields)
