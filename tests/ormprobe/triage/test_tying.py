"""Tracebacks are tied to the requests that they ended, surely where the log shows it."""

from __future__ import annotations

from ormprobe.logs.model import Access, Frame, Item, Runtime, Thrown, Traceback
from ormprobe.triage.aligning import aligned
from ormprobe.triage.places import Places
from ormprobe.triage.thrown import told_of
from ormprobe.triage.tying import accesses_of, ties_of
from ormprobe_taxonomy.terms import Link
from tests.ormprobe.triage.suites import SUITE, requests


def access(line: int, method: str, path: str, status: int | None) -> Access:
    return Access(line=line, method=method, path=path, status=status)


def traceback(line: int, kind: str = "KeyError", head: str | None = None) -> Traceback:
    frame = Frame(path="/code/quay/views.py", line=line, function="view")
    thrown = Thrown(type=kind, message=f"'{kind}'", frames=(frame,))
    return Traceback(runtime=Runtime.PYTHON, first=line, last=line + 3, chain=(thrown,), head=head)


def ties(items: list[Item], **failed: object) -> dict[str, tuple[int, Link]]:
    made = requests(**failed)  # type: ignore[arg-type]
    told = {
        index: told_of(item, "server.log", index, Places())
        for index, item in enumerate(items)
        if isinstance(item, Traceback)
    }
    found = ties_of(made, items, told, aligned(made, accesses_of(items)))
    return {SUITE[tie.position][0]: (tie.told.traceback.first, tie.link) for tie in found}


def test_a_traceback_beside_its_access_line_is_tied_surely() -> None:
    before: list[Item] = [
        access(1, "POST", "/api/berths", 201), traceback(2), access(9, "GET", "/api/berths", 500),
    ]  # fmt: skip
    after: list[Item] = [access(1, "GET", "/api/berths", 500), traceback(2)]

    assert ties(before, Berths=500) == {"Berths": (2, Link.CHAIN)}
    assert ties(after, Berths=500) == {"Berths": (2, Link.CHAIN)}


def test_the_path_that_a_traceback_names_decides() -> None:
    items: list[Item] = [
        access(1, "GET", "/api/berths", 500),
        traceback(2, head="Internal Server Error: /api/berths/pier-9"),
        access(8, "GET", "/api/berths/pier-9", 500),
    ]

    assert ties(items, Berths=500, Berth=500)["Berth"] == (2, Link.CHAIN)


def test_without_access_lines_as_many_as_crashed_are_in_their_order() -> None:
    items: list[Item] = [traceback(1, "KeyError"), traceback(9, "TypeError")]

    assert ties(items, Berths=500, Berth=500) == {
        "Berths": (1, Link.CHAIN), "Berth": (9, Link.CHAIN)
    }  # fmt: skip


def test_a_log_without_its_beginning_is_laid_from_the_end_and_only_suggests() -> None:
    items: list[Item] = [traceback(1, "KeyError"), traceback(9, "TypeError")]

    found = ties(items, Moor=500, Berths=500, Berth=500)

    assert found["Berth"] == (9, Link.EARLIER)
    assert found["Berths"] == (1, Link.EARLIER)
    assert found["Moor"][1] is Link.EARLIER


def test_a_traceback_without_a_failed_request_is_tied_to_none() -> None:
    assert ties([traceback(1), access(9, "GET", "/api/berths", 200)]) == {}


def test_a_handler_that_answers_any_exception_as_a_clients_fault_hides_it() -> None:
    frame = Frame(path="/code/quay/views.py", line=3, function="view")
    thrown = Thrown(
        type="OperationalError", module="sqlite3", message="no such column: b.pier", frames=(frame,)
    )
    refused = Traceback(runtime=Runtime.PYTHON, first=2, last=5, chain=(thrown,))
    beside: list[Item] = [refused, access(6, "GET", "/api/berths", 422)]

    assert ties(beside, Berths=422) == {"Berths": (2, Link.EARLIER)}
    assert ties([refused], Berths=422) == {"Berths": (2, Link.EARLIER)}
    assert ties([refused], Berths=404) == {}
    assert ties([traceback(1)], Berths=422) == {}  # not the data layer's


def test_silence_after_a_crash_takes_no_traceback_of_its_own() -> None:
    found = ties([traceback(1)], Berth=None, Pin=None, Pinned_again=None)

    assert found == {"Berth": (1, Link.CHAIN)}


def test_access_lines_are_laid_along_the_suite_by_method_path_query_and_status() -> None:
    made = requests(Pinned_again=500)
    lines = [
        access(1, "GET", "/health", 200),
        access(2, "POST", "/api/pilots", 200),
        access(3, "GET", "/api/berths?pinned=ida", 200),
        access(4, "GET", "/api/berths/pier-9", 200),
        access(5, "GET", "/api/berths?pinned=ida", 500),
    ]

    found = {SUITE[position][0]: lines[index].line for position, index in
             aligned(made, lines).items()}  # fmt: skip

    assert found == {"Sign up": 2, "Pinned berths": 3, "Berth": 4, "Pinned again": 5}
