"""Source facts on queries: Python's operators between conditions, and what is dropped."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.source import Source
from ormprobe.source.discarded import discarded_in
from ormprobe.source.nodes import Function
from ormprobe.source.operators import operators_in
from ormprobe.source.queries import Queries, mapped_in
from ormprobe.source.reach import entered, reached

HEAD = """\
from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import aliased
from django.db.models import Q

class Order:
    id = Column()
    note = Column()
    buyer_id = Column()
    DRAFT = "draft"
    objects = Manager()

class Plain:
    note = 1

"""
COLUMNS = {"Order": frozenset(("id", "note", "buyer_id", "buyer"))}


def queries_of(app: Path, body: str) -> tuple[Queries, list[tuple[str, Function]]]:
    (app / "shop.py").write_text(HEAD + body)
    source = Source(app)
    queries = Queries(source, mapped_in(source, COLUMNS))
    return queries, queries.functions("ask")


def words(app: Path, body: str) -> list[str]:
    queries, found = queries_of(app, body)
    return [each.word for path, function in found for each in operators_in(queries, path, function)]


def dropped(app: Path, body: str) -> list[tuple[str, int]]:
    queries, found = queries_of(app, body)
    first = HEAD.count("\n")
    return [
        (each.method, each.line - first)
        for path, function in found
        for each in discarded_in(queries, path, function)
    ]


def ask(line: str, before: str = "") -> str:
    lead = f"    {before}\n" if before else ""
    return f"def ask(session, name, only):\n{lead}    return {line}\n"


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("select(Order).where(Order.note == name and Order.id > 3)", "and"),
        ("select(Order).where(Order.note == name or Order.id > 3)", "or"),
        ("select(Order).where(not Order.note)", "not"),
        ("select(Order).where(Order.id in only)", "in"),
        ("select(Order).where(Order.id not in only)", "not in"),
        ("select(Order).where(Order.buyer_id is None)", "is"),
        ("Order.select().where(Order.buyer_id is not None)", "is not"),
        ("Order.objects.filter(Q(note=name) and Q(id=3))", "and"),
        ("Order.filter(~Q(note=name) or Q(id=3))", "or"),
        ("Order.select().where(Order.note == name & Order.id == 3)", "a chained comparison"),
        ("select(Order).where(and_(Order.id == 1, Order.note is None))", "is"),
        ("select(Order).where(Order.note.like(name) and Order.id == 1)", "and"),
        ("select(Order).where(Order.note == name and Order.id == 1 or Order.id == 2)", "or"),
    ],
)
def test_python_decides(tmp_path: Path, line: str, word: str) -> None:
    assert words(tmp_path, ask(line))[:1] == [word]


def test_of_an_alias_and_of_a_table(tmp_path: Path) -> None:
    other = ask(
        "select(other).where(other.note == name and other.id == 1)", "other = aliased(Order)"
    )

    assert words(tmp_path, other) == ["and"]
    assert words(tmp_path, ask("select(t).where(t.c.note == name and t.c.id == 1)")) == ["and"]


@pytest.mark.parametrize(
    "line",
    [
        "select(Order).where(and_(Order.note == name, Order.id > 3))",
        "select(Order).where((Order.note == name) & (Order.id > 3))",
        "select(Order).where(name and Order.note == name)",  # the plain value decides
        "select(Order).where(name and Order.note == name or Order.id == 1)",
        "select(Order).where(Order.note == (name or 'none'))",
        "select(Order).where(Order.buyer_id.is_(None))",
        "select(Order).where(Order.id.in_(only))",
        "[each for each in only if each.note == name and each.id == 3]",
        "Plain.note == name and Plain.note == only",  # no mapped class
        "Order.DRAFT == name and only",
        "name in only and not name",
        "select(Order).where(Order.note == name) if name is not None else select(Order)",
        "Order.objects.filter(Q(note=name) | Q(id=3))",
    ],
)
def test_python_is_meant_to_decide_or_does_not(tmp_path: Path, line: str) -> None:
    assert words(tmp_path, ask(line)) == []


def test_what_a_statement_asks_is_no_condition(tmp_path: Path) -> None:
    body = "def ask(name):\n    if Order.note == name and Order.id:\n        return 1\n"

    assert words(tmp_path, body) == []


@pytest.mark.parametrize(
    "first",
    [
        "query = select(Order)",
        "query = session.query(Order).filter(Order.id > 1)",
        "query = Order.select()",
        "query = Order.objects.all()",
        "query = Order.objects.filter(id=1)",
        "query = Order.all()",
        "query = Order.query",
        "query: Select = select(Order).order_by(Order.id)",
        "query = base()",
    ],
)
def test_a_refined_query_that_nothing_takes(tmp_path: Path, first: str) -> None:
    body = (
        "def base():\n    return select(Order)\n\n"
        f"def ask(session, name):\n    {first}\n"
        "    if name:\n        query.where(Order.note == name)\n    return query\n"
    )

    assert dropped(tmp_path, body) == [("where", 7)]


def test_of_a_parameter_that_is_a_query(tmp_path: Path) -> None:
    annotated = (
        "def ask(query: Select, name):\n    query.where(Order.note == name)\n    return query\n"
    )
    passed = (
        "def ask(query, name):\n    query.where(Order.note == name)\n    return query\n\n"
        "def all_of(name):\n    return ask(select(Order), name)\n"
    )
    unknown = "def ask(query, name):\n    query.filter(name)\n"

    assert dropped(tmp_path, annotated) == [("where", 2)]
    assert dropped(tmp_path, passed) == [("where", 2)]
    assert dropped(tmp_path, unknown) == []


@pytest.mark.parametrize(
    "body",
    [
        "def ask(name):\n    query = select(Order)\n    query = query.where(Order.note == name)\n",
        "def ask(name):\n    rows = list(Order.objects.all())\n    rows.reverse()\n",
        "def ask(logger):\n    logger.filter('x')\n",
        "def ask(session):\n    session.query(Order).filter(Order.id == 1).delete()\n",
        "def ask(session):\n    query = session.query(Order).all()\n    query.reverse()\n",
        "async def ask():\n    await Order.filter(id=1).delete()\n",
        "def ask(n):\n    try:\n        Order.filter(note=n)\n    except E:\n        pass\n",
        "def ask(name):\n    query = select(Order)\n    query = run(query)\n    query.limit(1)\n",
    ],
)
def test_what_is_no_dropped_query(tmp_path: Path, body: str) -> None:
    assert dropped(tmp_path, body) == []


def test_functions_are_reached_by_name_from_where_a_line_is(tmp_path: Path) -> None:
    body = (
        "def view(r):\n    return ask(r)\n\ndef ask(name):\n    return [made(x) for x in name]\n\n"
        "def made(x):\n    return x\n\ndef apart():\n    return 1\n"
    )
    queries, _ = queries_of(tmp_path, body)
    line = HEAD.count("\n") + 2

    found = reached(queries, entered(queries.source, "shop.py", line))

    assert [function.name for _, function in found] == ["view", "ask", "made"]


def test_a_name_that_many_have_leads_nowhere(tmp_path: Path) -> None:
    body = "def view(r):\n    return r.get()\n"
    body += "".join(f"class C{n}:\n    def get(self):\n        return 1\n" for n in range(5))
    queries, _ = queries_of(tmp_path, body)

    found = reached(queries, entered(queries.source, "shop.py", HEAD.count("\n") + 1))

    assert [function.name for _, function in found] == ["view"]
