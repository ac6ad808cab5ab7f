from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.traced import INNER, Child, line_of, run, without_times, write

APP = """\
from flask import Flask, Response, abort, jsonify, request
from flask.views import MethodView

app = Flask(__name__)

def scope():
    return {inner}.scope_id()

@app.get("/items/<int:number>")
def item(number):  # the handler
    return jsonify(name="alice@example.com", numbers=[1, 2, number])

@app.post("/items")
def create():
    body = request.get_json()
    body.pop("owner")
    return {"ok": True}, 201

@app.post("/unread")
def unread():
    return "ok"

@app.post("/form")
def form():
    return request.form["name"]

@app.get("/boom")
def boom():
    raise KeyError("status")  # raises

@app.get("/abort")
def aborts():
    abort(409)

@app.get("/unavailable")
def unavailable():
    return "later", 503

@app.errorhandler(ZeroDivisionError)
def zero_division(error):
    return "zero", 400

@app.get("/zero")
def zero():
    return str(1 / 0)

@app.get("/stream")
def stream():
    def generate():
        yield "%s " % scope()
        yield "%s" % scope()
    return Response(generate())

@app.get("/broken-stream")
def broken_stream():
    def generate():
        yield "a"
        raise RuntimeError("amid")
    return Response(generate())

@app.get("/closing")
def closing():
    response = Response("x")
    response.call_on_close(lambda: print("closing in", scope()))
    return response

class View(MethodView):
    def get(self):
        return "view"

app.add_url_rule("/view", view_func=View.as_view("view"))
client = app.test_client()
""".replace("{inner}", INNER)

CALLS = """\
from shop import app, client, scope

client.get("/items/7?q=secret&tag=1&tag=2")
client.post("/items", json={"owner": "bob", "count": 3})
client.post("/unread", json={"owner": "bob"})
client.post("/form", data={"name": "carol"})
for path in "/boom", "/abort", "/unavailable", "/zero", "/view", "/nowhere/secret":
    client.get(path)
print("streamed in", client.get("/stream").data.decode())
try:
    client.get("/broken-stream").data
except RuntimeError:
    pass
client.get("/closing").close()
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
    ("name", "outcome", "status"),
    [
        ("GET /items/<int:number>", "passed", 200),
        ("POST /items", "passed", 201),
        ("GET /boom", "error", 500),
        ("GET /abort", "passed", 409),
        ("GET /unavailable", "failed", 503),
        ("GET /zero", "passed", 400),
        ("GET /view", "passed", 200),
        ("GET <no route>", "passed", 404),
        ("GET /stream", "passed", 200),
        ("GET /broken-stream", "error", 200),
        ("GET /closing", "passed", 200),
    ],
)
def test_outcome(calls: Child, name: str, outcome: str, status: int) -> None:
    end = calls.end(name)

    assert (end["outcome"], end["http.response.status_code"]) == (outcome, status)


def test_a_scope_names_method_scheme_route_and_handler(calls: Child) -> None:
    scope, end = calls.scope("GET /items/<int:number>"), calls.end("GET /items/<int:number>")

    assert (scope["http.request.method"], scope["url.scheme"]) == ("GET", "http")
    assert end["http.route"] == "/items/<int:number>"
    place = ("shop.py", line_of(APP, "# the handler") - 1, "item")
    assert calls.site(end["handler"]) == place


def test_the_handler_of_a_class_is_its_method(calls: Child) -> None:
    handler = calls.one("site", id=calls.end("GET /view")["handler"])

    assert handler["code.function.name"] == "View.get"


def test_inputs_of_path_and_query(calls: Child) -> None:
    path, query = calls.within("inputs", "GET /items/<int:number>")

    assert (path["part"], path["values"]) == ("path", {"number": 7})
    assert query["part"] == "query"
    assert query["values"]["q"].startswith("s6:")
    assert query["values"]["tag"]["#"] == 2


def test_json_is_what_was_sent_even_if_the_app_changed_it(calls: Child) -> None:
    [inputs] = calls.within("inputs", "POST /items")

    assert inputs["part"] == "json"
    assert sorted(inputs["values"]) == ["count", "owner"]


def test_a_body_that_the_app_did_not_read_is_not_read(calls: Child) -> None:
    assert not calls.within("inputs", "POST /unread")


def test_form_inputs(calls: Child) -> None:
    [inputs] = calls.within("inputs", "POST /form")

    assert inputs["part"] == "form"
    assert inputs["values"]["name"].startswith("s5:")


def test_a_json_response_is_a_shape(calls: Child) -> None:
    [response] = calls.within("response", "GET /items/<int:number>")

    assert response["content_type"] == "application/json"
    assert response["body"]["numbers"] == {"#": 3, "of": [1, 2, 7]}
    assert response["body"]["name"].startswith("s17:")


def test_no_value_and_no_path_is_stored(calls: Child) -> None:
    for secret in ("secret", "alice@example.com", "carol", "bob"):
        assert secret not in str(calls.events)


def test_an_unhandled_exception_is_a_failure_once(calls: Child) -> None:
    [failure] = calls.within("failure", "GET /boom")

    assert failure["chain"][0]["type"] == "KeyError"
    place = calls.site(failure["chain"][0]["frames"][0])
    assert place == ("shop.py", line_of(APP, "# raises"), "boom")
    assert not calls.within("failure", "GET /zero")


def test_a_streamed_body_runs_in_its_request(calls: Child) -> None:
    number = calls.scope("GET /stream")["id"]

    assert f"streamed in {number} {number}\n" in calls.stdout
    closing = calls.scope("GET /closing")["id"]
    assert f"closing in {closing}\n" in calls.stdout
    assert "after None\n" in calls.stdout


def test_a_stream_that_breaks_is_a_failure(calls: Child) -> None:
    [failure] = calls.within("failure", "GET /broken-stream")

    assert failure["phase"] == "stream"


def test_a_request_is_inside_its_test(tmp_path: Path) -> None:
    text = "from shop import client\ndef test_view():\n    assert client.get('/view').data\n"
    write(tmp_path, {"shop.py": APP, "test_shop.py": text})

    child = run(["-m", "pytest", "-q"], tmp_path, tmp_path / "trace")

    assert child.status == 0, child.stdout
    assert child.scope("GET /view")["parent"] == child.scope("test_shop.py::test_view")["id"]


@pytest.mark.parametrize("testing", [False, True])
def test_the_traceback_is_the_one_without_us(tmp_path: Path, testing: bool) -> None:
    text = (
        "import traceback\nfrom shop import app, client\n"
        f"app.testing = {testing}\n"
        "for path in '/boom', '/zero', '/broken-stream':\n"
        "    try:\n        print(client.get(path).data)\n"
        "    except Exception:\n        traceback.print_exc()\n"
    )
    write(tmp_path, {"shop.py": APP, "calls.py": text})

    traced, alone = (run(["calls.py"], tmp_path, trace) for trace in (tmp_path / "t", None))

    assert "KeyError" in alone.stderr
    assert without_times(traced.stderr) == without_times(alone.stderr)
    assert traced.stdout == alone.stdout
