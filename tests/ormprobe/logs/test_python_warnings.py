"""Warnings as Python prints and logs them."""

from __future__ import annotations

from ormprobe.logs.model import NoticeKind
from tests.ormprobe.logs.reading_of import items_of, notices_of, output_of


def test_a_coroutine_that_was_never_awaited() -> None:
    (found,) = notices_of(
        output_of("""
            async def save():
                pass
            save()
        """)
    )
    assert (found.kind, found.category) == (NoticeKind.NOT_AWAITED, "RuntimeWarning")
    assert (found.path, found.at) == ("<string>", 4)


def test_one_whose_making_is_traced_is_no_exception() -> None:
    log = output_of(
        """
        import asyncio
        async def save():
            pass
        async def main():
            save()
        asyncio.run(main(), debug=True)
        """,
        options=("-X", "tracemalloc"),
    )
    found = items_of(log)
    assert b"created at (most recent call last)" in log
    assert [type(item).__name__ for item in found] == ["Notice"]


def test_a_warning_and_its_line() -> None:
    log = """\
        /code/app/shop/models.py:29: SAWarning: Object of type <Item> not in session
          session.flush()
        sys:1: ResourceWarning: unclosed database in <sqlite3.Connection object at 0x7f>
        WARNING:py.warnings:/code/app/b.py:3: DeprecationWarning: old
        """
    first, second, third = notices_of(log)
    assert (first.kind, first.category) == (NoticeKind.WARNING, "SAWarning")
    assert (first.path, first.at, first.line) == ("/code/app/shop/models.py", 29, 1)
    assert (second.category, second.path, second.at) == ("ResourceWarning", None, None)
    assert (third.path, third.at, third.line) == ("/code/app/b.py", 3, 4)


def test_what_sqlalchemys_pool_logs() -> None:
    (found,) = notices_of(
        "The garbage collector is trying to clean up non-checked-in connection <X>, which will be"
        " terminated.\n"
    )
    assert (found.kind, found.category) == (NoticeKind.WARNING, "SAWarning")


def test_a_warning_that_was_made_an_error() -> None:
    log = output_of("import warnings; warnings.warn('w')", options=("-W", "error"))
    assert [type(item).__name__ for item in items_of(log)] == ["Traceback"]
