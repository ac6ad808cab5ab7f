"""Which cases run today: of the faulty ones one for each cause and ORM, of the healthy a third.

Each cause has its turn every day, with every other of its ORMs: a pair of both runs each second
day. A healthy app that serves the contract runs on the first of its databases each day, on its
others, and every small app on all of its own, every third day.
`ORMPROBE_CASES` overrides the day: `all`, or a part of the ids that are wanted.
`python -m tests.corpus.rotation` prints the choice.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import pytest

from tests import mariadb
from tests.corpus.cases import MARIADB, Case, cases

VARIABLE = "ORMPROBE_CASES"
EVERY = 3
"""Days between two runs of a healthy app that does not run each day."""


def day_of_year() -> int:
    return date.today().timetuple().tm_yday


def chosen(found: Iterable[Case], wanted: str, day: int) -> frozenset[str]:
    """The ids of the cases that run. `day`: of the year, which turns the rotation."""
    all_cases = tuple(found)
    if wanted == "all":
        return frozenset(case.id for case in all_cases)
    if wanted:
        return frozenset(case.id for case in all_cases if wanted in case.id)
    turns = list(_faulty(all_cases, day))
    healthy = [case for case in all_cases if case.fault is None]
    turns += [case for case in healthy if runs_each_day(case)]
    others = [case for case in healthy if not runs_each_day(case)]
    turns += [case for number, case in enumerate(others) if (number + day) % EVERY == 0]
    return frozenset(case.id for case in turns)


def _faulty(all_cases: tuple[Case, ...], day: int) -> Iterator[Case]:
    groups: dict[str, dict[str, list[Case]]] = {}
    for case in all_cases:
        if case.fault is not None:
            groups.setdefault(case.fault.cause, {}).setdefault(case.orm, []).append(case)
    for number, of_cause in enumerate(groups.values()):
        for place, group in enumerate(of_cause.values()):
            if len(of_cause) == 1 or (number + place + day) % 2 == 0:
                # a pair comes each second day: by the day alone half of its cases never would
                yield group[day // 2 % len(group)]


def runs_each_day(case: Case) -> bool:
    return not case.fixture.startswith("small/") and case.database == case.databases[0]


def today(found: Iterable[Case]) -> frozenset[str]:
    """The choice of the day, among the cases whose database there is."""
    here = [case for case in found if has_database(case)]
    return chosen(here, os.environ.get(VARIABLE, ""), day_of_year())


def has_database(case: Case) -> bool:
    """Whether the case can run: MariaDB is there where a variable names a server."""
    return case.database != MARIADB or mariadb.server() is not None


def params(wanted: Iterable[Case]) -> list[object]:
    """The cases as parameters of a test, those whose turn it is not skipped."""
    return _params(wanted, today(cases()))


def params_of_a_third(wanted: Sequence[Case]) -> list[object]:
    """The same, but a third of today's cases."""
    turn = today(cases())
    if not os.environ.get(VARIABLE):
        mine = [case.id for case in wanted if case.id in turn]
        turn = frozenset(mine[day_of_year() % EVERY :: EVERY])
    return _params(wanted, turn)


def params_of_one(wanted: Sequence[Case]) -> list[object]:
    """The same, but of all the cases only one runs a day."""
    turn = today(cases())
    if not os.environ.get(VARIABLE):
        turn = frozenset([wanted[day_of_year() % len(wanted)].id])
    return _params(wanted, turn)


def _params(wanted: Iterable[Case], turn: frozenset[str]) -> list[object]:
    skipped = pytest.mark.skip(reason=f"not its turn; {VARIABLE}=all runs it")
    lacking = pytest.mark.skip(reason=mariadb.MISSING)
    return [
        pytest.param(
            case,
            id=case.id,
            marks=() if case.id in turn else skipped if has_database(case) else lacking,
        )
        for case in wanted
    ]


if __name__ == "__main__":
    print(*sorted(today(cases())), sep="\n")
