"""Placeholders of every driver."""

from __future__ import annotations

import pytest

from ormprobe.sql.placeholders import numbered


@pytest.mark.parametrize(
    ("system", "text", "expected", "binds"),
    [
        ("sqlite", "a = ? AND b = ?", "a = :p0 AND b = :p1", 2),
        ("sqlite", "a = ?2 AND b = ?1", "a = :p1 AND b = :p0", 2),
        ("sqlite", "a = :who AND b = :what AND c = :who", "a = :p0 AND b = :p1 AND c = :p0", 2),
        ("sqlite", "a = @who", "a = :p0", 1),
        ("sqlite", "a = %s AND b LIKE '%s' ESCAPE '\\' AND c = %s",
         "a = :p0 AND b LIKE '%s' ESCAPE '\\' AND c = :p1", 2),
        ("postgresql", "a = $2::int AND b = $1", "a = :p1::int AND b = :p0", 2),
        ("postgresql", "a = %(x)s::text", "a = :p0::text", 1),
        ("postgresql", "tags ? %s AND tags ?| %s", "tags ? :p0 AND tags ?| :p1", 2),
        ("postgresql", "a %% %s = 0", "a % :p0 = 0", 1),
        ("postgresql", "x = $tag$ ? %s $tag$ AND y = $1", "x = $tag$ ? %s $tag$ AND y = :p0", 1),
        ("postgresql", "a::text = 'b'", "a::text = 'b'", 0),
        ("mysql", "`a?` = %s AND b = 'it\\'s ?'", "`a?` = :p0 AND b = 'it\\'s ?'", 1),
        ("mysql", "a = %s -- why? %s\nAND b = %s", "a = :p0 -- why? %s\nAND b = :p1", 2),
        (None, "\"a?\" = ? /* ? */", '"a?" = :p0 /* ? */', 1),
    ],
)  # fmt: skip
def test_are_numbered_from_none(system: str, text: str, expected: str, binds: int) -> None:
    found = numbered(text, system)

    assert (found.text, found.binds) == (expected, binds)


def test_named_ones_stand_where_the_binds_have_them() -> None:
    found = numbered("a = %(x)s AND b = %(y)s AND c = %(x)s", "postgresql", ("y", "unused", "x"))

    assert (found.text, found.binds) == ("a = :p2 AND b = :p0 AND c = :p2", 3)
