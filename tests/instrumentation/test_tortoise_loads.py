"""Why Tortoise reads: through a relation of an instance, for a prefetch, by key, again."""

from __future__ import annotations

import pytest

from tests.instrumentation.tortoises import Traced, config_of, trace

PROGRAM = """\
from start import *

async def main():
    book = await Book.get(id=1)  # here: get
    await book.author  # here: forward
    await book.author  # here: forward again
    await book.author.values("name")  # here: forward values
    author = await Author.get_or_none(id=1)  # here: get or none
    await author.books  # here: reverse
    await author.books.all().count()  # here: reverse count
    await author.books.filter(id__gt=0).order_by("id").first()  # here: reverse refined
    await author.books.filter(pages=1).exists()  # here: reverse exists
    [b async for b in author.books]  # here: reverse iterated
    await author.books.filter(pages=7).update(pages=7)  # here: reverse update
    await author.pupils  # here: own reverse
    await author.mentor  # here: null
    await author.profile  # here: one to one
    profile = await Profile.get(id=1)
    await profile.author  # here: one to one forward
    await book.tags  # here: many to many
    await book.tags.all().count()  # here: many to many count
    await (await Tag.get(id=1)).books.all()  # here: many to many back
    await author.fetch_related("books", "profile")  # here: fetch
    await author.fetch_related("books__tags")  # here: fetch deeper
    list(author.books)
    await Author.all().prefetch_related("books", "profile")  # here: prefetch
    await Author.filter(id=1).prefetch_related("books__tags")  # here: prefetch deeper
    only = Prefetch("books", Book.filter(id=1))
    await Author.all().prefetch_related(only)  # here: prefetch query
    await Author.fetch_for_list([author], "books")  # here: fetch for a list
    await book.refresh_from_db()  # here: refresh
    await Book.filter(author=author)  # here: filter
    numbers = Author.filter(id=1).values_list("id", flat=True)
    await Book.filter(author_id__in=await numbers)  # here: in
    for each in await Book.all():
        await each.author  # here: each

run(main)
"""


@pytest.fixture(scope="module", params=["sqlite", "asyncpg"])
def traced(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres_server: str
) -> Traced:
    folder = tmp_path_factory.mktemp("loads")
    if request.param == "sqlite":
        return trace(folder, PROGRAM)
    from tests import postgres

    with postgres.database(postgres_server) as url:
        return trace(folder, PROGRAM, config=config_of(url, request.param))


def test_a_foreign_key_that_is_awaited_is_a_lazy_load(traced: Traced) -> None:
    for mark in ("forward", "forward again"):
        assert traced.loads(mark) == [("lazy", "Book", "author")], mark
        assert traced.only(mark)["parent"] == 1
    assert traced.only("forward")["entity"] == "Author"
    assert traced.loads("forward values") == [("lazy", "Book", "author")]
    assert traced.at("null") == []


def test_a_query_through_a_relation_is_one_however_it_goes_on(traced: Traced) -> None:
    for mark in (
        "reverse", "reverse count", "reverse refined", "reverse exists", "reverse iterated",
    ):  # fmt: skip
        assert traced.loads(mark) == [("lazy", "Author", "books")], mark
        assert traced.only(mark)["parent"] == 1
    assert traced.loads("own reverse") == [("lazy", "Author", "pupils")]
    assert traced.loads("reverse update") == [None]  # a write loads nothing


def test_other_relations_are_lazy_loads_too(traced: Traced) -> None:
    assert traced.loads("one to one") == [("lazy", "Author", "profile")]
    assert traced.loads("one to one forward") == [("lazy", "Profile", "author")]
    for mark in ("many to many", "many to many count"):
        assert traced.loads(mark) == [("lazy", "Book", "tags")], mark
    assert ("lazy", "Tag", "books") in traced.loads("many to many back")


def test_what_is_fetched_for_one_instance_is_lazy(traced: Traced) -> None:
    assert sorted(traced.loads("fetch"), key=repr) == [
        ("lazy", "Author", "books"), ("lazy", "Author", "profile"),
    ]  # fmt: skip
    assert {found["parent"] for found in traced.at("fetch")} == {1}
    deeper = traced.loads("fetch deeper")
    assert deeper[0] == ("lazy", "Author", "books")
    assert set(deeper[1:]) == {("eager", "Book", "tags")}


def test_what_is_prefetched_is_eager(traced: Traced) -> None:
    first, *others = traced.loads("prefetch")
    assert first is None
    assert sorted(others, key=repr) == [
        ("eager", "Author", "books"),
        ("eager", "Author", "profile"),
    ]
    assert ("eager", "Book", "tags") in traced.loads("prefetch deeper")
    assert traced.loads("prefetch query")[1:] == [("eager", "Author", "books")]
    assert traced.loads("fetch for a list") == [("eager", "Author", "books")]


def test_a_look_up_and_a_refresh_say_so(traced: Traced) -> None:
    assert traced.loads("get") == [("get", "Book", None)]
    assert traced.loads("get or none") == [("get", "Author", None)]
    assert traced.loads("refresh") == [("refresh", "Book", None)]


def test_a_filter_by_an_instance_is_no_load(traced: Traced) -> None:
    assert traced.loads("filter") == [None]
    assert traced.loads("in") == [None, None]


def test_loads_of_a_loop_have_their_parents(traced: Traced) -> None:
    assert [found["parent"] for found in traced.at("each")] == [1, 2, 3, 4, 5, 6]
