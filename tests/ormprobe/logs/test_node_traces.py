"""Errors as Node 20, Sequelize 6, pg 8, sqlite3, better-sqlite3, Koa and Fastify print them."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ormprobe.logs.access import Accesses
from ormprobe.logs.model import Frame, Item, Line, NoticeKind, Runtime, Traceback
from ormprobe.logs.node import NodeTraces
from ormprobe.logs.notices import Notices
from tests.ormprobe.logs import node_texts
from tests.ormprobe.logs.reading_by import accesses, notices, read, traces


def one(text: str) -> Traceback:
    (found,) = traces(read(text, NodeTraces(), Accesses(), Notices()))
    return found


def test_a_drivers_error_has_its_frames_outermost_first_and_its_sqlstate() -> None:
    found = one(node_texts.DRIVER)
    assert (found.runtime, found.first, found.last) == (Runtime.NODE, 1, 15)
    (thrown,) = found.chain
    assert (thrown.type, thrown.module, thrown.status_code) == ("error", "pg", "42883")
    assert thrown.code is None
    assert thrown.message == "operator does not exist: text = integer"
    assert thrown.frames[0] == Frame("/code/src/routes.js", 8, "<anonymous>")
    assert thrown.frames[1] == Frame("/code/src/cargo.js", 14, "CargoStore.byHarbour")
    assert thrown.origin == "pg-pool/index.js:<anonymous>"


def test_an_orms_error_carries_its_drivers_once_with_the_statement() -> None:
    found = one(node_texts.SEQUELIZE)
    assert found.head == "Listing failed"
    surfaced, driver = found.chain
    assert (surfaced.type, surfaced.module) == ("SequelizeDatabaseError", "sequelize")
    assert surfaced.message == "SQLITE_ERROR: no such column: Cargo.tons"
    assert (driver.relation, driver.type, driver.module) == ("orig", "Error", "sqlite3")
    assert driver.status_code == "SQLITE_ERROR"
    assert driver.sql == surfaced.sql == "SELECT `id`\nFROM `cargo` WHERE `tons` = 4;"
    assert len(surfaced.frames) == 3
    assert len(driver.frames) == 1


def test_a_message_of_several_lines_is_kept_and_other_objects_errors_are_not() -> None:
    (thrown,) = one(node_texts.VALIDATION).chain
    assert thrown.type == "SequelizeValidationError"
    assert "ValidationError" in thrown.mro
    assert thrown.message.split(",\n") == [
        "notNull Violation: Cargo.name cannot be null",
        "notNull Violation: Cargo.tons cannot be null",
    ]


def test_an_uncaught_exception_has_the_code_of_its_place() -> None:
    found = one(node_texts.UNCAUGHT)
    assert (found.first, found.last) == (1, 8)
    assert found.chain[0].frames[-1] == Frame(
        "/code/src/harbour.js", 12, "moor", "throw new TypeError('no quay');"
    )


def test_an_error_of_syntax_stands_where_node_says() -> None:
    assert one(node_texts.SYNTAX).chain[0].frames[-1] == Frame(
        "/code/src/quay.js", 3, "<anonymous>", "const berth = ;"
    )


def test_a_cause_follows_the_error_that_wraps_it() -> None:
    outer, inner = one(node_texts.CAUSE).chain
    assert (outer.message, inner.relation) == ("manifest failed", "cause")
    assert (inner.type, inner.module) == ("SqliteError", "better-sqlite3")
    assert inner.status_code == "SQLITE_CONSTRAINT_UNIQUE"


def test_the_members_of_an_aggregate_are_told_apart() -> None:
    outer, *members = one(node_texts.AGGREGATE).chain
    assert (outer.type, outer.code) == ("AggregateError", "ECONNREFUSED")
    assert [member.relation for member in members] == ["member", "member"]
    assert [member.message[-9:] for member in members] == [" ::1:5432", ".0.1:5432"]


def test_the_verbose_mode_of_sqlite3_gives_the_statement() -> None:
    (thrown,) = one(node_texts.VERBOSE).chain
    assert thrown.sql == "INSERT INTO cargo VALUES (?)"
    assert thrown.frames[-1].path == "/code/src/store.js"


@pytest.mark.parametrize(
    ("text", "last", "status"),
    [(node_texts.STACKLESS, 4, "SQLITE_RANGE"), (node_texts.IN_BRACKETS, 6, "SQLITE_ERROR")],
)
def test_an_error_without_a_stack_stands_in_brackets(text: str, last: int, status: str) -> None:
    found = one(text)
    assert found.last == last
    (thrown,) = found.chain
    assert (thrown.frames, thrown.status_code, thrown.module) == ((), status, "sqlite3")
    assert "Emitted" not in thrown.message


def test_the_frames_of_the_event_are_not_those_of_the_error() -> None:
    (thrown,) = one(node_texts.EMITTED).chain
    assert thrown.code == "EADDRINUSE"
    assert [frame.function for frame in thrown.frames] == [
        "Function.listen",
        "Server.setupListenHandle",
    ]


def test_koa_indents_what_it_prints() -> None:
    items = read(node_texts.KOA, NodeTraces(), Accesses(), Notices())
    (found,) = traces(items)
    assert (found.first, found.last) == (4, 6)
    assert found.chain[0].message == "no such table: cargo"
    assert accesses(items) == [("GET", "/cargo", 500), ("GET", "/ok", None)]
    assert notices(items) == []


def test_a_rejection_that_nobody_handled_is_an_error() -> None:
    (thrown,) = one(node_texts.REJECTED).chain
    assert (thrown.type, thrown.code) == ("UnhandledPromiseRejection", "ERR_UNHANDLED_REJECTION")


def test_a_missing_module_keeps_who_asked_for_it() -> None:
    (thrown,) = one(node_texts.MODULE).chain
    assert thrown.code == "MODULE_NOT_FOUND"
    assert thrown.message.endswith("Require stack:\n- /code/src/index.js")


def test_a_stack_whose_beginning_is_missing_is_truncated() -> None:
    found = one("    at dispatch (/code/src/a.js:1:2)\n    at async run (/code/src/b.js:3:4)\n")
    assert found.truncated
    assert len(found.chain[0].frames) == 2


def test_a_stack_that_somebody_printed_is_no_error() -> None:
    frames = "    at dispatch (/code/src/a.js:1:2)\n    at async run (/code/src/b.js:3:4)\n"
    for before in ("Trace: here", "(node:5) Warning: too many ships", "called from"):
        assert traces(read(f"{before}\n{frames}", NodeTraces())) == []


def test_a_class_of_any_name_heads_its_frames() -> None:
    (thrown,) = one("NotFound: ship 4\n    at find (/code/src/a.js:1:2)\n").chain
    assert (thrown.type, thrown.message) == ("NotFound", "ship 4")


@pytest.mark.parametrize(
    "before",
    ["2026-11-27T17:30:05.655Z error: ", "error: ", "Unhandled: ", "<ref *1> ", "  "],
)
def test_what_stands_before_a_head_is_not_of_it(before: str) -> None:
    (thrown,) = one(f"{before}TypeError: no quay\n    at find (/code/src/a.js:1:2)\n").chain
    assert (thrown.type, thrown.message) == ("TypeError", "no quay")


@pytest.mark.parametrize(
    "message", ['null value in column "name"', '"ship" is not a view', "true is not of type tons"]
)
def test_a_message_of_pg_may_begin_like_a_value(message: str) -> None:
    (thrown,) = one(f"error: {message}\n    at find (/code/src/a.js:1:2)\n").chain
    assert (thrown.type, thrown.message) == ("error", message)


def test_a_text_that_was_thrown_is_an_error_with_its_place() -> None:
    text = "\n/code/src/a.js:4\nthrow 'no quay'\n^\nno quay\n" + (
        "(Use `node --trace-uncaught ...` to show where the exception was thrown)\n"
        "\nNode.js v20.20.2\n"
    )
    thrown, end = notices(read(text, NodeTraces(), Accesses(), Notices()))
    assert (thrown.kind, thrown.text, thrown.line) == (NoticeKind.ERROR, "no quay", 5)
    assert (thrown.path, thrown.at) == ("/code/src/a.js", 4)
    assert end.kind is NoticeKind.EXITED


def test_a_long_message_keeps_the_place_above_it() -> None:
    text = (
        "/code/src/a.mjs:7\nimport { quay } from 'port'\n         ^^^^\nSyntaxError: Named export "
        "'quay' not found. Use:\n\nimport pkg from 'port';\nconst { quay } = pkg;\n\n"
        "    at ModuleJob._instantiate (node:internal/modules/esm/module_job:180:21)\n"
    )
    found = one(text)
    assert found.first == 1
    assert found.chain[0].frames[-1].line == 7


def test_two_errors_one_after_the_other_are_two() -> None:
    found = traces(read(node_texts.DRIVER + node_texts.STACKLESS + node_texts.CAUSE, NodeTraces()))
    assert [trace.chain[0].type for trace in found] == ["error", "Error", "Error"]


def test_errors_of_two_processes_in_one_log_are_told_apart() -> None:
    reader, items = NodeTraces(), list[Item]()
    lines = node_texts.UNCAUGHT.split("\n")
    for number, text in enumerate(lines):
        reader.take(Line(number * 2 + 1, text, "web"), items)
        reader.take(Line(number * 2 + 2, text.replace("quay", "crane"), "worker"), items)
    reader.end(items)
    web, worker = traces(items)
    assert (web.source, web.chain[0].message) == ("web", "no quay")
    assert (worker.source, worker.chain[0].message) == ("worker", "no crane")
    assert len(web.chain[0].frames) == len(worker.chain[0].frames) == 3


def test_a_line_of_pino_is_an_error_and_the_requests_end() -> None:
    error = {
        "type": "DatabaseError",
        "message": "SQLITE_ERROR: no such table: cargo",
        "stack": "Error\n    at Q.run (/code/node_modules/sequelize/lib/q.js:183:12)\n"
        "    at async list (/code/src/cargo.js:4:2)",
        "name": "SequelizeDatabaseError",
        "parent": {"type": "Error", "message": "SQLITE_ERROR: no such table: cargo",
                   "stack": "Error: SQLITE_ERROR: no such table: cargo", "errno": 1,
                   "code": "SQLITE_ERROR", "sql": "SELECT 1"},
        "sql": "SELECT 1",
    }  # fmt: skip
    text = json.dumps(
        {"level": 50, "pid": 7, "reqId": "req-1", "req": {"method": "GET", "url": "/cargo"},
         "res": {"statusCode": 500}, "err": error, "msg": "failed"}
    )  # fmt: skip
    turned = read(text, Accesses(), NodeTraces())
    assert len(traces(turned)) == len(accesses(turned)) == 1
    items = read(text, NodeTraces(), Accesses(), Notices())
    (found,) = traces(items)
    surfaced, driver = found.chain
    assert (surfaced.type, surfaced.sql) == ("SequelizeDatabaseError", "SELECT 1")
    assert surfaced.frames[0] == Frame("/code/src/cargo.js", 4, "list")
    assert (driver.relation, driver.status_code) == ("orig", "SQLITE_ERROR")
    assert accesses(items) == [("GET", "/cargo", 500)]
    assert notices(items) == []


def test_a_head_with_nothing_below_is_a_notice() -> None:
    items = read("Error: cargo lost\nnext ship\n", NodeTraces(), Accesses(), Notices())
    assert traces(items) == []
    assert [(one.kind, one.line) for one in notices(items)] == [(NoticeKind.ERROR, 1)]


@pytest.mark.parametrize(
    "text",
    [
        "Look at the harbour (it is at the sea)",
        "    at home we have cargo",
        "the ErrorBoundary is mounted",
        "const error = new Harbour()",
        "{ cargo: 4 }",
        "  }\n]\n}",
        "errors: 0, warnings: 0",
    ],
)
def test_ordinary_text_is_no_error(text: str) -> None:
    assert read(text, NodeTraces(), Notices()) == []


_PIECES = st.sampled_from(
    (node_texts.SEQUELIZE + node_texts.AGGREGATE + node_texts.IN_BRACKETS + node_texts.UNCAUGHT)
    .split("\n")
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(_PIECES, st.text(max_size=60)), max_size=40))
def test_torn_and_mixed_texts_never_raise(lines: list[str]) -> None:
    items = read("\n".join(lines), NodeTraces(), Accesses(), Notices())
    for found in traces(items):
        assert found.chain
        assert 1 <= found.first <= found.last


@pytest.mark.parametrize(
    "line",
    [
        "    at " + "a (" * 20_000,
        "Error" * 20_000,
        "Error: " * 10_000,
        "[Error: " + "x" * 60_000,
        "  sql: '" + "\\'" * 30_000,
        "_" * 60_000 + "Error: x",
    ],
)
def test_a_huge_line_costs_no_more_than_its_length(line: str) -> None:
    started = time.perf_counter()
    text = "Error: x\n    at f (/a.js:1:1) {\n" + (line + "\n") * 5
    read(text, NodeTraces(), Accesses(), Notices())
    assert time.perf_counter() - started < 3


def test_a_dump_without_an_end_is_bounded() -> None:
    text = "Error: x\n    at f (/a.js:1:1) {\n" + "  key: {\n" * 20_000
    started = time.perf_counter()
    assert len(traces(read(text, NodeTraces()))) == 1
    assert time.perf_counter() - started < 3
