"""Reads that no line of the app made: their site is the handler, and the serializer is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.instrumentation.serving import served
from tests.instrumentation.traced import Child, Event, line_of, run, write

APP = """\
import asyncio, dataclasses, json
from contextlib import contextmanager
from typing import Any, List

from fastapi import Depends, FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import PlainTextResponse, StreamingResponse
from fastapi.templating import Jinja2Templates
from jinja2 import DictLoader, Environment
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from sqlalchemy import Column, ForeignKey, Integer, String, create_engine
from sqlalchemy.orm import Session, declarative_base, deferred, relationship
from sqlalchemy.pool import StaticPool

Base = declarative_base()

class Author(Base):
    __tablename__ = "author"
    id = Column(Integer, primary_key=True)
    name = Column(String)
    notes = deferred(Column(String))
    books = relationship("Book")

    @property
    def titles(self):
        return [book.title for book in self.books]  # the property

class Book(Base):
    __tablename__ = "book"
    id = Column(Integer, primary_key=True)
    title = Column(String)
    author_id = Column(ForeignKey("author.id"))

engine = create_engine(
    "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
)
Base.metadata.create_all(engine)
with Session(engine) as session:
    session.add(Author(name="n", notes="x", books=[Book(title="a"), Book(title="b")]))
    session.commit()

class BookOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    title: str

class AuthorOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    books: List[BookOut]

class Titles(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    titles: List[str]

class Notes(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    notes: str

class Named(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str
    books: Any = None

    @field_validator("books", mode="before")
    @classmethod
    def count(cls, value):
        return len(value)

app = FastAPI()

def database():
    with Session(engine) as session:
        yield session

@app.get("/sync", response_model=AuthorOut)
def sync(session=Depends(database)):
    return session.get(Author, 1)

@app.get("/async", response_model=AuthorOut)
async def async_(session=Depends(database)):
    return session.get(Author, 1)

@app.get("/deferred", response_model=Notes)
async def deferred_(session=Depends(database)):
    return session.get(Author, 1)

@app.get("/expired", response_model=Notes)
async def expired(session=Depends(database)):
    author = session.get(Author, 1)
    session.commit()
    return author

@app.get("/property", response_model=Titles)
async def property_(session=Depends(database)):
    return session.get(Author, 1)

@app.get("/validated")
async def validated(session=Depends(database)):
    author = session.get(Author, 1)
    return AuthorOut.model_validate(author)  # validates

@app.get("/read")
async def read(session=Depends(database)):
    author = session.get(Author, 1)
    return len(author.books)  # reads

@app.get("/encoded")
async def encoded(session=Depends(database)):
    class Lazy:
        def keys(self):
            return ["books"]
        def __getitem__(self, key):
            return [book.title for book in author.books]  # the item
    author = session.get(Author, 1)
    return jsonable_encoder(dict(Lazy()))

@app.get("/streamed")
def streamed():
    session = Session(engine)
    author = session.get(Author, 1)
    text = "{% for book in author.books %}{{ book.title }}{% endfor %}"
    template = Environment(loader=DictLoader({"t": text})).get_template("t")
    return StreamingResponse(template.generate(author=author))

@app.get("/detached", response_model=AuthorOut)
async def detached():
    with Session(engine) as session:
        return session.get(Author, 1)

@app.get("/refused")
async def refused():
    with Session(engine) as session:
        author = session.get(Author, 1)
    try:
        return AuthorOut.model_validate(author)  # refuses
    except ValidationError:
        return PlainTextResponse("", 409)

class Refusal(Exception):
    pass

@app.exception_handler(Refusal)
def answer(request, error):
    return PlainTextResponse("", 400)

@app.get("/translated")
async def translated():
    with Session(engine) as session:
        author = session.get(Author, 1)
    try:
        return AuthorOut.model_validate(author)
    except ValidationError as error:
        raise Refusal from error
"""

PATHS = (
    "sync", "async", "deferred", "expired", "property", "validated", "read", "encoded", "streamed",
    "detached", "refused", "translated",
)  # fmt: skip

CALLS = f"""\
import asyncio
import httpx
from shop import app

async def main():
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        for path in {PATHS!r}:
            await client.get("/" + path)

asyncio.run(main())
"""


@pytest.fixture(scope="module", params=["transport", "uvicorn"])
def calls(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Child:
    """The requests, made in the task of the caller, or by a server."""
    app = write(tmp_path_factory.mktemp("app"), {"shop.py": APP, "calls.py": CALLS})
    if request.param == "transport":
        child = run(["calls.py"], app, app / "trace")
        assert child.status == 0, child.stderr
    else:
        client = "import sys, urllib.request, urllib.error\n" + (
            "for path in sys.argv[2:]:\n"
            "    try:\n        urllib.request.urlopen(sys.argv[1] + '/' + path).read()\n"
            "    except urllib.error.HTTPError:\n        pass\n"
        )
        with served(["-m", "uvicorn", "shop:app"], app) as server:
            done = run(["-c", client, server.base, *PATHS], app)
            assert done.status == 0, done.stderr
        child = server.child
    assert not child.of("shim", state="disabled")
    return child


def _of(child: Child, kind: str, path: str) -> list[Event]:
    number = child.one("route", name="GET /" + path)["scope"]
    return child.of(kind, scope=number)


def _load(child: Child, path: str) -> Event:
    """The one statement of a request that an attribute caused."""
    loads = {load["id"] for load in child.of("load") if load["type"] != "get"}
    [found] = [found for found in _of(child, "statement", path) if found.get("load") in loads]
    return found


def _handler(child: Child, path: str) -> Any:
    return child.one("route", name="GET /" + path)["handler"]


@pytest.mark.parametrize(
    ("path", "serializer"),
    [
        ("sync", ":ModelField.validate"),
        ("async", "fastapi.routing:serialize_response"),
        ("deferred", "fastapi.routing:serialize_response"),
        ("expired", "fastapi.routing:serialize_response"),
        ("streamed", "jinja2.environment:Template.generate"),
    ],
)
def test_a_load_without_a_line_of_the_app(calls: Child, path: str, serializer: str) -> None:
    load = _load(calls, path)

    assert load["site"] == _handler(calls, path)
    assert load["serializer"].endswith(serializer)


def test_a_property_of_the_app_is_the_site(calls: Child) -> None:
    load = _load(calls, "property")

    assert calls.site(load["site"]) == ("shop.py", line_of(APP, "# the property"), "titles")
    assert "serializer" not in load


def test_an_item_of_the_app_is_the_site(calls: Child) -> None:
    assert calls.site(_load(calls, "encoded")["site"])[1] == line_of(APP, "# the item")


def test_the_line_that_had_it_serialized_is_the_site(calls: Child) -> None:
    load = _load(calls, "validated")

    assert calls.site(load["site"]) == ("shop.py", line_of(APP, "# validates"), "validated")
    assert load["serializer"] == "pydantic.main:BaseModel.model_validate"


def test_what_the_app_reads_itself_has_no_serializer(calls: Child) -> None:
    load = _load(calls, "read")

    assert calls.site(load["site"]) == ("shop.py", line_of(APP, "# reads"), "read")
    assert "serializer" not in load


def test_a_statement_of_the_app_has_no_serializer(calls: Child) -> None:
    for found in calls.of("statement"):
        if found.get("load") in {load["id"] for load in calls.of("load", type="get")}:
            assert calls.site(found["site"])[0] == "shop.py"
            assert "serializer" not in found


def test_an_error_while_a_response_is_made(calls: Child) -> None:
    [error] = _of(calls, "error", "detached")

    assert (error["type"], error["attribute"]) == ("DetachedInstanceError", "books")
    assert error["site"] == _handler(calls, "detached")
    assert error["serializer"] == "fastapi.routing:serialize_response"
    assert error["frames"] == []


def test_an_error_while_the_app_has_something_serialized(calls: Child) -> None:
    [error] = _of(calls, "error", "refused")

    assert calls.site(error["site"])[1] == line_of(APP, "# refuses")
    assert error["serializer"] == "pydantic.main:BaseModel.model_validate"


def test_an_error_that_pydantic_only_tells_of_is_carried(calls: Child) -> None:
    [error] = _of(calls, "error", "detached")
    [failure] = _of(calls, "failure", "detached")

    assert failure["chain"][0]["type"] == "ResponseValidationError"
    carried = {"type": "DetachedInstanceError", "relation": "carried", "error": error["id"]}
    assert failure["chain"][-1] == carried
    assert calls.one("fate", error=error["id"])["fate"] == "propagated"


@pytest.mark.parametrize(
    ("path", "fate"), [("refused", "never-raised"), ("translated", "translated")]
)
def test_what_became_of_a_carried_error(calls: Child, path: str, fate: str) -> None:
    [error] = _of(calls, "error", path)

    assert calls.one("fate", error=error["id"])["fate"] == fate
    assert not _of(calls, "failure", path)


def test_the_failure_of_a_test_carries_it_too(tmp_path: Path) -> None:
    text = """\
from starlette.testclient import TestClient
from shop import app

def test_detached():
    TestClient(app).get("/detached")
"""
    write(tmp_path, {"shop.py": APP, "test_shop.py": text})

    child = run(["-m", "pytest", "-q"], tmp_path, tmp_path / "trace")

    [error] = _of(child, "error", "detached")
    [failure] = child.within("failure", "test_shop.py::test_detached")
    assert error["id"] in [link.get("error") for link in failure["chain"]]
