"""What an app can see of Django is the same with and without the shims."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.alchemy import python_version
from tests.instrumentation.djangos import MODELS, PYTHON, SQLITE, START
from tests.instrumentation.test_do_no_harm import SABOTAGE
from tests.instrumentation.traced import Child, run, without_times, write

INSTANCES = """\
import copy, pickle
from start import *
seed()
author = Author.objects.get(id=1)
list(author.books.all())
again = pickle.loads(pickle.dumps(author))
print(sorted(vars(again)), type(again) is Author, again == author, len(pickle.dumps(author)))
print(sorted(vars(author)), sorted(vars(author._state)), len(pickle.dumps(author._state)))
shallow, deep = copy.copy(author), copy.deepcopy(author)
print(type(shallow) is Author, deep.name, sorted(vars(deep)))
for query in (
    Author.objects.all(), Author.objects.filter(name="x"), author.books.all(),
    author.books.defer("pages"),
    Book.objects.get(id=1).tags.filter(id__gt=0), Book.objects.get(id=1).notes.all(),
    Book.objects.extra(where=["pages > 0"]), Book.objects.values("title"),
    Book.objects.annotate(n=Count("tags")),
):
    dumped = pickle.dumps(query)
    print(len(dumped), type(pickle.loads(dumped)).__mro__, str(query.query))
    print(len(pickle.dumps(query.query)), b"ormprobe" in dumped)
    again = query.all()
    again.query = pickle.loads(pickle.dumps(query.query))
    print(list(again) == list(query), copy.deepcopy(query).query.__class__, repr(query))
print(type(author.books).__mro__, type(author.books).__name__, repr(author.books)[:60])
print(author.books.__class__ is Author.objects.get(id=2).books.__class__)
print(type(connection.cursor()).__name__, type(connection.connection).__name__,
      isinstance(connection.cursor().cursor, Database.Cursor))
print(Book._meta.get_fields() == Book._meta.get_fields(), Author.DoesNotExist.__mro__)
print(Book.objects.none().query.is_empty(), bool(Book.objects.none()))
""".replace("from start import *", "from sqlite3 import dbapi2 as Database\nfrom start import *")

COUNTS = """\
import sys
from start import *
from django.db import reset_queries
from django.test import SimpleTestCase, TestCase
from django.test.utils import CaptureQueriesContext, setup_test_environment
seed()
settings.DEBUG = True

def work():
    author = Author.objects.get(id=1)
    list(author.books.all())
    with transaction.atomic():
        author.save()
        with transaction.atomic():
            Author.objects.create(name="y").delete()
    for book in Book.objects.prefetch_related("tags").iterator(chunk_size=3):
        list(book.tags.all())
    Book.objects.bulk_create([Book(title="t", author=author)] * 3)
    author.books.count(), author.books.exists(), author.books.aggregate(Sum("pages"))
    connection.cursor().execute("SELECT 1")
    hasattr(Author.objects.get(id=2), "profile")
    Author.objects.get_or_create(name="x")
    Author.objects.update_or_create(name="x", defaults={"biography": "y"})

with CaptureQueriesContext(connection) as captured:
    work()
for query in captured.captured_queries:
    print(sorted(query), query["sql"].replace(str(__import__("_thread").get_ident()), "ID"))
print(len(captured))
reset_queries()
work()
print(len(connection.queries), connection.queries[0]["sql"])

class Case(TestCase):
    def runTest(self):
        with self.assertNumQueries(2):
            list(Author.objects.get(id=1).books.all())
Case._pre_setup
log = []
def wrapper(execute, sql, params, many, context):
    log.append((sql[:20], params, many, sorted(context), type(context["cursor"]).__name__))
    return execute(sql, params, many, context)
with connection.execute_wrapper(wrapper):
    Author.objects.count()
    names = "UPDATE library_author SET name = %s WHERE id = %s"
    connection.cursor().executemany(names, [("x", 99)])
print(log)
def blocker(*args):
    raise KeyError("blocked")
with connection.execute_wrapper(blocker):
    try:
        Author.objects.count()
    except KeyError as error:
        print(repr(error))
"""

ERRORS = """\
import copy, pickle, sys, traceback
from start import *
seed()

def missing():
    Author.objects.get(id=99)

def several():
    Book.objects.get(pages=1)

def profile():
    Author.objects.get(id=2).profile

def integrity():
    Author.objects.create(name="author 1")

def table():
    connection.cursor().execute("SELECT * FROM nowhere")

def many():
    connection.cursor().executemany("UPDATE library_author SET id = %s WHERE id = %s", [(1, 2)])

def field():
    Author.objects.filter(nmae=1)

def broken():
    with transaction.atomic():
        transaction.set_rollback(True)
        Author.objects.count()

def durable():
    with transaction.atomic():
        with transaction.atomic(durable=True):
            pass

def iterated():
    for book in Book.objects.iterator():
        raise KeyError(book.id)

def commit():
    with transaction.atomic():
        transaction.commit()

def unsaved():
    list(Author().books.all())

def rows():
    for row in Author.objects.raw("SELECT name FROM library_author"):
        pass

class Own(ObjectDoesNotExist):
    def __init__(self, name, *, more):
        super().__init__(name)
        self.more = more

class Mixed(ObjectDoesNotExist, AttributeError):
    pass

def own():
    raise Own("x", more=1)

def mixed():
    raise Mixed("key", name="n", obj=3) if sys.version_info >= (3, 10) else Mixed("key")

def arguments():
    IntegrityError(name=1)

for function in (missing, several, profile, integrity, table, many, field, broken, durable,
                 iterated, commit, unsaved, rows, own, mixed, arguments):
    try:
        function()
    except Exception as caught:
        error = caught
    print(type(error), error.args, str(error), getattr(error, "name", None), sorted(vars(error)))
    print(type(error).__mro__)
    print(type(error.__cause__), type(error.__context__), error.__suppress_context__)
    if function not in (own, arguments):
        dumped = pickle.dumps(error)
        again = pickle.loads(dumped)
        print(len(dumped), type(again), again.args, sorted(vars(again)))
    lines = [line.name for line in traceback.extract_tb(error.__traceback__)]
    if sys.version_info >= (3, 11):
        print(lines)
print(sorted(vars(ObjectDoesNotExist)) == ["__doc__", "__module__"] or "with ours")
""".replace(
    'print(sorted(vars(ObjectDoesNotExist)) == ["__doc__", "__module__"] or "with ours")\n', ""
)

SIGNATURES = """\
import inspect
from start import *
from django.db.backends import utils
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import query
from django.db.models.fields import related_descriptors
from django.db.models.sql import compiler, query as sql_query
from django.contrib.contenttypes import fields
create()
for owner in (
    utils.CursorWrapper, BaseDatabaseWrapper, type(connections["default"]), query.QuerySet,
    query.RawQuerySet, related_descriptors, compiler.SQLCompiler, sql_query.Query, fields,
    transaction.Atomic, type(Author(id=1).books), models.Manager,
):
    for name in sorted(dir(owner)):
        found = getattr(owner, name, None)
        if isinstance(found, type) and issubclass(found, Exception):
            continue  # Python has no signature for one without an `__init__`
        if callable(found) and name not in ("__class__", "__del__", "__init_subclass__"):
            try:
                print(owner, name, inspect.signature(found), found.__name__, found.__qualname__,
                      found.__module__, len(found.__doc__ or ""))
            except (ValueError, TypeError, AttributeError):
                pass
"""

LOGS = """\
import logging, sys
from start import *
settings.DEBUG = True
logging.basicConfig(stream=sys.stdout, level="DEBUG", format="%(name)s %(message).60s")
logging.getLogger("asyncio").setLevel("ERROR")
seed()
list(Book.objects.select_related("author"))
"""

SIGNALS = """\
from django.db.backends.signals import connection_created
from start import *
log = []

def opened(sender, connection, **kwargs):
    log.append(("opened", connection.alias))
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA cache_size")

connection_created.connect(opened)
for name in ("pre_init", "post_init", "pre_save", "post_save", "pre_delete", "post_delete",
             "m2m_changed"):
    def receiver(sender, name=name, **kwargs):
        log.append((name, sender.__name__))
    getattr(models.signals, name).connect(receiver, weak=False)
seed()

class Router:
    def db_for_read(self, model, **hints):
        log.append((model.__name__, sorted(hints)))
    def db_for_write(self, model, **hints):
        log.append((model.__name__, sorted(hints)))

router.routers.append(Router())
author = Author.objects.get(id=1)
list(author.books.all())
author.books.create(title="t")
Book.objects.get(id=1).author
Book.objects.get(id=1).tags.clear()
Author.objects.defer("biography").first().biography
author.delete()
print(*log, sep="\\n")
""".replace("from start import *", "from start import *\nfrom django.db import router")

SHUTDOWN = """\
import sys, threading
from start import *
seed()

def work():
    list(Author.objects.all())

thread = threading.Thread(target=work)
thread.start()
thread.join()
iterator = Book.objects.iterator()
next(iterator)
transaction.set_autocommit(False)
Author.objects.create(name="left")
class Holder:
    pass
Holder.cycle = Holder
Holder.query = Author.objects.all()
try:
    Author.objects.get(id=99)
except Author.DoesNotExist as error:
    kept = error
    kept.itself = kept
print("end")
"""

WRONG = """\
from start import *
seed()
Author.objects.create(name="author 1")
"""

ASYNC = """\
import asyncio
from start import *
seed()

async def main():
    print(await Author.objects.acount(), await Author.objects.aget(id=1))
    async for book in Book.objects.order_by("id"):
        print(book.id)
    async for book in Book.objects.order_by("id").aiterator(chunk_size=2):
        print(book.id)
    print(await Author.objects.filter(id=1).aexists(), await Book.objects.afirst())
    print(await asyncio.gather(*(Author.objects.aget(id=n) for n in (1, 2, 3))))
    try:
        Author.objects.first()
    except SynchronousOnlyOperation as error:
        print(error)

asyncio.run(main())
"""

PROGRAMS = {
    "instances": INSTANCES,
    "counts": COUNTS,
    "errors": ERRORS,
    "signatures": SIGNATURES,
    "logs": LOGS,
    "signals": SIGNALS,
    "shutdown": SHUTDOWN,
    "wrong": WRONG,
    "async": ASYNC,
}

DEVELOP = ("shutdown", "signals", "async")  # with warnings about what is left open


def both(folder: Path, *arguments: str) -> tuple[Child, Child]:
    files = {
        "library/__init__.py": "",
        "library/models.py": MODELS,
        "start.py": START % {"database": {**SQLITE, "NAME": "DATABASE"}},
    }
    write(
        folder,
        {name: text.replace("'DATABASE'", "os.environ['TEST_DB']") for name, text in files.items()},
    )
    traced, alone = (
        run([*arguments, "program.py"], folder, trace, python=PYTHON, env={"TEST_DB": name})
        for trace, name in ((folder / "trace", "one.db"), (None, "two.db"))
    )
    return traced, alone


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_app_sees_no_difference(tmp_path: Path, program: str) -> None:
    write(tmp_path, {"program.py": PROGRAMS[program]})

    traced, alone = both(tmp_path, *(("-X", "dev") if program in DEVELOP else ()))

    assert alone.status == (1 if program == "wrong" else 0), alone.stderr
    assert without_times(traced.stdout) == without_times(alone.stdout)
    if program != "wrong" or python_version() >= (3, 11):  # before, wrappers leave a frame
        assert without_times(traced.stderr) == without_times(alone.stderr)
    assert traced.status == alone.status
    assert traced.of("statement")
    assert not traced.of("shim", state="disabled"), traced.of("shim", state="disabled")


@pytest.mark.parametrize(
    "method", ["site", "sql", "statement_number", "load", "later", "now", "current"]
)
def test_a_shim_that_fails_is_switched_off(tmp_path: Path, method: str) -> None:
    program = """\
import sys
if "_ormprobe.activate" in sys.modules:
    import sabotage
from start import *
seed()
author = Author.objects.get(id=1)
print(list(author.books.all()), author.profile, Author.objects.count())
try:
    with transaction.atomic():
        author.save()
        Author.objects.create(name="author 1")
except IntegrityError as error:
    print(repr(error))
for book in Book.objects.iterator():
    print(book)
"""
    write(tmp_path, {"program.py": program, "sabotage.py": SABOTAGE.replace("{method}", method)})

    traced, alone = both(tmp_path)

    assert alone.status == 0, alone.stderr
    assert (traced.status, traced.stderr) == (alone.status, alone.stderr)
    assert traced.stdout == alone.stdout
    if method != "now":
        assert traced.of("shim", state="disabled")
