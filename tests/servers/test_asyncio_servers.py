"""FastAPI and aiohttp apps under real servers: every statement belongs to its request."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.postgres import with_driver
from tests.servers.checking import BROAD, Server, broad, check, check_fault, check_trace
from tests.servers.serving import serve

UVICORN = "python -m uvicorn --port {port} --timeout-graceful-shutdown 3 fastapi_app:app"
GUNICORN = "python -m gunicorn --bind 127.0.0.1:{port} --graceful-timeout 3"
NO_WARNING = {"PYTHONWARNINGS": "ignore"}

FASTAPI = {
    "uvicorn": Server(UVICORN, exits=False),  # it dies of the SIGTERM that it has handled
    "uvicorn workers": Server(f"{UVICORN} --workers 2", workers=2, exits=False),
    "uvicorn reload": Server(
        f"{UVICORN} --reload", workers=2, exits=False, drive="--stream --reload generation.py"
    ),
    "gunicorn uvicorn": Server(
        f"{GUNICORN} --workers 2 -k uvicorn.workers.UvicornWorker fastapi_app:app",
        workers=2,
        exits=False,
        env=NO_WARNING,
    ),
}
AIOHTTP = {
    "run_app": Server("python aiohttp_app.py"),
    "gunicorn aiohttp": Server(
        f"{GUNICORN} --workers 2 -k aiohttp.GunicornWebWorker aiohttp_app:app", workers=2
    ),
}
SERVERS = {**FASTAPI, **AIOHTTP}
ALWAYS = ("uvicorn workers",)


def app_of(name: str) -> str:
    return "fastapi_app.py" if name in FASTAPI else "aiohttp_app.py"


def edit_of(name: str) -> tuple[str, str]:
    variable = "opened" if name in FASTAPI else "session"
    before = f"await {variable}.commit()  # here: the change"
    return before, f"await {variable}.flush()"


@pytest.mark.parametrize("name", broad(SERVERS, ALWAYS))
def test_statements_belong_to_their_requests(tmp_path: Path, name: str) -> None:
    server = SERVERS[name]
    served = serve(tmp_path, server.command, app=app_of(name), drive=server.drive, env=server.env)

    check(served, server)


@pytest.mark.slow
@BROAD
@pytest.mark.parametrize("name", SERVERS)
def test_a_missing_commit_is_found(tmp_path: Path, name: str) -> None:
    server, app = SERVERS[name], app_of(name)
    served = serve(tmp_path, server.command, app=app, markers=8, env=server.env, edit=edit_of(name))

    check_fault(served, app)


@pytest.mark.slow
@BROAD
@pytest.mark.parametrize("name", ["uvicorn workers", "gunicorn aiohttp"])
def test_on_postgres(tmp_path: Path, name: str, database: str) -> None:
    server = SERVERS[name]
    url = with_driver(database, "asyncpg")
    served = serve(tmp_path, server.command, app=app_of(name), drive=server.drive, database=url)

    check(served, server)


@pytest.mark.slow
@BROAD
def test_a_killed_worker_loses_no_statement_of_an_answered_request(tmp_path: Path) -> None:
    server = SERVERS["uvicorn workers"]
    served = serve(
        tmp_path, server.command, app="fastapi_app.py", markers=150, drive="--stream --kill"
    )

    # requests that the worker had not answered are interrupted
    assert served.report["verdict"]["status"] in ("passed", "undetermined"), served.stderr
    check_trace(served)
    assert len(served.workers) >= 2
    assert [label for label in served.report["labels"] if label["severity"] != "hazard"] == []


@pytest.mark.slow
@BROAD
@pytest.mark.parametrize("name", ["uvicorn workers", "uvicorn reload", "run_app"])
def test_a_server_that_is_interrupted_is_judged(tmp_path: Path, name: str) -> None:
    served = serve(tmp_path, SERVERS[name].command, app=app_of(name), markers=20, interrupt=True)

    assert served.status == 130, served.stderr
    assert served.report["labels"] == []
    check_trace(served)
