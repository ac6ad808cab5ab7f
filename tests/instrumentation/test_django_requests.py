"""Requests of Django, under WSGI and ASGI: their scopes, what they bring, how they end."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from tests.instrumentation import serving
from tests.instrumentation.alchemy import PYTHON
from tests.instrumentation.djangos import django_version
from tests.instrumentation.traced import Child, Event, line_of, run, without_times, write

SETTINGS = """\
import django, logging
from django.conf import settings

settings.configure(
    SECRET_KEY="x", ROOT_URLCONF="urls", ALLOWED_HOSTS=["*"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.db"}},
    MIDDLEWARE=[
        "django.middleware.common.CommonMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "parts.Outer", "parts.outspoken",
    ],
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth",
                    "django.contrib.sessions"],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()
logging.disable()
"""

PARTS = """\
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import JsonResponse

class Known(Exception):
    pass

class Outer:
    sync_capable = async_capable = True

    def __init__(self, get_response):
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request):
        if "middleware" in request.path:
            raise RuntimeError("in a middleware")  # middleware
        return self.get_response(request)

    def process_exception(self, request, exception):
        if isinstance(exception, Known):
            return JsonResponse({"known": True}, status=int(request.GET.get("status", 409)))

def outspoken(get_response):
    if iscoroutinefunction(get_response):
        async def middleware(request):
            return await get_response(request)
        return markcoroutinefunction(middleware)
    return lambda request: get_response(request)
"""

URLS = """\
import json, sys, threading
from functools import wraps
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import (
    FileResponse, Http404, HttpResponse, JsonResponse, StreamingHttpResponse)
from django.shortcuts import get_object_or_404
from django.urls import include, path, re_path
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import TemplateView, ListView
from parts import Known

def scope():
    active = getattr(sys.modules.get("_ormprobe.activate"), "active", None)
    return active and active.scope_id()

def decorated(view):
    @wraps(view)
    def inner(request, *args, **kwargs):
        return view(request, *args, **kwargs)
    return inner

@csrf_exempt
def item(request, number):  # the handler
    return JsonResponse({"name": "alice@example.com", "numbers": [1, 2, number]})

def create(request):
    body = json.loads(request.body)
    body.pop("owner")
    return JsonResponse({"ok": True}, status=201)

def unread(request, **values):
    return HttpResponse("ok")

def form(request):
    return HttpResponse(request.POST["name"])

def boom(request):
    raise KeyError("status")  # boom raises

def missing(request):
    get_object_or_404(ContentType, pk=-1)

def denied(request):
    raise PermissionDenied

def known(request):
    raise Known("of the app")

def unavailable(request):
    return HttpResponse("later", status=503)

def nothing(request):
    pass

def stream(request):
    def generate():
        yield "%s " % scope()
        yield "%s" % scope()
    return StreamingHttpResponse(generate())

def broken_stream(request):
    def generate():
        yield "a"
        raise RuntimeError("amid")
    return StreamingHttpResponse(generate())

def closing(request):
    class Closing(HttpResponse):
        def __init__(self):
            super().__init__("x")
            self._resource_closers.append(lambda: print("closing in", scope()))
    return Closing()

def download(request):
    return FileResponse(open(__file__, "rb"))

def thread(request):
    ran = []
    worker = threading.Thread(target=lambda: ran.append(scope()))
    worker.start()
    worker.join()
    return HttpResponse(str(ran))

class Page(View):
    def get(self, request):  # the method
        return HttpResponse("page")

class Inherited(Page):
    http_method_names = ["get"]

class Types(ListView):  # the class
    model = ContentType

    def render_to_response(self, context):
        return HttpResponse("types")

async def later(request, word):
    return HttpResponse("%s" % scope())

async def later_boom(request):
    raise KeyError("status")  # later raises

async def later_stream(request):
    async def generate():
        yield "%s " % scope()
        yield "%s" % scope()
    return StreamingHttpResponse(generate())

async def later_broken(request):
    async def generate():
        yield "a"
        raise RuntimeError("amid")
    return StreamingHttpResponse(generate())

urlpatterns = [
    path("items/<int:number>/", item, name="item"),
    path("items", create), path("unread", unread), path("form", form), path("boom", boom),
    path("missing", missing), path("denied", denied), path("known", known),
    path("unavailable", unavailable), path("nothing", nothing), path("stream", stream),
    path("broken-stream", broken_stream), path("closing", closing), path("download", download),
    path("thread", thread), path("middleware", unread),
    path("page", decorated(decorated(Page.as_view()))), path("inherited", Inherited.as_view()),
    path("types", Types.as_view()),
    re_path(r"^notes/(?P<slug>[-\\w()]+)/(?:copies/)?$", unread),
    path("api/", include([re_path(r"^(?P<year>[0-9]{4})/x\\.json$", unread)])),
    path("later/<str:word>", later), path("later-boom", later_boom),
    path("later-stream", later_stream), path("later-broken", later_broken),
]
"""

CALLS = """\
import settings_of
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.test import Client
import urls

client = Client(raise_request_exception=False)
client.get("/items/7/?q=secret&tag=1&tag=2")
client.post("/items", {"owner": "bob", "count": 3}, content_type="application/json")
client.post("/unread", {"owner": "bob"}, content_type="application/json")
client.post("/form", {"name": "carol"})
for path in (
    "/boom", "/missing", "/denied", "/known", "/unavailable", "/nothing", "/middleware", "/page",
    "/inherited", "/types", "/nowhere/secret", "/notes/a-b/", "/api/2026/x.json", "/thread",
):
    print(path, client.get(path).status_code)
print("failing", client.get("/known?status=500").status_code)
print("streamed in", b"".join(client.get("/stream").streaming_content).decode())
try:
    b"".join(client.get("/broken-stream").streaming_content)
except RuntimeError:
    print("broken")
client.get("/closing")
len(client.get("/download").getvalue())
print("later in", client.get("/later/word").content.decode())
client.get("/later-boom")
print("after", urls.scope())
"""

FILES = {"settings_of.py": SETTINGS, "parts.py": PARTS, "urls.py": URLS}


def has_uvicorn() -> bool:
    return subprocess.run([PYTHON, "-c", "import uvicorn"], check=False).returncode == 0


def traced(folder: Path, calls: str, files: dict[str, str] | None = None) -> Child:
    app = write(folder, {**FILES, "calls.py": calls, **(files or {})})
    child = run(["calls.py"], app, app / "trace", python=PYTHON)
    assert child.status == 0, child.stderr
    assert not child.of("shim", state="disabled")
    return child


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Child:
    return traced(tmp_path_factory.mktemp("app"), CALLS)


@pytest.mark.parametrize(
    ("route", "outcome", "status"),
    [
        ("GET /items/<int:number>/", "passed", 200),
        ("POST /items", "passed", 201),
        ("GET /boom", "error", 500),
        ("GET /missing", "passed", 404),
        ("GET /denied", "passed", 403),
        ("GET /unavailable", "failed", 503),
        ("GET /nothing", "error", 500),
        ("GET /page", "passed", 200),
        ("GET /stream", "passed", 200),
        ("GET /broken-stream", "error", 200),
        ("GET /closing", "passed", 200),
        ("GET /download", "passed", 200),
        ("GET /thread", "passed", 200),
        ("GET /later/<str:word>", "passed", 200),
        ("GET /later-boom", "error", 500),
        ("GET /notes/<slug>/(?:copies/)?", "passed", 200),
        ("GET /api/<year>/x.json", "passed", 200),
    ],
)
def test_outcome(calls: Child, route: str, outcome: str, status: int) -> None:
    end = ended(calls, route)

    assert (end["outcome"], end["http.response.status_code"]) == (outcome, status)


def test_requests_without_a_route(calls: Child) -> None:
    found = [ended(calls, "GET <no route>", place) for place in (0, 1)]

    assert [(end["outcome"], end["http.response.status_code"]) for end in found] == [
        ("error", 500),
        ("passed", 404),
    ]


def test_a_scope_names_method_scheme_route_and_handler(calls: Child) -> None:
    name = "GET /items/<int:number>/"
    [scope] = calls.of("scope", id=named(calls, name))

    assert (scope["http.request.method"], scope["url.scheme"]) == ("GET", "http")
    end = ended(calls, name)
    assert end["http.route"] == "/items/<int:number>/"
    assert calls.site(end["handler"]) == ("urls.py", line_of(URLS, "# the handler") - 1, "item")
    [route] = calls.of("route", scope=scope["id"])
    assert (route["http.route"], route["handler"]) == (end["http.route"], end["handler"])


@pytest.mark.parametrize(
    ("route", "mark", "function"),
    [
        ("GET /page", "# the method", "Page.get"),
        ("GET /inherited", "# the method", "Page.get"),
        ("GET /types", "# the class", "Types"),
    ],
)
def test_the_handler_of_a_class(calls: Child, route: str, mark: str, function: str) -> None:
    site = calls.one("site", id=ended(calls, route)["handler"])

    assert site["code.line.number"] == line_of(URLS, mark)
    assert site["code.function.name"] == function


def test_inputs_of_path_and_query(calls: Child) -> None:
    path, query = within(calls, "inputs", "GET /items/<int:number>/")

    assert (path["part"], path["values"]) == ("path", {"number": 7})
    assert query["part"] == "query"
    assert query["values"]["q"].startswith("s6:")
    assert query["values"]["tag"]["#"] == 2


def test_json_is_what_was_sent_even_if_the_app_changed_it(calls: Child) -> None:
    [inputs] = within(calls, "inputs", "POST /items")

    assert inputs["part"] == "json"
    assert sorted(inputs["values"]) == ["count", "owner"]


def test_a_body_that_the_app_did_not_read_is_not_read(calls: Child) -> None:
    assert not within(calls, "inputs", "POST /unread")


def test_form_inputs(calls: Child) -> None:
    [inputs] = within(calls, "inputs", "POST /form")

    assert inputs["part"] == "form"
    assert inputs["values"]["name"].startswith("s5:")


def test_a_json_response_is_a_shape(calls: Child) -> None:
    [response] = within(calls, "response", "GET /items/<int:number>/")

    assert response["content_type"] == "application/json"
    assert response["body"]["numbers"] == {"#": 3, "of": [1, 2, 7]}
    assert response["body"]["name"].startswith("s17:")


def test_no_value_and_no_path_is_stored(calls: Child) -> None:
    for secret in ("secret", "alice@example.com", "carol", "bob"):
        assert secret not in str(calls.events)


def test_an_unhandled_exception_is_a_failure_once(calls: Child) -> None:
    [failure] = within(calls, "failure", "GET /boom")

    assert (failure["phase"], failure["chain"][0]["type"]) == ("request", "KeyError")
    place = calls.site(failure["chain"][0]["frames"][0])
    assert place == ("urls.py", line_of(URLS, "# boom raises"), "boom")
    for route in "GET /missing", "GET /denied":
        assert not within(calls, "failure", route)


def test_an_exception_of_a_middleware(calls: Child) -> None:
    [failure] = within(calls, "failure", "GET <no route>")

    place = calls.site(failure["chain"][0]["frames"][0])
    assert place == ("parts.py", line_of(PARTS, "# middleware"), "__call__")


def test_a_middleware_that_answers_for_an_exception(calls: Child) -> None:
    ends = [ended(calls, "GET /known", place) for place in (0, 1)]

    assert [end["outcome"] for end in ends] == ["passed", "failed"]
    [failure] = [event for event in calls.of("failure") if event["scope"] == ends[1]["id"]]
    assert (failure["phase"], failure["chain"][0]["type"]) == ("handler", "Known")
    assert not calls.of("failure", scope=ends[0]["id"])


def test_a_body_runs_in_its_request(calls: Child) -> None:
    number = named(calls, "GET /stream")

    assert f"streamed in {number} {number}\n" in calls.stdout
    assert f"closing in {named(calls, 'GET /closing')}\n" in calls.stdout
    assert f"later in {named(calls, 'GET /later/<str:word>')}\n" in calls.stdout
    assert "after None\n" in calls.stdout


def test_a_stream_that_breaks_is_a_failure(calls: Child) -> None:
    [failure] = within(calls, "failure", "GET /broken-stream")

    assert failure["phase"] == "stream"
    assert "broken" in calls.stdout


def test_an_asynchronous_view_under_wsgi_that_breaks(calls: Child) -> None:
    [failure] = within(calls, "failure", "GET /later-boom")

    place = calls.site(failure["chain"][0]["frames"][0])
    assert place == ("urls.py", line_of(URLS, "# later raises"), "later_boom")


ENDS = """\
import io
import settings_of
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.contrib.contenttypes.models import ContentType
from django.core.handlers.base import BaseHandler
from django.core.wsgi import get_wsgi_application
from django.db import transaction, connection, IntegrityError
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path
import urls

def left_open(request):
    transaction.set_autocommit(False)
    ContentType.objects.create(app_label="a", model="b")  # is lost
    return HttpResponse("ok")

def answers(request):
    try:
        ContentType.objects.create(id=1, app_label="c", model="d")
    except IntegrityError:  # caught
        return HttpResponse("no", status=500)

def streams(request):
    def lines():
        for found in ContentType.objects.order_by("id")[:2]:  # streams
            yield str(found.pk)
    return StreamingHttpResponse(lines())

urls.urlpatterns += [path("open", left_open), path("answers", answers), path("streams", streams)]
application = get_wsgi_application()

def call(path):
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "x",
        "SERVER_PORT": "80", "wsgi.input": io.BytesIO(), "wsgi.url_scheme": "http",
    }
    body = application(environ, lambda *_: None)
    parts = list(body)
    body.close()
    return parts

for path in "/open", "/answers", "/streams", "/missing":
    print(path, len(call(path)))
never_closed = application(
    {"REQUEST_METHOD": "GET", "PATH_INFO": "/streams", "SERVER_NAME": "x", "SERVER_PORT": "80",
     "wsgi.input": io.BytesIO(), "wsgi.url_scheme": "http"}, lambda *_: None)
print(next(iter(never_closed)))
del never_closed

class Fake:  # as a test of a handler may have it
    path = "/"
    close = print

handler = BaseHandler()
handler._middleware_chain = lambda request: HttpResponse("of a fake")
print(handler.get_response(Fake()).content.decode())
print("after", urls.scope())
"""


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Child:
    return traced(tmp_path_factory.mktemp("app"), ENDS)


def test_what_the_end_of_a_request_throws_away_is_the_requests(ends: Child) -> None:
    number = named(ends, "GET /open")
    [lost] = [event for event in ends.of("transaction", scope=number) if event["writes"]]

    assert (lost["end"], lost["by"]) == ("close", "close")
    events = [event["kind"] for event in ends.events if event in (lost, ended(ends, "GET /open"))]
    assert events == ["transaction", "scope_end"]
    [statement] = ends.of("statement", id=lost["writes"][0])
    assert ends.site(statement["site"])[:2] == ("calls.py", line_of(ENDS, "# is lost"))


def test_a_view_that_answers_for_an_error_by_itself(ends: Child) -> None:
    [error] = within(ends, "error", "GET /answers")
    [fate] = ends.of("fate", error=error["id"])

    assert ended(ends, "GET /answers")["outcome"] == "failed"
    assert fate["fate"] == "caught"
    assert ends.site(fate["site"])[2] == "answers"
    assert not within(ends, "failure", "GET /answers")


def test_an_error_that_became_a_404_was_translated(ends: Child) -> None:
    [error] = within(ends, "error", "GET /missing")
    [fate] = ends.of("fate", error=error["id"])

    assert (error["type"], fate["fate"]) == (
        "ContentType.DoesNotExist",
        "translated",
    )


def test_statements_of_a_body_are_its_requests_and_a_body_may_be_left(ends: Child) -> None:
    for place in (0, 1):
        [statement] = ends.of("statement", scope=named(ends, "GET /streams", place))
        assert ends.site(statement["site"])[1] == line_of(ENDS, "# streams")
        assert ended(ends, "GET /streams", place)["outcome"] == "passed"
    assert "after None\n" in ends.stdout


ASYNC_CALLS = """\
import asyncio
import settings_of
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.test import AsyncClient
import urls

async def main():
    client = AsyncClient(raise_request_exception=False)
    await client.get("/items/7/?tag=1")
    await client.post("/items", {"owner": "bob"}, content_type="application/json")
    for path in "/boom", "/missing", "/known", "/middleware", "/later-boom":
        await client.get(path)
    print("failing", (await client.get("/known?status=500")).status_code)
    print("later in", (await client.get("/later/word")).content.decode())
    found = await client.get("/later-stream")
    print("streamed in", b"".join([part async for part in found.streaming_content]).decode())
    found = await client.get("/later-broken")
    try:
        [part async for part in found.streaming_content]
    except RuntimeError:
        print("broken")
    await client.get("/closing")
    found = await asyncio.gather(*(client.get("/later/%d" % n) for n in range(8)))
    print("at once", *sorted(int(each.content) for each in found))
    print("after", urls.scope())

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def async_calls(tmp_path_factory: pytest.TempPathFactory) -> Child:
    return traced(tmp_path_factory.mktemp("app"), ASYNC_CALLS)


@pytest.mark.parametrize(
    ("route", "outcome", "status", "phase"),
    [
        ("GET /items/<int:number>/", "passed", 200, None),
        ("POST /items", "passed", 201, None),
        ("GET /boom", "error", 500, "request"),
        ("GET /missing", "passed", 404, None),
        ("GET <no route>", "error", 500, "request"),
        ("GET /later-boom", "error", 500, "request"),
        ("GET /later-stream", "passed", 200, None),
        ("GET /later-broken", "error", 200, "stream"),
    ],
)
def test_asynchronous_outcome(
    async_calls: Child, route: str, outcome: str, status: int, phase: str | None
) -> None:
    end = ended(async_calls, route)

    assert (end["outcome"], end["http.response.status_code"]) == (outcome, status)
    assert end.get("phase") == phase
    assert len(within(async_calls, "failure", route)) == (outcome == "error")


def test_asynchronous_inputs(async_calls: Child) -> None:
    found = [event["part"] for event in within(async_calls, "inputs", "GET /items/<int:number>/")]

    assert found == ["path", "query"]
    assert [event["part"] for event in within(async_calls, "inputs", "POST /items")] == ["json"]


def test_an_asynchronous_chain_of_middleware_answers(async_calls: Child) -> None:
    ends = [ended(async_calls, "GET /known", place) for place in (0, 1)]

    assert [end["outcome"] for end in ends] == ["passed", "failed"]


def test_an_asynchronous_body_runs_in_its_request(async_calls: Child) -> None:
    number = named(async_calls, "GET /later-stream")

    assert f"streamed in {number} {number}\n" in async_calls.stdout
    assert f"closing in {named(async_calls, 'GET /closing')}\n" in async_calls.stdout
    assert "broken\n" in async_calls.stdout
    assert "after None\n" in async_calls.stdout


def test_requests_at_once(async_calls: Child) -> None:
    name = "GET /later/<str:word>"
    numbers = sorted(event["scope"] for event in async_calls.of("route", name=name))

    assert f"later in {numbers[0]}\n" in async_calls.stdout
    assert f"at once {' '.join(map(str, numbers[1:]))}\n" in async_calls.stdout


SERVED = """\
import settings_of, asyncio, os
from django.core.asgi import get_asgi_application
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path
import urls

async def waits(request):
    open("waiting", "w").close()
    await asyncio.sleep(30)
    return HttpResponse("late")

async def streams_on(request):
    async def forever():
        while True:
            yield "x" * 65536
            await asyncio.sleep(0.01)
    return StreamingHttpResponse(forever())

def working(request):
    return JsonResponse({"in": urls.scope()})

urls.urlpatterns += [
    path("waits", waits), path("streams-on", streams_on), path("working", working)]
django_app = get_asgi_application()

async def app(scope, receive, send):
    if scope["type"] == "http":
        await django_app(scope, receive, send)
"""


@pytest.mark.skipif(not has_uvicorn(), reason="the interpreter has no uvicorn")
def test_requests_over_sockets_and_clients_that_go_away(tmp_path: Path) -> None:
    app = write(tmp_path, {**FILES, "served.py": SERVED})
    words = ["-m", "uvicorn", "--no-access-log", "served:app"]
    with serving.served(words, app, python=PYTHON) as server:
        with urllib.request.urlopen(server.base + "/working") as answer:
            within_scope = json.load(answer)["in"]
        with urllib.request.urlopen(server.base + "/later-stream") as answer:
            streamed = answer.read().decode()
        leaves = django_version() >= (5, 0)  # before, Django does not learn that a client is gone
        for path, waiting in (("/waits", app / "waiting"), ("/streams-on", None)) if leaves else ():
            with socket.create_connection(server.address, 10) as client:
                client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                until = time.monotonic() + 10
                while waiting is not None and not waiting.exists() and time.monotonic() < until:
                    time.sleep(0.02)
                if waiting is None:
                    client.recv(1000)
        time.sleep(0.5)
    child = server.child

    assert not child.of("shim", state="disabled")
    assert not child.of("failure")
    assert within_scope == named(child, "GET /working")
    number = named(child, "GET /later-stream")
    assert streamed == f"{number} {number}"
    found = {
        name: ended(child, f"GET /{name}")["outcome"]
        for name in ("working", "later-stream", *(("waits", "streams-on") if leaves else ()))
    }
    gone = {"waits": "skipped", "streams-on": "passed"} if leaves else {}
    assert found == {"working": "passed", "later-stream": "passed", **gone}


TESTS = """\
from asgiref.sync import sync_to_async
from django.test import SimpleTestCase
import urls

class Tests(SimpleTestCase):
    def test_sync(self):
        self.client.get("/unread")  # sync asks

    async def test_async(self):
        await self.async_client.get("/unread")  # async asks

    async def test_handed(self):
        await sync_to_async(self.client.get)("/unread")  # handed asks

    def test_raises(self):
        self.client.get("/boom")  # boom asks
"""


def test_a_request_is_inside_its_test_and_knows_the_line_that_asked(tmp_path: Path) -> None:
    files = {"test_shop.py": "import settings_of\n" + TESTS}
    child = run(
        ["-m", "unittest", "test_shop"],
        write(tmp_path, {**FILES, **files}),
        tmp_path / "trace",
        python=PYTHON,
    )

    assert not child.of("shim", state="disabled")
    asked = {}
    for scope in child.of("scope", type="request"):
        [test] = child.of("scope", id=scope["parent"])
        [frame] = scope["frames"]
        asked[test["name"].rpartition("_")[2]] = child.site(frame)[:2]
    text = files["test_shop.py"]
    assert asked == {
        each: ("test_shop.py", line_of(text, f"# {mark} asks"))
        for each, mark in {
            "sync": "sync", "async": "async", "handed": "handed", "raises": "boom"
        }.items()
    }  # fmt: skip
    [test] = child.of("failure", scope=child.scope("test_shop.Tests.test_raises")["id"])
    [request] = [event for event in child.of("failure") if event is not test]
    assert (test["chain"][0]["type"], request["chain"][0]["type"]) == ("KeyError", "KeyError")


SHOWS = """\
import settings_of, sys, traceback
from django.conf import settings
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.test import AsyncClient, Client
from asgiref.sync import async_to_sync
settings.DEBUG = DEBUGGED
settings.DEBUG_PROPAGATE_EXCEPTIONS = PROPAGATED
for client in Client(), AsyncClient():
    get = client.get if isinstance(client, Client) else async_to_sync(client.get)
    for path in "/boom", "/known", "/middleware", "/missing", "/nothing", "/later-boom":
        try:
            print(get(path).content.decode())
        except Exception:
            traceback.print_exc()
for path in "/broken-stream", "/stream":
    found = Client().get(path)
    print(type(found).__name__, sorted(vars(found)))
    try:
        b"".join(found.streaming_content)
    except Exception:
        traceback.print_exc()
"""


@pytest.mark.parametrize(("debugged", "propagated"), [(False, False), (True, False), (False, True)])
def test_what_the_app_shows_is_what_it_shows_without_us(
    tmp_path: Path, debugged: bool, propagated: bool
) -> None:
    text = SHOWS.replace("DEBUGGED", str(debugged)).replace("PROPAGATED", str(propagated))
    write(tmp_path, {**FILES, "calls.py": text})

    traced, alone = (
        run(["calls.py"], tmp_path, trace, python=PYTHON) for trace in (tmp_path / "t", None)
    )

    assert not traced.of("shim", state="disabled")
    assert "KeyError" in alone.stderr
    own = re.compile(r'  File "[^"]*ormprobe_instrumentation.*\n.*\n')  # before Python 3.11
    assert without_times(own.sub("", traced.stderr)) == without_times(alone.stderr)
    assert plain(traced.stdout) == plain(alone.stdout)


def plain(page: str) -> str:
    """A page without what differs from run to run."""
    kept = [line for line in without_times(page).splitlines() if "_ORMPROBE" not in line]
    return re.sub(r"(scope|urls\.scope).*|.*[Ss]erver time.*", "", "\n".join(kept))


def ended(child: Child, name: str, place: int = 0) -> Event:
    """The end of the request of this name; its route is known after its scope has begun."""
    return child.one("scope_end", id=named(child, name, place))


def named(child: Child, name: str, place: int = 0) -> int:
    found: list[int] = [event["scope"] for event in child.of("route", name=name)]
    if not found:
        routed = {event["scope"] for event in child.of("route")}
        found = [event["id"] for event in child.of("scope", name=name)]
        found = [number for number in found if number not in routed]
    return found[place]


def within(child: Child, kind: str, name: str) -> list[Event]:
    return child.of(kind, scope=named(child, name))
