"""What an app can see of SQLAlchemy is the same with and without the shim."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.alchemy import MODELS, PYTHON, python_version
from tests.instrumentation.test_do_no_harm import SABOTAGE
from tests.instrumentation.traced import Child, run, without_times, write

INSTANCES = """\
import copy, pickle
from models import *
seed()
with make_session() as s:
    author = s.get(Author, 1)
    author.books
again = pickle.loads(pickle.dumps(author))
print(sorted(vars(again)), len(again.books), type(again) is Author)
print(len(pickle.dumps(author)))
shallow, deep = copy.copy(author), copy.deepcopy(author)
print(type(shallow) is Author, deep.name, sorted(vars(deep)))
with make_session() as s:
    s.add(again)
    print(again.biography, object_session(again) is s)
print(isinstance(engine, Engine), type(engine).__mro__, type(s).__mro__)
print(sorted(name for name in vars(Session) if "probe" in name))
with make_session() as s:
    result = s.execute(select(Author))
    print(type(result).__name__, type(result.chunks).__name__ if hasattr(result, "chunks") else "")
    rows = result.all()
    print(type(rows[0]).__name__, rows[0]._mapping.keys())
    print([type(x).__name__ for x in s.query(Author, Book.title).join(Author.books)])
"""

ERRORS = """\
import copy, pickle, sys, traceback
from models import *
seed()

def caught(function):
    try:
        function()
    except Exception as error:
        return error

def add():
    with make_session() as s:
        s.add(Author(name="author 1"))
        s.commit()

def detached():
    with make_session() as s:
        author = s.get(Author, 1)
    author.books

def missing():
    with make_session() as s:
        s.execute(select(Author).where(Author.id == 99)).scalars().one()

def raw():
    with engine.connect() as c:
        c.execute(text("SELECT * FROM nowhere"))

class Own(exc.SQLAlchemyError):
    def __init__(self, name, *, more):
        super().__init__(name)
        self.more = more

class Mixed(exc.InvalidRequestError, KeyError):
    pass

def own():
    raise Own("x", more=1)

def mixed():
    raise Mixed("key")

def arguments():
    exc.DBAPIError()

for function in (add, detached, missing, raw, own, mixed, arguments):
    error = caught(function)
    print(type(error), error.args, str(error))
    print(sorted(vars(error)))
    print(type(error).__mro__)
    print(type(error.__cause__), type(error.__context__), error.__suppress_context__)
    if function not in (own, arguments):
        dumped = pickle.dumps(error)
        print(len(dumped))
        again = pickle.loads(dumped)
        print(type(again), again.args, str(again) == str(error), sorted(vars(again)))
        print(copy.copy(error).args, sorted(vars(copy.copy(error))))
    lines = [line.name for line in traceback.extract_tb(error.__traceback__)]
    if FRAMES or function in (own, mixed):
        print(lines)
""".replace("FRAMES", "sys.version_info >= (3, 11)")

SIGNATURES = """\
import inspect
from models import *
from sqlalchemy import engine as e, pool
from sqlalchemy.engine import base, cursor, default
from sqlalchemy.orm import loading, session
seed()
for owner in (
    Session, base.Engine, base.Connection, default.DefaultDialect, default.DefaultExecutionContext,
    exc.SQLAlchemyError, exc.DBAPIError, cursor.CursorFetchStrategy, engine.dialect.__class__,
    engine.dialect.execution_ctx_cls,
    cursor.BufferedRowCursorFetchStrategy, cursor.FullyBufferedCursorFetchStrategy, loading, Query,
):
    for name in sorted(dir(owner)):
        found = getattr(owner, name, None)
        if callable(found) and name not in ("__class__", "__del__", "__init_subclass__"):
            try:
                print(owner, name, inspect.signature(found), found.__name__, found.__qualname__,
                      found.__module__, len(found.__doc__ or ""))
            except (ValueError, TypeError, AttributeError):
                pass
"""

ENGINES = """\
import logging, sys
logging.basicConfig(stream=sys.stdout, format="%(name)s %(levelname)s %(message)s")
from models import *
engine = create_engine("sqlite://", echo=True, echo_pool="debug", future=True, pool_recycle=1000)
Base.metadata.create_all(engine)
with Session(engine, future=True) as s:
    s.add(Author(name="x"))
    s.commit()
    s.execute(select(Author)).all()
    list(s.execute(select(Author).execution_options(yield_per=1)).scalars())
try:
    create_engine("sqlite://", nonsense=1)
except TypeError as error:
    print(error)
print(repr(engine), engine.url, sorted(name for name in vars(engine) if "probe" not in name))
"""

OPTIONS = """\
from models import *
from sqlalchemy import pool
import inspect
for owner in Engine, pool.Pool, pool.QueuePool, engine.dialect.__class__:
    init = owner.__init__  # `create_engine` reads the names of its options from their code
    print(owner, inspect.signature(init, follow_wrapped=False), init.__code__.co_varnames)
for number, level in enumerate(("SERIALIZABLE", "READ UNCOMMITTED", "AUTOCOMMIT")):
    engine = create_engine(
        "sqlite:///%d.db" % number, echo=True, pool_pre_ping=True, isolation_level=level,
        hide_parameters=True, logging_name="named", pool_logging_name="pool", future=True,
        execution_options={"own": 1}, poolclass=pool.QueuePool, pool_size=2, max_overflow=1,
    )
    print(engine.echo, engine.hide_parameters, engine.logging_name, engine.pool.size(),
          engine.pool._pre_ping, engine.get_execution_options())
    for _ in range(2):  # the second time a connection is pinged
        with engine.connect() as c:
            print(c.get_isolation_level(), c.execute(text("SELECT 1")).scalar())
print(engine_from_config({"sqlalchemy.url": "sqlite://", "sqlalchemy.echo": "true"}).echo)
"""

LISTENERS = """\
import gc
from models import *
seed()
log = []

@event.listens_for(Engine, "before_cursor_execute", retval=True)
def before(conn, cursor, statement, parameters, context, executemany):
    log.append(("before", statement[:12]))
    return statement.replace("/*x*/", "1"), parameters

@event.listens_for(engine, "after_cursor_execute")
def after(conn, cursor, statement, parameters, context, executemany):
    log.append(("after", statement[:12]))

@event.listens_for(engine, "handle_error")
def handle(context):
    log.append(("error", type(context.original_exception).__name__))
    if "replace" in str(context.statement):
        return KeyError("replaced")
    if "raise" in str(context.statement):
        raise ValueError("raised in a listener")

@event.listens_for(engine, "commit")
def commit(conn):
    log.append("commit")
    if conn.get_execution_options().get("broken"):
        raise ValueError("in commit")

@event.listens_for(engine, "rollback")
def rollback(conn):
    log.append("rollback")

for name in ("after_begin", "before_commit", "after_commit", "after_rollback", "before_flush",
             "after_flush", "before_attach", "after_soft_rollback", "pending_to_persistent",
             "persistent_to_detached", "transient_to_pending"):
    exec("def listener(%s): log.append(%r)" % (
        {"after_begin": "a, b, c", "before_flush": "a, b, c", "after_flush": "a, b",
         "before_attach": "a, b", "after_soft_rollback": "a, b", "pending_to_persistent": "a, b",
         "persistent_to_detached": "a, b", "transient_to_pending": "a, b"}.get(name, "a"), name))
    event.listen(Session, name, listener)

class CustomSession(Session):
    def close(self):
        log.append("own close")
        super().close()
    def __del__(self):
        log.append("own del")

with CustomSession(engine, future=True) as s:
    s.add(Author(name="l"))
    s.execute(text("SELECT /*x*/"))
    for sql in ("SELECT replace FROM", "SELECT raise FROM"):
        try:
            s.execute(text(sql))
        except Exception as error:
            log.append(repr(error))
    s.commit()
del s
gc.collect()
with engine.connect() as c:
    c.execute(text("SELECT 1"))
    c = c.execution_options(broken=True)
    try:
        c.commit()
    except ValueError as error:
        log.append(repr(error))

@event.listens_for(Author, "load")
def loaded(target, context):
    log.append("load")
@event.listens_for(Session, "do_orm_execute")
def execute(state):
    log.append(("execute", state.is_select, state.is_relationship_load))
with make_session() as s:
    s.query(Book).first().author
print(*log, sep="\\n")
"""

SHUTDOWN = """\
import sys
from models import *
seed()
s = make_session()
s.add(Author(name="left in the session"))
t = make_session()
t.add(Author(name="flushed"))
t.flush()
class Holder:
    pass
Holder.cycle = Holder
Holder.session = s
c = make_session().connection()
try:
    c.execute(text("SELECT * FROM nowhere"))
except exc.OperationalError as error:
    kept = error
    kept.itself = kept
print("end")
"""

WRONG = """\
from models import *
seed()
session = make_session()
session.add(Author(name="author 1"))
session.commit()
"""

PROGRAMS = {
    "instances": INSTANCES,
    "errors": ERRORS,
    "signatures": SIGNATURES,
    "echo": ENGINES,
    "options": OPTIONS,
    "listeners": LISTENERS,
    "shutdown": SHUTDOWN,
    "wrong": WRONG,
}

DEVELOP = ("shutdown", "listeners")  # with warnings about what is left open, and in finalizers


def both(folder: Path, *arguments: str) -> tuple[Child, Child]:
    traced, alone = (
        run([*arguments, "program.py"], folder, trace, python=PYTHON, env=QUIET)
        for trace in (folder / "trace", None)
    )
    return traced, alone


QUIET = {"SQLALCHEMY_SILENCE_UBER_WARNING": "1"}


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_app_sees_no_difference(tmp_path: Path, program: str) -> None:
    write(tmp_path, {"models.py": MODELS, "program.py": PROGRAMS[program]})

    traced, alone = both(tmp_path, "-W", "error", *(("-X", "dev") if program in DEVELOP else ()))

    assert without_times(traced.stdout) == without_times(alone.stdout)
    if program != "wrong" or python_version() >= (3, 11):  # before, wrappers leave a frame
        assert without_times(traced.stderr) == without_times(alone.stderr)
    assert traced.status == alone.status == (1 if program == "wrong" else 0), alone.stderr
    assert traced.of("statement")
    assert not traced.of("shim", state="disabled")


def test_an_error_crosses_processes(tmp_path: Path) -> None:
    program = """\
import pickle, subprocess, sys
from models import *
seed()
if len(sys.argv) > 1:
    error = pickle.loads(sys.stdin.buffer.read())
    print(type(error).__name__, error)
    raise SystemExit
for n in range(3):
    exc.InvalidRequestError("unrelated")
with make_session() as s:
    author = s.get(Author, 1)
try:
    author.books
except exc.SQLAlchemyError as error:
    data = pickle.dumps(error)
print(subprocess.run([sys.executable, __file__, "x"], input=data, stdout=-1).stdout.decode())
"""
    write(tmp_path, {"models.py": MODELS, "program.py": program})

    traced, alone = both(tmp_path)

    assert without_times(traced.stdout) == without_times(alone.stdout)
    assert "DetachedInstanceError" in traced.stdout
    other = [file for file in traced.files if len([e for e in file if e["kind"] == "error"]) == 1]
    [error] = [event for event in other[0] if event["kind"] == "error"]
    [fate] = [event for event in other[0] if event["kind"] == "fate"]
    assert fate["error"] == error["id"]


@pytest.mark.parametrize("method", ["number", "statement_number", "site", "sql", "load"])
def test_a_failing_hook_turns_its_part_off_and_nothing_else(tmp_path: Path, method: str) -> None:
    sabotage = SABOTAGE.replace("{method}", method)
    guarded = "import sys\nif '_ormprobe.activate' in sys.modules:\n    import sabotage\n"
    files = {"models.py": MODELS, "program.py": guarded + LISTENERS, "sabotage.py": sabotage}
    write(tmp_path, files)

    traced, alone = both(tmp_path)

    assert (traced.status, traced.stdout) == (alone.status, alone.stdout)
    assert traced.stderr == alone.stderr
    disabled = traced.of("shim", state="disabled")
    assert disabled
    assert {event["name"].partition(":")[0] for event in disabled} <= {
        "sqlalchemy",
        "sqlalchemy.orm",
        "exit",
    }
    assert len({event["name"] for event in disabled}) == len(disabled)


LET_GO = """\
import gc, weakref
from models import *
seed()

class Keeper:
    def refuse(self):
        first, second = make_session(), make_session()
        author = first.get(Author, 1)
        try:
            second.add(author)
        except exc.InvalidRequestError as error:
            print(type(error).__name__)
        known = weakref.ref(first)
        del first
        gc.collect()
        print(known() is None)
        second.add(author)
        second.close()

Keeper().refuse()
"""


def test_what_the_app_lets_go_of_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "sqlalchemy_app"  # a library's name in the path makes no file a library's
    write(folder, {"models.py": MODELS, "program.py": LET_GO})

    traced, alone = both(folder)

    assert traced.stdout == alone.stdout == "InvalidRequestError\nTrue\n"
    assert traced.of("error", type="InvalidRequestError")
