"""Tortoise behaves as without us: results, types, signatures, tracebacks, warnings, exit status."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.tortoises import (
    MODELS,
    PYTHON,
    START,
    config_of,
    python_version,
    trace,
)
from tests.instrumentation.traced import run, without_times, write

PROGRAM = """\
from start import *
import copy, gc, inspect, pickle, traceback, warnings
from tortoise import queryset
from tortoise.backends.base import client as base
from tortoise.backends.base.executor import BaseExecutor
from tortoise.fields.relational import ReverseRelation

async def shown(make):
    try:
        print(await make())
    except BaseException as error:
        traceback.print_exc()
        print(type(error), error.args, pickle.dumps(error.args) and vars(error))

def looks(owner, *names):
    for name in names:
        found = getattr(owner, name, None)
        if found is not None:
            print(owner.__name__, name, inspect.signature(found), found.__qualname__,
                  found.__module__, inspect.iscoroutinefunction(found), found.__doc__)

class Own(queryset.QuerySet):
    async def _execute(self):
        print("own")
        return await super()._execute()

async def main():
    db = connection()
    looks(type(db), "execute_query", "execute_insert", "execute_many", "execute_script", "close",
          "create_connection", "execute_query_dict")
    looks(Model, "fetch_related", "save", "create", "refresh_from_db")
    looks(BaseExecutor, "_do_prefetch", "execute_select")
    for kind in ("UpdateQuery", "DeleteQuery", "CountQuery", "QuerySet", "ValuesQuery"):
        looks(getattr(queryset, kind), "__init__", "__await__", "sql", "_execute")
    looks(base.PoolConnectionWrapper, "__aenter__", "__aexit__")
    print(inspect.signature(ReverseRelation._query.fget), ReverseRelation._query.__doc__)
    for kind in (DoesNotExist, MultipleObjectsReturned, DBConnectionError, BaseORMException):
        print(kind, inspect.signature(kind.__init__), kind.__mro__)
    book = await Book.get(id=1)
    print(type(book.author), type(await book.author), type(book.tags), repr(book), dict(book))
    condition = book.author._q_objects[0]
    print(type(condition).__name__, condition.filters, dict(condition.filters) == condition.filters)
    print(type(condition.filters).__name__, isinstance(condition.filters, dict))
    again = pickle.loads(pickle.dumps(condition.filters))
    print(again, type(again) is dict)
    print(sorted(vars(await Author.get(id=1))))
    print(book.author.sql(), Book.filter(id=1).delete().sql())
    print(pickle.loads(pickle.dumps(Tag(label="x"))).label)
    print(await Own(Book).filter(id=1))
    print(await Book.all().values_list("title", flat=True))
    await shown(lambda: Author.create(name="author 1"))
    await shown(lambda: Author.get(id=99))
    await shown(lambda: Author.filter(nope=1))
    await shown(lambda: Author.all().get())
    await shown(lambda: db.execute_query("SELECT * FROM nowhere"))
    await shown(lambda: db.execute_query("SELECT 1", "too", "many", "arguments"))
    await shown(lambda: book.author.first().name)
    await shown(lambda: book.fetch_related("nothing"))
    await shown(lambda: Author.all().prefetch_related("books__nothing"))
    await shown(lambda: asyncio.wait_for(asyncio.gather(Author.get(id=98)), 5))
    part = await Book.filter(id=1).only("id").first()
    await shown(lambda: part.author)
    async def block():
        async with in_transaction() as own:
            await Tag.create(label="y")
            raise KeyError("x")
    await shown(block)
    async def finished():
        async with in_transaction() as own:
            await own.rollback()
            await own.rollback()
    await shown(finished)
    print(hasattr(book.author, "nothing"), hasattr(book.tags, "nothing"))
    for kind in (OSError, DBConnectionError):
        error = kind(2, "x")
        print(error.args, getattr(error, "errno", None), str(error))
    print(repr(DoesNotExist("x")), str(DoesNotExist("x")))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Author.create(name="never")
        Book.filter(id=99).delete()
        db.execute_query("SELECT 1")
        gc.collect()
    print([(str(w.message), w.category, os.path.basename(w.filename), w.lineno) for w in caught])
    class Late(type(db)):
        async def execute_query(self, query, values=None):
            print("late", query[:6])
            return await super().execute_query(query, values)
    print(Late.execute_query.__qualname__, Late.__mro__[1] is type(db), Late.__name__)
    db.__class__ = Late
    print(await Book.all().count(), await Book.filter(id=1).update(pages=3))

run(main)
sys.exit(3)
"""

HANGS = """\
from start import *

async def main():
    await Tortoise.init(config=config())
    await Tortoise.generate_schemas()
    try:
        await Author.create(name="x")
        await Author.create(name="x")
    finally:
        await Tortoise.close_connections()

asyncio.run(main())
"""


@pytest.mark.parametrize("driver", ["sqlite", "asyncpg", "psycopg"])
def test_the_output_is_the_same(tmp_path: Path, postgres_server: str, driver: str) -> None:
    from tests import postgres

    outputs: list[tuple[int, str, str]] = []
    for kind in ("plain", "traced"):
        folder = tmp_path / kind / "app"
        files = {"models.py": MODELS, "start.py": START, "program.py": PROGRAM}
        write(folder, files)
        place = folder / "trace" if kind == "traced" else None
        if driver == "sqlite":
            child = run(["program.py"], folder, place, python=PYTHON, timeout=60)
        else:
            with postgres.database(postgres_server) as url:
                env = {"TEST_TORTOISE": config_of(url, driver)}
                child = run(["program.py"], folder, place, python=PYTHON, env=env, timeout=60)
        for event in child.of("shim", state="disabled"):
            raise AssertionError(event)
        outputs.append((child.status, child.stdout, _cleaned(child.stderr)))
    (plain, traced) = outputs
    assert plain[0] == traced[0] == 3
    assert without_times(traced[1]) == without_times(plain[1])
    if python_version() >= (3, 11):  # earlier, a frame of ours stays in a traceback
        assert traced[2] == plain[2]


def _cleaned(output: str) -> str:
    """Without the folders, and the marks that vary below lines."""
    output = without_times(output).replace("/plain/", "/x/").replace("/traced/", "/x/")
    return "\n".join(line for line in output.splitlines() if "tracemalloc" not in line)


def test_a_failing_program_ends(tmp_path: Path) -> None:
    """The thread of a connection must not outlive an exception because of us."""
    traced = trace(tmp_path, HANGS, status=1, timeout=30)
    assert "IntegrityError" in traced.child.stderr


def test_a_shim_that_fails_lets_the_app_go_on(tmp_path: Path) -> None:
    """Whatever goes wrong in a hook is ours alone."""
    broken = """\
import sys
import tortoise
names = [name for name in sys.modules if name.endswith("shims.tortoise.statements")]
for name in names:
    sys.modules[name].handle_of = None
    sys.modules[name.replace("statements", "relations")].tag = None
    sys.modules[name.replace("statements", "transactions")].handle_of = None
    sys.modules[name.replace("statements", "queries")].result_line = None
"""
    program = """\
import broken
from start import *

async def main():
    book = await Book.get(id=1)
    print((await book.author).name, await Book.all().count())
    async with in_transaction():
        await Tag.create(label="x")
    print(await Tag.all().count())

run(main)
"""
    folder = tmp_path
    write(folder, {"models.py": MODELS, "start.py": START, "program.py": program})
    write(folder, {"broken.py": broken})
    child = run(["program.py"], folder, folder / "trace", python=PYTHON, timeout=60)
    assert (child.status, child.stdout) == (0, "author 1 6\n3\n")
    off = {event["name"] for event in child.of("shim", state="disabled")}
    assert {"tortoise:statements", "tortoise:transactions"} <= off
    assert child.stderr == ""
