"""The app's source, as a verdict asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.source import Source, is_test_file

CODE = """\
try:
    with session.begin():
        session.add(order)
except (IntegrityError, exc.DataError):
    try:
        session.rollback()
    except OSError:
        pass
finally:
    session.close()

total, names = work(first,
                    second)


class Orders:
    def add(self):
        async def inner():
            return total
        return inner


try:
    go()
except:
    pass
"""


@pytest.fixture
def source(tmp_path: Path) -> Source:
    (tmp_path / "app.py").write_text(CODE)
    (tmp_path / "broken.py").write_text("def (:\n")
    return Source(tmp_path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("test_orders.py", True),
        ("orders_test.py", True),
        ("shop/tests.py", True),
        ("conftest.py", True),
        ("tests/helpers.py", True),
        ("shop/testing/fakes.py", True),
        ("test/app.py", True),
        ("shop/orders.py", False),
        ("shop/contest.py", False),
        ("shop/latest.py", False),
        ("protests/app.py", False),
    ],
)
def test_what_is_a_test_file(path: str, expected: bool) -> None:
    assert is_test_file(path) is expected


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (3, ("IntegrityError", "DataError")),
        (6, ("OSError",)),
        (10, ()),
        (24, ("BaseException",)),
        (12, ()),
    ],
)
def test_what_the_innermost_handler_catches(
    source: Source, line: int, names: tuple[str, ...]
) -> None:
    assert source.catches("app.py", line) == names


def test_names_that_a_statement_assigns_and_reads(source: Source) -> None:
    assert source.assigned("app.py", 12) == {"total", "names"}
    assert source.used("app.py", 13) == {"work", "first", "second"}
    assert source.used("app.py", 14) == frozenset()


def test_the_function_that_a_line_is_in(source: Source) -> None:
    assert source.function_at("app.py", 19) == "Orders.add.inner"
    assert source.function_at("app.py", 17) == "Orders.add"
    assert source.function_at("app.py", 1) == "<module>"


def test_a_bare_function_name_is_qualified(source: Source) -> None:
    assert source.qualified("app.py", 17, "add") == "Orders.add"
    assert source.qualified("app.py", 17, "other") == "other"
    assert source.qualified("app.py", 17, "Orders.add") == "Orders.add"
    assert source.qualified("app.py", 17, "<lambda>") == "<lambda>"


@pytest.mark.parametrize("path", ["absent.py", "broken.py", "\0"])
def test_a_file_that_cannot_be_read_has_nothing_to_say(source: Source, path: str) -> None:
    assert source.catches(path, 1) == ()
    assert source.assigned(path, 1) == source.used(path, 1) == frozenset()
    assert source.function_at(path, 1) == "<module>"
    assert source.qualified(path, 1, "f") == "f"
    assert source.line(path, 7) == ""
    assert not source.is_cleanup(path, 1)
    assert not source.is_exit(path, 1)
    assert not source.is_looped(path, 1)


def test_an_app_that_is_a_file_is_read_beside_it(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("x = 1\n")

    assert Source(tmp_path / "app.py").line("app.py", 1) == "x = 1"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("import a\nBase.metadata.create_all(engine)\n", 2),
        ("command.upgrade(config, 'head')\ncreate_all\n", 1),
        ("x = 1\ny = 'CREATE TABLE IF NOT EXISTS orders (id int)'\n", 2),
        ("sql = 'create table Orders (id int)'\n", 1),
        ("sql = 'CREATE TABLE buyers (id int)'\n", None),
        ("await connection.run_sync(Base.metadata.create_all)\n", 1),
        ("def create_all(): ...\n", None),
    ],
)
def test_the_line_that_creates_the_schema(tmp_path: Path, text: str, line: int | None) -> None:
    (tmp_path / "db.py").write_text(text)

    found = Source(tmp_path).creation("orders")

    assert found == (None if line is None else ("db.py", line))


def test_tests_and_other_peoples_code_do_not_create_it(tmp_path: Path) -> None:
    for folder in ("tests", "venv", ".hidden", "build", "node_modules"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "db.py").write_text("Base.metadata.create_all(engine)\n")
    (tmp_path / "test_db.py").write_text("Base.metadata.create_all(engine)\n")

    assert Source(tmp_path).creation("orders") is None


ENDS = """\
class Unit:
    async def commit(self):
        pass

    async def __aexit__(self, *exc):
        self.session.rollback()

    def undo(self):
        self.session.rollback()


class Viewer:
    def __exit__(self, *exc):
        self.session.rollback()


def save(session):
    try:
        session.commit()
    except OSError:
        session.rollback()
    finally:
        session.rollback()


def look(session):
    try:
        pass
    finally:
        session.rollback()


@contextmanager
def scope():
    session = Session()
    yield session
    session.close()


def plain(session):
    session.close()
"""


def ends(tmp_path: Path) -> Source:
    (tmp_path / "ends.py").write_text(ENDS)
    return Source(tmp_path)


def line(part: str, text: str, after: str = "") -> int:
    """The number of the first line that holds a part, after the one that holds another."""
    lines = text.splitlines()
    start = next(n for n, found in enumerate(lines) if after in found)
    return next(n for n, found in enumerate(lines, start=1) if n > start and part in found)


@pytest.mark.parametrize(
    ("after", "cleans"),
    [
        ("__aexit__", True),
        ("def undo", False),  # of the same class, and asked for
        ("class Viewer", False),  # it offers no commit that could have come
        ("except OSError", False),
        ("finally", True),
        ("def look", False),
    ],
)
def test_what_a_cleanup_is(tmp_path: Path, after: str, cleans: bool) -> None:
    assert ends(tmp_path).is_cleanup("ends.py", line("rollback", ENDS, after)) is cleans


@pytest.mark.parametrize(
    ("part", "after", "is_exit"),
    [
        ("rollback", "__aexit__", True),
        ("rollback", "class Viewer", True),
        ("rollback", "def undo", False),
        ("close", "def scope", True),
        ("close", "def plain", False),
    ],
)
def test_what_the_exit_of_a_context_is(
    tmp_path: Path, part: str, after: str, is_exit: bool
) -> None:
    assert ends(tmp_path).is_exit("ends.py", line(part, ENDS, after)) is is_exit


def test_a_file_that_commits(tmp_path: Path) -> None:
    (tmp_path / "saves.py").write_text("session.commit()\n")
    (tmp_path / "asks.py").write_text("def commit(): ...\n# commit it\n")
    source = Source(tmp_path)

    assert source.commits("saves.py")
    assert not source.commits("asks.py")
    assert not source.commits("absent.py")


@pytest.mark.parametrize(
    ("text", "handles"),
    [
        ("@app.errorhandler(IntegrityError)\n", True),
        ("@app.errorhandler(sqlalchemy.exc.IntegrityError)\n", True),
        ("app.register_error_handler(exc.IntegrityError, conflict)\n", True),
        ("@app.exception_handler(IntegrityError)\n", True),
        ("app.add_exception_handler(\n    IntegrityError, conflict)\n", True),
        ("@app.errorhandler(Exception)\n", False),
        ("@app.errorhandler(404)\n", False),
        ("# IntegrityError has no errorhandler\n", False),
    ],
)
def test_a_handler_that_the_framework_is_given(tmp_path: Path, text: str, handles: bool) -> None:
    (tmp_path / "errors.py").write_text(text)

    assert Source(tmp_path).has_handler(frozenset(["IntegrityError", "DataError"])) is handles


def test_a_handler_in_the_tests_is_not_the_apps(tmp_path: Path) -> None:
    (tmp_path / "test_errors.py").write_text("@app.errorhandler(IntegrityError)\n")

    assert not Source(tmp_path).has_handler(frozenset(["IntegrityError"]))


LOOPS = """\
for order in orders:  # the head
    order.buyer  # for
    if order:
        order.buyer  # nested
else:
    order.buyer  # else
while orders:
    orders.pop().buyer  # while
async def go():
    async for order in orders:
        order.buyer  # async
names = [
    order.buyer.name  # comprehension
    for order in orders
]
first = next(order.buyer for order in orders)  # generator
order.buyer  # alone
"""


@pytest.mark.parametrize(
    ("mark", "looped"),
    [
        ("for", True),
        ("nested", True),
        ("while", True),
        ("async", True),
        ("comprehension", True),
        ("generator", True),
        ("the head", False),
        ("else", False),
        ("alone", False),
    ],
)
def test_a_line_that_a_loop_repeats(tmp_path: Path, mark: str, looped: bool) -> None:
    (tmp_path / "loops.py").write_text(LOOPS)

    assert Source(tmp_path).is_looped("loops.py", line("# " + mark, LOOPS)) is looped


LEAVING = """\
try:
    fail()
except Fatal:
    sys.exit(1)
    exit("why")
    raise SystemExit
    raise SystemExit(2) from None
    context.exit(1)
    return 1
    print("exit")
    raise Refused
try:
    other()
except Fatal:
    sys.exit(1)
"""


def test_a_handler_that_ends_the_program(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(LEAVING)
    source = Source(tmp_path)

    ending = [last for last in range(1, 16) if source.exits("main.py", 2, last)]

    assert ending == [4, 5, 6, 7, 8]
    assert not source.exits("main.py", 4, 4)
    assert not source.exits("absent.py", 2, 4)
