"""What an app can see of Peewee is the same with and without the shim."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.alchemy import PYTHON, python_version
from tests.instrumentation.peewees import MODELS, peewee_version
from tests.instrumentation.test_do_no_harm import SABOTAGE
from tests.instrumentation.traced import Child, run, without_times, write

INSTANCES = """\
import copy, pickle
from models import *
seed()
author = Author.get_by_id(1)
book = Book.get_by_id(1)
book.author
list(author.books)
for thing in (author, book):
    again = pickle.loads(pickle.dumps(thing))
    print(sorted(vars(again)), again == thing, len(pickle.dumps(thing)), type(again) is type(thing))
    print(sorted(vars(copy.copy(thing))), copy.deepcopy(thing) == thing, sorted(vars(thing)))
print(Author.__mro__, type(Author), isinstance(db, Database), type(db).__mro__)
query = author.books.where(Book.id > 0)
clone = query.clone()
print(clone is not query, clone.sql() == query.sql(), clone._cursor_wrapper is None)
rows = query.execute()
print(type(rows).__name__, rows is query.execute(), clone.execute() is not rows, len(rows))
print(hash(query) == hash(query), query == query.where(), bool(list(query)))
print([type(row).__name__ for row in Book.select().namedtuples().limit(1)])
print(repr(author), str(query) == str(clone), query.count(), query.exists())
print(type(author.books).__name__, type(Author.books).__name__, Author.books.field.name)
print(type(iter(Book.select())).__name__, type(Book.select().iterator()).__name__)
print(copy.copy(query).sql() == query.sql())
for part in (slice(None), slice(1, None), slice(2), slice(-1, None), slice(1, -1), 0, -1):
    found = Book.select().order_by(Book.id).tuples()[part]
    print(part, found if isinstance(found, tuple) else [row[0] for row in found])
"""

ERRORS = """\
import copy, pickle, sys, traceback
import peewee
from models import *
seed()

def caught(function):
    try:
        function()
    except Exception as error:
        return error

class Own(peewee.PeeweeException):
    def __init__(self, name, *, more):
        super().__init__(name)
        self.more = more

class Mixed(IntegrityError, KeyError):
    pass

class Absent(DoesNotExist, LookupError):
    pass

def own():
    raise Own("x", more=1)
def mixed():
    raise Mixed("key")
def absent():
    raise Absent("gone")
def add():
    Author.create(name="author 1")
def missing():
    Author.get_by_id(99)
def raw():
    db.execute_sql("SELECT * FROM nowhere")
def begin():
    with db.atomic():
        add()
def again():
    db.connect()
def row():
    for row in Author.select().iterator():
        raise ValueError("in the loop")
def convert():
    class StrictField(CharField):
        def python_value(self, value):
            raise ValueError(value)
    class Strict(Base):
        name = StrictField()
        class Meta:
            table_name = "author"
    list(Strict.select())
def proxy():
    DatabaseProxy().connect()
def commit():
    db.commit()
def unbound():
    Select([Author], [Author.id]).execute()

for function in (own, mixed, absent, add, missing, raw, begin, again, row, convert, proxy, commit,
                 unbound):
    error = caught(function)
    if error is None:  # of `commit`, before 4.x
        continue
    print(function.__name__, type(error), error.args, str(error))
    print(sorted(vars(error)), type(error).__mro__)
    print(type(error.__cause__), type(error.__context__), error.__suppress_context__)
    if function is not own and getattr(error, "orig", None) is None:
        dumped = pickle.dumps(error) if function is not missing else b""
        print(len(dumped), copy.copy(error).args, sorted(vars(copy.copy(error))))
    lines = [line.name for line in traceback.extract_tb(error.__traceback__)]
    if sys.version_info >= (3, 11) or function in (own, mixed, absent):
        print(lines)
"""

SIGNATURES = """\
import inspect
import peewee
from playhouse import pool
from models import *
seed()
kinds = (
    peewee.Database, peewee.SqliteDatabase, peewee.PostgresqlDatabase, peewee.MySQLDatabase,
    peewee.CursorWrapper, peewee.ModelCursorWrapper, peewee.BackrefAccessor,
    peewee.ManyToManyFieldAccessor, peewee.Proxy, pool.PooledDatabase, pool.PooledSqliteDatabase,
    peewee.PeeweeException, peewee.IntegrityError, Author, Author.DoesNotExist,
)
for owner in kinds:
    for name in sorted(dir(owner)):
        found = getattr(owner, name, None)
        if callable(found) and name not in ("__class__", "__del__", "__init_subclass__"):
            if "DoesNotExist" in name or (name == "__init__" and owner is Author.DoesNotExist):
                continue  # an exception's own has no signature that Python tells
            try:
                print(owner, name, inspect.signature(found), found.__name__, found.__qualname__,
                      found.__module__, len(found.__doc__ or ""))
            except (ValueError, TypeError, AttributeError):
                pass
"""

LOGGED = """\
import logging, sys
logging.basicConfig(stream=sys.stdout, format="%(name)s %(levelname)s %(message)s", level=10)
from models import *
import peewee
seed()
seen = []
if hasattr(db, "query_hooks"):
    db.query_hooks.append(lambda event: seen.append((event.sql[:12], type(event.exception))))
with db.atomic():
    Author.create(name="x")
try:
    Author.create(name="x")
except IntegrityError:
    pass
[book.author.name for book in Book.select()]
list(Author.select().prefetch(Book))
for row in Book.select().iterator():
    break
print(seen, db.in_transaction(), db.transaction_depth(), db.is_closed())
db.close()
"""

TRACEBACKS = """\
import traceback
from models import *
seed()
def level():
    with db.atomic():
        Author.create(name="author 1")
try:
    level()
except IntegrityError:
    traceback.print_exc()
try:
    Author.get_by_id(99)
except DoesNotExist:
    traceback.print_exc()
Author.get_by_id(99)
"""

EXTENSIONS = """\
from models import *
from playhouse.shortcuts import model_to_dict, dict_to_model
from playhouse.signals import Model as SignalModel, post_save
from playhouse.hybrid import hybrid_property
from playhouse.kv import KeyValue
from playhouse.dataset import DataSet
from playhouse.reflection import generate_models
seed()
print(model_to_dict(Book.get_by_id(1), backrefs=True, max_depth=1))
class Noted(SignalModel):
    name = CharField()
    @hybrid_property
    def size(self):
        return fn.LENGTH(self.name)
    class Meta:
        database = db
db.create_tables([Noted])
@post_save(sender=Noted)
def saved(model, instance, created):
    print("saved", instance.name, created)
Noted.create(name="n")
print(list(Noted.select(Noted.size).tuples()))
store = KeyValue(database=db)
store["a"] = 1
print(store["a"], "b" in store, len(store))
data = DataSet("sqlite:///app.db")
print(sorted(data.tables)[:3], [row["name"] for row in data["author"].find(id=1)])
print(sorted(generate_models(db))[:3])
data.close()
"""

SHUTDOWN = """\
import threading
from models import *
seed()
db.begin()
Author.create(name="open at the end")
query = Author.select()
next(iter(query))
stream = iter(Book.select().iterator())
next(stream)
try:
    Author.create(name="open at the end")
except IntegrityError as error:
    kept = error
    kept.itself = kept
def work():
    db.connect()
    Author.select().count()
thread = threading.Thread(target=work)
thread.start()
thread.join()
print("end")
"""

WRONG = """\
from models import *
seed()
Author.create(name="author 1")
"""

PROGRAMS = {
    "instances": INSTANCES,
    "errors": ERRORS,
    "signatures": SIGNATURES,
    "logged": LOGGED,
    "tracebacks": TRACEBACKS,
    "extensions": EXTENSIONS,
    "shutdown": SHUTDOWN,
    "wrong": WRONG,
}
FAIL = ("wrong", "tracebacks")


def both(folder: Path, *arguments: str) -> tuple[Child, Child]:
    found: list[Child] = []
    for trace in (folder / "trace", None):
        for left in folder.glob("app.db*"):
            left.unlink()
        found.append(run([*arguments, "program.py"], folder, trace, python=PYTHON))
    return found[0], found[1]


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_app_sees_no_difference(tmp_path: Path, program: str) -> None:
    write(tmp_path, {"models.py": MODELS, "program.py": PROGRAMS[program]})
    options = () if program == "extensions" else ("-W", "error")

    traced, alone = both(tmp_path, *options, *(("-X", "dev") if program == "shutdown" else ()))

    assert plain(traced.stdout) == plain(alone.stdout)
    if program not in FAIL or python_version() >= (3, 11):  # before, wrappers leave a frame
        assert plain(traced.stderr) == plain(alone.stderr)
    assert traced.status == alone.status == (1 if program in FAIL else 0), alone.stderr
    assert traced.of("statement")
    assert not traced.of("shim", state="disabled")


def plain(output: str) -> str:
    """Without times, and without the names that savepoints are given by chance."""
    lines = without_times(output).splitlines()
    return "\n".join(line for line in lines if "SAVEPOINT" not in line)


PARTS = {
    "later": "peewee:statements",
    "statement_number": "peewee:statements",
    "rider": "peewee:connections",
    "site": "peewee:statements",
}


@pytest.mark.parametrize("method", PARTS)
def test_a_shim_that_fails_switches_itself_off(tmp_path: Path, method: str) -> None:
    program = """\
import sys
from models import *
seed()
db.close()
if "_ormprobe.activate" in sys.modules:
    import sabotage
print([book.author.name for book in Book.select()])
with db.atomic():
    Author.create(name="x")
print(Author.select().count())
db.close()
"""
    sabotage = SABOTAGE.replace("{method}", method)
    write(tmp_path, {"models.py": MODELS, "program.py": program, "sabotage.py": sabotage})

    traced, alone = both(tmp_path)

    assert traced.stdout == alone.stdout
    assert traced.stderr == alone.stderr
    disabled = traced.of("shim", state="disabled")
    assert PARTS[method] in {event["name"] for event in disabled}
    assert all(event["reason"].startswith("ZeroDivisionError") for event in disabled)


COUNTED = """\
from models import *
import sqlite3
seed()
counted = []
db.connection().set_trace_callback(counted.append)
[book.author.name for book in Book.select()]
[len(author.books) for author in Author.select()]
with db.atomic():
    with db.atomic():
        Author.create(name="x")
list(Author.select().prefetch(Book))
Author.get_or_none(Author.id == 99)
db.connection().set_trace_callback(None)
print(len(counted))
"""


def test_no_statement_more_reaches_the_database(tmp_path: Path) -> None:
    write(tmp_path, {"models.py": MODELS, "program.py": COUNTED})

    traced, alone = both(tmp_path)

    assert traced.stdout == alone.stdout
    assert int(alone.stdout) > 15


def test_versions_are_told(tmp_path: Path) -> None:
    write(tmp_path, {"models.py": MODELS, "program.py": "import models"})

    traced, _ = both(tmp_path)

    library = traced.one("library", name="peewee")
    assert library["role"] == "orm"
    assert tuple(int(part) for part in library["version"].split(".")[:2]) == peewee_version()
