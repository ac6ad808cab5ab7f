"""Flask apps under real servers: every statement belongs to the request that caused it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.instrumentation.traced import line_of
from tests.postgres import with_driver
from tests.servers.serving import HERE, Served, serve

GUNICORN = "python -m gunicorn --bind 127.0.0.1:{port} --graceful-timeout 3 flask_app:app"


@dataclass(frozen=True)
class Server:
    """How an app is served. workers: processes that must have answered; exits: all say goodbye,
    which a server without a handler for SIGTERM does not."""

    command: str
    workers: int = 1
    exits: bool = True
    drive: str = "--stream"
    env: dict[str, str] = field(default_factory=dict)


SERVERS = {
    "gunicorn sync": Server(f"{GUNICORN} --workers 2", workers=2),
    "gunicorn threads": Server(f"{GUNICORN} --workers 2 --threads 4", workers=2),
    "gunicorn preload": Server(f"{GUNICORN} --workers 2 --threads 4 --preload", workers=2),
    "gunicorn gevent": Server(f"{GUNICORN} --workers 2 -k gevent", workers=2),
    "gunicorn recycled": Server(
        f"{GUNICORN} --workers 2 --threads 4 --max-requests 40", workers=3, drive="--patient"
    ),
    "gunicorn reload": Server(
        f"{GUNICORN} --workers 2 --threads 4 --reload",
        workers=3,
        drive="--stream --patient --reload generation.py",
    ),
    "waitress": Server(
        "waitress-serve --listen 127.0.0.1:{port} --threads 8 flask_app:app", exits=False
    ),
    "flask run": Server("flask --app flask_app run --port {port}", exits=False),
    "flask reloader": Server(
        "flask --app flask_app run --debug --port {port}",
        workers=2,
        exits=False,
        drive="--stream --reload generation.py",
    ),
}
ALWAYS = ("gunicorn threads",)
BROAD = pytest.mark.skipif("ORMPROBE_SERVERS" not in os.environ, reason="`make servers` runs it")


def check(served: Served, workers: int) -> None:
    """What holds of every run whose app is healthy."""
    assert served.status == 0, served.stderr
    assert served.report["verdict"]["status"] == "passed"
    assert served.report["labels"] == []
    check_trace(served, workers)


def check_trace(served: Served, workers: int) -> None:
    assert served.answered, served.stderr
    assert not served.disabled
    assert served.torn == 0
    assert served.report["run"]["counts"]["malformed_lines"] == 0
    assert served.astray() == []
    assert served.uneven() == []
    assert served.seen() == served.answered
    assert len(served.workers) >= workers
    assert served.orphans == ()
    assert served.port_is_free


def asked(name: str) -> object:
    if name in ALWAYS:
        return name
    return pytest.param(name, marks=[pytest.mark.slow, BROAD])


@pytest.mark.parametrize("name", [asked(name) for name in SERVERS])
def test_statements_belong_to_their_requests(tmp_path: Path, name: str) -> None:
    server = SERVERS[name]
    served = serve(
        tmp_path, server.command, apps=("flask_app.py",), drive=server.drive, env=server.env
    )

    check(served, server.workers)
    if server.exits:
        assert all(file.of("exit") for file in served.files)


@pytest.mark.parametrize("name", [asked(name) for name in SERVERS])
def test_a_missing_commit_is_found(tmp_path: Path, name: str) -> None:
    server = SERVERS[name]
    edit = ("flask_app.py", "session.commit()  # here: the change", "session.flush()")
    served = serve(
        tmp_path, server.command, apps=("flask_app.py",), markers=8, env=server.env, edit=edit
    )

    line = line_of((HERE / "apps" / "flask_app.py").read_text(), "# here: the change")
    assert served.status == 1
    primary = served.report["verdict"]["primary"]
    assert (primary["cause"], primary["certainty"]) == ("uncommitted-write", "certain")
    [label] = [found for found in served.report["labels"] if found["id"] == primary["label"]]
    assert (label["where"]["file"], label["where"]["function"]) == ("flask_app.py", "change")
    assert abs(label["where"]["line"] - line) <= 3
    assert served.orphans == ()


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2"])
@pytest.mark.slow
@BROAD
def test_greenlets_on_postgres(tmp_path: Path, driver: str, database: str) -> None:
    served = serve(
        tmp_path,
        f"{GUNICORN} --workers 2 -k gevent",
        apps=("flask_app.py",),
        drive="--stream",
        database=with_driver(database, driver),
    )

    check(served, workers=2)


@pytest.mark.slow
@BROAD
def test_a_killed_worker_loses_no_statement_of_an_answered_request(tmp_path: Path) -> None:
    served = serve(
        tmp_path,
        f"{GUNICORN} --workers 2 --threads 4",
        apps=("flask_app.py",),
        markers=150,
        drive="--stream --kill",
    )

    assert served.status in (0, 1), served.stderr
    assert len([file for file in served.workers if not file.of("exit")]) == 1
    assert len(served.workers) == 3
    assert not served.disabled
    assert served.torn == 0  # a line is one write
    assert served.astray() == []
    assert served.uneven() == []
    assert not served.answered - served.seen()
    assert served.orphans == ()
    assert served.report["labels"] == []
