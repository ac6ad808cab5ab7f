"""How runs are counted."""

from ormprobe.document import Status
from ormprobe.tables.counts import count, names_of
from ormprobe.tables.layout import Table, tables
from tests.ormprobe.tables.made import failed, run

RECORDS = [
    run("run_0"),
    run("run_1", status=Status.DEFECTIVE, cause="uncommitted-write"),
    failed("run_2"),
    failed("run_3", subcategory="state_propagation_failure", cause=None, certainty=None),
    failed("run_4", status=Status.UNDETERMINED, category=None, subcategory=None, cause=None),
    failed(
        "run_5",
        status=Status.NOT_DATA_LAYER,
        category="server_startup_failure",
        subcategory=None,
        cause=None,
    ),
    run("run_6", status=Status.UNOBSERVED),
    run("run_7", status=None, error="no file in it"),
]


def test_every_run_is_counted_once_by_how_it_ended() -> None:
    tally = count(RECORDS).all

    assert (tally.runs, tally.passed, tally.failed) == (8, 2, 4)
    assert tally.endings == {
        "passed": 1, "defective": 1, "failed": 4, "unobserved": 1, "unreadable": 1,
    }  # fmt: skip


def test_only_failed_runs_have_categories_and_causes() -> None:
    tally = count(RECORDS).all

    assert tally.categories == {"logic_error": 2, "server_startup_failure": 1, "undetermined": 1}
    assert tally.causes == {"schema-not-created": 1}
    assert tally.defects == {"uncommitted-write": 1}


def test_state_counts_to_our_data_layer_and_not_to_the_papers() -> None:
    tally = count(RECORDS).all

    assert (tally.data_layer, tally.data_layer_and_state, tally.logic_errors) == (1, 2, 2)


def test_an_unreadable_run_with_a_category_left_over_is_no_failure() -> None:
    assert count([failed(error="cut off")]).all.failed == 0


def test_a_logic_error_without_a_subcategory_is_undetermined() -> None:
    assert count([failed(subcategory=None)]).all.subcategories == {"undetermined": 1}


def test_records_are_read_once() -> None:
    assert count(iter(RECORDS)).all.runs == len(RECORDS)


def test_a_model_of_several_agents_is_called_by_both() -> None:
    assert names_of([("a", "x"), ("b", "x"), ("a", "y")]) == {
        ("a", "x"): "a/x", ("b", "x"): "b/x", ("a", "y"): "y",
    }  # fmt: skip


def numbers(table: Table, row: str) -> list[str]:
    return next([str(cell) for cell in each.cells] for each in table.rows if each.name == row)


def test_table_of_failures_adds_up() -> None:
    records = [*RECORDS, failed(model="other", runtime="node"), run(model="other")]
    made = {table.slug: table for table in tables(count(records))}

    table = made["failures-per-model"]
    assert table.columns == ("model", "other", "all")
    assert numbers(table, "failed runs") == ["4", "1", "5"]
    assert numbers(table, "logic_error") == ["2 (50.0%)", "1 (100.0%)", "3 (60.0%)"]
    assert numbers(table, "undetermined") == ["1 (25.0%)", "0 (0.0%)", "1 (20.0%)"]
    assert numbers(table, "data layer") == ["1 (50.0%)", "1 (100.0%)", "2 (66.7%)"]
    assert numbers(made["failures-per-model-node"], "failed runs") == ["1"]
    assert numbers(made["causes-per-level"], "no cause named") == ["3 (60.0%)"]


def test_runtimes_are_told_apart() -> None:
    counts = count([failed(), failed(runtime="node", level=3, cause="write-conflict")])
    made = {table.slug: table for table in tables(counts)}

    assert counts.runtimes["node"].levels.keys() == {"L3"}
    assert counts.runtimes["uv"].all.causes == {"schema-not-created": 1}
    assert made["causes-per-level"].columns == ("L1", "L3", "all")
    assert made["causes-per-level-node"].columns == ("L3",)


def test_runs_that_do_not_tell_their_model_come_last() -> None:
    (table,) = tables(count([run(model=None, agent=None), run(model="zeta")]))

    assert table.columns == ("zeta", "unknown", "all")


def test_a_category_that_nobody_knows_is_shown() -> None:
    made = {table.slug: table for table in tables(count([failed(category="new_one")]))}

    assert numbers(made["failures-per-model"], "new_one") == ["1 (100.0%)"]
