"""Flask apps under real servers: every statement belongs to the request that caused it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.postgres import with_driver
from tests.servers.checking import BROAD, Server, broad, check, check_fault, check_trace
from tests.servers.serving import serve

APP = "flask_app.py"
GUNICORN = "python -m gunicorn --bind 127.0.0.1:{port} --graceful-timeout 3 flask_app:app"

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


@pytest.mark.parametrize("name", broad(SERVERS, ALWAYS))
def test_statements_belong_to_their_requests(tmp_path: Path, name: str) -> None:
    server = SERVERS[name]
    served = serve(tmp_path, server.command, app=APP, drive=server.drive, env=server.env)

    check(served, server)


@pytest.mark.parametrize("name", broad(SERVERS, ALWAYS))
def test_a_missing_commit_is_found(tmp_path: Path, name: str) -> None:
    server = SERVERS[name]
    edit = ("session.commit()  # here: the change", "session.flush()")
    served = serve(tmp_path, server.command, app=APP, markers=8, env=server.env, edit=edit)

    check_fault(served, APP)


@pytest.mark.slow
@BROAD
@pytest.mark.parametrize("driver", ["psycopg", "psycopg2"])
def test_greenlets_on_postgres(tmp_path: Path, driver: str, database: str) -> None:
    server = SERVERS["gunicorn gevent"]
    url = with_driver(database, driver)
    served = serve(tmp_path, server.command, app=APP, drive=server.drive, database=url)

    check(served, server)


@pytest.mark.slow
@BROAD
def test_a_killed_worker_loses_no_statement_of_an_answered_request(tmp_path: Path) -> None:
    server = SERVERS["gunicorn threads"]
    served = serve(tmp_path, server.command, app=APP, markers=150, drive="--stream --kill")

    # requests that the worker had not answered are interrupted
    assert served.report["verdict"]["status"] in ("passed", "undetermined"), served.stderr
    assert len([file for file in served.workers if not file.of("exit")]) == 1
    assert len(served.workers) == 3
    check_trace(served)
    assert [label for label in served.report["labels"] if label["severity"] != "hazard"] == []


@pytest.mark.slow
@BROAD
@pytest.mark.parametrize("name", ["gunicorn threads", "flask reloader", "waitress"])
def test_a_server_that_is_interrupted_is_judged(tmp_path: Path, name: str) -> None:
    server = SERVERS[name]
    served = serve(tmp_path, server.command, app=APP, markers=20, interrupt=True)

    assert served.status == 130, served.stderr
    assert served.report["labels"] == []
    check_trace(served)
    if name != "gunicorn threads":  # which may hang between SIGINT and SIGQUIT, and is killed then
        assert all(file.of("exit") for file in served.files)  # by Ctrl-C they end in order
