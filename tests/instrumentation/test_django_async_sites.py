"""Django's asynchronous methods work in a thread: whose line of the app asked is carried there."""

from __future__ import annotations

import pytest

from tests.instrumentation.alchemy import PYTHON
from tests.instrumentation.traced import INNER, Child, line_of, run, write

APP = """\
import asyncio, sys
import django
from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "notes.db"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()
from django.db import connection, models
from django.db.backends.signals import connection_created

class Note(models.Model):
    marker = models.CharField(max_length=80)
    class Meta:
        app_label = "notes"

recorder = INNER
handed_by = sys.modules["_ormprobe.handed"].handed_by
def told(execute, sql, params, many, context):
    frame, _ = recorder.sites.walk(sys._getframe(1))
    handed = handed_by(recorder)
    if frame is not None:
        print(sql.split()[0], recorder.site(frame), "stack")
    elif handed is not None:
        print(sql.split()[0], handed.site, handed.callers)
    else:
        print(sql.split()[0], 0)
    sys.stdout.flush()
    return execute(sql, params, many, context)

def watch(connection, **_):
    connection.execute_wrappers.append(told)

connection_created.connect(watch)

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
    async with asyncio.timeout(5) if hasattr(asyncio, "timeout") else sync_free():
        await Note.objects.acount()  # timed

class sync_free:
    async def __aenter__(self): pass
    async def __aexit__(self, *_): pass

def main():
    with connection.schema_editor() as editor:
        editor.create_model(Note)
    print("--")
    async_to_sync(reads)()  # from a synchronous line
    print("--")
    asyncio.run(reads())
""".replace("INNER", INNER)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Child:
    folder = tmp_path_factory.mktemp("app")
    write(folder, {"notes.py": APP, "start.py": "import notes\nnotes.main()\n"})
    child = run(["start.py"], folder, folder / "trace", python=PYTHON)
    assert child.status == 0, child.stderr
    assert not child.of("shim", state="disabled")
    return child


def lines(child: Child, part: int) -> list[tuple[str, int]]:
    """Of each statement its first word and the app's line, in one of the parts of the output."""
    found: list[tuple[str, int]] = []
    for line in child.stdout.split("--\n")[part].splitlines():
        verb, number = line.split()[:2]
        found.append((verb, child.site(int(number))[1] if number != "0" else 0))
    return found


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
    ("SELECT", "# timed"),
]


@pytest.mark.parametrize("part", [1, 2], ids=["async_to_sync", "asyncio.run"])
def test_the_line_that_asked(app: Child, part: int) -> None:
    found = [each for each in lines(app, part) if each[0] != "BEGIN"]

    assert found == [(verb, line_of(APP, mark)) for verb, mark in EXPECTED]
