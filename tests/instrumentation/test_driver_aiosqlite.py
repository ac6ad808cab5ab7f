"""aiosqlite driven by the app: the line that awaited, though another thread did the work."""

from __future__ import annotations

from pathlib import Path

from tests.instrumentation.alchemy import trace

PROGRAM = """\
import asyncio, sqlite3, aiosqlite

async def main():
    async with aiosqlite.connect("honey.db") as db:
        await db.execute("CREATE TABLE jar (id INTEGER PRIMARY KEY, label TEXT)")
        await db.execute("INSERT INTO jar (label) VALUES (?)", ("lime",))  # here: insert
        await db.commit()  # here: commit
        async with db.execute("SELECT * FROM jar") as cursor:  # here: select
            async for row in cursor:
                print(row)
        try:
            await db.execute("SELECT nope FROM jar")  # here: wrong
        except sqlite3.OperationalError:
            pass
        await db.execute("INSERT INTO jar (label) VALUES ('lost')")
    try:
        await db.execute("SELECT 1")  # here: late
    except ValueError:
        pass

asyncio.run(main())
"""


def test_statements_errors_and_losses_are_the_awaiting_lines(tmp_path: Path) -> None:
    traced = trace(tmp_path, PROGRAM)

    assert traced.child.stdout == "(1, 'lime')\n"
    assert traced.only("insert")["source"] == "app"
    assert traced.ends("commit") == [("commit", "app", 1)]
    assert traced.count("select") == 1
    wrong = traced.error("wrong", "OperationalError")
    assert (wrong["site"] in traced.site("wrong"), "closed" in wrong) == (True, False)
    assert traced.fate(wrong) == ("caught", traced.line("wrong"))
    late = traced.error("late", "ValueError")
    assert late["closed"]["at"] > 0
    lost = traced.child.one("transaction", end="close")
    assert (lost["by"], len(lost["writes"])) == ("close", 1)


def test_a_request_keeps_its_scope_in_the_other_thread(tmp_path: Path) -> None:
    program = """\
import asyncio, aiosqlite, sys
inner = sys.modules["_ormprobe.activate"].active
from _ormprobe.scopes import enter, leave

async def serve(number):
    entered = enter(inner, "request", "request %d" % number)
    async with aiosqlite.connect(":memory:") as db:
        await db.execute("SELECT %d" % number)
    leave(inner, entered, "passed")

async def main():
    await asyncio.gather(*[serve(number) for number in (11111, 22222)])

asyncio.run(main())
"""
    traced = trace(tmp_path, program)

    for number in (11111, 22222):
        [statement] = traced.child.within("statement", f"request {number}")
        assert statement["source"] == "app"
