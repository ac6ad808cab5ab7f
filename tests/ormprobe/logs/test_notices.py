"""Lines of a run's start, its end and its errors, as programs write them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ormprobe.logs.model import Notice, NoticeKind
from ormprobe.logs.notices import Notices
from tests.ormprobe.logs.reading_by import notices, read

K = NoticeKind

SAID = [
    (K.LISTENING, "INFO:     Uvicorn running on http://127.0.0.1:4201 (Press CTRL+C to quit)"),
    (K.LISTENING, "[2026-11-27 17:19:08 +0000] [7] [INFO] Listening at: http://127.0.0.1:42 (7)"),
    (K.LISTENING, " * Running on http://127.0.0.1:4203"),
    (K.LISTENING, "======== Running on http://127.0.0.1:4204 ========"),
    (K.LISTENING, "Main  2026-11-27 17:19:13 +0000 INFO: Goin' Fast @ http://127.0.0.1:4205"),
    (K.LISTENING, "INFO:waitress:Serving on http://127.0.0.1:4206"),
    (K.LISTENING, "Starting development server at http://127.0.0.1:4207/"),
    (K.LISTENING, '{"level":30,"pid":7,"msg":"Server listening at http://127.0.0.1:4102"}'),
    (K.LISTENING, "Harbour server started on 4104"),
    (K.LISTENING, "Listening on port 3000"),
    (K.LISTENING, "Server is running on port 3000"),
    (K.CONNECTED, "Connected to SQLite database"),
    (K.CONNECTED, "Database connection has been established successfully."),
    (K.CONNECTED, "Database synced successfully"),
    (K.CONNECTED, "PostgreSQL connected"),
    (K.ADDRESS_IN_USE, "ERROR:    [Errno 98] error while attempting to bind on address "
     "('127.0.0.1', 42): address already in use"),
    (K.ADDRESS_IN_USE, "[2026-11-27 17:19:16 +0000] [7] [ERROR] Connection in use: ('::', 42)"),
    (K.ADDRESS_IN_USE, "Port 4209 is in use by another program. Either identify and stop that"),
    (K.ADDRESS_IN_USE, "OSError: [Errno 98] Address already in use"),
    (K.ADDRESS_IN_USE, "Error: listen EADDRINUSE: address already in use :::3000"),
    (K.NO_COMMAND, "/bin/bash: line 1: sail: command not found"),
    (K.NO_COMMAND, "sh: 1: sail: not found"),
    (K.NO_COMMAND, "./run.sh: line 3: sail: command not found"),
    (K.NO_COMMAND, "sh: 0: cannot open ./sail.sh: No such file"),
    (K.NO_COMMAND, "bash: ./run.sh: Permission denied"),
    (K.NO_COMMAND, "/usr/bin/env: 'python3\\r': No such file or directory"),
    (K.NO_COMMAND, "exec /app/run.sh: exec format error"),
    (K.NO_COMMAND, 'exec: "sail": executable file not found in $PATH: unknown.'),
    (K.NO_MODULE, "/usr/bin/python3: No module named sails"),
    (K.NO_MODULE, "python: can't open file '/app/sail.py': [Errno 2] No such file or directory"),
    (K.NO_MODULE, 'ERROR:    Error loading ASGI app. Could not import module "sails".'),
    (K.NO_MODULE, 'ERROR:    Error loading ASGI app. Attribute "app" not found in module "sails".'),
    (K.NO_MODULE, "Failed to find attribute 'app' in 'sails'."),
    (K.NO_MODULE, "Error: Cannot find module 'sails'"),
    (K.NO_MODULE, 'npm error Missing script: "sail"'),
    (K.INSTALL_FAILED, "npm error code ERESOLVE"),
    (K.INSTALL_FAILED, "npm ERR! code E404"),
    (K.INSTALL_FAILED, "ERROR: No matching distribution found for sails==9"),
    (K.INSTALL_FAILED, "ERROR: Could not find a version that satisfies the requirement sails"),
    (K.INSTALL_FAILED, "gyp ERR! build error"),
    (K.INSTALL_FAILED, "  \u00d7 No solution found when resolving dependencies:"),
    (K.BAD_SYNTAX, "SyntaxError: '(' was never closed"),
    (K.BAD_SYNTAX, "IndentationError: unexpected indent"),
    (K.BAD_SYNTAX, "./run.sh: line 4: syntax error near unexpected token `fi'"),
    (K.BAD_SYNTAX, "src/ship.ts(3,5): error TS1005: ';' expected."),
    (K.DATABASE_REFUSED, 'FATAL:  password authentication failed for user "captain"'),
    (K.DATABASE_REFUSED, 'database "harbour" does not exist'),
    (K.DATABASE_REFUSED, "Error: connect ECONNREFUSED 127.0.0.1:5432"),
    (K.DATABASE_REFUSED, "Unable to connect to the database: connection timed out"),
    (K.DATABASE_REFUSED, "sqlite3.OperationalError: unable to open database file"),
    (K.DATABASE_REFUSED, "Can't connect to MySQL server on 'db' (111)"),
    (K.EXITED, "[2026-11-27 17:19:10 +0000] [7] [ERROR] Shutting down: Master"),
    (K.EXITED, "[2026-11-27 17:19:10 +0000] [7] [ERROR] Reason: Worker failed to boot."),
    (K.EXITED, "INFO:     Shutting down"),
    (K.EXITED, "ERROR:    Application startup failed. Exiting."),
    (K.EXITED, "Node.js v20.20.2"),
    (K.EXITED, "./run.sh: line 5:    70 Killed                  node index.js"),
    (K.EXITED, "Segmentation fault (core dumped)"),
    (K.EXITED, "npm ERR! code ELIFECYCLE"),
    (K.WARNING, "(node:51) [DEP0040] DeprecationWarning: The `punycode` module is deprecated."),
    (K.WARNING, "/code/ship.py:14: SAWarning: relationship X will copy column Y"),
    (K.NOT_AWAITED, "/code/ship.py:14: RuntimeWarning: coroutine 'sail' was never awaited"),
    (K.ERROR, "[2026-11-27 17:19:10 +0000] [7] [ERROR] Reason: App failed to load."),
    (K.ERROR, "ERROR:harbour:the crane fell"),
    (K.ERROR, "2026-11-27 17:19:10,123 ERROR harbour the crane fell"),
    (K.ERROR, "2026-11-27 17:19:10,123 - harbour - CRITICAL - the crane fell"),
    (K.ERROR, "error: the crane fell"),
    (K.ERROR, "Error loading cargo: it is wet"),
    (K.ERROR, "Cargo failed: TypeError: it is wet"),
    (K.ERROR, "GET /ships error: no such table: ship"),
    (K.ERROR, "Listing ships failed: the crane fell"),
    (K.ERROR, "sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) UNIQUE"),
    (K.ERROR, '{"level":"error","message":"the crane fell"}'),
    (K.ERROR, '{"level":50,"msg":"the crane fell"}'),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), SAID)
def test_a_line_says_what_it_says(kind: NoticeKind, text: str) -> None:
    (found,) = notices(read(text, Notices()))
    assert found.kind is kind


QUIET = [
    "",
    "added 82 packages in 2s",
    "found 0 vulnerabilities",
    "up to date, audited 219 packages in 443ms",
    "npm warn deprecated sails@1.0.0: use boats",
    "npm error A complete log of this run can be found in: /code/.npm/_logs/x.log",
    "INFO:     Waiting for application startup.",
    "INFO:     Started server process [16434]",
    "INFO:     Application startup complete.",
    "DEBUG:asyncio:Using selector: EpollSelector",
    "Waiting for the database to be ready on port 5432",
    "[2026-11-27 17:19:08 +0000] [7] [INFO] Booting worker with pid: 8",
    "cat: ship.txt: No such file or directory",
    "The harbour is open, errors: 0",
    "const error = null",
    "Not Found: /ships",
    "no ship was found in the harbour",
    "Executing (default): SELECT name FROM sqlite_master WHERE type='table' AND name='errors';",
    "1 passing, 0 failing",
    "the ship is not connected to the quay",
    "Ships: 4 killed time",
    '{"level":30,"msg":"the crane stands"}',
    '{"level":"info","message":"no errors"}',
    '{"error": null}',
    "Executing (default): INSERT INTO `logs` VALUES ('Error: it is wet');",
    "DEBUG:harbour:retry failed: again",
    "  error: 'no such ship',",
    "validation error: none",
    'the body was {"message": "Error: it is wet"}',
]


@pytest.mark.parametrize("text", QUIET)
def test_ordinary_output_says_nothing(text: str) -> None:
    assert read(text, Notices()) == []


def test_a_warning_has_its_class_and_place() -> None:
    text = "/code/ship.py:14: SAWarning: x\n(node:5) [FST_DEP] FastifyWarning.fastify-jwt: y"
    python, node = notices(read(text, Notices()))
    assert (python.category, python.path, python.at) == ("SAWarning", "/code/ship.py", 14)
    assert node.category == "FastifyWarning.fastify-jwt"


def test_an_error_of_syntax_has_the_place_above_it() -> None:
    text = '  File "/code/ship.py", line 9\n    if (\n       ^\nSyntaxError: never closed'
    (found,) = notices(read(text, Notices()))
    assert (found.path, found.at, found.line) == ("/code/ship.py", 9, 4)
    (typed,) = notices(read("src/ship.ts:3:5 - error TS1005: ';' expected.", Notices()))
    assert (typed.path, typed.at) == ("src/ship.ts", 3)


def test_an_error_in_json_with_its_stack_is_left_to_the_traces() -> None:
    text = '{"level":50,"err":{"message":"m","stack":"Error: m\\n    at f (/a.js:1:1)"},"msg":"m"}'
    assert read(text, Notices()) == []


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.sampled_from([text for _, text in SAID]), st.text()), max_size=12))
def test_no_text_raises(lines: list[str]) -> None:
    assert all(isinstance(one, Notice) for one in read("\n".join(lines), Notices()))


@pytest.mark.parametrize(
    "line",
    [
        "listening " * 6_000,
        "database connected " * 3_000,
        "unable to connect " * 3_000,
        "error: " * 8_000,
        "sh: " * 15_000 + "not found",
        "npm error command " * 3_000,
        "(" * 60_000,
        "a" * 60_000 + ": error TS1005: x",
    ],
)
def test_a_huge_line_costs_no_more_than_its_length(line: str) -> None:
    started = time.perf_counter()
    read("\n".join([line] * 5), Notices())
    assert time.perf_counter() - started < 3
