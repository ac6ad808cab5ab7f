"""Requests of Sanic, over sockets: from its test client, one process, and its workers."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.instrumentation.serving import served
from tests.instrumentation.traced import Child, Event, line_of, run, without_times, write

APP = """\
import asyncio, sys
from peewee import CharField, Model, SqliteDatabase
from sanic import Blueprint, Sanic, json, text
from sanic.exceptions import NotFound, SanicException
from sanic.views import HTTPMethodView

database = SqliteDatabase("notes.db")

class Note(Model):
    marker = CharField()
    class Meta:
        database = database

database.create_tables([Note])
app = Sanic("shop")
app.config.FALLBACK_ERROR_FORMAT = "text"
part = Blueprint("part", url_prefix="/part")

def scope():
    active = getattr(sys.modules.get("_ormprobe.activate"), "active", None)
    return active and active.scope_id()

@app.on_request
async def before(request):
    if "middleware" in request.path:
        raise RuntimeError("in a middleware")  # middleware

@app.get("/items/<number:int>")
async def item(request, number):  # the handler
    return json({"name": "alice@example.com", "numbers": [1, 2, number]})

@app.post("/items")
async def create(request):
    body = request.json
    body.pop("owner")
    return json({"ok": True}, status=201)

@app.post("/unread")
async def unread(request):
    return text("ok")

@app.post("/form")
async def form(request):
    return text(request.form["name"][0])

@app.get("/boom")
def boom(request):
    raise KeyError("status")  # raises

@app.get("/known")
async def known(request):
    raise ZeroDivisionError

@app.exception(ZeroDivisionError)
async def zero_division(request, error):
    return text("zero", status=int(request.args.get("status", 409)))

@app.get("/denied")
async def denied(request):
    raise SanicException("no", status_code=503)

@app.get("/unavailable")
async def unavailable(request):
    return text("later", status=503)

@app.get("/nothing")
async def nothing(request):
    pass

@app.get("/stream")
async def stream(request):
    response = await request.respond(content_type="text/plain")
    await response.send("%s " % scope())
    await asyncio.sleep(0)
    await response.send("%s" % scope())
    await response.eof()

@app.get("/broken-stream")
async def broken_stream(request):
    response = await request.respond(content_type="text/plain")
    await response.send("a")
    raise RuntimeError("amid")

@app.post("/notes/<marker>")
async def write(request, marker):
    Note.create(marker=marker)
    await asyncio.sleep(0.01)
    return json({"found": Note.select().where(Note.marker == marker).count(), "in": scope()})

@app.get("/middleware")
async def unreachable(request):
    return text("ok")

class View(HTTPMethodView):
    async def get(self, request):  # the method
        return text("view")

part.add_route(View.as_view(), "/view")
app.blueprint(part)
"""

CALLS = """\
import logging
from shop import app, scope
logging.disable()

client = app.test_client
client.get("/items/7?q=secret&tag=1&tag=2")
client.post("/items", json={"owner": "bob", "count": 3})
client.post("/unread", json={"owner": "bob"})
client.post("/form", data={"name": "carol"})
for path in (
    "/boom", "/known", "/known?status=500", "/denied", "/unavailable", "/nothing", "/part/view",
    "/nowhere/secret", "/middleware", "/broken-stream",
):
    try:
        print(path, client.get(path)[1].status)
    except Exception as error:
        print(path, type(error).__name__)
print("streamed in", client.get("/stream")[1].text)
print("after", scope())
"""


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Child:
    app = write(tmp_path_factory.mktemp("app"), {"shop.py": APP, "calls.py": CALLS})
    child = run(["calls.py"], app, app / "trace")
    assert child.status == 0, child.stderr
    assert not child.of("shim", state="disabled")
    return child


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("GET /items/<number:int>", [("passed", 200)]),
        ("POST /items", [("passed", 201)]),
        ("GET /boom", [("error", 500)]),
        ("GET /known", [("passed", 409), ("failed", 500)]),
        ("GET /denied", [("failed", 503)]),
        ("GET /unavailable", [("failed", 503)]),
        ("GET /nothing", [("failed", 500)]),
        ("GET /part/view", [("passed", 200)]),
        ("GET <no route>", [("passed", 404)]),
        ("GET /middleware", [("error", 500)]),
        ("GET /stream", [("passed", 200)]),
        ("GET /broken-stream", [("error", 200)]),
    ],
)
def test_outcomes(calls: Child, name: str, expected: list[tuple[str, int]]) -> None:
    found = [
        (end["outcome"], end["http.response.status_code"])
        for scope in calls.of("scope", name=name)
        for end in calls.of("scope_end", id=scope["id"])
    ]

    assert found == expected


def test_a_scope_names_method_scheme_route_and_handler(calls: Child) -> None:
    scope, end = calls.scope("GET /items/<number:int>"), calls.end("GET /items/<number:int>")

    assert (scope["http.request.method"], scope["url.scheme"]) == ("GET", "http")
    assert end["http.route"] == "/items/<number:int>"
    assert calls.site(end["handler"]) == ("shop.py", line_of(APP, "# the handler") - 1, "item")
    view = calls.one("site", id=calls.end("GET /part/view")["handler"])
    assert view["code.line.number"] == line_of(APP, "# the method")


def test_inputs(calls: Child) -> None:
    path, query = calls.within("inputs", "GET /items/<number:int>")
    [body] = calls.within("inputs", "POST /items")
    [form] = calls.within("inputs", "POST /form")

    assert (path["part"], path["values"]) == ("path", {"number": 7})
    assert query["values"]["tag"]["#"] == 2
    assert (body["part"], sorted(body["values"])) == ("json", ["count", "owner"])
    assert (form["part"], list(form["values"])) == ("form", ["name"])
    assert not calls.within("inputs", "POST /unread")


def test_a_json_response_is_a_shape(calls: Child) -> None:
    [response] = calls.within("response", "GET /items/<number:int>")

    assert response["content_type"] == "application/json"
    assert response["body"]["numbers"] == {"#": 3, "of": [1, 2, 7]}


def test_no_value_and_no_path_is_stored(calls: Child) -> None:
    for secret in ("secret", "alice@example.com", "carol", "bob"):
        assert secret not in str(calls.events)


@pytest.mark.parametrize(
    ("name", "kind", "phase", "mark"),
    [
        ("GET /boom", "KeyError", "request", "# raises"),
        ("GET /middleware", "RuntimeError", "request", "# middleware"),
        ("GET /broken-stream", "RuntimeError", "stream", '"amid"'),
    ],
)
def test_failures(calls: Child, name: str, kind: str, phase: str, mark: str) -> None:
    [failure] = calls.within("failure", name)

    assert (failure["phase"], failure["chain"][0]["type"]) == (phase, kind)
    assert calls.site(failure["chain"][0]["frames"][0])[1] == line_of(APP, mark)


def test_an_exception_that_the_app_answers(calls: Child) -> None:
    answered, failed = calls.of("scope", name="GET /known")

    assert not calls.of("failure", scope=answered["id"])
    [failure] = calls.of("failure", scope=failed["id"])
    assert failure["phase"] == "handler"
    assert not calls.within("failure", "GET /denied")


def test_a_streamed_body_runs_in_its_request(calls: Child) -> None:
    number = calls.scope("GET /stream")["id"]

    assert f"streamed in {number} {number}\n" in calls.stdout
    assert "after None\n" in calls.stdout


SERVERS = {
    "one process": ["-m", "sanic", "shop:app", "--single-process", "--host", "127.0.0.1"],
    "workers": ["-m", "sanic", "shop:app", "--workers", "2", "--host", "127.0.0.1"],
    "uvicorn": ["-m", "uvicorn", "shop:app"],
}


@pytest.mark.parametrize("server", list(SERVERS))
def test_requests_at_once_have_their_own_scopes(tmp_path: Path, server: str) -> None:
    app = write(tmp_path, {"shop.py": APP})
    answers: dict[str, dict[str, int]] = {}

    with served(SERVERS[server], app) as running:

        def ask(number: int) -> None:
            url = f"{running.base}/notes/m{number}"
            with urllib.request.urlopen(urllib.request.Request(url, method="POST")) as answer:
                answers[f"m{number}"] = json.load(answer)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(ask, range(24)))
        with pytest.raises(urllib.error.HTTPError, match="500"):
            urllib.request.urlopen(running.base + "/boom")

    assert {each["found"] for each in answers.values()} == {1}
    child = running.child
    assert not child.of("shim", state="disabled")
    routes = [file for file in child.files if any(is_note(event) for event in file)]
    scopes = [event["id"] for file in routes for event in file if is_note(event)]
    assert sorted(scopes) == sorted(each["in"] for each in answers.values())
    for file in routes:
        brought = {
            event["scope"]: event["values"]["marker"]
            for event in file
            if event["kind"] == "inputs" and "marker" in event["values"]
        }
        sent = [event for event in file if event["kind"] == "statement" and event["binds"]]
        assert len(sent) == 2 * len(brought)  # by Peewee, in the thread of the loop
        assert all(event["binds"][0] == brought[event["scope"]] for event in sent)
    assert [end["outcome"] for end in child.of("scope_end", **{"http.route": "/boom"})] == ["error"]


def is_note(event: Event) -> bool:
    return event["kind"] == "scope" and event["name"] == "POST /notes/<marker:str>"


def test_a_request_is_inside_its_test_and_knows_the_line_that_asked(tmp_path: Path) -> None:
    text = (
        "from shop import app\n"
        "def test_view():\n"
        "    assert app.test_client.get('/part/view')[1].status == 200  # asks\n"
    )
    write(tmp_path, {"shop.py": APP, "test_shop.py": text})

    child = run(["-m", "pytest", "-q"], tmp_path, tmp_path / "trace")

    assert child.status == 0, child.stdout
    scope = child.scope("GET /part/view")
    assert scope["parent"] == child.scope("test_shop.py::test_view")["id"]
    assert child.site(scope["frames"][0])[:2] == ("test_shop.py", line_of(text, "# asks"))


def test_what_the_app_shows_is_what_it_shows_without_us(tmp_path: Path) -> None:
    text = CALLS.replace("logging.disable()", "app.config.FALLBACK_ERROR_FORMAT = 'html'").replace(
        'print("streamed', 'app.debug = True\nprint(client.get("/boom")[1].text)\nprint("streamed'
    )
    write(tmp_path, {"shop.py": APP, "calls.py": text})

    traced, alone = (run(["calls.py"], tmp_path, trace) for trace in (tmp_path / "t", None))

    assert "KeyError" in alone.stderr + alone.stdout
    assert plain(traced.stdout) == plain(alone.stdout)
    assert plain(traced.stderr) == plain(alone.stderr)


def plain(text: str) -> str:
    """An output without what differs from run to run."""
    text = re.sub(r"streamed in .*|:\d{4,5}\b|\[\d+\]|\d{4}-\d\d-\d\d \S+", "", without_times(text))
    return re.sub(r"\b\d+\.\d+\b|duration.*", "", text)
