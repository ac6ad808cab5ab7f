"""Queries and coroutines of Tortoise that nobody awaited, and relations used without an await."""

from __future__ import annotations

from pathlib import Path

from tests.instrumentation.tortoises import Traced, python_version, trace

PROGRAM = """\
from start import *

class Shelf:
    def remove(self, number):
        return Book.filter(id=number).delete()  # here: handed out
    async def clear(self):
        return Book.filter(id=90).delete()  # here: as if awaited

def forgotten():
    changed = Book.filter(id=91).update(pages=2)  # here: only tested
    if not changed:
        raise LookupError

async def main():
    Book.filter(id=92).delete()  # here: dropped
    Book.filter(id=93).update(pages=3)  # here: dropped update
    Author.bulk_create([Author(name="q")])  # here: dropped bulk
    Shelf().remove(94)
    await Shelf().clear()
    forgotten()
    for number in (95, 96):
        Book.filter(id=number).delete()  # here: in a loop
    Author.create(name="c")  # here: coroutine
    author = await Author.get(id=1)
    author.save()  # here: save
    connection().execute_query("DELETE FROM tag")  # here: raw
    await quiet(False)
    assert await Book.all().count() == 6

async def quiet(really):
    shelf = Shelf()
    await shelf.remove(99)
    kept = Book.filter(id=99).update(pages=2)
    if really:
        await kept
    waiting = [Book.filter(id=99).delete(), shelf.remove(99)]
    if really:
        await asyncio.gather(*waiting)
    shelf.last = Book.filter(id=99).delete()
    text = Book.filter(id=99).update(pages=1).sql()
    await asyncio.gather(Book.filter(id=99).delete(), shelf.remove(99))
    task = asyncio.ensure_future(Book.filter(id=99).delete())
    await task
    async def inner():
        return await outer
    outer = Book.filter(id=99).delete()
    await inner()
    books = Book.filter(id=1)
    if really:
        await books
    Prefetch("books", Book.filter(id=1))
    await asyncio.wait_for(Book.filter(id=99).delete(), 5)
    async with in_transaction():
        await Book.filter(id=99).delete()
    try:
        lost = Book.filter(id=99).delete()
        {}["absent"]
        await lost
    except KeyError:
        pass

run(main)
"""

MISUSED = """\
from start import *

async def main():
    book = await Book.get(id=2)
    print(book.author.name)  # here: used

run(main)
"""


def names(traced: Traced, mark: str) -> list[str]:
    return [event["name"] for event in traced.at(mark, "unawaited")]


def test_writes_that_were_never_run_have_the_line_that_made_them(tmp_path: Path) -> None:
    traced = trace(tmp_path, PROGRAM)
    assert names(traced, "dropped") == ["QuerySet.delete"]
    assert names(traced, "dropped update") == ["QuerySet.update"]
    assert names(traced, "dropped bulk") == ["QuerySet.bulk_create"]
    assert names(traced, "only tested") == ["QuerySet.update"]
    assert names(traced, "handed out") == ["QuerySet.delete"]
    assert names(traced, "as if awaited") == ["QuerySet.delete"]
    assert names(traced, "in a loop") == ["QuerySet.delete"] * 2
    dropped = traced.only("dropped", "unawaited")
    assert dropped["module"] == "tortoise.queryset"
    assert dropped["frames"][0] == dropped["site"]
    assert names(traced, "coroutine") == ["Model.create"]
    assert names(traced, "save") == ["Model.save"]
    [raw] = traced.at("raw", "unawaited")
    assert (raw["name"], raw["module"]) == (
        "SqliteClient.execute_query", "tortoise.backends.sqlite.client",
    )  # fmt: skip
    # and nothing of what is run, kept for later, or only looked at
    assert len(traced.child.of("unawaited")) == 11


def test_a_relation_that_is_used_without_an_await(tmp_path: Path) -> None:
    traced = trace(tmp_path, MISUSED, status=1)
    [failure] = traced.child.of("failure")
    if python_version() < (3, 10):  # the exception does not tell whose attribute it was
        assert "'QuerySet' object has no attribute" in failure["chain"][0]["message"]
        return
    error = traced.error("used", "AttributeError")
    assert (error["entity"], error["attribute"], error["parent"]) == ("Book", "author", 2)
    assert failure["chain"][0]["error"] == error["id"]
