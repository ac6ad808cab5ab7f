"""Requests of a small suite, in order, as a report tells of them."""

from __future__ import annotations

from ormprobe.runs.model import Expected, Request
from ormprobe_taxonomy.finished import Role

SUITE = (
    ("Sign up", "POST", "/pilots", Role.REGISTER, "pilot", None, False, None),
    ("Sign in", "POST", "/pilots/login", Role.LOG_IN, "pilot", None, False, None),
    ("Me", "GET", "/pilot", Role.CURRENT, "pilot", None, False, None),
    ("Moor", "POST", "/berths", Role.CREATE, "berth", None, False, None),
    ("Berths", "GET", "/berths", Role.LIST, "berth", None, False, 4),
    ("Pinned berths", "GET", "/berths?pinned", Role.LIST, "berth", None, True, 4),
    ("Berth", "GET", "/berths/{berth}", Role.READ, "berth", "berth", False, None),
    ("Pin", "POST", "/berths/{berth}/pin", Role.RELATE, "pin", "berth", False, None),
    ("Pinned again", "GET", "/berths?pinned", Role.LIST, "berth", None, True, 4),
)
CHECKS = 6


def requests(**failed: tuple[int | None, int] | int | None) -> tuple[Request, ...]:
    """The suite's requests; `Moor=500` or `Moor=(201, 6)`: status, and how many checks failed.

    A blank of a name is an underscore. No status is None.
    """
    found: list[Request] = []
    for position, row in enumerate(SUITE):
        name, method, path, role, resource, needs, filtered, on_empty = row
        told = failed.get(name.replace(" ", "_"), (200, 0))
        status, checks = told if isinstance(told, tuple) else (told, CHECKS)
        expected = Expected(
            name=name, role=role, resource=resource, needs=needs, filtered=filtered,
            assertions=CHECKS, on_empty=on_empty, on_error=CHECKS, path=path,
            authenticated=role in (Role.CURRENT, Role.CREATE, Role.RELATE),
        )  # fmt: skip
        found.append(
            Request(
                position=position, file="report.csv", line=position + 2, name=name, method=method,
                status=status, failed=checks, executed=CHECKS, expected=expected,
            )
        )  # fmt: skip
    return tuple(found)


def position_of(name: str) -> int:
    return next(position for position, row in enumerate(SUITE) if row[0] == name)
