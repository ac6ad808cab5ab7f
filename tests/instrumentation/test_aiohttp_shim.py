from __future__ import annotations

import re
import socket
import time
from pathlib import Path

import pytest

from tests.instrumentation.serving import served
from tests.instrumentation.traced import Child, line_of, run, without_times, write

APP = """\
import asyncio
from aiohttp import web

def scope():
    active = __import__("sys").modules.get("_ormprobe.activate")
    return active and active.active.scope_id()

routes = web.RouteTableDef()

@routes.get("/items/{number:[0-9]+}")
async def item(request):  # the handler
    number = int(request.match_info["number"])
    return web.json_response({"name": "alice@example.com", "numbers": [1, number]})

@routes.view("/items")
class Items(web.View):
    async def post(self):
        body = await self.request.json()
        return web.json_response(body["count"], status=201)

@routes.post("/unread")
async def unread(request):
    return web.Response(text="ok")

@routes.post("/form")
async def form(request):
    return web.Response(text=(await request.post())["name"])

@routes.get("/boom")
async def boom(request):
    raise KeyError("status")  # raises

@routes.get("/conflict")
async def conflict(request):
    raise web.HTTPConflict()

@routes.get("/unavailable")
async def unavailable(request):
    raise web.HTTPServiceUnavailable()

@routes.get("/zero")
async def zero(request):
    return 1 / 0

@routes.get("/nothing")
async def nothing(request):
    pass

@routes.get("/stream")
async def stream(request):
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"%d " % scope() if scope() else b"-")
    await asyncio.sleep(0)
    await response.write_eof(b"%d" % scope() if scope() else b"-")
    print("after the end in", scope(), flush=True)
    return response

@routes.get("/generated")
async def generated(request):
    async def generate():
        yield b"%d " % scope() if scope() else b"-"
        yield b"%d" % scope() if scope() else b"-"
    return web.Response(body=generate())

@routes.get("/broken-body")
async def broken_body(request):
    async def generate():
        yield b"a"
        raise RuntimeError("amid")
    return web.Response(body=generate())

@web.middleware
async def middleware(request, handler):
    print("before", request.path, "in", scope(), flush=True)
    try:
        return await handler(request)
    except ZeroDivisionError:
        return web.json_response({}, status=400)

async def prepared(request, response):
    print("prepared", request.path, "in", scope(), flush=True)

async def started(app):
    print("started in", scope(), flush=True)

async def make(argv=None):
    app = web.Application(middlewares=[middleware])
    app.on_response_prepare.append(prepared)
    app.on_startup.append(started)
    app.add_routes(routes)
    inner = web.Application()
    inner.router.add_get("/{a}", unread)
    app.add_subapp("/sub", inner)
    return app
"""

CALLS = """\
import asyncio
import aiohttp
from aiohttp.test_utils import TestClient, TestServer
from shop import make, scope

async def main():
    async with TestClient(TestServer(await make())) as client:
        async def call(method, path, **more):
            try:
                async with client.request(method, path, **more) as answer:
                    return await answer.text()
            except aiohttp.ClientError as error:
                return error
        await call("GET", "/items/7?q=secret&tag=1&tag=2")
        await call("POST", "/items", json={"owner": "bob", "count": 3})
        await call("POST", "/unread", json={"owner": "bob"})
        await call("POST", "/form", data={"name": "carol"})
        for path in (
            "/boom", "/conflict", "/unavailable", "/zero", "/nothing", "/nowhere/secret", "/sub/1",
            "/broken-body",
        ):
            await call("GET", path)
        await call("DELETE", "/items")
        print("streamed in", await call("GET", "/stream"))
        print("generated in", await call("GET", "/generated"))
    print("at last", scope())

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Child:
    app = write(tmp_path_factory.mktemp("app"), {"shop.py": APP, "calls.py": CALLS})
    child = run(["calls.py"], app, app / "trace")
    assert child.status == 0, child.stderr
    assert not child.of("shim", state="disabled")
    return child


@pytest.mark.parametrize(
    ("name", "outcome", "status"),
    [
        ("GET /items/{number}", "passed", 200),
        ("POST /items", "passed", 201),
        ("POST /unread", "passed", 200),
        ("GET /boom", "error", 500),
        ("GET /conflict", "passed", 409),
        ("GET /unavailable", "failed", 503),
        ("GET /zero", "passed", 400),
        ("GET /nothing", "failed", 500),
        ("GET <no route>", "passed", 404),
        ("GET /sub/{a}", "passed", 200),
        ("DELETE /items", "passed", 405),
        ("GET /stream", "passed", 200),
        ("GET /generated", "passed", 200),
    ],
)
def test_outcome(calls: Child, name: str, outcome: str, status: int) -> None:
    end = calls.end(name)

    assert (end["outcome"], end["http.response.status_code"]) == (outcome, status)


def test_a_body_that_breaks_is_a_failure(calls: Child) -> None:
    [failure] = calls.within("failure", "GET /broken-body")

    assert failure["phase"] == "stream"
    assert calls.end("GET /broken-body")["outcome"] == "error"


def test_a_scope_names_method_scheme_route_and_handler(calls: Child) -> None:
    scope, end = calls.scope("GET /items/{number}"), calls.end("GET /items/{number}")

    assert (scope["http.request.method"], scope["url.scheme"]) == ("GET", "http")
    assert end["http.route"] == "/items/{number}"
    place = ("shop.py", line_of(APP, "# the handler") - 1, "item")
    assert calls.site(end["handler"]) == place


def test_the_handler_of_a_class_is_its_method(calls: Child) -> None:
    handler = calls.one("site", id=calls.end("POST /items")["handler"])

    assert handler["code.function.name"] == "Items.post"


def test_inputs_of_path_and_query(calls: Child) -> None:
    path, query = calls.within("inputs", "GET /items/{number}")

    assert (path["part"], path["values"]) == ("path", {"number": "s1#7"})
    assert query["part"] == "query"
    assert query["values"]["q"].startswith("s6:")
    assert query["values"]["tag"]["#"] == 2


def test_inputs_of_the_body_that_the_app_read(calls: Child) -> None:
    [json] = calls.within("inputs", "POST /items")
    [form] = calls.within("inputs", "POST /form")

    assert (json["part"], sorted(json["values"])) == ("json", ["count", "owner"])
    assert form["part"] == "form"
    assert form["values"]["name"].startswith("s5:")
    assert not calls.within("inputs", "POST /unread")


def test_a_json_response_is_a_shape(calls: Child) -> None:
    [response] = calls.within("response", "GET /items/{number}")

    assert response["content_type"] == "application/json"
    assert response["body"]["numbers"] == {"#": 2, "of": [1, 7]}
    assert response["body"]["name"].startswith("s17:")


def test_no_value_and_no_path_is_stored(calls: Child) -> None:
    for secret in ("secret", "alice@example.com", "carol", "bob"):
        assert secret not in str(calls.events)


def test_an_unhandled_exception_is_a_failure_once(calls: Child) -> None:
    [failure] = calls.within("failure", "GET /boom")

    assert failure["chain"][0]["type"] == "KeyError"
    place = calls.site(failure["chain"][0]["frames"][0])
    assert place == ("shop.py", line_of(APP, "# raises"), "boom")
    for name in "GET /conflict", "GET /unavailable", "GET /zero":
        assert not calls.within("failure", name)


def test_middleware_signals_and_bodies_run_in_their_request(calls: Child) -> None:
    number = calls.scope("GET /items/{number}")["id"]
    assert f"before /items/7 in {number}\n" in calls.stdout
    assert f"prepared /items/7 in {number}\n" in calls.stdout
    stream = calls.scope("GET /stream")["id"]
    assert f"streamed in {stream} {stream}\n" in calls.stdout
    assert f"after the end in {stream}\n" in calls.stdout
    generated = calls.scope("GET /generated")["id"]
    assert f"generated in {generated} {generated}\n" in calls.stdout


def test_what_is_in_no_request(calls: Child) -> None:
    assert "started in None\n" in calls.stdout
    assert "at last None\n" in calls.stdout


MARKED = """\
import asyncio, random
from aiohttp import web
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

engine = create_engine("sqlite:///marks.db", poolclass=NullPool)

def mark(n):
    with engine.connect() as connection:
        return connection.scalar(text("select :mark"), {"mark": 1000 + n}) - 1000

async def plain(request):
    n = int(request.match_info["n"])
    await asyncio.sleep(random.random() / 50)
    found = await asyncio.gather(asyncio.to_thread(mark, n), asyncio.to_thread(mark, n))
    return web.Response(text=f"{found[0]}{n}")

async def stream(request):
    n = int(request.match_info["n"])
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(2):
        await asyncio.sleep(random.random() / 50)
        await response.write(b"%d" % mark(n))
    await response.write_eof()
    mark(n)
    return response

@web.middleware
async def before(request, handler):
    mark(int(request.match_info["n"]))
    return await handler(request)

def make(argv=None):
    app = web.Application(middlewares=[before])
    app.add_routes([web.get("/plain/{n}", plain), web.get("/stream/{n}", stream)])
    return app
"""

LOAD = """\
import asyncio, sys
import aiohttp

async def main(base):
    async with aiohttp.ClientSession(base) as client:
        async def call(path):
            async with client.get(path) as answer:
                return answer.status, await answer.text()
        paths = [f"/{kind}/{n}" for n in range(60) for kind in ("plain", "stream")]
        answers = await asyncio.gather(*map(call, paths))
        assert answers == [(200, path.split("/")[2] * 2) for path in paths], answers

asyncio.run(main(sys.argv[1]))
"""

SERVERS = {
    "run_app": ["-m", "aiohttp.web", "-H", "127.0.0.1", "-P", "{port}", "marked:make"],
    "gunicorn": [
        "-m",
        "gunicorn",
        "-k",
        "aiohttp.GunicornWebWorker",
        "-b",
        "127.0.0.1:{port}",
        "marked:make()",
    ],
}


@pytest.mark.parametrize("server", SERVERS)
def test_under_load_every_statement_belongs_to_the_request_that_caused_it(
    tmp_path: Path, server: str
) -> None:
    write(tmp_path, {"marked.py": MARKED, "load.py": LOAD})

    with served(SERVERS[server], tmp_path) as running:
        done = run(["load.py", running.base], tmp_path)
        assert done.status == 0, done.stderr

    child = running.child
    assert not child.of("shim", state="disabled")
    marks = {
        found["scope"]: int(found["values"]["n"].partition("#")[2]) + 1000
        for found in child.of("inputs", part="path")
    }
    assert len(marks) == 120
    statements = child.of("statement")
    assert [found for found in statements if found["scope"] not in marks] == []
    assert [found for found in statements if found["binds"] != [marks[found["scope"]]]] == []
    assert len(statements) == 60 * (3 + 4)
    assert len(child.of("scope_end", outcome="passed")) == 120


def test_a_request_of_a_test_is_inside_it(tmp_path: Path) -> None:
    text = """\
from aiohttp.test_utils import AioHTTPTestCase
from shop import make

async def test_view(aiohttp_client):
    client = await aiohttp_client(await make())
    assert (await client.get("/items/7")).status == 200

class TestCase(AioHTTPTestCase):
    async def get_application(self):
        return await make()

    async def test_case(self):
        assert (await self.client.get("/sub/1")).status == 200
"""
    write(tmp_path, {"shop.py": APP, "test_shop.py": text})

    plugins = [
        "-p",
        "pytest_asyncio.plugin",
        "-p",
        "pytest_aiohttp.plugin",
        "-o",
        "asyncio_mode=auto",
    ]
    child = run(["-m", "pytest", "-q", *plugins], tmp_path, tmp_path / "trace")

    assert child.status == 0, child.stdout
    for test, request in (
        ("test_view", "GET /items/{number}"),
        ("TestCase::test_case", "GET /sub/{a}"),
    ):
        parent = child.scope(f"test_shop.py::{test}")["id"]
        assert child.scope(request)["parent"] == parent


def test_a_start_that_fails_is_told_once(tmp_path: Path) -> None:
    text = """\
from aiohttp import web

async def fails(app):
    raise LookupError("no settings")  # fails

app = web.Application()
app.on_startup.append(fails)
web.run_app(app)
"""
    write(tmp_path, {"shop.py": text})

    child = run(["shop.py"], tmp_path, tmp_path / "trace")

    assert child.status == 1
    failure = child.one("failure")
    assert (failure.get("scope"), failure["phase"]) == (None, "startup")
    place = child.site(failure["chain"][0]["frames"][0])
    assert place == ("shop.py", line_of(text, "# fails"), "fails")


def test_a_client_that_goes_away_fails_nothing(tmp_path: Path) -> None:
    text = """\
import asyncio
from aiohttp import web

async def endless(request):
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"x" * 1000)
        await asyncio.sleep(0.01)

async def upload(request):
    return web.Response(text=str(len(await request.read())))

async def slow(request):
    await asyncio.sleep(0.8)
    return web.Response()

def make(argv=None):
    app = web.Application()
    app.add_routes([web.get("/endless", endless), web.get("/slow", slow)])
    app.add_routes([web.post("/upload", upload)])
    return app
"""
    write(tmp_path, {"marked.py": text})
    heads = (
        b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{",
        b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n",
    )

    with served(SERVERS["run_app"], tmp_path) as server:
        for head in heads:
            with socket.create_connection(server.address, 5) as client:
                client.sendall(head)
                time.sleep(0.3)
        time.sleep(1.0)

    child = server.child
    assert not child.of("shim", state="disabled")
    assert not child.of("failure")
    ends = {end["http.route"]: end["outcome"] for end in child.of("scope_end")}
    assert sorted(ends) == ["/endless", "/slow", "/upload"]
    assert set(ends.values()) <= {"passed", "skipped"}


def test_the_app_is_as_it_is_without_us(tmp_path: Path) -> None:
    text = """\
import asyncio, inspect, logging, warnings
warnings.simplefilter("error")
logging.basicConfig(format="%(message)s")
import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web_protocol import RequestHandler
from shop import make

for function in web.Application._handle, web.Application.startup, RequestHandler.finish_response:
    print(function.__qualname__, inspect.signature(function), inspect.iscoroutinefunction(function))

async def main():
    async with TestClient(TestServer(await make())) as client:
        for name in "boom", "zero", "conflict", "nothing", "nowhere", "broken-body", "stream":
            path = "/" + name
            try:
                async with client.get(path) as answer:
                    text = await answer.text() if path != "/stream" else ""
                    print(answer.status, sorted(answer.headers), text)
            except aiohttp.ClientError as error:
                print(type(error))

asyncio.run(main())
"""
    write(tmp_path, {"shop.py": APP, "calls.py": text})

    traced, alone = (run(["calls.py"], tmp_path, trace) for trace in (tmp_path / "t", None))

    assert "KeyError" in alone.stderr
    assert not traced.of("shim", state="disabled")
    shown = [re.sub(r" in (\d+|None)\n", " in\n", child.stdout) for child in (traced, alone)]
    assert shown[0] == shown[1]
    assert without_times(traced.stderr) == without_times(alone.stderr)
