"""Exceptions that the app's own handlers answer, and paths without an identifier."""

from __future__ import annotations

import pytest

from tests.instrumentation.traced import Child, Event, run, write

APP = """\
from flask import Flask, abort, jsonify

app = Flask(__name__)


class Pier:
    pass


class Unavailable(Exception):
    pass


@app.errorhandler(Exception)
def anything(error):
    return jsonify(error="internal"), getattr(error, "code", 500)


@app.errorhandler(LookupError)
def unknown(error):
    return jsonify(error="unknown"), 404


@app.get("/piers/<pier>")
def pier(pier):
    return pier


@app.get("/broken")
def broken():
    return Pier().length


@app.get("/unknown")
def lookup():
    raise LookupError("no pier")


@app.get("/away")
def away():
    abort(503)


client = app.test_client()
for path in "/broken", "/unknown", "/away", "/piers/null", "/piers/Brighton":
    client.get(path)
"""


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Child:
    app = write(tmp_path_factory.mktemp("app"), {"main.py": APP})
    return run(["main.py"], app, app / "trace")


def failures(traced: Child, name: str) -> list[Event]:
    return traced.within("failure", name)


def test_a_handlers_server_error_is_a_failure_with_its_exception(traced: Child) -> None:
    [failure] = failures(traced, "GET /broken")

    head = failure["chain"][0]
    assert failure["phase"] == "handler"
    assert head["type"] == "AttributeError"
    assert head["origin"].endswith("main.py:broken")
    assert traced.end("GET /broken")["outcome"] == "failed"


def test_the_class_that_lacks_an_attribute_is_named(traced: Child) -> None:
    [failure] = failures(traced, "GET /broken")

    assert failure["chain"][0]["message"] == "'Pier' object has no attribute 'length'"


def test_a_refusal_is_none(traced: Child) -> None:
    assert failures(traced, "GET /unknown") == []
    assert traced.end("GET /unknown")["outcome"] == "passed"


def test_an_answer_that_was_raised_is_none(traced: Child) -> None:
    assert failures(traced, "GET /away") == []
    assert traced.end("GET /away")["http.response.status_code"] == 503


def test_a_path_says_where_it_names_no_identifier(traced: Child) -> None:
    absent = [event.get("absent") for event in traced.of("inputs", part="path")]

    assert absent == [["pier"], None]
