"""Suites: the paper's description, which request is which, and requests of unknown suites."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ormprobe.errors import UnreadableError
from ormprobe.runs.guessing import guess
from ormprobe.runs.matching import match, places
from ormprobe.runs.model import Request, Role
from ormprobe.runs.suite import conduit
from ormprobe.runs.summary import complete, parse_summary, read_summary
from ormprobe.runs.tasks import task_of
from ormprobe.runs.trajectories import trajectory_of

SHARED = Path(__file__).parents[3].parent / "shared" / "data"


def whole() -> tuple[Request, ...]:
    """A run of the paper's suite, as its report has it."""
    return tuple(
        replace(
            Request(position=at, file="r.csv", line=at + 2, name=one.name, method=one.method),
            path="/api" + (one.path or "").replace("{", "").replace("}", "-1"),
            executed=one.assertions,
        )
        for at, one in enumerate(conduit().requests)
    )


def bare(requests: tuple[Request, ...]) -> tuple[Request, ...]:
    return tuple(replace(request, path=None, executed=None) for request in requests)


def listed(text: str) -> tuple[Request, ...]:
    return parse_summary(enumerate(text.splitlines(), start=1), "s.txt")


def test_counts_of_checks_are_of_one_piece() -> None:
    for one in conduit().requests:
        assert one.assertions is not None
        assert one.on_error == one.assertions, "an error fails every check of this suite"
        assert (one.on_empty is not None) == (one.role is Role.LIST)
        assert (one.on_empty or 0) <= one.assertions


def test_what_a_path_needs_was_given_before() -> None:
    given: set[str] = set()
    token = False
    for one in conduit().requests:
        assert one.needs is None or one.needs in given, one.name
        assert token or not one.authenticated, one.name
        if one.gives is not None:
            given.add(one.gives)
        token = token or one.gives_token


@pytest.mark.parametrize("length", range(1, 33))
def test_a_report_that_was_cut_off_is_matched(length: int) -> None:
    for requests in (whole()[:length], bare(whole())[:length]):
        assert places(requests, conduit()) == tuple(range(length))


def test_a_second_iteration_begins_again() -> None:
    for requests in (whole() * 2, bare(whole()) * 2):
        assert places(requests, conduit()) == tuple(range(32)) * 2


def test_the_number_of_checks_tells_requests_of_one_name_apart() -> None:
    tagged = [request for request in whole() if request.name == "Articles by Tag"]

    assert places([tagged[1]], conduit()) == (16,)
    assert places([tagged[0]], conduit()) == (8,)


def test_a_name_at_another_path_is_another_request() -> None:
    other = replace(whole()[1], path="/sessions/new")

    assert places([other], conduit()) == (None,)


def test_an_identifier_that_was_never_given_fits() -> None:
    favorite, single = whole()[18], whole()[15]
    requests = [
        replace(favorite, path="/api/articles//favorite"),
        replace(favorite, path="/api/articles/undefined/favorite"),
        replace(single, path="/api/articles/"),
    ]

    assert [places([request], conduit()) for request in requests] == [(18,), (18,), (15,)]


def test_checks_of_another_version_are_not_believed() -> None:
    requests = tuple(
        replace(request, executed=16) if request.executed == 17 else request for request in whole()
    )

    expected = match(requests, conduit())[11].expected

    assert expected is not None
    assert (expected.assertions, expected.on_empty, expected.on_error) == (16, None, None)
    assert expected.role is Role.LIST


def test_one_name_in_common_makes_no_suite() -> None:
    login = Request(
        position=0, file="r", line=2, name="Login", method="POST", path="/api/users/login"
    )
    others = tuple(
        Request(position=at, file="r", line=at, name=f"x{at}", method="GET", path=f"/shops/{at}")
        for at in range(1, 4)
    )

    first, second, *_ = match((login, *others), conduit())

    assert first.expected is not None
    assert (first.expected.role, first.expected.assertions) == (Role.LOG_IN, None)
    assert second.expected is not None
    assert (second.expected.role, second.expected.resource) == (Role.READ, "shop")


@pytest.mark.parametrize(
    ("method", "path", "role", "resource", "needs"),
    [
        ("GET", "/api/v1/orders", Role.LIST, "order", None),
        ("GET", "/api/orders?state=open", Role.LIST, "order", None),
        ("GET", "/api/orders/17", Role.READ, "order", "order"),
        ("GET", "/api/categories/old-books", Role.READ, "category", "category"),
        ("GET", "/o/5f0c6a1e-8a54-4a38-9a54-0a8f2f1b9c11/items", Role.LIST, "item", "o"),
        ("POST", "/api/orders", Role.CREATE, "order", None),
        ("POST", "/orders/null/items", Role.CREATE, "item", "order"),
        ("PATCH", "/orders/17", Role.UPDATE, "order", "order"),
        ("DELETE", "/orders/17", Role.DELETE, "order", "order"),
        ("POST", "/auth/login", Role.LOG_IN, "user", None),
        ("POST", "/signup", Role.REGISTER, "user", None),
    ],
)
def test_the_shape_of_a_request_says_what_it_is_for(
    method: str, path: str, role: Role, resource: str, needs: str | None
) -> None:
    found = guess("any", method, path)

    assert found is not None
    assert (found.role, found.resource, found.needs) == (role, resource, needs)
    assert found.filtered == ("state" in path)
    assert found.on_error is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", None),
        ("GET", "/user"),
        ("GET", "/articles/feed"),
        ("POST", "/orders/17/pay"),
        ("DELETE", "/orders/17/star"),
        ("OPTIONS", "/orders"),
    ],
)
def test_a_shape_that_may_mean_two_things_means_none(method: str, path: str | None) -> None:
    assert guess("any", method, path) is None


def test_a_summary_is_completed_from_the_suite() -> None:
    found = complete(
        listed("Articles by Tag GET → 500: 5 failed\nArticles by Tag GET -> 200: 12 failed\nnoise"),
        conduit(),
    )

    assert [request.position for request in found] == list(range(32))
    failed = [request for request in found if not request.passed]
    assert [(one.position, one.line, one.status, one.executed) for one in failed] == [
        (8, 1, 500, 5),
        (16, 2, 200, 17),
    ]
    passed = found[9]
    assert (passed.name, passed.line, passed.status, passed.executed) == (
        "Create Article",
        0,
        None,
        13,
    )
    assert passed.expected is not None
    assert passed.expected.gives == "article"


def test_one_line_of_two_places_goes_where_its_count_fits() -> None:
    assert places(listed("All Articles GET → : 17 failed"), conduit(), complete=False) == (11,)
    assert places(listed("All Articles GET → : 5 failed"), conduit(), complete=False) == (5,)
    assert places(listed("All Articles GET → 200: 12 failed"), conduit(), complete=False) == (11,)
    # the later one checks all that the earlier one does: had that failed, this would have too
    assert places(listed("All Articles GET → 200: 2 failed"), conduit(), complete=False) == (11,)


def test_a_failed_request_that_no_suite_knows_is_kept() -> None:
    found = complete(
        listed("Login POST → 200: 1 failed\nPing GET → 404: 2 failed\nAll Tags GET → : 3 failed"),
        conduit(),
    )

    assert len(found) == 33
    assert [request.name for request in found[1:4]] == ["Login", "Ping", "Login and Remember Token"]
    assert found[2].failed == 2
    assert found[32].status is None


def test_a_file_that_is_no_summary_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "request-summary.txt"
    path.write_text("all is well\n")

    with pytest.raises(UnreadableError, match="is no request summary"):
        read_summary(path)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the paper's data is not here")
def test_the_papers_rows_are_read_whole() -> None:
    rows = json.loads((SHARED / "validation_rows.json").read_text())
    assert len(rows) == 25
    for row in rows:
        lines = row["newman_summary"].splitlines()
        failed = listed(row["newman_summary"])
        assert len(failed) == len(lines), row["id"]
        assert None not in places(failed, conduit(), complete=False), row["id"]
        requests = complete(failed, conduit())
        assert len(requests) == 32, row["id"]
        assert [one.line for one in requests if not one.passed] == list(range(1, len(lines) + 1))
        for one in requests:
            assert one.expected is not None
            if one.failed and (one.status is None or one.status >= 500):
                assert one.failed == one.expected.on_error, (row["id"], one.name)
        task = task_of(row["task"], row["runtime"])
        assert task.framework is not None
        constrained = sum(word in row["task"] for word in ("clean_", "sqlite", "postgres"))
        orm = sum(row["task"].endswith(word) for word in ("-sqlalchemy", "-sequelize"))
        assert task.level == constrained + orm, row["task"]
        assert trajectory_of(row["trajectory"]).turns == 20, row["id"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the paper's data is not here")
def test_the_description_is_that_of_the_papers_collection() -> None:
    collection = json.loads((SHARED / "conduit" / "Conduit.postman_collection.json").read_text())
    items = [item for folder in collection["item"] for item in folder["item"]]

    assert [(item["name"], item["request"]["method"]) for item in items] == [
        (one.name, one.method) for one in conduit().requests
    ]
    for item, one in zip(items, conduit().requests, strict=True):
        scripts = [line for event in item.get("event", []) for line in event["script"]["exec"]]
        checks = sum(line.strip().startswith("tests[") for line in scripts)
        assert checks == one.assertions, one.name
        keys = [header["key"] for header in item["request"]["header"]]
        assert ("Authorization" in keys) == one.authenticated, one.name
