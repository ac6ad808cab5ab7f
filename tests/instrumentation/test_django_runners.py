"""Tests of Django projects: `manage.py test`, in parallel too, and pytest-django."""

from __future__ import annotations

import functools
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.instrumentation.alchemy import PYTHON
from tests.instrumentation.traced import (
    Child,
    Event,
    environment,
    line_of,
    run,
    without_times,
    write,
)
from tests.servers.serving import python_path

MANAGE = """\
import multiprocessing, os, sys

if __name__ == "__main__":
    if "START" in os.environ:
        multiprocessing.set_start_method(os.environ["START"])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    from django.core.management import execute_from_command_line
    execute_from_command_line(sys.argv)
"""

SETTINGS = """\
import os
SECRET_KEY = "x"
ROOT_URLCONF = "shop.urls"
ALLOWED_HOSTS = ["*"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.db"}}
INSTALLED_APPS = ["shop"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
STATIC_URL = "/static/"
"""

MODELS = """\
from django.db import models

class Item(models.Model):
    name = models.CharField(max_length=80, unique=True)

class Part(models.Model):
    item = models.ForeignKey(Item, models.CASCADE)
"""

URLS = """\
from django.http import HttpResponse
from django.urls import path
from shop.models import Item

def items(request):
    return HttpResponse(Item.objects.filter(name=request.GET["name"]).count())  # counts

urlpatterns = [path("items", items)]
"""

TESTS = """\
import threading
from urllib.request import urlopen
from django.test import LiveServerTestCase, SimpleTestCase, TestCase, TransactionTestCase
from shop.models import Item, Part

class InTransaction(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.item = Item.objects.create(name="of the class")  # data of the class

    def setUp(self):
        Item.objects.create(name="set up")  # sets up

    def test_passes(self):
        self.assertEqual(Item.objects.count(), 2)  # passes

    def test_fails(self):
        count = Item.objects.filter(name="none").count()
        self.assertEqual(count, 2)  # fails

    def test_request(self):
        answer = self.client.get("/items", {"name": "set up"})
        self.assertEqual(answer.content, b"1")

    def test_subtests(self):
        for name in "set up", "none", "of the class":
            with self.subTest(name=name):
                self.assertTrue(Item.objects.filter(name=name).exists())

    async def test_async(self):
        await Item.objects.acreate(name="async")  # async creates
        answer = await self.async_client.get("/items", {"name": "async"})
        self.assertEqual(answer.content, b"1")

    def test_dangling(self):
        Part.objects.create(item_id=4711)

class BrokenData(TestCase):
    @classmethod
    def setUpTestData(cls):
        Item.objects.create(name="twice")
        Item.objects.create(name="twice")  # clashes

    def test_never(self):
        pass

class Committing(TransactionTestCase):
    def test_commits(self):
        Item.objects.create(name="committed")  # commits

class Served(LiveServerTestCase):
    def test_served(self):
        Item.objects.create(name="served")
        with urlopen(self.live_server_url + "/items?name=served") as answer:  # asks
            self.assertEqual(answer.read(), b"1")

class Simple(SimpleTestCase):
    def test_refused(self):
        Item.objects.count()
"""

FILES = {
    "manage.py": MANAGE,
    "shop/__init__.py": "",
    "shop/settings.py": SETTINGS,
    "shop/models.py": MODELS,
    "shop/urls.py": URLS,
    "shop/tests.py": TESTS,
    "pytest.ini": "[pytest]\nDJANGO_SETTINGS_MODULE = shop.settings\npython_files = tests.py\n",
}

OUTCOMES = {
    "InTransaction.test_passes": "passed",
    "InTransaction.test_fails": "failed",
    "InTransaction.test_request": "passed",
    "InTransaction.test_subtests": "failed",
    "InTransaction.test_async": "passed",
    "InTransaction.test_dangling": "error",
    "Committing.test_commits": "passed",
    "Served.test_served": "passed",
    "Simple.test_refused": "failed",
}

RUNS = {
    "manage": (["manage.py", "test"], {}),
    "fork": (["manage.py", "test", "--parallel", "2"], {"START": "fork"}),
    "spawn": (["manage.py", "test", "--parallel", "2"], {"START": "spawn"}),
    "pytest": (["-m", "pytest", "-q", "-p", "pytest_django.plugin"], {}),
}


@pytest.fixture(scope="module", params=list(RUNS))
def suite(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Suite:
    words, env = RUNS[request.param]
    if "--parallel" in words and not has_tblib():
        pytest.skip("without tblib Django cannot tell of failures in other processes")
    app = write(tmp_path_factory.mktemp("app"), FILES)
    child = run(words, app, app / "trace", python=PYTHON, env=env, timeout=120)
    assert child.status == 1, child.stderr
    assert not child.of("shim", state="disabled"), child.of("shim", state="disabled")
    return Suite(request.param, child)


@functools.cache
def has_tblib() -> bool:
    return subprocess.run([PYTHON, "-c", "import tblib"], check=False).returncode == 0


class Suite:
    """A run of the tests; `part` has the events of the process that a test ran in."""

    def __init__(self, how: str, child: Child) -> None:
        self.how = how
        self.child = child

    def part(self, test: str) -> tuple[Child, Event]:
        """The events of one file, and the scope of a test of `Class.method`."""
        name = test if self.how != "pytest" else test.replace(".", "::")
        found = [
            (Child(0, "", "", (file,)), event)
            for file in self.child.files
            for event in file
            if event["kind"] == "scope" and event["name"].endswith(name)
        ]
        [one] = found
        return one

    def lines(self, test: str, kind: str = "statement") -> list[tuple[str, int]]:
        """File and line of the events of a test's own scope that have a site."""
        child, scope = self.part(test)
        return [
            child.site(event["site"])[:2]
            for event in child.of(kind, scope=scope["id"])
            if event.get("site")
        ]


def test_outcomes(suite: Suite) -> None:
    found = {}
    for test in OUTCOMES:
        child, scope = suite.part(test)
        found[test] = child.one("scope_end", id=scope["id"])["outcome"]

    called = suite.how == "pytest"  # to which all that Django does for a test is its call
    assert found == {**OUTCOMES, **({"InTransaction.test_dangling": "failed"} if called else {})}
    tests = suite.child.of("scope", type="test")
    assert len(tests) == len(OUTCOMES) + 1  # and the class that was not set up, once


def test_statements_of_a_test_are_its_own(suite: Suite) -> None:
    for test, mark in {
        "InTransaction.test_passes": "# passes",
        "InTransaction.test_async": "# async creates",
        "Committing.test_commits": "# commits",
    }.items():
        assert ("shop/tests.py", line_of(TESTS, mark)) in suite.lines(test)
    assert ("shop/tests.py", line_of(TESTS, "# sets up")) in suite.lines("InTransaction.test_fails")


def test_a_check_that_fails(suite: Suite) -> None:
    child, scope = suite.part("InTransaction.test_fails")
    check = child.one("check", scope=scope["id"])

    assert (check["operator"], check["left"], check["right"]) == ("==", 0, 2)
    assert child.site(check["site"])[:2] == ("shop/tests.py", line_of(TESTS, "# fails"))


@pytest.mark.parametrize(
    "test", ["InTransaction.test_request", "InTransaction.test_async", "Served.test_served"]
)
def test_requests_are_inside_their_tests(suite: Suite, test: str) -> None:
    child, scope = suite.part(test)
    [request] = child.of("scope", parent=scope["id"])
    [statement] = child.of("statement", scope=request["id"])

    assert request["type"] == "request"
    assert child.site(statement["site"])[:2] == ("shop/urls.py", line_of(URLS, "# counts"))
    assert child.one("scope_end", id=request["id"])["outcome"] == "passed"
    if test == "Served.test_served":
        assert child.site(request["frames"][0])[1] == line_of(TESTS, "# asks")


def test_what_django_checks_after_a_test_is_the_tests(suite: Suite) -> None:
    child, scope = suite.part("InTransaction.test_dangling")
    failure = child.one("failure", scope=scope["id"])

    assert failure["phase"] == ("call" if suite.how == "pytest" else "teardown")
    assert failure["chain"][0]["type"] == "IntegrityError"


def test_a_class_whose_data_cannot_be_made(suite: Suite) -> None:
    name = "BrokenData.test_never" if suite.how == "pytest" else "BrokenData)"
    child, scope = suite.part(name)
    failure = child.one("failure", scope=scope["id"])

    assert child.one("scope_end", id=scope["id"])["outcome"] == "error"
    assert (failure["phase"], failure["chain"][0]["type"]) == ("setup", "IntegrityError")
    frame = failure["chain"][0]["frames"][0]
    assert child.site(frame)[:2] == ("shop/tests.py", line_of(TESTS, "# clashes"))


@pytest.mark.parametrize("how", list(RUNS))
def test_the_output_is_the_one_without_us(tmp_path: Path, how: str) -> None:
    words, env = RUNS[how]
    if "--parallel" in words:
        words = [*words, "shop.tests.Committing", "shop.tests.Served"]
    write(tmp_path, FILES)

    traced, alone = (
        run(words, tmp_path, trace, python=PYTHON, env=env, timeout=120)
        for trace in (tmp_path / "trace", None)
    )

    assert traced.status == alone.status
    assert plain(traced.stderr) == plain(alone.stderr)
    assert plain(traced.stdout) == plain(alone.stdout)


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_processes_whose_tests_pass(tmp_path: Path, start: str) -> None:
    words = ["manage.py", "test", "--parallel", "2", "shop.tests.Committing", "shop.tests.Served"]
    app = write(tmp_path, FILES)
    child = run(words, app, app / "trace", python=PYTHON, env={"START": start}, timeout=120)

    assert child.status == 0, child.stderr
    assert not child.of("shim", state="disabled")
    suite = Suite(start, child)
    assert suite.lines("Committing.test_commits") == [
        ("shop/tests.py", line_of(TESTS, "# commits"))
    ]
    _, scope = suite.part("Served.test_served")
    ran = [file for file in child.files if scope in file]
    assert [event["origin"] for event in ran[0][:1]] == ["fork" if start == "fork" else "start"]


@pytest.mark.parametrize("configured", [True, False])
def test_a_traced_project_is_run_by_the_runner_that_sets_it_up(
    tmp_path: Path, configured: bool
) -> None:
    files = {**FILES, "shop/tests.py": TESTS.partition("class BrokenData")[0]}
    if not configured:
        files["pytest.ini"] = "[pytest]\n"
    app = write(tmp_path / "app", files)
    words = [sys.executable, "-m", "ormprobe", "trace", str(app), "--python", PYTHON]
    words += ["--output", str(tmp_path / "trace"), "--report", str(tmp_path / "report.json")]
    env = {**environment(None, {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": ""}), "PYTHONPATH": python_path()}
    done = subprocess.run(
        [*words, "--format", "json"], env=env, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip

    assert done.returncode == 1, done.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    command = "-m pytest" if configured else "manage.py test --noinput"
    assert command in " ".join(report["run"]["command"])
    found = {
        re.split(r"[.:]", outcome["name"])[-1]: outcome["status"]
        for outcome in report["outcomes"]
        if outcome["kind"] == "test"
    }
    wanted = {
        name.rpartition(".")[2]: status
        for name, status in OUTCOMES.items()
        if name.startswith("InTransaction")
    }
    assert found == {**wanted, **({"test_dangling": "failed"} if configured else {})}


def plain(text: str) -> str:
    """An output without times, ports, and the frames that wrappers add before Python 3.11."""
    text = re.sub(r'  File "[^"]*ormprobe_instrumentation.*\n.*\n(?:\s*\^+\n)?', "", text)
    text = re.sub(r"\S*ormprobe_instrumentation\S*:\d+: in .*\n.*\n", "", text)
    return re.sub(r"in \d+\.\d+s|localhost:\d+", "", without_times(text))
