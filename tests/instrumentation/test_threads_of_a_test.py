"""What threads without a scope do while a test runs belongs to that test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.traced import INNER, Child, line_of, run, write

SUITE = """\
import threading, unittest, urllib.request
from flask import Flask
from sqlalchemy import create_engine, exc, text
from werkzeug.serving import make_server

engine = create_engine("sqlite://")
app = Flask(__name__)
scopes = {}

def execute():
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))  # executed

def fail():
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT * FROM nowhere"))  # failed
    except exc.OperationalError:
        pass

def in_thread(function):
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()

@app.get("/live")
def live():
    execute()
    return "live"

class Case(unittest.TestCase):
    def test_thread(self):
        in_thread(execute)
        in_thread(fail)

    def test_server(self):
        for threaded in False, True:
            server = make_server("127.0.0.1", 0, app, threaded=threaded)
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            url = "http://127.0.0.1:%d/live" % server.port
            assert urllib.request.urlopen(url).read() == b"live"
            server.shutdown()
            thread.join()
            server.server_close()

    def test_then(self):
        assert {inner}.scope_id() is not None

def after():
    print("after", {inner}.scope_id())
    execute()
""".replace("{inner}", INNER)

RUNNERS = {
    "unittest": "import unittest\nunittest.main('test_shop', argv=['x'], exit=False)\n",
    "pytest": "import pytest\npytest.main(['-q', '-p', 'no:cacheprovider', 'test_shop.py'])\n",
}
AFTER = "import test_shop\ntest_shop.in_thread(test_shop.after)\n"


@pytest.fixture(scope="module", params=RUNNERS)
def suite(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Child:
    files = {"test_shop.py": SUITE, "runner.py": RUNNERS[request.param] + AFTER}
    app = write(tmp_path_factory.mktemp("app"), files)
    child = run(["runner.py"], app, app / "trace")
    assert [end["outcome"] for end in child.of("scope_end")] == ["passed"] * 5, child.stdout
    assert not child.of("shim", state="disabled")
    return child


def scope_of(suite: Child, name: str) -> int:
    [scope] = [event for event in suite.of("scope", type="test") if event["name"].endswith(name)]
    number: int = scope["id"]
    return number


def test_a_statement_and_an_error_of_its_thread(suite: Child) -> None:
    number = scope_of(suite, "test_thread")

    [statement] = suite.of("statement", scope=number)
    assert suite.site(statement["site"])[:2] == ("test_shop.py", line_of(SUITE, "executed"))
    errors = suite.of("error", type="OperationalError")
    assert {error.get("scope", number) for error in errors} == {number}
    assert errors[0]["scope"] == number
    [fate] = suite.of("fate", error=errors[0]["id"])
    assert fate["fate"] == "caught"


def test_a_request_to_a_server_in_its_thread(suite: Child) -> None:
    requests = suite.of("scope", type="request")

    assert [scope["name"] for scope in requests] == ["GET /live", "GET /live"]
    assert {scope["parent"] for scope in requests} == {scope_of(suite, "test_server")}
    for scope in requests:
        assert len(suite.of("statement", scope=scope["id"])) == 1


def test_a_thread_after_the_test_belongs_to_none(suite: Child) -> None:
    assert suite.stdout.endswith("after None\n")
    assert suite.of("statement")[-1].get("scope") is None
    assert not suite.of("statement", scope=scope_of(suite, "test_then"))


def test_a_server_without_a_test_has_requests_of_its_own(tmp_path: Path) -> None:
    text = (
        "import threading, urllib.request\nfrom test_shop import app, make_server\n"
        "server = make_server('127.0.0.1', 0, app)\n"
        "threading.Thread(target=server.serve_forever).start()\n"
        "urllib.request.urlopen('http://127.0.0.1:%d/live' % server.port).read()\n"
        "server.shutdown()\nserver.server_close()\n"
    )
    write(tmp_path, {"test_shop.py": SUITE, "serve.py": text})

    child = run(["serve.py"], tmp_path, tmp_path / "trace")

    assert child.status == 0, child.stderr
    assert "parent" not in child.scope("GET /live")
