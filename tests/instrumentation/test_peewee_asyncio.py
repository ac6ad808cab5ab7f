"""Peewee's asyncio bridge: statements, transactions, pools, errors, and what was never awaited."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import postgres
from tests.instrumentation.alchemy import PYTHON, Traced
from tests.instrumentation.peewees import ASYNC_MODELS, connections, peewee_version, trace
from tests.instrumentation.traced import run, write

pytestmark = pytest.mark.skipif(peewee_version() < (4, 0), reason="4.x brought playhouse.pwasyncio")

PROGRAM = """\
from amodels import *

async def one(number):
    book = await Book.aget_by_id(number)  # here: in a task
    await asyncio.sleep(0.01)
    return book

def synchronous():
    with db.atomic():  # here: bridged block
        Author.create(name="bridged")  # here: bridged
    return Author.select().count()

async def main():
    await seed()
    await db.list(Book.select())  # here: list
    book = await Book.aget_by_id(1)  # here: get
    await book.afetch(Book.author)  # here: fetch
    author = await Author.aget_by_id(1)
    await db.list(author.books)  # here: backref
    await db.count(author.books)  # here: count
    await Book.select().aexecute()  # here: aexecute
    async for book in db.iterate(Book.select()):  # here: iterate
        pass
    (await db.aexecute_sql("SELECT 1")).fetchall()  # here: raw
    await db.aprefetch(Author.select(), Book.select())  # here: prefetch
    async with db.atomic():  # here: block
        await Author.acreate(name="block")  # here: inside
    try:
        async with db.atomic():  # here: exception
            await Author.acreate(name="exception")
            raise ValueError
    except ValueError:
        pass
    async with db.atomic() as transaction:
        await Author.acreate(name="undone")
        await transaction.arollback()  # here: undone
    async with db.atomic():  # here: outer
        await Author.acreate(name="outer")
        try:
            async with db.atomic():
                await Author.acreate(name="inner")
                raise ValueError
        except ValueError:
            pass
    await db.run(synchronous)  # here: run
    try:
        await Author.acreate(name="block")  # here: unique
    except IntegrityError:
        pass
    try:
        await Author.aget_by_id(99)  # here: missing
    except Author.DoesNotExist:
        pass
    await Author.aget_or_none(Author.id == 99)  # here: or none
    book = await Book.aget_by_id(2)
    try:
        book.author  # here: bridge
    except MissingGreenletBridge:
        pass
    try:
        list(Book.select())  # here: bridge of a query
    except MissingGreenletBridge:
        pass
    try:
        list(author.books)  # here: bridge of a relation
    except MissingGreenletBridge:
        pass
    await asyncio.gather(*[one(number) for number in (1, 2)])
    await asyncio.gather(db.list(Author.select()), db.count(Book.select()))  # here: gathered
    db.aexecute_sql("SELECT 2")  # here: dropped
    Author.acreate(name="dropped")  # here: dropped model
    await db.aclose()  # here: close
    await db.close_pool()  # here: close pool

asyncio.run(main())
"""


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def traced(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    postgres_server: str,
) -> Traced:
    folder = tmp_path_factory.mktemp("bridge")
    if request.param == "sqlite":
        return trace(folder, PROGRAM)
    with postgres.database(postgres_server) as url:
        return trace(folder, PROGRAM, env={"TEST_URL": url})


@pytest.mark.parametrize(
    ("mark", "entity"),
    [
        ("list", "Book"),
        ("get", "Book"),
        ("fetch", "Author"),
        ("backref", "Book"),
        ("count", "Book"),
        ("aexecute", "Book"),
        ("iterate", "Book"),
        ("inside", "Author"),
        ("bridged", "Author"),
    ],
)
def test_statements_are_at_the_apps_own_line(traced: Traced, mark: str, entity: str) -> None:
    statement = traced.only(mark)

    assert statement["orm"] == "peewee"
    assert statement["entity"] == entity


def test_statements_in_tasks(traced: Traced) -> None:
    assert len(traced.at("in a task")) == 2
    assert len(traced.at("gathered")) == 2
    own = {event["connection"] for event in traced.at("in a task")}
    assert traced.only("get")["connection"] not in own


def test_sql_of_the_app(traced: Traced) -> None:
    statement = traced.only("raw")

    assert statement["source"] == "app"
    assert traced.child.of("statement", source="app") == [statement]
    assert traced.child.of("statement", source="library") == []


def test_loads(traced: Traced) -> None:
    assert traced.loads("get") == [("get", "Book", None)]
    assert traced.loads("fetch") == [("lazy", "Book", "author")]
    assert traced.loads("backref") == [("lazy", "Author", "books")]
    assert traced.loads("count") == [("lazy", "Author", "books")]
    assert {load and load[0] for load in traced.loads("prefetch")} == {"eager"}
    assert traced.only("fetch")["parent"] == 1


def test_rows(traced: Traced) -> None:
    assert traced.entities("list") == [("Book", 6)]
    assert traced.entities("aexecute") == []  # nobody has read them
    assert traced.entities("iterate") == [("Book", 6)]
    assert traced.count("count") == 1


@pytest.mark.parametrize(
    ("mark", "ends"),
    [
        ("block", [("commit", "exit", 1)]),
        ("exception", [("rollback", "exception", 1)]),
        ("undone", [("rollback", "app", 1)]),
        ("outer", [("commit", "exit", 1)]),
        ("bridged block", [("commit", "exit", 1)]),
    ],
)
def test_ends(traced: Traced, mark: str, ends: list[tuple[str, str, int]]) -> None:
    assert traced.ends(mark) == ends


def test_savepoints(traced: Traced) -> None:
    [end] = traced.at("outer", "transaction")
    points = traced.child.of("savepoint", transaction=end["id"])

    assert [point["action"] for point in points] == ["begin", "rollback"]
    assert len(points[1]["writes"]) == 1


def test_a_refused_write(traced: Traced) -> None:
    error = traced.error("unique", "IntegrityError")

    assert error["entity"] == "Author"
    assert error["statement"]
    assert error["connection"]
    assert error["chain"][0]["module"].partition(".")[0] in ("sqlite3", "asyncpg")
    assert traced.error("missing", "AuthorDoesNotExist")["entity"] == "Author"
    assert traced.at("or none", "error") == []


@pytest.mark.parametrize(
    ("mark", "attribute"),
    [
        ("bridge", ("Book", "author", 2)),
        ("bridge of a query", (None, None, None)),
        ("bridge of a relation", ("Author", "books", 1)),
    ],
)
def test_work_outside_of_the_bridge(
    traced: Traced, mark: str, attribute: tuple[str | None, str | None, int | None]
) -> None:
    error = traced.error(mark, "MissingGreenletBridge")

    found = (error.get("entity"), error.get("attribute"), error.get("parent"))
    assert found == attribute
    assert error["statement"]
    assert traced.fate(error)[0] == "caught"
    assert traced.at(mark) == []


def test_what_was_never_awaited(traced: Traced) -> None:
    found = {event["name"]: event for event in traced.child.of("unawaited")}

    raw = found["AsyncDatabaseMixin.aexecute_sql"]
    assert raw["module"] == "playhouse.pwasyncio"
    assert {raw["site"]} <= traced.site("dropped")
    model = found["AsyncModelMixin.acreate"]
    assert model["module"] == "playhouse.pwasyncio"
    assert {model["site"]} <= traced.site("dropped model")


def test_connections(traced: Traced) -> None:
    opened = connections(traced, "open")

    assert {event["loop"] for event in opened} == {1}
    assert all(event["engine_site"] for event in opened)
    assert connections(traced, "held") == []


DRAINED = """\
from amodels import *

async def hold(ready, done):
    await Author.select().aexecute()  # here: holder
    ready.set()
    await done.wait()

async def main():
    await seed()
    await db.aclose()
    done = asyncio.Event()
    tasks = []
    for _ in range(2):
        ready = asyncio.Event()
        tasks.append(asyncio.create_task(hold(ready, done)))
        await ready.wait()
    try:
        await Author.select().aexecute()  # here: drained
    except OperationalError as error:
        print(error)
    done.set()
    await asyncio.gather(*tasks)
    await asyncio.sleep(0.05)
    await db.close_pool()

asyncio.run(main())
"""


def test_a_pool_without_a_connection_left(tmp_path: Path) -> None:
    traced = trace(tmp_path, DRAINED)

    error = traced.error("drained", "OperationalError")
    assert "Timed out acquiring connection" in traced.child.stdout
    assert len(error["held"]) == 2
    assert {held["site"] for held in error["held"]} <= traced.site("holder")


SAME = """\
import traceback
from amodels import *
import inspect
async def main():
    await seed()
    for found in (db.execute_sql, db.aexecute_sql, db.atomic, db._acquire_conn_async, db.connect,
                  db.close, Author.acreate):
        print(found.__name__, found.__qualname__, inspect.signature(found),
              inspect.iscoroutinefunction(found))
    try:
        await Author.acreate(name="author 1")
    except IntegrityError as error:
        print([line.name for line in traceback.extract_tb(error.__traceback__)])
    book = await Book.aget_by_id(1)
    try:
        book.author
    except MissingGreenletBridge as error:
        print(error, [line.name for line in traceback.extract_tb(error.__traceback__)])
    coroutine = db.aexecute_sql("SELECT 1")
    print(coroutine.__name__, coroutine.__qualname__)
    print((await coroutine).fetchall())
    async with db.atomic() as transaction:
        print(type(transaction).__mro__)
    print(db.in_transaction())
    await db.close_pool()
asyncio.run(main())
"""


def test_the_app_sees_no_difference(tmp_path: Path) -> None:
    (tmp_path / "traced").mkdir()
    (tmp_path / "alone").mkdir()
    files = {"amodels.py": ASYNC_MODELS, "program.py": SAME}
    traced = run(
        ["-W", "error", "program.py"],
        write(tmp_path / "traced", files),
        tmp_path / "trace",
        python=PYTHON,
    )
    alone = run(["-W", "error", "program.py"], write(tmp_path / "alone", files), python=PYTHON)

    assert traced.stdout == alone.stdout
    assert traced.stderr == alone.stderr
    assert traced.status == alone.status == 0
    assert not traced.of("shim", state="disabled")
