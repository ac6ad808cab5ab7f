"""REST framework and Django Ninja over Django's requests: handlers, bodies, answered exceptions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.instrumentation.alchemy import PYTHON
from tests.instrumentation.traced import Child, Event, line_of, run, without_times, write

START = """\
import django, logging
from django.conf import settings

settings.configure(
    SECRET_KEY="x", ROOT_URLCONF="urls", ALLOWED_HOSTS=["*"], DEBUG=False,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.db"}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None},
)
django.setup()
logging.disable()
from django.core.management import call_command
call_command("migrate", verbosity=0)
"""

URLS = """\
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError
from django.urls import include, path
from ninja import NinjaAPI, Router, Schema
from ninja.errors import HttpError
from rest_framework import exceptions, generics, serializers, viewsets
from rest_framework.decorators import action, api_view
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter
from rest_framework.views import APIView

class Typed(serializers.ModelSerializer):
    class Meta:
        model = ContentType
        fields = ["id", "app_label", "model"]

class Types(viewsets.ModelViewSet):  # the viewset
    queryset = ContentType.objects.order_by("id")
    serializer_class = Typed

    def destroy(self, request, pk=None):  # the action
        raise IntegrityError("in use")  # destroys

    @action(detail=True, methods=["post"])
    def rename(self, request, pk=None):  # the extra action
        found = self.get_object()
        request.data.pop("secret")
        return Response({"renamed": found.pk})

class Listed(generics.ListAPIView):
    serializer_class = Typed

    def get_queryset(self):  # its query
        return ContentType.objects.all()

class Plain(APIView):
    def post(self, request):  # the method
        return Response(request.data, status=201)

    def put(self, request):
        return Response(status=204)

    def patch(self, request):
        raise exceptions.APIException("later")

@api_view(["GET"])
def counted(request):  # the function
    return Response({"count": ContentType.objects.count()})

class Note(Schema):
    text: str
    stars: int = 1

api = NinjaAPI()
router = Router()

@router.get("/notes/{number}")
def note(request, number: int, q: str = ""):  # the operation
    return {"number": number}

@router.post("/notes/{number}")
def change(request, number: int, note: Note):  # the other operation
    return {"text": note.text, "stars": note.stars}

@router.get("/later")
async def later(request):  # the asynchronous operation
    return {"count": await ContentType.objects.acount()}  # counts

@router.get("/gone")
def gone(request):
    try:
        ContentType.objects.get(pk=-1)
    except ContentType.DoesNotExist:
        raise HttpError(404, "gone")

@router.get("/boom")
def boom(request):
    raise KeyError("status")  # booms

@router.get("/mapped/{status}")
def mapped(request, status: int):
    raise IntegrityError(status)

@api.exception_handler(IntegrityError)
def conflict(request, error):
    return api.create_response(request, {"error": "in use"}, status=error.args[0])

api.add_router("/ninja", router)
routes = DefaultRouter()
routes.register("types", Types)
urlpatterns = [
    path("rest/", include(routes.urls)), path("listed", Listed.as_view()),
    path("plain", Plain.as_view()), path("counted", counted), path("api/", api.urls),
]
"""

CALLS = """\
import start
from rest_framework.test import APIClient

client = APIClient(raise_request_exception=False)
json = {"format": "json"}
print(client.get("/rest/types/").status_code, client.head("/rest/types/").status_code)
print(client.get("/rest/types/1/").status_code, client.get("/rest/types/9999/").status_code)
print(client.post("/rest/types/1/rename/", {"name": "ann", "secret": "x"}, **json).status_code)
print(client.delete("/rest/types/1/").status_code)
print(client.post("/rest/types/", {"model": ""}, **json).status_code)
print(client.get("/listed").status_code, client.get("/counted").status_code)
print(client.post("/plain", {"name": "bob", "tags": [1, 2]}, **json).status_code)
print(client.post("/plain", {"name": "bob"}, format="multipart").status_code)
print(client.put("/plain", {"name": "bob"}, **json).status_code)
print(client.post("/plain", "{", content_type="application/json").status_code)
print(client.patch("/plain").status_code, client.options("/plain").status_code)
print(client.get("/api/ninja/notes/7?q=word").status_code)
print(client.get("/api/ninja/notes/x").status_code)
print(client.post("/api/ninja/notes/7", {"text": "carol"}, **json).status_code)
for path in "later", "gone", "boom", "mapped/409", "mapped/500":
    print(client.get("/api/ninja/" + path).status_code)
"""

FILES = {"start.py": START, "urls.py": URLS}


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Child:
    app = write(tmp_path_factory.mktemp("app"), {**FILES, "calls.py": CALLS})
    child = run(["calls.py"], app, app / "trace", python=PYTHON)
    assert child.status == 0, child.stderr
    assert not child.of("shim", state="disabled")
    return child


def ends(child: Child, name: str) -> list[Event]:
    """The ends of the requests of this name, in the order in which they began."""
    numbers = [event["scope"] for event in child.of("route", name=name)]
    return [child.one("scope_end", id=number) for number in sorted(numbers)]


def within(child: Child, kind: str, end: Event) -> list[Event]:
    return child.of(kind, scope=end["id"])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("GET /rest/types/", ["passed 200"]),
        ("HEAD /rest/types/", ["passed 200"]),
        ("GET /rest/types/<pk>/", ["passed 200", "passed 404"]),
        ("POST /rest/types/<pk>/rename/", ["passed 200"]),
        ("DELETE /rest/types/<pk>/", ["error 500"]),
        ("POST /rest/types/", ["passed 400"]),
        ("GET /listed", ["passed 200"]),
        ("GET /counted", ["passed 200"]),
        ("POST /plain", ["passed 201", "passed 201", "passed 400"]),
        ("PATCH /plain", ["failed 500"]),
        ("GET /api/ninja/notes/<number>", ["passed 200", "passed 422"]),
        ("POST /api/ninja/notes/<number>", ["passed 200"]),
        ("GET /api/ninja/later", ["passed 200"]),
        ("GET /api/ninja/gone", ["passed 404"]),
        ("GET /api/ninja/boom", ["error 500"]),
        ("GET /api/ninja/mapped/<status>", ["passed 409", "failed 500"]),
    ],
)
def test_outcomes(calls: Child, name: str, expected: list[str]) -> None:
    found = [f"{end['outcome']} {end['http.response.status_code']}" for end in ends(calls, name)]

    assert found == expected


@pytest.mark.parametrize(
    ("name", "mark", "function"),
    [
        ("GET /rest/types/", "# the viewset", "Types"),
        ("HEAD /rest/types/", "# the viewset", "Types"),
        ("DELETE /rest/types/<pk>/", "# the action", "Types.destroy"),
        ("GET /listed", "# its query", "Listed.get_queryset"),
        ("POST /plain", "# the method", "Plain.post"),
        ("GET /api/ninja/boom", "def boom", "boom"),
        ("GET /api/ninja/notes/<number>", "# the operation", "note"),
        ("POST /api/ninja/notes/<number>", "# the other operation", "change"),
        ("GET /api/ninja/later", "# the asynchronous operation", "later"),
    ],
)
def test_handlers(calls: Child, name: str, mark: str, function: str) -> None:
    site = calls.one("site", id=ends(calls, name)[0]["handler"])

    decorated = function in ("boom", "note", "change", "later")  # begins at its decorator
    assert site["code.line.number"] == line_of(URLS, mark) - decorated
    assert site["code.function.name"] == function


@pytest.mark.parametrize(
    ("name", "mark"),
    [("POST /rest/types/<pk>/rename/", "# the extra action"), ("GET /counted", "# the function")],
)
def test_decorated_handlers(calls: Child, name: str, mark: str) -> None:
    path, line, _ = calls.site(ends(calls, name)[0]["handler"])

    assert (path, line) == ("urls.py", line_of(URLS, mark) - 1)


def test_a_body_is_what_was_sent_even_if_the_app_changed_it(calls: Child) -> None:
    [end] = ends(calls, "POST /rest/types/<pk>/rename/")
    [path, inputs] = within(calls, "inputs", end)

    assert (path["part"], inputs["part"]) == ("path", "json")
    assert sorted(inputs["values"]) == ["name", "secret"]


def test_bodies_that_rest_framework_parsed(calls: Child) -> None:
    first, second, broken = ends(calls, "POST /plain")

    [json] = within(calls, "inputs", first)
    assert (json["part"], json["values"]["tags"]) == ("json", {"#": 2, "of": [1, 2]})
    [form] = within(calls, "inputs", second)
    assert (form["part"], list(form["values"])) == ("form", ["name"])
    assert not within(calls, "inputs", broken)
    assert not within(calls, "inputs", ends(calls, "PUT /plain")[0])


def test_bodies_that_ninja_parsed(calls: Child) -> None:
    [end] = ends(calls, "POST /api/ninja/notes/<number>")
    found = {event["part"]: event["values"] for event in within(calls, "inputs", end)}

    assert found["path"] == {"number": "s1#7"}
    assert list(found["json"]) == ["text"]
    [response] = within(calls, "response", end)
    assert response["body"]["stars"] == 1
    assert response["body"]["text"] == found["json"]["text"]


def test_what_became_of_exceptions(calls: Child) -> None:
    _, missing = ends(calls, "GET /rest/types/<pk>/")
    [gone] = ends(calls, "GET /api/ninja/gone")
    [deleted] = ends(calls, "DELETE /rest/types/<pk>/")
    conflict, failed = ends(calls, "GET /api/ninja/mapped/<status>")

    def fates(end: Event) -> list[str]:
        errors = [error["id"] for error in within(calls, "error", end)]
        return [event["fate"] for event in calls.of("fate") if event["error"] in errors]

    assert (fates(missing), fates(gone)) == (["translated"], ["translated"])
    assert (fates(deleted), fates(conflict), fates(failed)) == (
        ["propagated"],
        ["handler"],
        ["propagated"],
    )
    [failure] = within(calls, "failure", failed)
    assert failure["phase"] == "handler"
    [failure] = within(calls, "failure", deleted)
    assert calls.site(failure["chain"][0]["frames"][0])[1] == line_of(URLS, "# destroys")


def test_the_status_of_an_exception_that_says_one_is_no_failure(calls: Child) -> None:
    [end] = ends(calls, "PATCH /plain")

    assert not within(calls, "failure", end)


def test_statements_of_a_library_belong_to_their_request(calls: Child) -> None:
    [end] = ends(calls, "GET /rest/types/")

    statements = within(calls, "statement", end)
    assert statements
    assert {event["site"] for event in statements} <= {0, end["handler"]}
    [later] = ends(calls, "GET /api/ninja/later")
    [statement] = within(calls, "statement", later)
    assert calls.site(statement["site"])[1] == line_of(URLS, "# counts")


SHOWS = """\
import start, traceback
from django.conf import settings
from rest_framework.test import APIClient
settings.DEBUG = DEBUGGED
client = APIClient()
for method, path in ("delete", "/rest/types/1/"), ("get", "/api/ninja/boom"):
    try:
        print(getattr(client, method)(path).content.decode())
    except Exception:
        traceback.print_exc()
"""


@pytest.mark.parametrize("debugged", [False, True])
def test_what_the_app_shows_is_what_it_shows_without_us(tmp_path: Path, debugged: bool) -> None:
    text = SHOWS.replace("DEBUGGED", str(debugged))
    write(tmp_path, {**FILES, "calls.py": text})

    traced, alone = (
        run(["calls.py"], tmp_path, trace, python=PYTHON) for trace in (tmp_path / "t", None)
    )

    assert "KeyError" in alone.stderr + alone.stdout
    assert "ormprobe" not in alone.stderr + alone.stdout
    assert plain(traced.stderr) == without_times(alone.stderr)
    assert plain(traced.stdout) == without_times(alone.stdout)


def plain(text: str) -> str:
    """An output without times, and the frames that wrappers add before Python 3.11."""
    return without_times(re.sub(r'  File "[^"]*ormprobe_instrumentation.*\n.*\n', "", text))
