"""Row facts: how many rows a statement gave, which entities, which keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.alchemy import Traced, trace

PROGRAM = """\
from models import *
seed()
books = Book.__table__

with make_session() as s:
    s.execute(select(Book)).scalars().all()  # here: entities
    s.query(Book).all()  # here: query
    s.query(Book).filter(Book.id > 100).all()  # here: none
    other = aliased(Book)
    s.execute(select(Book).join(Author).join(Author.books.of_type(other))).all()  # here: join
    s.execute(select(Author, Book).join(Author.books)).all()  # here: tuples
    s.execute(select(Author, Book.title).join(Author.books)).all()  # here: mixed
    s.execute(select(Book.id, Book.title)).all()  # here: columns
    s.execute(select(func.count(Book.id))).scalar()  # here: scalar
    s.query(Book.title).all()  # here: legacy columns
    s.execute(select(Loan)).scalars().all()  # here: composite
    s.execute(select(Book).where(Book.id == 3)).scalars().one()  # here: one
    s.execute(select(Book).order_by(Book.id)).scalars().first()  # here: first
    s.query(Book).order_by(Book.id).first()  # here: query first
    lonely = s.query(Author).outerjoin(Author.books).add_entity(Book)
    lonely.filter(Book.id == None).all()  # here: outer
with make_session() as s:
    eager = select(Author).options(joinedload(Author.books))
    s.execute(eager).unique().scalars().all()  # here: joined
    s.execute(select(Book).join(Author.books).select_from(Author)).unique().all()  # here: unique
with make_session() as s:
    seen = 0
    for book in s.execute(select(Book).execution_options(yield_per=2)).scalars():  # here: yield per
        seen += 1
    assert seen == 6
    result = s.execute(select(Book).execution_options(yield_per=4))  # here: partitions
    pieces = [len(piece) for piece in result.partitions()]
    assert pieces == [4, 2], pieces
    [len(piece) for piece in s.execute(select(Book)).scalars().partitions(4)]  # here: read whole
    list(s.query(Book).yield_per(5))  # here: query yield per

with engine.connect() as c:
    c.execute(select(books)).fetchall()  # here: fetchall
    [row for row in c.execute(select(books))]  # here: iteration
    c.execute(select(books)).first()  # here: core first
    c.execute(select(books)).mappings().all()  # here: mappings
    c.execute(select(books.c.id)).scalars().all()  # here: core scalars
    result = c.execute(select(books))  # here: fetchmany
    while result.fetchmany(4):
        pass
    result = c.execute(select(books))  # here: fetchone
    while result.fetchone():
        pass
    result = c.execute(select(books))  # here: partly
    result.fetchone(), result.fetchmany(2)
    result.close()
    c.execute(select(books))  # here: unread
    list(c.execute(select(books)).yield_per(4))  # here: core yield per
    result = c.execution_options(stream_results=True).execute(select(books))  # here: stream
    assert [len(piece) for piece in result.partitions(4)] == [4, 2]
    c.exec_driver_sql("SELECT id, id FROM book").all()  # here: same names
    frozen = c.execute(select(books)).freeze()  # here: frozen
    assert len(frozen().all()) == len(frozen().all()) == 6
    c.execute(books.select().where(books.c.id < 0)).first()  # here: core none
"""


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return trace(tmp_path_factory.mktemp("rows"), PROGRAM)


@pytest.mark.parametrize(
    ("mark", "count", "entities"),
    [
        ("entities", 6, [("Book", 6)]),
        ("query", 6, [("Book", 6)]),
        ("none", 0, []),
        ("join", 12, [("Book", 6)]),
        ("tuples", 6, [("Author", 3), ("Book", 6)]),
        ("mixed", 6, [("Author", 3)]),
        ("columns", 6, []),
        ("scalar", 1, []),
        ("legacy columns", 6, []),
        ("composite", 2, [("Loan", 2)]),
        ("one", 1, [("Book", 1)]),
        ("query first", 1, [("Book", 1)]),
        ("outer", 0, []),
        ("joined", 6, [("Author", 3)]),
        ("unique", 6, [("Book", 6)]),
    ],
)
def test_rows_of_the_orm(
    traced: Traced, mark: str, count: int, entities: list[tuple[str, int]]
) -> None:
    assert (traced.count(mark), traced.entities(mark)) == (count, entities)


def test_first_fetches_all_rows_where_it_adds_no_limit(traced: Traced) -> None:
    assert traced.count("first") == 6
    assert "LIMIT" not in traced.texts("first")[0]


@pytest.mark.parametrize(
    ("mark", "chunks"),
    [
        ("yield per", [2, 2, 2]),
        ("partitions", [4, 2]),
        ("query yield per", [5, 1]),
        ("read whole", [6]),
    ],
)
def test_streams_are_told_chunk_by_chunk(traced: Traced, mark: str, chunks: list[int]) -> None:
    counts = [rows["count"] for rows in traced.rows(mark) if rows["count"]]

    assert counts == chunks
    assert len(traced.at(mark)) == 1


@pytest.mark.parametrize(
    ("mark", "count"),
    [
        ("fetchall", 6),
        ("iteration", 6),
        ("core first", 1),
        ("mappings", 6),
        ("core scalars", 6),
        ("fetchmany", 6),
        ("fetchone", 6),
        ("partly", 3),
        ("core yield per", 6),
        ("stream", 6),
        ("same names", 6),
        ("frozen", 6),
    ],
)
def test_rows_of_core(traced: Traced, mark: str, count: int) -> None:
    [rows] = traced.rows(mark)

    assert rows["count"] == count
    assert rows["entities"] == []
    assert len(rows["values"]) == min(5, count)


def test_no_rows_and_rows_not_read_are_told_apart(traced: Traced) -> None:
    assert [rows["count"] for rows in traced.rows("core none")] == [0]
    assert traced.rows("unread") == []


def test_keys_are_encoded_as_binds_are(traced: Traced) -> None:
    [rows] = traced.rows("query")
    assert rows["entities"][0]["keys"] == [1, 2, 3, 4, 5, 6]

    [rows] = traced.rows("composite")
    [ann, bob] = sorted(rows["entities"][0]["keys"])
    assert ann[0] == bob[0] == 1
    assert ann[1] != bob[1]
    assert ann[1].startswith("s3:")


def test_values_stand_under_their_columns(traced: Traced) -> None:
    [rows] = traced.rows("columns")
    assert rows["columns"] == ["id", "title"]
    assert [row[0] for row in rows["values"]] == [1, 2, 3, 4, 5]

    [rows] = traced.rows("fetchall")
    assert rows["columns"] == ["id", "title", "author_id"]

    [rows] = traced.rows("query")
    assert {"id", "title", "author_id"} <= set(rows["columns"])
    at = rows["columns"].index("id")
    assert [row[at] for row in rows["values"]] == [1, 2, 3, 4, 5]


PENDING = """\
from models import *
from sqlalchemy.orm import attributes
seed()
author = Author(id=1, name="somebody")
attributes.instance_state(author)._expire_attributes(author.__dict__, {"name"})
with make_session(autoflush=False) as s:
    s.add(author)
    print(author.name)  # here: pending
with make_session() as s:
    s.get(Author, 2)  # here: afterwards
"""


def test_a_pending_instance_that_is_refreshed_has_no_key(tmp_path: Path) -> None:
    found = trace(tmp_path, PENDING)

    assert found.child.stdout == "author 1\n"
    assert found.entities("pending") == [("Author", 0)]
    assert found.entities("afterwards") == [("Author", 1)]
