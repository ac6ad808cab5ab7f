"""`ormprobe show` as a user calls it, on traces of real apps."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
APP = """
    import flask, peewee
    from flask import request

    database = peewee.SqliteDatabase("file:quay?mode=memory&cache=shared", uri=True)

    class Ferry(peewee.Model):
        name = peewee.CharField(unique=True)
        class Meta:
            database = database

    class Trip(peewee.Model):
        ferry = peewee.ForeignKeyField(Ferry, backref="trips")
        pier = peewee.CharField()
        class Meta:
            database = database

    def create():
        database.connect(reuse_if_open=True)
        database.drop_tables([Ferry, Trip])
        database.create_tables([Ferry, Trip])
        app = flask.Flask(__name__)
        app.add_url_rule("/ferries", "add", add, methods=["POST"])
        app.add_url_rule("/trips", "trips", trips)
        app.add_url_rule("/lost", "lose", lose, methods=["POST"])
        return app

    def add():
        body = request.get_json()
        with database.atomic():
            ferry = Ferry.create(name=body["name"])
            for pier in body["piers"]:
                Trip.create(ferry=ferry, pier=pier)
        return {"name": ferry.name, "piers": body["piers"]}, 201

    def trips():
        ferry = Ferry.get(Ferry.name == request.args["ferry"])
        found = Trip.select().where(Trip.ferry == ferry, Trip.pier != request.args["not"])
        named = lambda trip: Ferry.get_by_id(trip.ferry_id).name
        return {"trips": [{"pier": trip.pier, "ferry": named(trip)} for trip in found]}

    def lose():
        with database.atomic() as transaction:
            Ferry.create(name=request.get_json()["name"])
            transaction.rollback()
        return {}, 201
"""
TESTS = """
    import pytest, app

    @pytest.fixture
    def client():
        return app.create().test_client()

    PIERS = ["north pier", "south pier", "east pier", "west pier"]

    def test_trips(client):
        assert client.post("/ferries", json={"name": "Adelheid", "piers": PIERS}).status_code == 201
        found = client.get("/trips?ferry=Adelheid&not=nowhere").get_json()
        assert [trip["pier"] for trip in found["trips"]] == PIERS

    def test_lost(client):
        assert client.post("/lost", json={"name": "Brunhilde"}).status_code == 201
        assert app.Ferry.select().count() == 1
"""


def ormprobe(*words: object, stdout: Any = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(str(ROOT / name) for name in (".", "instrumentation", "taxonomy"))
    return subprocess.run(
        [sys.executable, "-m", "ormprobe", *map(str, words)],
        stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=120, check=False,
        env={**os.environ, "PYTHONPATH": path, "FORCE_COLOR": "1"},
    )  # fmt: skip


def traced(folder: Path, *options: str) -> Path:
    app = folder / "app"
    app.mkdir()
    (app / "app.py").write_text(textwrap.dedent(APP))
    (app / "test_app.py").write_text(textwrap.dedent(TESTS))
    done = ormprobe(
        "trace", app, "--python", sys.executable, "--output", folder / "trace", *options,
        "--", "python", "-m", "pytest", "-q", "-p", "no:cacheprovider",
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    return folder / "trace"


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return traced(tmp_path_factory.mktemp("quay"))


def page(trace: Path, *options: str) -> str:
    done = ormprobe("show", trace, *options)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def words(text: str) -> str:
    """A page's words: where its lines end is up to its width, and the left margin holds events."""
    return " ".join(re.sub(r"^( *:\d+| *\+[\d.]+m?s)", "", text, flags=re.M).split())


def entries(trace: Path, *options: str) -> Iterator[dict[str, Any]]:
    """Every entry of the document, scopes before what is in them."""
    waiting = json.loads(page(trace, "--format", "json", *options))["scopes"]
    while waiting:
        entry = waiting.pop(0)
        yield entry
        waiting = entry.get("entries", []) + waiting


def test_a_page_fits_its_width_and_has_no_colour_in_a_pipe(trace: Path) -> None:
    text = page(trace)

    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text
    assert "\ue000" not in text
    assert "read: 2 tests, 3 requests" in text


def test_binds_are_named_after_the_inputs_they_came_from(trace: Path) -> None:
    text = words(page(trace, "--scope", "*test_trips"))

    assert "INSERT INTO Ferry (name: {json.name})".lower() in text.lower()
    assert "pier: {json.piers[]}" in text
    assert "{query.ferry}" in text
    assert "{query.not}" in text
    assert "inputs query.ferry str8:" in text
    assert "Adelheid" not in text


def test_an_answer_names_the_rows_that_its_values_were_read_from(trace: Path) -> None:
    text = words(page(trace, "--scope", "GET /trips"))

    assert re.search(
        r"answer 200 application/json, trips\[4\]: trips\[\]\.ferry \{:\d+ name\}", text
    )
    assert re.search(r"trips\[\]\.pier \{:\d+ pier\}", text)


def test_what_is_repeated_is_told_once(trace: Path) -> None:
    text = words(page(trace, "--scope", "GET /trips"))

    assert "4 times: SELECT" in text
    assert re.search(r"4 rows in [\d.]+ ms, .*?app.py:\d+ in trips\S*, last :\d+", text)
    selects = [e for e in entries(trace, "--scope", "GET /trips") if e["kind"] == "statement"]
    assert len(selects) == 6  # a script gets each


def test_a_lost_write_is_told_where_it_was_made_and_where_it_was_lost(trace: Path) -> None:
    found = {entry["kind"]: entry for entry in entries(trace, "--scope", "POST /lost")}
    text = words(page(trace, "--scope", "POST /lost"))

    assert found["statement"]["fate"] == "lost"
    assert found["transaction"]["lost"] == [found["statement"]["event"]]
    assert "1 row affected" in text
    assert ", lost, app.py:44 in lose" in text
    line = found["statement"]["event"].rpartition(":")[2]
    assert f"ROLLBACK loses :{line} at app.py:45 in lose" in text


def test_a_kept_transaction_names_its_writes(trace: Path) -> None:
    found = list(entries(trace, "--scope", "POST /ferries"))

    writes = [e["event"] for e in found if e["kind"] == "statement" and e.get("fate")]
    commits = [e for e in found if e["kind"] == "transaction"]
    assert len(writes) == 5
    assert [each["kept"] for each in commits if each.get("kept")] == [writes]


def test_a_failing_check_shows_its_operands(trace: Path) -> None:
    text = words(page(trace, "--failed"))

    assert "test_lost" in text
    assert "test_trips" not in text
    assert "CHECK FAILED at test_app.py:17 in test_lost: 0 == 1 (expected)" in text


def test_an_event_of_a_verdict_is_found(trace: Path) -> None:
    write = next(e for e in entries(trace, "--scope", "POST /lost") if e["kind"] == "statement")

    text = page(trace, "--scope", write["event"])

    assert "POST /lost" in text
    assert "POST /ferries" not in text


def test_what_nothing_matches_is_said(trace: Path) -> None:
    assert "no scope is as asked for" in page(trace, "--scope", "*unheard-of*")


def test_a_limit_ends_the_reading(trace: Path) -> None:
    text = page(trace, "--limit", "1")

    assert "test_lost" not in text
    assert "stopped at --limit 1" in text


def test_values_that_were_kept_are_shown(tmp_path: Path) -> None:
    kept = traced(tmp_path, "--values", "plain")

    assert "inputs query.ferry 'Adelheid', query.not 'nowhere'" in words(page(kept))


def test_a_torn_trace_is_told_as_far_as_it_goes(trace: Path, tmp_path: Path) -> None:
    torn = tmp_path / "torn"
    shutil.copytree(trace, torn)
    file = next(torn.glob("events-*.jsonl"))
    content = file.read_bytes()
    file.write_bytes(content[: content.index(b'"POST /lost"')])

    text = page(torn)

    assert "test_trips" in text
    assert "INTERRUPTED test" in text
    assert "1 unreadable line" in text


@pytest.mark.parametrize("options", [(), ("--format", "json")])
def test_what_is_no_trace_is_one_sentence(tmp_path: Path, options: tuple[str, ...]) -> None:
    done = ormprobe("show", tmp_path, *options)

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"ormprobe: {tmp_path} holds no trace: no events-<pid>-<n>.jsonl in it\n"
    assert ormprobe("show", tmp_path, "--limit", "0").returncode == 2


def test_a_reader_that_has_seen_enough_ends_it_quietly(trace: Path) -> None:
    script = f"{sys.executable} -m ormprobe show {trace} | head -1; exit ${{PIPESTATUS[0]}}"
    path = os.pathsep.join(str(ROOT / name) for name in (".", "instrumentation", "taxonomy"))
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip

    assert "Traceback" not in done.stderr
    assert "fault of ormprobe" not in done.stderr
