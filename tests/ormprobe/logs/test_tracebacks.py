"""Tracebacks as CPython and the programs around it write them."""

from __future__ import annotations

import sys

import pytest

from ormprobe.logs.model import Runtime, Traceback
from tests.ormprobe.logs.reading_of import items_of, output_of, tracebacks_of


def only(log: str | bytes) -> Traceback:
    (found,) = tracebacks_of(log)
    return found


def kinds(found: Traceback) -> list[tuple[str | None, str]]:
    return [(thrown.relation, thrown.type) for thrown in found.chain]


PLAIN = """\
Traceback (most recent call last):
  File "/code/app/shop/views.py", line 12, in show
    return item.name
           ^^^^^^^^^
AttributeError: 'NoneType' object has no attribute 'name'
"""


def test_a_plain_traceback() -> None:
    found = only(PLAIN)
    (thrown,) = found.chain
    assert (found.runtime, found.first, found.last) == (Runtime.PYTHON, 1, 5)
    assert (thrown.module, thrown.type) == (None, "AttributeError")
    assert thrown.mro == ("AttributeError", "Exception")
    assert thrown.message == "'NoneType' object has no attribute 'name'"
    assert thrown.origin == "app/shop/views.py:show"
    (frame,) = thrown.frames
    assert (frame.path, frame.line, frame.function) == ("/code/app/shop/views.py", 12, "show")
    assert frame.code == "return item.name"
    assert not found.truncated


def test_sqlalchemy_over_a_driver() -> None:
    found = only(
        output_of("""
            import sqlalchemy as sa
            with sa.create_engine("sqlite://").connect() as connection:
                connection.execute(sa.text("select *\\nfrom gone where a = :a"), {"a": "]"})
        """)
    )
    surfaced, driver = found.chain
    assert (surfaced.module, surfaced.type) == ("sqlalchemy.exc", "OperationalError")
    assert surfaced.message == "(sqlite3.OperationalError) no such table: gone"
    assert (surfaced.code, surfaced.sql) == ("e3q8", "select *\nfrom gone where a = ?")
    assert "StatementError" in surfaced.mro
    assert (driver.relation, driver.module, driver.type) == ("cause", "sqlite3", "OperationalError")
    assert driver.message == "no such table: gone"
    assert driver.mro == ("OperationalError", "DatabaseError", "Error", "Exception")
    assert surfaced.origin == "sqlalchemy/engine/default.py:do_execute"


def test_a_wrapper_whose_cause_was_not_printed() -> None:
    found = only("""\
        Traceback (most recent call last):
          File "a.py", line 1, in f
        sqlalchemy.exc.IntegrityError: (psycopg.errors.UniqueViolation) duplicate key value
        DETAIL:  Key (name)=(a) already exists.

        [SQL: INSERT INTO t
        (name) VALUES (%(name)s)]
        [parameters: {'name': 'a'}]
        (Background on this error at: https://sqlalche.me/e/20/gkpj)
        server goes on
        """)
    wrapper, driver = found.chain
    assert (wrapper.code, wrapper.sql) == ("gkpj", "INSERT INTO t\n(name) VALUES (%(name)s)")
    assert (driver.relation, driver.module, driver.type) == (
        "orig",
        "psycopg.errors",
        "UniqueViolation",
    )
    assert driver.status_code == "23505"
    assert driver.message == "duplicate key value\nDETAIL:  Key (name)=(a) already exists."
    assert found.last == 9


def test_asyncpg_below_sqlalchemys_dialect() -> None:
    found = only("""\
        Traceback (most recent call last):
          File "a.py", line 1, in f
        sqlalchemy.exc.ProgrammingError: (sqlalchemy.dialects.postgresql.asyncpg.ProgrammingError) \
<class 'asyncpg.exceptions.UndefinedTableError'>: relation "t" does not exist
        [SQL: SELECT 1]
        """)
    assert [(one.type, one.status_code) for one in found.chain] == [
        ("ProgrammingError", None),
        ("ProgrammingError", "42P01"),
        ("UndefinedTableError", "42P01"),
    ]
    assert found.chain[2].message == 'relation "t" does not exist'


def test_numbers_of_mysql() -> None:
    found = only("""\
        Traceback (most recent call last):
          File "a.py", line 1, in f
        django.db.utils.ProgrammingError: (1146, "Table 'a.b' doesn't exist")
        """)
    assert found.chain[0].status_code == "1146"


def test_django_without_settings_of_its_own() -> None:
    found = only(
        output_of("""
            from django.conf import settings
            settings.configure(DATABASES={"default": {
                "ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
            import django
            django.setup()
            from django.db import models
            class Note(models.Model):
                class Meta:
                    app_label = "notes"
            Note.objects.count()
        """)
    )
    surfaced, driver = found.chain
    assert (surfaced.module, surfaced.type) == ("django.db.utils", "OperationalError")
    assert surfaced.mro == ("OperationalError", "DatabaseError", "Error", "Exception")
    assert (driver.module, driver.relation) == ("sqlite3", "cause")


@pytest.mark.parametrize(
    ("line", "module", "type_", "base"),
    [
        (
            "shop.models.Item.DoesNotExist: Item matching query does not exist.",
            "shop.models",
            "Item.DoesNotExist",
            "ObjectDoesNotExist",
        ),
        (
            "shop.ItemDoesNotExist: <Model: Item> instance matching query does not exist:",
            "shop",
            "ItemDoesNotExist",
            "DoesNotExist",
        ),
        ("__main__.Odd: no", None, "Odd", None),
        ("Odd", None, "Odd", None),
        ("MySQLdb.OperationalError: (2006, 'gone')", "MySQLdb", "OperationalError", None),
        ("a.b.make.<locals>.Odd: no", "a.b", "make.<locals>.Odd", None),
        ("socket.timeout: timed out", "socket", "timeout", None),
        ("KeyError: 'x'", None, "KeyError", "LookupError"),
    ],
)
def test_names(line: str, module: str | None, type_: str, base: str | None) -> None:
    thrown = only(
        f'Traceback (most recent call last):\n  File "a.py", line 1, in f\n{line}\n'
    ).chain[0]
    assert (thrown.module, thrown.type) == (module, type_)
    assert thrown.mro[0] == type_.rpartition(".")[2]
    assert base is None or base in thrown.mro


def test_causes_and_contexts() -> None:
    found = only(
        output_of("""
            def inner():
                raise KeyError("k")
            try:
                try:
                    inner()
                except KeyError as error:
                    raise ValueError("one\\n\\ntwo") from error
            except ValueError:
                raise RuntimeError
        """)
    )
    assert kinds(found) == [
        (None, "RuntimeError"),
        ("context", "ValueError"),
        ("cause", "KeyError"),
    ]
    assert found.chain[0].message == ""
    assert found.chain[2].origin == "<string>:inner"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="exception groups came with 3.11")
def test_groups_with_groups_and_causes_in_them() -> None:
    found = only(
        output_of("""
            def f():
                raise ValueError("one\\ntwo")
            try:
                try:
                    f()
                except ValueError as error:
                    inner = ExceptionGroup("inner", [KeyError("k"), error])
                    raise ExceptionGroup("outer", [TypeError(1), inner]) from OSError("why")
            except ExceptionGroup as error:
                error.add_note("a note")
                raise
        """)
    )
    assert kinds(found) == [
        (None, "ExceptionGroup"),
        ("cause", "OSError"),
        ("member", "TypeError"),
        ("member", "ExceptionGroup"),
        ("member", "KeyError"),
        ("member", "ValueError"),
    ]
    assert found.chain[0].message == "outer (2 sub-exceptions)\na note"
    assert found.chain[-1].message == "one\ntwo"
    assert found.chain[-1].origin == "<string>:f"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="exception groups came with 3.11")
def test_a_task_group_under_a_running_log() -> None:
    log = output_of("""
        import asyncio, logging
        logging.basicConfig(format="%(levelname)s:     %(message)s")
        async def fail(error):
            raise error
        async def main():
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(fail(ValueError("v")))
                    group.create_task(fail(KeyError("k")))
            except Exception:
                logging.exception("Exception in ASGI application")
        asyncio.run(main())
    """)
    found = only(log)
    assert found.head == "ERROR:     Exception in ASGI application"
    assert [(how, type_) for how, type_ in kinds(found) if how == "member"] == [
        ("member", "ValueError"),
        ("member", "KeyError"),
    ]


def test_a_task_whose_exception_nobody_took() -> None:
    found = only(
        output_of("""
            import asyncio
            async def fail():
                raise ValueError("v")
            async def main():
                asyncio.create_task(fail())
                await asyncio.sleep(0)
            asyncio.run(main())
        """)
    )
    assert found.head == "Task exception was never retrieved"
    assert kinds(found) == [(None, "ValueError")]


def test_the_program_itself_is_no_code() -> None:
    found = only(output_of("if True print(1)"))
    assert kinds(found) == [(None, "SyntaxError")]
    assert not found.truncated
    assert found.chain[0].origin is None
    assert found.chain[0].frames[0].line == 1


def test_recursion_without_end() -> None:
    found = only(
        output_of("""
            def a(n):
                return b(n)
            def b(n):
                return a(n + 1)
            a(1)
        """)
    )
    assert kinds(found) == [(None, "RecursionError")]
    assert len(found.chain[0].frames) <= 401
    assert found.chain[0].frames[0].function == "<module>"


def test_a_log_that_is_cut_at_its_front() -> None:
    found = only("""\
                ^^^^^
          File "/code/a.py", line 3, in f
            g()
        ValueError: no
        INFO: next
        """)
    assert found.truncated
    assert kinds(found) == [(None, "ValueError")]
    assert found.last == 4


def test_a_log_that_is_cut_in_the_first_message() -> None:
    found = only('    raise ValueError("no")\nValueError: no\nINFO: next\n')
    assert found.truncated
    assert found.chain[0].frames == ()


def test_a_log_that_is_torn_in_a_stack() -> None:
    found = only('Traceback (most recent call last):\n  File "/code/a.py", line 3, in f\n    g(')
    assert found.chain[0].type == ""
    assert found.chain[0].origin == "/code/a.py:f"


def test_a_log_that_is_torn_after_a_cause() -> None:
    found = only(
        PLAIN
        + "\nDuring handling of the above exception, another exception occurred:\n\n"
        + 'Traceback (most recent call last):\n  File "/code/a.py", line 3, in f\n'
    )
    assert kinds(found) == [(None, "AttributeError")]


def test_what_follows_a_traceback_is_not_its_message() -> None:
    log = PLAIN + 'INFO:     127.0.0.1:1 - "GET /items/1 HTTP/1.1" 500 Internal Server Error\n'
    found = only(log)
    assert "\n" not in found.chain[0].message
    assert len(items_of(log)) == 2


def test_lines_of_others_within_a_traceback() -> None:
    lines = PLAIN.splitlines(keepends=True)
    access = 'INFO:     127.0.0.1:1 - "GET /a HTTP/1.1" 200 OK\n'
    log = "".join([*lines[:3], access, *lines[3:]])
    traceback, request = sorted(items_of(log), key=lambda item: isinstance(item, Traceback))[::-1]
    assert isinstance(traceback, Traceback)
    assert kinds(traceback) == [(None, "AttributeError")]
    assert not isinstance(request, Traceback)


def test_two_processes_at_once() -> None:
    first = [f"web-1  | {line}\n" for line in PLAIN.splitlines()]
    second = [f"job-1  | {line}\n" for line in PLAIN.replace("show", "run").splitlines()]
    log = "".join(line for pair in zip(first, second, strict=True) for line in pair)
    found = {one.source: one for one in tracebacks_of(log)}
    assert set(found) == {"web-1", "job-1"}
    assert found["web-1"].chain[0].origin == "app/shop/views.py:show"
    assert found["job-1"].chain[0].origin == "app/shop/views.py:run"


@pytest.mark.parametrize(
    "prefix",
    [
        "[Thu Mar 05 11:41:32.123456 2026] [wsgi:error] [pid 123:tid 456] ",
        "    ",
        "12:01:02 E ",
    ],
)
def test_a_prefix_before_every_line(prefix: str) -> None:
    log = "".join(f"{prefix}{line}\n" for line in PLAIN.splitlines())
    found = only(log)
    assert kinds(found) == [(None, "AttributeError")]
    assert len(found.chain[0].frames) == 1


def test_a_prefix_before_the_head_alone() -> None:
    found = only("2026-03-05 11:41:32,123 ERROR app " + PLAIN)
    assert kinds(found) == [(None, "AttributeError")]
    assert found.head == "2026-03-05 11:41:32,123 ERROR app"


@pytest.mark.parametrize(
    "head",
    [
        "Error handling request from 172.25.0.4",
        "[2026-03-05 11:41:32 +0000] [12] [ERROR] Error handling request /x",
        "Internal Server Error: /x",
        "[2026-03-05 11:41:32,123] ERROR in app: Exception on /x [GET]",
        "ERROR:    Exception in ASGI application",
        "ERROR:root:it broke",
        "Exception ignored in: <function f at 0x7f>",
    ],
)
def test_the_line_that_announces(head: str) -> None:
    log = f"{head}\n{PLAIN}"
    assert only(log).head == head
    assert len(items_of(log)) == 1


def test_an_app_of_flask() -> None:
    found = only(
        output_of("""
            import flask
            app = flask.Flask("shop")
            @app.get("/x")
            def show():
                return {}["k"]
            app.test_client().get("/x")
        """)
    )
    assert found.head is not None
    assert found.head.endswith("ERROR in app: Exception on /x [GET]")
    assert kinds(found) == [(None, "KeyError")]


def test_an_app_of_django() -> None:
    log = output_of("""
        from django.conf import settings
        logging = {
            "version": 1,
            "handlers": {"console": {"class": "logging.StreamHandler"}},
            "loggers": {"django.request": {"handlers": ["console"]}},
        }
        settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], LOGGING=logging)
        import django
        django.setup()
        from django.urls import path
        def show(request):
            return {}["k"]
        urlpatterns = [path("x", show)]
        from django.test import Client
        Client(raise_request_exception=False).get("/x")
    """)
    found = only(log)
    assert found.head == "Internal Server Error: /x"
    assert kinds(found) == [(None, "KeyError")]
    assert len(items_of(log)) == 1


def test_a_line_that_announces_nothing() -> None:
    assert only(f"Server running on port 3000\n{PLAIN}").head is None


def test_stacks_that_are_no_failure() -> None:
    assert not tracebacks_of("""\
        INFO:root:here
        Stack (most recent call last):
          File "a.py", line 3, in <module>
            f()
        Object allocated at (most recent call last):
          File "a.py", lineno 3
            f()
        """)


def test_rich_draws_a_frame_around_it() -> None:
    found = only(
        output_of("""
            import sys
            from rich.console import Console
            from rich.traceback import Traceback
            def inner():
                raise KeyError("k")
            try:
                try:
                    inner()
                except KeyError as error:
                    raise ValueError("v") from error
            except ValueError:
                Console(width=120).print(Traceback())
        """)
    )
    assert kinds(found) == [(None, "ValueError"), ("cause", "KeyError")]
    assert found.chain[1].origin == "<string>:inner" or found.chain[1].frames


LOGURU = """\
2026-03-05 11:41:32.123 | ERROR    | __main__:<module>:10 - it broke
Traceback (most recent call last):

> File "/code/app/a.py", line 10, in <module>
    f(0)
    └ <function f at 0x7f2b>

  File "/code/app/a.py", line 6, in f
    return 1 / n
               └ 0

ZeroDivisionError: division by zero
"""


def test_loguru_shows_values_between_the_frames() -> None:
    found = only(LOGURU)
    assert kinds(found) == [(None, "ZeroDivisionError")]
    assert [frame.function for frame in found.chain[0].frames] == ["<module>", "f"]
    assert found.chain[0].frames[1].code == "return 1 / n"


def test_peewees_message_of_several_lines() -> None:
    found = only(
        output_of("""
            import peewee
            database = peewee.SqliteDatabase(":memory:")
            class Note(peewee.Model):
                class Meta:
                    database = database
            database.create_tables([Note])
            Note.get(Note.id == 7)
        """)
    )
    thrown = found.chain[0]
    assert thrown.type == "NoteDoesNotExist"
    assert thrown.mro == ("NoteDoesNotExist", "DoesNotExist", "Exception")
    assert thrown.sql is not None
    assert thrown.sql.startswith("SELECT")


def test_a_validation_error_of_pydantic() -> None:
    found = only(
        output_of("""
            import pydantic
            class Item(pydantic.BaseModel):
                name: str
                price: int
            Item(price="x")
        """)
        + b"INFO: next\n"
    )
    assert found.chain[0].message.startswith("2 validation errors for Item\nname\n  Field required")
    assert "price\n" in found.chain[0].message
    assert "INFO" not in found.chain[0].message


def test_notes_where_the_chain_goes_on() -> None:
    log = output_of("""
        try:
            raise ValueError("v")
        except ValueError as error:
            error.add_note("seen by f")
            raise KeyError("k") from error
    """)
    assert only(log).chain[1].message == "v\nseen by f"


def test_what_a_program_prints_next_is_not_a_message() -> None:
    found = only(PLAIN + "database is locked\n")
    assert "locked" not in found.chain[0].message
    assert found.last == 5


def test_the_traceback_of_another_process() -> None:
    found = only(
        output_of("""
            from concurrent.futures.process import _ExceptionWithTraceback, _rebuild_exc
            try:
                {}["k"]
            except KeyError as error:
                sent = _ExceptionWithTraceback(error, error.__traceback__)
            raise _rebuild_exc(KeyError("k"), sent.tb)
        """)
    )
    assert kinds(found) == [(None, "KeyError"), ("cause", "KeyError")]
    assert found.chain[1].message == "'k'"
