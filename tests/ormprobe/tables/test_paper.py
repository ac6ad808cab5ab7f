"""The paper's labels through our counts give the paper's numbers."""

from pathlib import Path

import pytest

from ormprobe.errors import UnreadableError
from ormprobe.runs.record import RunRecord
from ormprobe.tables.counts import Counts, count
from ormprobe.tables.paper import constraints_of, from_paper

ROOT = Path(__file__).parents[3]
DATA = ROOT.parent / "shared" / "data"
HEAD = "agent,model,runtime,task,run_id"


@pytest.fixture(scope="module")
def published() -> list[RunRecord]:
    if not DATA.is_dir():
        pytest.skip("the paper's published labels are not beside this checkout")
    return from_paper(
        [*sorted(DATA.glob("failure_analysis_*.csv")), *sorted(DATA.glob("logic_sub*.csv"))]
    )


@pytest.fixture(scope="module")
def counts(published: list[RunRecord]) -> Counts:
    return count(published)


def test_logic_errors_of_each_model(counts: Counts) -> None:
    errors = {model: tally.subcategories.total() for (_, model), tally in counts.models.items()}

    assert errors == {
        "gpt-5-mini": 63,
        "gpt-5.4": 64,
        "minimax-m2.5": 111,
        "qwen3-coder-next": 137,
    }
    assert counts.all.logic_errors == counts.all.subcategories.total() == 375


@pytest.mark.parametrize(
    ("runtime", "query", "database", "state", "paper", "ours", "all_"),
    [("uv", 50, 54, 17, 104, 121, 184), ("node", 60, 17, 10, 77, 87, 191)],
)
def test_data_layer_of_each_runtime(
    counts: Counts,
    runtime: str,
    query: int,
    database: int,
    state: int,
    paper: int,
    ours: int,
    all_: int,
) -> None:
    tally = counts.runtimes[runtime].all

    assert tally.subcategories["incorrect_query_logic"] == query
    assert tally.subcategories["database_runtime_error"] == database
    assert tally.subcategories["state_propagation_failure"] == state
    assert tally.data_layer == paper
    assert tally.data_layer_and_state == ours
    assert tally.logic_errors == all_


@pytest.mark.parametrize(
    ("model", "categories"),
    [
        (
            "gpt-5-mini",
            {
                "server_startup_failure": 101,
                "logic_error": 63,
                "incomplete_implementation": 25,
                "schema_format_error": 5,
                "premature_termination": 4,
                "constraint_violation": 2,
            },
        ),
        (
            "gpt-5.4",
            {
                "logic_error": 64,
                "server_startup_failure": 32,
                "schema_format_error": 6,
                "premature_termination": 1,
            },
        ),
        (
            "minimax-m2.5",
            {
                "logic_error": 111,
                "server_startup_failure": 24,
                "incomplete_implementation": 4,
                "schema_format_error": 4,
                "constraint_violation": 2,
            },
        ),
        (
            "qwen3-coder-next",
            {
                "logic_error": 137,
                "server_startup_failure": 24,
                "incomplete_implementation": 18,
                "schema_format_error": 7,
                "stuck_in_loop": 6,
                "constraint_violation": 2,
            },
        ),
    ],
)
def test_categories_of_each_model(counts: Counts, model: str, categories: dict[str, int]) -> None:
    assert dict(counts.models["mini_swe_sdk", model].categories) == categories


def test_frameworks_and_levels_are_those_of_the_tasks(counts: Counts) -> None:
    assert sorted(counts.frameworks) == [
        "aiohttp", "django", "express", "fastapi", "fastify", "flask", "hono", "koa",
    ]  # fmt: skip
    assert sorted(counts.levels) == ["L0", "L1", "L2", "L3"]
    assert sum(tally.failed for tally in counts.levels.values()) == counts.all.failed == 642


def test_a_models_own_file_supersedes_all_its_rows_elsewhere(tmp_path: Path) -> None:
    mixed, own = tmp_path / "mixed.csv", tmp_path / "own.csv"
    mixed.write_text(
        f"{HEAD},subcategory,reasoning\n"
        "a,one,uv,t-openapi-sqlite,run_0,auth_misconfiguration,\n"
        "a,one,uv,t-openapi-sqlite,run_9,auth_misconfiguration,\n"
        "a,two,uv,t-openapi-sqlite,run_0,incorrect_query_logic,\n"
    )
    own.write_text(
        f"{HEAD},subcategory,reasoning\na,one,uv,t-openapi-sqlite,run_0,database_runtime_error,\n"
    )

    for order in ([mixed, own], [own, mixed]):
        found = {(r.model, r.run_id): r.subcategory for r in from_paper(order)}
        assert found == {
            ("one", "run_0"): "database_runtime_error",
            ("two", "run_0"): "incorrect_query_logic",
        }


def test_a_subcategory_belongs_to_a_logic_error_alone(tmp_path: Path) -> None:
    coarse, fine = tmp_path / "coarse.csv", tmp_path / "fine.csv"
    coarse.write_text(f"{HEAD},category,reasoning\na,m,uv,t,run_0,stuck_in_loop,why\n")
    fine.write_text(f"{HEAD},subcategory,reasoning\na,m,uv,t,run_0,auth_misconfiguration,\n")

    (record,) = from_paper([fine, coarse])

    assert (record.category, record.subcategory) == ("stuck_in_loop", None)


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", f"{HEAD}\n", "\0\xff\xfe"])
def test_another_file_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(text.encode("latin-1"))

    with pytest.raises(UnreadableError, match=r"other\.csv"):
        from_paper([path])


@pytest.mark.parametrize(
    ("task", "constraints"),
    [
        ("koa-openapi-unconstrained", []),
        ("koa-openapi-sqlite", ["sqlite"]),
        (
            "flask-openapi-clean_architecture-postgres-sqlalchemy",
            ["clean_architecture", "postgres", "sqlalchemy"],
        ),
        ("koa", []),
        ("", []),
    ],
)
def test_constraints_of_a_task(task: str, constraints: list[str]) -> None:
    assert constraints_of(task) == constraints
