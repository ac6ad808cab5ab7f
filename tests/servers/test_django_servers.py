"""Django apps under real servers, WSGI and ASGI: every statement belongs to its request."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.checking import BROAD, Server, broad, check, check_trace
from tests.servers.serving import serve

GUNICORN = "python -m gunicorn --bind 127.0.0.1:{port} --graceful-timeout 3"
UVICORN = "python -m uvicorn --port {port} --timeout-graceful-shutdown 3 --lifespan off"
RUNSERVER = "python django_models.py runserver 127.0.0.1:{port}"
ASYNC = {"URLS": "django_async_app"}

SYNC_VIEWS = {
    "gunicorn sync": Server(f"{GUNICORN} --workers 2 django_app", workers=2),
    "gunicorn threads": Server(f"{GUNICORN} --workers 2 --threads 4 django_app", workers=2),
    "gunicorn preload": Server(
        f"{GUNICORN} --workers 2 --threads 4 --preload django_app", workers=2
    ),
    "gunicorn gevent": Server(f"{GUNICORN} --workers 2 -k gevent django_app", workers=2),
    "waitress": Server(
        "waitress-serve --listen 127.0.0.1:{port} --threads 8 django_app:application", exits=False
    ),
    "runserver": Server(f"{RUNSERVER} --noreload", exits=False),
    "runserver reloader": Server(
        RUNSERVER,
        workers=2,
        exits=False,
        env={"DEBUG": "1"},
        drive="--stream --reload generation.py",
    ),
    "uvicorn": Server(f"{UVICORN} django_app:asgi", exits=False),
}
ASYNC_VIEWS = {
    "uvicorn async": Server(f"{UVICORN} django_async_app:asgi", exits=False, env=ASYNC),
    "uvicorn workers": Server(
        f"{UVICORN} --workers 2 django_async_app:asgi", workers=2, exits=False, env=ASYNC
    ),
    "gunicorn uvicorn": Server(
        f"{GUNICORN} --workers 2 -k uvicorn.workers.UvicornWorker django_async_app:asgi",
        workers=2,
        exits=False,
        env={**ASYNC, "PYTHONWARNINGS": "ignore"},
    ),
}
SERVERS = {**SYNC_VIEWS, **ASYNC_VIEWS}
ALWAYS = ("gunicorn threads", "uvicorn async")


def app_of(name: str) -> str:
    return "django_app.py" if name in SYNC_VIEWS else "django_async_app.py"


@pytest.mark.parametrize("name", broad(SERVERS, ALWAYS))
def test_statements_belong_to_their_requests(tmp_path: Path, name: str) -> None:
    server = SERVERS[name]
    served = serve(tmp_path, server.command, app=app_of(name), drive=server.drive, env=server.env)

    check(served, server)


@pytest.mark.slow
@BROAD
@pytest.mark.parametrize("name", ["gunicorn threads", "uvicorn async"])
def test_on_postgres(tmp_path: Path, name: str, database: str) -> None:
    server = SERVERS[name]
    served = serve(
        tmp_path,
        server.command,
        app=app_of(name),
        drive=server.drive,
        env=server.env,
        database=database,
    )

    check(served, server)


@pytest.mark.slow
@BROAD
@pytest.mark.parametrize("name", ["gunicorn threads", "uvicorn workers"])
def test_a_killed_worker_loses_no_statement_of_an_answered_request(
    tmp_path: Path, name: str
) -> None:
    server = SERVERS[name]
    served = serve(
        tmp_path,
        server.command,
        app=app_of(name),
        markers=150,
        env=server.env,
        drive="--stream --kill",
    )

    # requests that the worker had not answered are interrupted
    assert served.report["verdict"]["status"] in ("passed", "undetermined"), served.stderr
    check_trace(served, killed=True)
    assert {label["severity"] for label in served.report["labels"]} <= {"hazard"}


@pytest.mark.slow
@BROAD
@pytest.mark.parametrize("name", ["gunicorn threads", "runserver reloader", "uvicorn async"])
def test_a_server_that_is_interrupted_is_judged(tmp_path: Path, name: str) -> None:
    server = SERVERS[name]
    served = serve(
        tmp_path, server.command, app=app_of(name), markers=20, env=server.env, interrupt=True
    )

    assert served.status == 130, served.stderr
    assert served.report["labels"] == []
    check_trace(served)
