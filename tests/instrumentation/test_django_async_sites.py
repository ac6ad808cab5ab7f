"""Django's asynchronous methods work in a thread: whose line of the app asked is carried there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.alchemy import PYTHON
from tests.instrumentation.traced import Child, line_of, run, without_times, write

APP = """\
import asyncio
import django
from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "notes.db"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()
from django.db import IntegrityError, connection, models

class Note(models.Model):
    marker = models.CharField(max_length=80)
    class Meta:
        app_label = "notes"

async def helper():
    return await Note.objects.aget(pk=1)  # helper

def work():
    return Note.objects.count()  # inside

async def reads():
    await Note.objects.acreate(marker="a")  # acreate
    await Note.objects.acount()  # acount
    await helper()  # calls helper
    async for _ in Note.objects.all():  # async for
        pass
    async for _ in Note.objects.aiterator():  # aiterator
        pass
    note = await Note.objects.afirst()  # afirst
    await note.asave()  # asave
    await note.arefresh_from_db()  # arefresh
    await sync_to_async(Note.objects.filter(marker="a").count)()  # bound
    await sync_to_async(work)()
    await sync_to_async(work, thread_sensitive=False)()
    await asyncio.gather(Note.objects.acount(), Note.objects.aexists())  # gathered
    await asyncio.create_task(Note.objects.acount())  # task
    later = asyncio.create_task(Note.objects.acount())  # before it is awaited
    await asyncio.sleep(0.1)
    await later
    asyncio.ensure_future(sync_to_async(Note.objects.count)())  # and never awaited
    await asyncio.sleep(0.1)
    async with asyncio.timeout(5) if hasattr(asyncio, "timeout") else sync_free():
        await Note.objects.acount()  # timed

    try:
        await Note.objects.acreate(pk=1, marker="b")  # clashes
    except IntegrityError:
        pass

class sync_free:
    async def __aenter__(self): pass
    async def __aexit__(self, *_): pass

def create():
    with connection.schema_editor() as editor:
        editor.create_model(Note)

def main():
    create()
    async_to_sync(reads)()  # from a synchronous line
    asyncio.run(reads())
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Child:
    folder = tmp_path_factory.mktemp("app")
    write(folder, {"notes.py": APP, "start.py": "import notes\nnotes.main()\n"})
    child = run(["start.py"], folder, folder / "trace", python=PYTHON)
    assert child.status == 0, child.stderr
    assert not child.of("shim", state="disabled")
    return child


EXPECTED = [
    ("INSERT", "# acreate"),
    ("SELECT", "# acount"),
    ("SELECT", "# helper"),
    ("SELECT", "# async for"),
    ("SELECT", "# aiterator"),
    ("SELECT", "# afirst"),
    ("UPDATE", "# asave"),
    ("SELECT", "# arefresh"),
    ("SELECT", "# bound"),
    ("SELECT", "# inside"),
    ("SELECT", "# inside"),
    ("SELECT", "# gathered"),
    ("SELECT", "# gathered"),
    ("SELECT", "# task"),
    ("SELECT", "# before it is awaited"),
    ("SELECT", "# and never awaited"),
    ("SELECT", "# timed"),
]


@pytest.mark.parametrize("part", [0, 1], ids=["async_to_sync", "asyncio.run"])
def test_the_line_that_asked(app: Child, part: int) -> None:
    verbs = {event["id"]: event["db.operation.name"] for event in app.of("sql")}
    found = [
        (verbs[event["sql"]], app.site(event["site"])[1] if event["site"] else 0)
        for event in app.of("statement")
        if verbs[event["sql"]] in ("INSERT", "SELECT", "UPDATE")
    ]

    place = len(EXPECTED) * part
    assert found[place : place + len(EXPECTED)] == [
        (verb, line_of(APP, mark)) for verb, mark in EXPECTED
    ]


def test_the_lines_that_led_to_it(app: Child) -> None:
    numbers = {event["id"]: event["code.line.number"] for event in app.of("site")}
    [callers] = {
        tuple(event["callers"])
        for event in app.of("statement")
        if numbers.get(event["site"]) == line_of(APP, "# helper")
    }

    assert [numbers[number] for number in callers] == [line_of(APP, "# calls helper")]


def test_an_error_in_a_thread_has_the_line_that_asked(app: Child) -> None:
    for error in app.of("error", type="IntegrityError"):
        assert app.site(error["site"])[1] == line_of(APP, "# clashes")
    assert len(app.of("error", type="IntegrityError")) >= 2


DROPS = """\
import asyncio, time
import notes
from asgiref.sync import sync_to_async
from notes import Note, models

@sync_to_async
def change(note):
    note.save()

class Repository:
    def keep(self, note):
        found = note.asave()  # here: left in a local

class Tag(models.Model):
    notes = models.ManyToManyField(Note)
    class Meta:
        app_label = "notes"

async def main():
    Note.objects.acreate(marker="x")  # here: manager
    note = Note(pk=1, marker="x")
    Note.objects.filter(marker="y").adelete()  # here: chained
    repository = Repository()
    repository.keep(note)
    Tag(pk=1).notes.aadd(note)  # here: related
    sync_to_async(note.delete)()  # here: handed
    change(note)  # here: decorated
    sync_to_async(time.sleep)(0)
    Note.objects.all()

asyncio.run(main())
"""

DROPPED = {
    "manager": ("QuerySet.acreate", "django.db.models.query"),
    "chained": ("QuerySet.adelete", "django.db.models.query"),
    "left in a local": ("Model.asave", "django.db.models.base"),
    "related": (
        "create_forward_many_to_many_manager.<locals>.ManyRelatedManager.aadd",
        "django.db.models.fields.related_descriptors",
    ),
    "handed": ("Model.delete", "django.db.models.base"),
    "decorated": ("change", "__main__"),
}


def test_coroutines_that_nobody_awaited(tmp_path: Path) -> None:
    app = write(tmp_path, {"notes.py": APP, "program.py": DROPS})
    child = run(["program.py"], app, app / "trace", python=PYTHON)

    assert child.status == 0, child.stderr
    found = {
        child.site(event["site"])[1]: (event["name"], event["module"])
        for event in child.of("unawaited")
    }
    assert found == {line_of(DROPS, f"# here: {mark}"): what for mark, what in DROPPED.items()}
    assert "coroutine 'SyncToAsync.__call__' was never awaited" in child.stderr
    alone = run(["program.py"], app, python=PYTHON)
    assert without_times(alone.stderr) == without_times(child.stderr)


DEBUGS = """\
import asyncio, logging
import notes
from notes import Note

logging.basicConfig()

async def fails():
    raise KeyError("of a task")

async def main():
    task = asyncio.create_task(Note.objects.acount())
    print(*(each.name for each in task._source_traceback[-3:]))
    asyncio.create_task(fails())
    del task
    await asyncio.sleep(0.1)

asyncio.run(main(), debug=True)
"""


def test_a_loop_that_debugs_shows_where_tasks_were_made(tmp_path: Path) -> None:
    app = write(tmp_path, {"notes.py": APP, "program.py": DEBUGS})
    notes = ["-c", "import notes; notes.create()"]
    run(notes, app, python=PYTHON)

    traced, alone = (run(["program.py"], app, each, python=PYTHON) for each in (app / "t", None))

    assert not traced.of("shim", state="disabled")
    assert "main" in alone.stdout
    assert traced.stdout == alone.stdout
    assert shown(traced.stderr) == shown(alone.stderr)


def shown(text: str) -> list[str]:
    """The lines of an output without those that say how long something took."""
    return [line for line in without_times(text).splitlines() if " took " not in line]
