"""Statements: text, operation, binds, sets of binds, and the app's own line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.alchemy import PYTHON, Traced, library_version, trace
from tests.instrumentation.traced import Event, run

PROGRAM = """\
import dataclasses, sqlalchemy, time
from contextlib import contextmanager
from models import *
from sqlalchemy.ext.hybrid import hybrid_property

seed()
books = Book.__table__

with engine.begin() as c:
    c.exec_driver_sql("CREATE TABLE tag (x INTEGER)")
    c.execute(select(Book.id).where(Book.title == "book 4")).all()  # here: select
    c.execute(text("SELECT :t"), {"t": "book 4"}).all()  # here: again
    c.execute(text("SELECT :a, :b"), {"a": "bound text", "b": 12345}).all()  # here: text
    c.exec_driver_sql("SELECT ?", ("driver",)).all()  # here: driver
    c.exec_driver_sql("SELECT :x", {"x": "named"}).all()  # here: named
    c.execute(text("select 'secret words', 123456")).all()  # here: literal
    c.execute(text("WITH x AS (SELECT 1) INSERT INTO tag SELECT 20"))  # here: cte
    c.execute(books.insert().values(title="one", author_id=1))  # here: insert
    c.execute(books.insert(), [{"title": str(n), "author_id": 1} for n in range(3)])  # here: many
    c.execute(books.update().where(books.c.author_id == 1).values(title="new"))  # here: update
    c.execute(books.delete().where(books.c.id > 6))  # here: delete
    if sqlalchemy.__version__ >= "2":
        c.execute(  # here: returning
            books.insert().returning(books.c.id),
            [{"title": str(n), "author_id": 2} for n in range(3)]).all()
    c.exec_driver_sql("CREATE TABLE slow (x INTEGER)")  # here: create
    raw = c.connection.dbapi_connection if hasattr(c.connection, "dbapi_connection") \\
        else c.connection.connection
    raw.create_function("nap", 1, lambda ms: time.sleep(ms / 1000.0) or 1)
    c.execute(text("SELECT nap(30)")).all()  # here: slow

with make_session() as session:
    session.add_all([Book(title="batch %d" % n, author_id=1) for n in range(3)])
    session.flush()  # here: flush
    session.rollback()

def inner(session):
    def innermost():
        return session.execute(select(Book)).all()  # here: nested
    return innermost()

def generate(session):
    yield 1
    for book in session.execute(select(Book)).scalars():  # here: generator
        yield book

def listener(connection, record):
    connection.execute("SELECT 'outside of the ORM'")

class Shelf(Book):
    @hybrid_property
    def siblings(self):
        return object_session(self).execute(  # here: hybrid
            select(func.count()).select_from(books)).scalar()

@dataclasses.dataclass
class Summary:
    session: object
    @property
    def total(self):
        return self.session.query(Book).count()  # here: dataclass

def before_flush(session, context, instances):
    session.execute(text("SELECT 'in a listener'"))  # here: listener

with make_session() as session:
    inner(session)
    list(generate(session))
    session.query(Shelf).first().siblings
    Summary(session).total
    event.listen(session, "before_flush", before_flush)
    session.add(Author(name="listened"))
    session.flush()
    session.rollback()
    [n for n in session.execute(select(Book.id))]  # here: comprehension
    (lambda: session.execute(select(Book.id)).all())()  # here: lambda
"""


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return trace(tmp_path_factory.mktemp("statements"), PROGRAM)


@pytest.mark.parametrize(
    ("mark", "verb"),
    [
        ("select", "SELECT"),
        ("text", "SELECT"),
        ("driver", "SELECT"),
        ("literal", "SELECT"),
        ("cte", "INSERT"),
        ("insert", "INSERT"),
        ("many", "INSERT"),
        ("update", "UPDATE"),
        ("delete", "DELETE"),
        ("create", "CREATE"),
    ],
)
def test_operation(traced: Traced, mark: str, verb: str) -> None:
    assert traced.verbs(mark) == [verb]


def test_text_is_what_the_driver_got(traced: Traced) -> None:
    [text] = traced.texts("select")

    assert " ".join(text.split()) == "SELECT book.id FROM book WHERE book.title = ?"


def test_literals_are_digests(traced: Traced) -> None:
    [text] = traced.texts("literal")

    assert "secret" not in text
    assert "123456" not in text
    assert text.startswith("select '12:")
    assert "secret" not in str(traced.child.events)


def test_binds(traced: Traced) -> None:
    words, number = traced.only("text")["binds"]
    assert words.startswith("s10:")
    assert number.startswith("i5:")
    assert traced.only("driver")["binds"][0].startswith("s6:")
    named = traced.only("named")["binds"]
    assert list(named) == ["x"]
    assert named["x"].startswith("s5:")
    assert traced.only("create")["binds"] == []


def test_equal_values_have_equal_digests(traced: Traced) -> None:
    statements = traced.child.of("statement")
    [chosen] = traced.only("select")["binds"]
    with_it = [event for event in statements if chosen in event["binds"]]

    assert [event["id"] for event in with_it] == [
        traced.only(mark)["id"] for mark in ("select", "again")
    ]


def test_executemany_is_one_statement_with_its_count(traced: Traced) -> None:
    statement = traced.only("many")

    assert statement["many"] == 3
    assert len(statement["binds"]) == 2
    assert statement["affected"] in (3, -1)


def test_affected_rows(traced: Traced) -> None:
    assert traced.only("insert")["affected"] == 1
    assert traced.only("update")["affected"] == 6
    assert traced.only("delete")["affected"] == 4
    assert "affected" not in traced.only("select")


def test_inserts_of_a_flush(traced: Traced) -> None:
    statements = traced.at("flush")
    assert {event["via"] for event in statements} == {"flush"}
    if library_version() >= (2, 0):  # with RETURNING, whose rows the driver counts later
        assert [event["many"] for event in statements] == [3]
        assert [event["affected"] for event in statements] == [-1]
    else:
        assert [event["affected"] for event in statements] == [1, 1, 1]
    assert all(len(event["binds"]) == 2 for event in statements)


def test_many_values_of_one_insert(traced: Traced) -> None:
    if library_version() < (2, 0):
        pytest.skip("SQLAlchemy 2.0 brought INSERTs with many VALUES")
    statement = traced.only("returning")

    assert statement["many"] == 3
    assert len(statement["binds"]) == 2
    assert traced.count("returning") == 3


def test_duration_and_start(traced: Traced) -> None:
    slow, fast = traced.only("slow"), traced.only("select")

    assert 25_000 <= slow["duration"] < 5_000_000
    assert fast["duration"] < slow["duration"]
    starts = [event["at"] for event in traced.child.of("statement")]
    assert starts == sorted(starts)


def test_numbers_are_consecutive(traced: Traced) -> None:
    numbers = [event["id"] for event in traced.child.of("statement")]

    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(
    ("mark", "function"),
    [
        ("nested", "innermost"),
        ("generator", "generate"),
        ("hybrid", "siblings"),
        ("dataclass", "total"),
        ("listener", "before_flush"),
        ("lambda", "<lambda>"),
    ],
)
def test_site_is_the_apps_own_line(traced: Traced, mark: str, function: str) -> None:
    site = traced.only(mark)["site"]

    assert traced.child.site(site) == ("program.py", traced.line(mark), function)


def test_site_of_a_comprehension(traced: Traced) -> None:
    assert len(traced.at("comprehension")) == 1


TEMPLATE = """\
<ul>
{% for author in authors %}
  <li>{{ author.name }}
  {{ author.books | length }}
{% endfor %}
"""

RENDERING = """\
import os
from jinja2 import Environment, FileSystemLoader
from models import *
seed()
pages = Environment(loader=FileSystemLoader(os.path.join(os.path.dirname(__file__), "pages")))
with make_session() as session:
    print(pages.get_template("authors.html").render(authors=session.query(Author).all()))
"""


def test_site_in_a_template_is_the_templates_line(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "authors.html").write_text(TEMPLATE)

    traced = trace(tmp_path, RENDERING)

    loads = [event for event in traced.child.of("statement") if "load" in event]
    sites = [traced.child.one("site", id=event["site"]) for event in loads]
    found = {(site["code.file.path"], site["code.line.number"]) for site in sites}
    assert len(loads) == 3
    assert found == {("pages/authors.html", 4)}


PLAIN = """\
from models import *
seed()
with engine.connect() as c:
    c.execute(text("SELECT 100029")).all()
"""


def test_values_plain_keeps_texts_and_values(tmp_path: Path) -> None:
    trace(tmp_path, PLAIN)
    child = run(
        ["program.py"],
        tmp_path,
        tmp_path / "plain",
        python=PYTHON,
        env={"ORMPROBE_VALUES": "plain"},
    )

    texts = [event["db.query.text"] for event in child.of("sql")]
    assert "SELECT 100029" in texts
    assert "=author 1" in str(child.of("statement"))


FORKED = """\
import os
from models import *
engine = create_engine("sqlite:///forked.db")
make_session = sessionmaker(engine)
if os.fork() == 0:
    Base.metadata.create_all(engine)
    os._exit(0)
os.wait()

def work(*names):
    for name in names:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1 AS " + name)).all()
        with make_session() as s:
            s.get({"a": Author, "b": Book}[name[0]], 1)

work("a1", "b2", "a3", "b4", "a5")
engine.dispose()
if os.fork() == 0:  # what has a number here had another there
    work("b9", "a8", "b7", "a6", "b5")
    os._exit(0)
os.wait()
"""


def test_a_forked_process_defines_what_it_uses_anew(tmp_path: Path) -> None:
    found = trace(tmp_path, FORKED)

    child = max(found.child.files, key=lambda file: file[0]["started_unix_nano"])

    def defined(kind: str) -> dict[int, Event]:
        return {event["id"]: event for event in child if event["kind"] == kind}

    texts, loads, sites = defined("sql"), defined("load"), defined("site")
    statements = defined("statement")
    names = [
        (texts[statements[event["statement"]]["sql"]]["db.query.text"], event["columns"])
        for event in child
        if event["kind"] == "rows" and not event["entities"]
    ]
    columns = [columns for text, columns in names if "FROM" not in text]
    assert columns == [["b9"], ["a8"], ["b7"], ["a6"], ["b5"]]
    gets = [
        (texts[event["sql"]]["db.query.text"], loads[event["load"]]["entity"])
        for event in statements.values()
        if "load" in event
    ]
    assert len(gets) == 5
    assert all(f"FROM {entity.lower()}" in text for text, entity in gets)
    assert {sites[event["site"]]["code.function.name"] for event in statements.values()} == {"work"}


WAYS = """\
from models import *
seed()

def first(s):
    return run(s)

def run(s):
    return s.scalars(select(Author)).all()  # here: run

class Listed:
    def __init__(self, s):
        self.s = s
    def scalars(self, statement):
        return self.s.scalars(statement)  # here: within

with make_session() as s:
    for _ in range(3):
        run(s)  # here: straight
        first(s)  # here: by first
        run(Listed(s))  # here: by a class
    for ask in (run, first, run):
        ask(s)  # here: either
"""


def test_a_text_that_is_sent_by_several_ways_has_the_site_of_each(tmp_path: Path) -> None:
    found = trace(tmp_path, WAYS)

    assert len(found.at("run")) == 9
    assert len(found.at("within")) == 3
    assert {len(event["callers"]) for event in found.at("within")} == {2}
    callers = [found.child.site(event["callers"][-1])[1] for event in found.at("run")]
    straight, first, either = (found.line(name) for name in ("straight", "by first", "either"))
    assert callers == [straight, first] * 3 + [either] * 3
