"""`ormprobe triage` as a user calls it: real processes, pipes, files of every kind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOG = """\
INFO:     Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)
INFO:     127.0.0.1:50000 - "GET /ferries HTTP/1.1" 200 OK
INFO:     127.0.0.1:50001 - "GET /ferries?pier=7 HTTP/1.1" 500 Internal Server Error
ERROR:    Exception in ASGI application
Traceback (most recent call last):
  File "/usr/lib/python3.12/site-packages/starlette/routing.py", line 75, in app
    response = await f(request)
  File "/code/quay/ferries.py", line 21, in of_pier
    rows = await session.execute(text("SELECT id FROM ferrys WHERE pier = 'north-7'"))
sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) no such table: ferrys
[SQL: SELECT id FROM ferrys WHERE pier = 'north-7']
(Background on this error at: https://sqlalche.me/e/20/e3q8)
"""
HEALTHY = 'INFO:     127.0.0.1:50000 - "GET /ferries HTTP/1.1" 404 Not Found\n'


def call(*words: object, stdin: bytes = b"", cwd: Path | None = None) -> tuple[int, str, str]:
    path = os.pathsep.join(str(ROOT / name) for name in (".", "instrumentation", "taxonomy"))
    done = subprocess.run(
        [sys.executable, "-m", "ormprobe", "triage", *map(str, words)],
        input=stdin, capture_output=True, timeout=60, check=False, cwd=cwd,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def document(*words: object, stdin: bytes = b"") -> tuple[int, dict[str, Any]]:
    status, out, err = call(*words, "--format", "json", stdin=stdin)
    assert "Traceback" not in err
    return status, json.loads(out)


def test_a_log_through_a_pipe() -> None:
    status, out, err = call("-", stdin=LOG.encode())

    assert status == 1
    assert "schema-not-created" in out
    assert "/code/quay/ferries.py:21 in of_pier" in out
    assert "[standard input:5]" in out or "[standard input:4]" in out
    assert err == ""


def test_the_document_is_that_of_a_trace(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_text(LOG)

    status, found = document(log)

    assert status == 1
    assert found["schema"] == 1
    assert found["verdict"]["status"] == "failed"
    assert found["verdict"]["primary"]["cause"] == "schema-not-created"
    assert found["run"]["counts"]["requests"] == 2
    assert [each["status"] for each in found["outcomes"]] == ["passed", "error"]
    assert found["labels"][0]["explains"] == [found["outcomes"][1]["id"]]
    assert "north-7" not in json.dumps(found)


def test_plain_values_are_shown_when_they_are_asked_for() -> None:
    secret = LOG.replace("no such table: ferrys", "invalid date: Hogmanay")
    secret = secret.replace("OperationalError", "DataError")

    _, hidden = document("-", stdin=secret.encode())
    _, shown = document("-", "--values", "plain", stdin=secret.encode())

    assert "Hogmanay" not in json.dumps(hidden)
    assert "Hogmanay" in json.dumps(shown)


def test_what_a_server_answered_is_no_failure_by_itself() -> None:
    status, found = document("-", stdin=HEALTHY.encode() * 40)

    assert status == 0
    assert found["verdict"]["status"] == "passed"
    assert found["labels"] == []


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 100_000, b"\xff\xfe" + b"\xd8\x00" * 999, b"words of no log\n" * 50,
     b"<testsuite", b"<testsuites><testsuite name='x'/></testsuites>", b"{" * 10_000],
)  # fmt: skip
def test_what_tells_nothing_is_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "garbage"
    path.write_bytes(content)

    status, out, err = call(path, "--format", "json")

    assert status == 3
    assert "Traceback" not in err
    assert len(err.splitlines()) <= 1
    assert bool(err) or json.loads(out)["verdict"]["status"] == "unobserved"


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    folder = tmp_path / "folder"
    folder.mkdir()

    for path in (tmp_path / "missing", loop, folder):
        status, out, err = call(path)
        assert (status, out, err.count("\n")) == (3, "", 1)


def test_several_paths_are_an_object_a_line_each(tmp_path: Path) -> None:
    (tmp_path / "bad.log").write_text(LOG)
    (tmp_path / "good.log").write_text(HEALTHY)
    paths = [tmp_path / "bad.log", tmp_path / "missing", tmp_path / "good.log"]

    status, out, err = call(*paths, "--format", "json")

    assert status == 1
    found = [json.loads(line)["verdict"]["status"] for line in out.splitlines()]
    assert found == ["failed", "passed"]
    assert "missing" in err
    assert call(*paths[1:])[0] == 3


def test_the_report_goes_into_a_file(tmp_path: Path) -> None:
    (tmp_path / "bad.log").write_text(LOG)
    target = tmp_path / "verdict.json"

    status, out, _ = call(tmp_path / "bad.log", "--format", "json", "--report", target)

    assert status == 1
    assert "schema-not-created" in out
    assert json.loads(target.read_text())["verdict"]["status"] == "failed"


def test_a_finding_that_is_not_to_be_told() -> None:
    status, found = document("-", "--ignore", "schema-not-created", stdin=LOG.encode())

    assert status == 1  # the request failed all the same
    assert found["labels"] == []
    assert found["verdict"]["status"] == "undetermined"


def suite(folder: Path) -> Path:
    test = folder / "test_ferries.py"
    test.write_text(
        textwrap.dedent(
            """
            import sqlite3

            def harbour():
                return sqlite3.connect(":memory:").execute("SELECT id FROM ferries").fetchall()

            def test_ferries():
                assert harbour() == []

            def test_nothing():
                pass
            """
        )
    )
    return test


def run_pytest(folder: Path, *words: str) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words],
        capture_output=True, timeout=60, check=False, cwd=folder,
    )  # fmt: skip
    return done.stdout


@pytest.mark.parametrize("style", ["long", "short", "native", "line"])
def test_what_pytest_printed(tmp_path: Path, style: str) -> None:
    suite(tmp_path)

    status, found = document("-", stdin=run_pytest(tmp_path, f"--tb={style}"))

    assert status == 1
    failed = [each["name"] for each in found["outcomes"] if each["status"] == "failed"]
    assert len(failed) == 1
    assert "test_ferries" in failed[0]
    assert found["verdict"]["primary"]["cause"] == "schema-not-created"


def test_junit_xml(tmp_path: Path) -> None:
    suite(tmp_path)
    run_pytest(tmp_path, "--junit-xml=junit.xml")

    status, found = document(tmp_path / "junit.xml")

    assert status == 1
    assert found["run"]["counts"]["tests"] == 2
    assert found["verdict"]["primary"]["cause"] == "schema-not-created"


def test_a_suite_that_passed(tmp_path: Path) -> None:
    (tmp_path / "test_fine.py").write_text("def test_fine():\n    pass\n")

    status, found = document("-", stdin=run_pytest(tmp_path))

    assert status == 0
    assert found["verdict"]["status"] == "passed"


def test_a_trace_is_judged_as_when_it_was_made(tmp_path: Path) -> None:
    suite(tmp_path)
    trace = tmp_path / "trace"
    path = os.pathsep.join(str(ROOT / name) for name in (".", "instrumentation", "taxonomy"))
    made = subprocess.run(
        [sys.executable, "-m", "ormprobe", "trace", str(tmp_path), "--output", str(trace),
         "--python", sys.executable, "--format", "json"],
        capture_output=True, timeout=120, check=False, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip

    status, found = document(trace)

    assert status == made.returncode == 1
    assert found == json.loads(made.stdout)
