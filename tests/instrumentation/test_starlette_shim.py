from __future__ import annotations

import re
import socket
import time
from pathlib import Path

import pytest

from tests.instrumentation.serving import served
from tests.instrumentation.traced import Child, line_of, run, without_times, write

APP = """\
import functools
from contextlib import asynccontextmanager

from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, Form, HTTPException, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.endpoints import HTTPEndpoint
from starlette.responses import PlainTextResponse
from starlette.routing import Host, Mount, Route

def scope():
    active = __import__("sys").modules.get("_ormprobe.activate")
    return active and active.active.scope_id()

@asynccontextmanager
async def lifespan(app):
    print("started in", scope())
    yield
    print("stopped in", scope())

app = FastAPI(lifespan=lifespan)

class Item(BaseModel):
    owner: str
    count: int

def teardown():
    yield scope()
    print("torn down in", scope())

@app.middleware("http")
async def middleware(request, call_next):
    print("before", request.url.path, "in", scope())
    response = await call_next(request)
    print("after", request.url.path, "in", scope())
    return response

@app.get("/items/{number:int}")
def item(number: int, q: str = "", tag: str = ""):  # the handler
    return {"name": "alice@example.com", "numbers": [1, 2, number]}

@app.post("/items", status_code=201)
async def create(item: Item):
    return item.count

@app.post("/unread")
async def unread():
    return "ok"

@app.post("/form")
async def form(name: str = Form()):
    return name

@app.get("/boom")
async def boom():
    raise KeyError("status")  # raises

@app.get("/conflict")
async def conflict():
    raise HTTPException(409)

@app.get("/unavailable")
async def unavailable():
    return JSONResponse({}, 503)

@app.exception_handler(ZeroDivisionError)
async def zero_division(request, error):
    return PlainTextResponse("zero", 400)

@app.get("/zero")
def zero():
    return 1 / 0

@app.get("/wrong-response", response_model=Item)
def wrong_response():
    return {"owner": "bob"}

@app.get("/stream")
async def stream():
    async def generate():
        yield "%s " % scope()
        yield "%s" % scope()
    return StreamingResponse(generate())

@app.get("/broken-stream")
async def broken_stream():
    async def generate():
        yield "a"
        raise RuntimeError("amid")
    return StreamingResponse(generate())

@app.get("/dependent")
def dependent(tasks: BackgroundTasks, number=Depends(teardown)):
    tasks.add_task(lambda: print("background in", scope()))
    return [number, scope()]

@app.get("/broken-task")
async def broken_task(tasks: BackgroundTasks):
    def task():
        raise RuntimeError("later")
    tasks.add_task(task)

async def broken(request):
    return await broken_stream()

plain = Starlette(routes=[Route("/plain", broken)])

class Callable:
    async def __call__(self):
        return "object"

app.add_api_route("/object", Callable())
app.add_api_route("/partial", functools.partial(unread))

router = APIRouter(prefix="/router")

@router.get("/{a}")
def routed(a: str):
    return a

app.include_router(router, prefix="/api")

class Endpoint(HTTPEndpoint):
    async def get(self, request):
        return PlainTextResponse("%s" % scope())

inner = Starlette(routes=[Mount("/deep", routes=[Route("/{b}", Endpoint)])])
app.mount("/mounted/{a}", inner)
app.router.routes.insert(0, Host("{sub}.example.org", Starlette(routes=[Route("/h", Endpoint)])))
sub = FastAPI()
sub.get("/x")(routed)
app.mount("/sub", sub)
"""

CALLS = """\
import warnings
warnings.simplefilter("ignore")
from starlette.testclient import TestClient
from shop import app, plain, scope

with TestClient(app, raise_server_exceptions=False) as client:
    client.get("/items/7?q=secret&tag=1&tag=2")
    client.post("/items", json={"owner": "bob", "count": 3})
    client.post("/items", json={"owner": "bob"})
    client.post("/unread", json={"owner": "bob"})
    client.post("/form", data={"name": "carol"})
    for path in (
        "/boom", "/conflict", "/unavailable", "/zero", "/wrong-response", "/nowhere/secret",
        "/object", "/partial", "/api/router/1", "/mounted/1/deep/2", "/mounted/1/none",
        "/sub/x?a=1", "/broken-task", "/broken-stream",
    ):
        client.get(path)
    client.delete("/items")
    client.get("/h", headers={"host": "a.example.org"})
    print("streamed in", client.get("/stream").text)
    TestClient(plain, raise_server_exceptions=False).get("/plain")
    print("dependent in", client.get("/dependent").text)
print("at last", scope())
"""


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Child:
    app = write(tmp_path_factory.mktemp("app"), {"shop.py": APP, "calls.py": CALLS})
    child = run(["calls.py"], app, app / "trace")
    assert child.status == 0, child.stderr
    assert not child.of("shim", state="disabled")
    return child


def _number(child: Child, name: str) -> int:
    """The number of the request that is named so."""
    number: int = child.one("route", name=name)["scope"]
    return number


def _end(child: Child, name: str) -> tuple[str, int]:
    end = child.one("scope_end", id=_number(child, name))
    return end["outcome"], end["http.response.status_code"]


@pytest.mark.parametrize(
    ("name", "outcome", "status"),
    [
        ("GET /items/{number:int}", "passed", 200),
        ("POST /unread", "passed", 200),
        ("GET /boom", "error", 500),
        ("GET /conflict", "passed", 409),
        ("GET /unavailable", "failed", 503),
        ("GET /zero", "passed", 400),
        ("GET /wrong-response", "error", 500),
        ("DELETE /items", "passed", 405),
        ("GET /stream", "passed", 200),
        ("GET /broken-stream", "error", 200),
        ("GET /plain", "error", 200),
        ("GET /broken-task", "error", 200),
        ("GET /object", "passed", 200),
        ("GET /partial", "passed", 200),
        ("GET /api/router/{a}", "passed", 200),
        ("GET /mounted/{a}/deep/{b}", "passed", 200),
        ("GET /sub/x", "passed", 200),
        ("GET /h", "passed", 200),
    ],
)
def test_outcome(calls: Child, name: str, outcome: str, status: int) -> None:
    assert _end(calls, name) == (outcome, status)


def test_a_refused_body_is_an_answer(calls: Child) -> None:
    ends = calls.of("scope_end", **{"http.route": "/items", "http.response.status_code": 422})

    assert [end["outcome"] for end in ends] == ["passed"]


def test_a_url_that_nothing_matches_has_no_route(calls: Child) -> None:
    [end] = [
        end
        for end in calls.of("scope_end", **{"http.response.status_code": 404})
        if "http.route" not in end
    ]

    assert calls.one("scope", id=end["id"])["name"] == "GET <no route>"


def test_a_mount_in_which_nothing_matches_is_the_route(calls: Child) -> None:
    [end] = calls.of("scope_end", **{"http.route": "/mounted/{a}/deep"}) or calls.of(
        "scope_end", **{"http.route": "/mounted/{a}"}
    )

    assert end["http.response.status_code"] == 404


def test_one_scope_for_each_request(calls: Child) -> None:
    assert len(calls.of("scope")) == len(calls.of("scope_end")) == 24
    assert not [scope for scope in calls.of("scope") if scope.get("parent")]


def test_a_scope_names_method_scheme_route_and_handler(calls: Child) -> None:
    number = _number(calls, "GET /items/{number:int}")
    scope, end = calls.one("scope", id=number), calls.one("scope_end", id=number)

    assert (scope["http.request.method"], scope["url.scheme"]) == ("GET", "http")
    assert end["http.route"] == "/items/{number:int}"
    place = ("shop.py", line_of(APP, "# the handler") - 1, "item")
    assert calls.site(end["handler"]) == place


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("GET /object", "Callable.__call__"),
        ("GET /partial", "unread"),
        ("GET /mounted/{a}/deep/{b}", "Endpoint.get"),
        ("GET /h", "Endpoint.get"),
    ],
)
def test_the_handler_is_the_function_that_answers(calls: Child, name: str, function: str) -> None:
    handler = calls.one("scope_end", id=_number(calls, name))["handler"]

    assert calls.one("site", id=handler)["code.function.name"] == function


def test_inputs_of_path_and_query(calls: Child) -> None:
    path, query = calls.of("inputs", scope=_number(calls, "GET /items/{number:int}"))

    assert (path["part"], path["values"]) == ("path", {"number": 7})
    assert query["part"] == "query"
    assert query["values"]["q"].startswith("s6:")
    assert query["values"]["tag"]["#"] == 2


def test_path_inputs_of_mounts_and_hosts(calls: Child) -> None:
    [path] = calls.of("inputs", scope=_number(calls, "GET /mounted/{a}/deep/{b}"))
    [host] = calls.of("inputs", scope=_number(calls, "GET /h"))

    assert sorted(path["values"]) == ["a", "b"]
    assert sorted(host["values"]) == ["sub"]


def test_json_that_the_app_read(calls: Child) -> None:
    inputs = calls.of("inputs", part="json")

    assert [sorted(found["values"]) for found in inputs] == [["count", "owner"], ["owner"]]


def test_a_body_that_the_app_did_not_read_is_not_read(calls: Child) -> None:
    assert not calls.of("inputs", scope=_number(calls, "POST /unread"))


def test_form_inputs(calls: Child) -> None:
    [inputs] = calls.of("inputs", scope=_number(calls, "POST /form"))

    assert inputs["part"] == "form"
    assert inputs["values"]["name"].startswith("s5:")


def test_a_json_response_is_a_shape(calls: Child) -> None:
    [response] = calls.of("response", scope=_number(calls, "GET /items/{number:int}"))

    assert response["content_type"] == "application/json"
    assert response["body"]["numbers"] == {"#": 3, "of": [1, 2, 7]}
    assert response["body"]["name"].startswith("s17:")


def test_no_value_and_no_path_is_stored(calls: Child) -> None:
    for secret in ("secret", "alice@example.com", "carol", "bob"):
        assert secret not in str(calls.events)


@pytest.mark.parametrize(
    ("name", "kind", "phase"),
    [
        ("GET /boom", "KeyError", "request"),
        ("GET /wrong-response", "ResponseValidationError", "request"),
        ("GET /plain", "RuntimeError", "stream"),
        ("GET /broken-task", "RuntimeError", "background"),
    ],
)
def test_an_unhandled_exception_is_a_failure_once(
    calls: Child, name: str, kind: str, phase: str
) -> None:
    number = _number(calls, name)
    [failure] = calls.of("failure", scope=number)

    assert failure["chain"][0]["type"] == kind
    assert failure["phase"] == phase
    assert calls.one("scope_end", id=number)["phase"] == phase


def test_the_line_that_raised(calls: Child) -> None:
    [failure] = calls.of("failure", scope=_number(calls, "GET /boom"))

    place = calls.site(failure["chain"][0]["frames"][0])
    assert place == ("shop.py", line_of(APP, "# raises"), "boom")


def test_a_handled_exception_is_no_failure(calls: Child) -> None:
    assert not calls.of("failure", scope=_number(calls, "GET /zero"))
    assert not calls.of("failure", scope=_number(calls, "GET /conflict"))


def test_middleware_runs_in_its_request(calls: Child) -> None:
    number = _number(calls, "GET /items/{number:int}")

    assert f"before /items/7 in {number}\n" in calls.stdout
    assert f"after /items/7 in {number}\n" in calls.stdout


def test_a_streamed_body_runs_in_its_request(calls: Child) -> None:
    number = _number(calls, "GET /stream")

    assert f"streamed in {number} {number}\n" in calls.stdout


def test_threads_teardown_and_background_tasks_run_in_their_request(calls: Child) -> None:
    number = _number(calls, "GET /dependent")

    assert f"dependent in [{number},{number}]\n" in calls.stdout
    assert f"torn down in {number}\n" in calls.stdout
    assert f"background in {number}\n" in calls.stdout


def test_the_lifespan_is_in_no_request(calls: Child) -> None:
    assert "started in None\n" in calls.stdout
    assert "stopped in None\n" in calls.stdout
    assert "at last None\n" in calls.stdout


CONCURRENT = """\
import asyncio, sys
import httpx
from sqlalchemy import text

async def main(base):
    async with httpx.AsyncClient(base_url=base, timeout=60) as client:
        paths = [f"/{kind}/{n}" for n in range(60) for kind in ("sync", "async", "stream", "task")]
        answers = await asyncio.gather(*[client.get(path) for path in paths])
        assert {answer.status_code for answer in answers} == {200}
        assert [answer.text for answer in answers] == [path.split("/")[2] * 2 for path in paths]

asyncio.run(main(sys.argv[1]))
"""

MARKED = """\
import asyncio, random, time
from fastapi import BackgroundTasks, Depends, FastAPI
from fastapi.responses import PlainTextResponse, StreamingResponse
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

engine = create_engine("sqlite:///marks.db", poolclass=NullPool)

def mark(n):
    with engine.connect() as connection:
        return connection.scalar(text("select :mark"), {"mark": 1000 + n}) - 1000

app = FastAPI()

@app.middleware("http")
async def before(request, call_next):
    mark(int(request.url.path.rpartition("/")[2]))
    await asyncio.sleep(random.random() / 50)
    return await call_next(request)

def dependency(n: int):
    yield mark(n)
    time.sleep(random.random() / 50)
    mark(n)

@app.get("/sync/{n}", response_class=PlainTextResponse)
def sync(n: int, d=Depends(dependency)):
    time.sleep(random.random() / 50)
    return f"{mark(n)}{n}"

@app.get("/async/{n}", response_class=PlainTextResponse)
async def async_(n: int, d=Depends(dependency)):
    await asyncio.sleep(random.random() / 50)
    found = await asyncio.gather(asyncio.to_thread(mark, n), asyncio.to_thread(mark, n))
    return f"{found[0]}{n}"

@app.get("/stream/{n}")
async def stream(n: int):
    async def generate():
        for _ in range(2):
            await asyncio.sleep(random.random() / 50)
            yield str(mark(n))
    return StreamingResponse(generate())

@app.get("/task/{n}", response_class=PlainTextResponse)
async def task(n: int, tasks: BackgroundTasks):
    tasks.add_task(mark, n)
    return f"{n}{n}"
"""


@pytest.mark.parametrize("http", ["h11", "httptools"])
def test_under_load_every_statement_belongs_to_the_request_that_caused_it(
    tmp_path: Path, http: str
) -> None:
    if http == "httptools":
        pytest.importorskip("httptools")
    write(tmp_path, {"marked.py": MARKED, "load.py": CONCURRENT})

    with served(["-m", "uvicorn", "marked:app", "--http", http], tmp_path) as server:
        done = run(["load.py", server.base], tmp_path)
        assert done.status == 0, done.stderr

    child = server.child
    assert not child.of("shim", state="disabled")
    marks = {
        found["scope"]: int(found["values"]["n"].partition("#")[2]) + 1000
        for found in child.of("inputs", part="path")
    }
    assert len(marks) == 240
    statements = child.of("statement")
    assert [found for found in statements if found["scope"] not in marks] == []
    assert [found for found in statements if found["binds"] != [marks[found["scope"]]]] == []
    assert len(statements) == 60 * (4 + 5 + 3 + 2)


def test_a_request_of_a_test_is_inside_it(tmp_path: Path) -> None:
    text = """\
import asyncio, threading
import httpx
from starlette.testclient import TestClient
from shop import app, scope

client = TestClient(app)

def test_portal():
    assert client.get("/api/router/1").json() == "1"

def test_transport():
    async def main():
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://test"
        ) as client:
            before = scope()
            assert before is not None
            found = await client.get("/mounted/1/deep/2")
            assert int(found.text) not in (0, before)
            assert scope() == before
    asyncio.run(main())
"""
    write(tmp_path, {"shop.py": APP, "test_shop.py": text})

    child = run(["-m", "pytest", "-q"], tmp_path, tmp_path / "trace")

    assert child.status == 0, child.stdout
    for test, request in (
        ("portal", "GET /api/router/{a}"),
        ("transport", "GET /mounted/{a}/deep/{b}"),
    ):
        parent = child.scope(f"test_shop.py::test_{test}")["id"]
        assert child.one("scope", id=_number(child, request))["parent"] == parent


def test_an_exception_that_the_client_raises_is_the_failure_of_both(tmp_path: Path) -> None:
    text = """\
from starlette.testclient import TestClient
from shop import app

def test_boom():
    TestClient(app).get("/boom")
"""
    write(tmp_path, {"shop.py": APP, "test_shop.py": text})

    child = run(["-m", "pytest", "-q"], tmp_path, tmp_path / "trace")

    assert child.status == 1, child.stdout
    request = child.one("failure", scope=_number(child, "GET /boom"))
    test = child.one("failure", scope=child.scope("test_shop.py::test_boom")["id"])
    inner, outer = (found["chain"][0]["frames"] for found in (request, test))
    assert inner
    assert outer[: len(inner)] == inner


def test_an_exception_that_a_middleware_answers_for_is_a_failure(tmp_path: Path) -> None:
    text = """\
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from starlette.testclient import TestClient

app = FastAPI()

@app.middleware("http")
async def shield(request, call_next):
    try:
        return await call_next(request)
    except Exception as error:
        return JSONResponse({}, 404 if isinstance(error, LookupError) else 500)

@app.get("/broken")
async def broken():
    return missing  # fails

@app.get("/absent")
async def absent():
    raise LookupError("absent")

@app.get("/refused")
async def refused():
    raise HTTPException(503)

for path in "/broken", "/absent", "/refused":
    print(TestClient(app).get(path).status_code)
"""
    write(tmp_path, {"shop.py": text})

    child = run(["shop.py"], tmp_path, tmp_path / "trace")

    assert child.stdout.split() == ["500", "404", "503"]
    failure = child.one("failure")
    assert failure["scope"] == _number(child, "GET /broken")
    place = child.site(failure["chain"][0]["frames"][0])
    assert place == ("shop.py", line_of(text, "# fails"), "broken")


def test_a_start_that_fails_is_told(tmp_path: Path) -> None:
    text = """\
from contextlib import asynccontextmanager
from fastapi import FastAPI

@asynccontextmanager
async def lifespan(app):
    raise LookupError("no settings")  # fails
    yield

app = FastAPI(lifespan=lifespan)
"""
    write(tmp_path, {"shop.py": text})

    with served(["-m", "uvicorn", "shop:app"], tmp_path) as server:
        pass

    child = server.child
    assert child.status == 3
    failure = child.one("failure")
    assert (failure.get("scope"), failure["phase"]) == (None, "startup")
    place = child.site(failure["chain"][0]["frames"][0])
    assert place == ("shop.py", line_of(text, "# fails"), "lifespan")


def test_a_client_that_goes_away_fails_nothing(tmp_path: Path) -> None:
    text = """\
import asyncio
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

app = FastAPI()

@app.get("/endless")
async def endless():
    async def generate():
        while True:
            yield b"x" * 1000
            await asyncio.sleep(0.01)
    return StreamingResponse(generate())

@app.post("/upload")
async def upload(request: Request):
    return len(await request.body())

@app.get("/polled")
async def polled(request: Request):
    for _ in range(200):
        if await request.is_disconnected():
            break
        await asyncio.sleep(0.01)
    return "gone"
"""
    write(tmp_path, {"shop.py": text})
    heads = (
        b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: 1000\r\n\r\n{",
        b"GET /polled HTTP/1.1\r\nHost: x\r\n\r\n",
    )

    with served(["-m", "uvicorn", "shop:app"], tmp_path) as server:
        for head in heads:
            with socket.create_connection(server.address, 5) as client:
                client.sendall(head)
                time.sleep(0.3)
        time.sleep(0.5)

    child = server.child
    assert not child.of("shim", state="disabled")
    assert not child.of("failure")
    ends = {end["http.route"]: end["outcome"] for end in child.of("scope_end")}
    assert ends == {"/endless": "passed", "/upload": "skipped", "/polled": "passed"}


def test_pipelined_requests_are_not_inside_each_other(tmp_path: Path) -> None:
    text = """\
import asyncio
from fastapi import BackgroundTasks, FastAPI

app = FastAPI()

@app.get("/{n}")
async def found(n: int, tasks: BackgroundTasks):
    tasks.add_task(asyncio.sleep, 0.3)
    return n
"""
    write(tmp_path, {"shop.py": text})

    with (
        served(["-m", "uvicorn", "shop:app"], tmp_path) as server,
        socket.create_connection(server.address, 5) as client,
    ):
        client.sendall(b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % n for n in range(5)))
        time.sleep(1.0)

    child = server.child
    assert [scope.get("parent") for scope in child.of("scope")] == [None] * 5
    assert len(child.of("scope_end", outcome="passed")) == 5


def test_the_app_is_as_it_is_without_us(tmp_path: Path) -> None:
    text = """\
import asyncio, contextvars, inspect, sys, traceback, warnings
warnings.simplefilter("error")
warnings.filterwarnings("ignore", message=".*httpx.*")
from starlette.testclient import TestClient
from shop import app, plain
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount, Route

for function in FastAPI.__call__, Starlette.__call__, Route.handle, Mount.handle, app.__call__:
    print(function.__qualname__, inspect.signature(function), function.__doc__)
print(inspect.iscoroutinefunction(app.__call__))
if sys.version_info >= (3, 12):
    print(inspect.iscoroutinefunction(Route.handle))
print(app.openapi())
print(sorted(vars(app)), app.router.routes)
for raises in True, False:
    client = TestClient(app, raise_server_exceptions=raises)
    for path in "/boom", "/zero", "/wrong-response", "/broken-stream", "/broken-task", "/nowhere":
        try:
            answer = client.get(path)
            print(answer.status_code, answer.headers, answer.content)
        except Exception:
            print(traceback.format_exc())
try:
    TestClient(plain).get("/plain")
except Exception:
    print(traceback.format_exc())

seen = contextvars.ContextVar("seen")

async def tell(scope, receive, send):
    print(sorted(scope), await receive())
    seen.set("inside")
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})

async def main():
    told = Starlette(routes=[Route("/", Tell)])
    part = {"type": "http.request", "body": b"{}", "more_body": True}
    messages = [part, {"type": "http.disconnect"}]
    async def receive():
        return messages.pop(0)
    async def send(message):
        print(message)
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "raw_path": b"/",
             "headers": [(b"content-type", b"application/json")]}
    await told(scope, receive, send)
    print(seen.get(), sorted(scope))

class Tell:
    def __init__(self, scope, receive, send):
        self.given = scope, receive, send
    def __await__(self):
        return tell(*self.given).__await__()

asyncio.run(main())
"""
    write(tmp_path, {"shop.py": APP, "calls.py": text})

    traced, alone = (run(["calls.py"], tmp_path, trace) for trace in (tmp_path / "t", None))

    assert alone.status == 0, alone.stderr
    assert not traced.of("shim", state="disabled")
    shown = [re.sub(r" in (\d+|None)\n", " in\n", child.stdout) for child in (traced, alone)]
    assert without_times(shown[0]) == without_times(shown[1])
    assert without_times(traced.stderr) == without_times(alone.stderr)
