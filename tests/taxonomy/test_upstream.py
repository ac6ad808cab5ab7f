"""The upstream rule: an edge needs a carrier."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes import BY_ID, CAUSES
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.terms import Certainty, Layer, Severity
from ormprobe_taxonomy.upstream import rank
from tests.taxonomy.made import finding

INTEGRITY, REUSE = "integrity-violation", "failed-transaction-reuse"
SCHEMA, WRITE, READ = "schema-not-created", "uncommitted-write", "unresolved-reference"


def layer_of(found: Finding) -> Layer:
    return BY_ID[found.cause].layer


def edges(*findings: Finding) -> set[tuple[str, str]]:
    ranked = rank(findings, layer_of)
    return {
        (ranked.findings[cause].cause, effect.cause)
        for effect, causes in zip(ranked.findings, ranked.causes, strict=True)
        for cause in causes
    }


def order(*findings: Finding) -> list[str]:
    return [found.cause for found in rank(findings, layer_of).findings]


def test_time_alone_is_no_carrier() -> None:
    assert edges(finding(INTEGRITY, at_us=1), finding(READ, at_us=2)) == set()


def test_an_echo_carries() -> None:
    first = finding(INTEGRITY, at_us=1, errors=("e1",), echoes=("e2", "e3"))

    assert edges(first, finding(REUSE, at_us=2, errors=("e2",))) == {(INTEGRITY, REUSE)}
    assert edges(first, finding(REUSE, at_us=2, errors=("e2", "e9"))) == set()
    assert edges(first, finding(WRITE, at_us=2, errors=())) == set()


def test_a_broken_transaction_carries() -> None:
    first = finding(INTEGRITY, at_us=1, errors=("e1",), transaction="1-1/3")
    second = finding(READ, at_us=2, errors=("e2",), transaction="1-1/3")

    assert edges(first, second) == {(INTEGRITY, READ)}
    assert edges(first, finding(READ, at_us=2, errors=("e2",), transaction="1-1/4")) == set()
    assert edges(first, finding(READ, at_us=2, errors=("e2",))) == set()
    assert edges(first, finding(WRITE, at_us=2, transaction="1-1/3")) == set()


def test_two_errors_of_a_transaction_at_one_moment_are_not_each_others_cause() -> None:
    one = finding(INTEGRITY, errors=("e1",), transaction="1-1/3")

    assert edges(one, finding(READ, errors=("e2",), transaction="1-1/3")) == set()


def test_the_process_carries_from_an_early_layer_to_any_later_one() -> None:
    schema = finding(SCHEMA, at_us=1)

    assert edges(schema, finding(INTEGRITY, at_us=2)) == {(SCHEMA, INTEGRITY)}
    assert edges(schema, finding(SCHEMA, at_us=2)) == set()
    assert edges(finding("startup-connection-failure", at_us=1), finding(SCHEMA, at_us=2)) == {
        ("startup-connection-failure", SCHEMA)
    }
    assert edges(finding(REUSE, at_us=1), finding(INTEGRITY, at_us=2)) == set()


def test_rows_carry_from_a_lost_write_to_a_read_of_its_table() -> None:
    lost = finding(WRITE, at_us=1, tables=("orders", "lines"))

    assert edges(lost, finding(READ, at_us=2, reads=("lines", "goods"))) == {(WRITE, READ)}
    assert edges(lost, finding(READ, at_us=2, reads=("goods",))) == set()


def test_no_effect_before_its_cause() -> None:
    lost = finding(WRITE, at_us=5, tables=("orders",))

    assert edges(lost, finding(READ, at_us=2, reads=("orders",))) == set()
    assert edges(finding(SCHEMA, at_us=5), finding(INTEGRITY, at_us=2)) == set()


def test_hazards_neither_cause_nor_follow() -> None:
    hazard = finding("n-plus-one-queries", severity=Severity.HAZARD, tables=("orders",), at_us=0)

    assert edges(hazard, finding(READ, reads=("orders",))) == set()
    assert edges(finding(SCHEMA, at_us=0), hazard) == set()
    assert rank([hazard], layer_of).primary is None


def test_a_source_comes_before_its_effect_however_certain() -> None:
    source = finding(SCHEMA, at_us=1, certainty=Certainty.LIKELY)
    effect = finding(INTEGRITY, at_us=2)

    assert order(effect, source) == [SCHEMA, INTEGRITY]
    assert rank([effect, source], layer_of).primary is source


def test_of_two_sources_the_more_certain_then_the_earlier_layer_then_the_earlier() -> None:
    certain = finding(WRITE, at_us=9)
    likely = finding(READ, at_us=1, certainty=Certainty.LIKELY)
    assert order(likely, certain) == [WRITE, READ]

    statement, write = finding(READ, at_us=9), finding(INTEGRITY, at_us=1)
    assert order(write, statement) == [READ, INTEGRITY]

    late, early = finding(INTEGRITY, at_us=9), finding(INTEGRITY, at_us=1)
    assert rank([late, early], layer_of).primary is early


def test_hazards_stand_last() -> None:
    hazard = finding("n-plus-one-queries", severity=Severity.HAZARD, at_us=0)
    weak = finding(WRITE, certainty=Certainty.SUSPECTED, at_us=9)

    assert order(hazard, weak) == [WRITE, "n-plus-one-queries"]


def test_nothing_ranks_to_nothing() -> None:
    assert rank([], layer_of).primary is None


def dominated(upstream: Finding, downstream: Finding) -> bool:
    """Whether the one is the primary, and the other its effect."""
    layers = {cause.id: cause.layer for cause in CAUSES}
    ranked = rank([downstream, upstream], lambda found: layers.get(found.cause, Layer.CONNECTION))
    return ranked.primary is upstream and bool(ranked.causes[1])


CARDINALITY = "result-cardinality-mismatch"
NO_ROW = finding(CARDINALITY, errors=("e9",), reads=("members",), at_us=50)


@pytest.mark.parametrize(
    "upstream",
    [
        finding("integrity-violation", errors=("e1",), tables=("members",)),
        finding("uncommitted-write", tables=("members",)),
        finding("schema-not-created", errors=("e1",)),
        finding("startup-connection-failure", errors=("e1",)),
    ],
    ids=lambda found: found.cause,
)
def test_a_row_that_was_not_written_dominates_its_absence(upstream: Finding) -> None:
    assert dominated(upstream, NO_ROW)


def test_a_failed_write_to_another_table_explains_no_absence() -> None:
    other = finding("integrity-violation", errors=("e1",), tables=("boats",))

    assert not dominated(other, NO_ROW)


def test_a_failed_write_explains_nothing_else_about_its_table() -> None:
    write = finding("integrity-violation", errors=("e1",), tables=("members",))
    other = finding("unresolved-reference", errors=("e2",), reads=("members",), at_us=50)

    assert not dominated(write, other)


def test_a_released_connection_dominates_what_fails_on_it() -> None:
    released = finding("connection-lifecycle-violation", connection="1-1/5", errors=("e1",))
    same = finding("integrity-violation", connection="1-1/5", errors=("e2",), at_us=50)
    other = finding("integrity-violation", connection="1-1/6", errors=("e2",), at_us=50)

    assert dominated(released, same)
    assert not dominated(released, other)
