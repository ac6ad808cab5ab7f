"""The logs of installed servers, run for real: what they print is what is read."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from ormprobe.logs.access import Accesses
from ormprobe.logs.model import NoticeKind
from ormprobe.logs.node import NodeTraces
from ormprobe.logs.notices import Notices
from tests.ormprobe.logs.reading_by import accesses, notices, read

WSGI = """
def app(environ, start):
    start("200 OK" if environ["PATH_INFO"] == "/ship" else "404 Not Found", [])
    return [b"x"]
"""
ASGI = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        raise RuntimeError
    status = 200 if scope["path"] == "/ship" else 404
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b"x"})
"""
WERKZEUG = (
    "from werkzeug.serving import run_simple as r; import wsgi; r('127.0.0.1', {port}, wsgi.app)"
)
AIOHTTP = """
import logging
from aiohttp import web
logging.basicConfig(level=logging.INFO)
async def ship(request):
    return web.Response(text="x")
app = web.Application()
app.router.add_get("/ship", ship)
web.run_app(app, host="127.0.0.1", port={port})
"""
DJANGO = """
from django.conf import settings
settings.configure(DEBUG=True, ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="x")
from django.http import HttpResponse
from django.urls import path
urlpatterns = [path("ship", lambda request: HttpResponse("x"))]
from django.core.management import execute_from_command_line
execute_from_command_line(["x", "runserver", "{port}", "--noreload", "--skip-checks"])
"""
SANIC = """
from sanic import Sanic, text
app = Sanic("harbour")
@app.get("/ship")
async def ship(request):
    return text("x")
app.run(host="127.0.0.1", port={port}, single_process=True, access_log=True)
"""

SERVERS = {
    "uvicorn": ("-m", "uvicorn", "asgi:app", "--port", "{port}"),
    "gunicorn": ("-m", "gunicorn", "wsgi:app", "-b", "127.0.0.1:{port}", "--access-logfile", "-"),
    "werkzeug": ("-c", WERKZEUG),
    "aiohttp": ("-c", AIOHTTP),
    "django": ("-c", DJANGO),
    "sanic": ("-c", SANIC),
}


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def asked(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).read()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def written(log: Path, path: str) -> bool:
    """Whether the line of a request is there: some servers write it after their answer."""
    return any("GET" in line and path in line for line in log.read_text().splitlines())


def run(folder: Path, arguments: tuple[str, ...], port: int, *paths: str) -> str:
    """The output of a server that was asked for paths, then told to end."""
    (folder / "wsgi.py").write_text(WSGI)
    (folder / "asgi.py").write_text(ASGI)
    command = [sys.executable, *(part.replace("{port}", str(port)) for part in arguments)]
    log = folder / "log.txt"
    with log.open("w") as stream:
        process = subprocess.Popen(command, cwd=folder, stdout=stream, stderr=subprocess.STDOUT)
        try:
            until = time.monotonic() + 30
            for path in paths:
                while not asked(f"http://127.0.0.1:{port}{path}"):
                    assert process.poll() is None, log.read_text()
                    assert time.monotonic() < until
                    time.sleep(0.1)
            while paths and not written(log, paths[-1]) and time.monotonic() < until:
                time.sleep(0.05)
            if not paths:
                process.wait(30)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    return log.read_text()


@pytest.mark.parametrize("server", SERVERS)
def test_a_servers_requests_and_its_start_are_read(server: str, tmp_path: Path) -> None:
    pytest.importorskip(server)
    text = run(tmp_path, SERVERS[server], free_port(), "/ship", "/ship?flag=x%20y", "/quay")
    items = read(text, NodeTraces(), Accesses(), Notices())
    assert accesses(items) == [
        ("GET", "/ship", 200),
        ("GET", "/ship?flag=x%20y", 200),
        ("GET", "/quay", 404),
    ], text
    kinds = [one.kind for one in notices(items)]
    assert NoticeKind.LISTENING in kinds
    assert NoticeKind.ERROR not in kinds


REFUSED = {
    "uvicorn": NoticeKind.NO_MODULE,
    "gunicorn": NoticeKind.NO_MODULE,
}


@pytest.mark.parametrize("server", REFUSED)
def test_a_server_that_does_not_find_its_app_says_so(server: str, tmp_path: Path) -> None:
    arguments = tuple(part.replace(":app", ":boat") for part in SERVERS[server])
    text = run(tmp_path, arguments, free_port())
    kinds = [one.kind for one in notices(read(text, NodeTraces(), Accesses(), Notices()))]
    assert REFUSED[server] in kinds, text


def test_a_taken_address_is_told_and_no_start(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for server in ("uvicorn", "werkzeug"):
            text = run(tmp_path, SERVERS[server], port)
            kinds = [one.kind for one in notices(read(text, NodeTraces(), Accesses(), Notices()))]
            assert NoticeKind.ADDRESS_IN_USE in kinds, text
            assert NoticeKind.LISTENING not in kinds, text
