"""A report made by hand, as a person and as a program reads it."""

import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console

from ormprobe.document import (
    Candidate,
    Certainty,
    Counts,
    Evidence,
    Label,
    Library,
    Observed,
    Outcome,
    OutcomeKind,
    OutcomeStatus,
    Primary,
    Report,
    RunInfo,
    Severity,
    Status,
    Verdict,
    Where,
)
from ormprobe.report import json as as_json
from ormprobe.report import text as as_text

CODE = """class LoanService:
    def renew(self, loan):
        loan.due = loan.due + WEEK
        loan.renewals += 1
        session.flush()
        return loan


def other():
    pass
"""
LOST = Label(
    id="L1",
    cause="uncommitted-write",
    category="Logic",
    subcategory="ORM runtime",
    severity=Severity.FAILURE,
    certainty=Certainty.CERTAIN,
    decided_by="rule:uncommitted-write",
    where=Where(file="loans/service.py", line=5, function="LoanService.renew"),
    explains=("T1",),
    evidence=(
        Evidence(
            signal="write-not-committed",
            says="UPDATE loans was rolled back",
            events=("7-1:12", "7-1:15"),
        ),
        Evidence(signal="reread", says="a later read saw the old row", events=("7-1:21",)),
    ),
    fix="Call session.commit() where the unit of work ends.",
)
EFFECT = Label(
    id="L2", cause="stale-read", severity=Severity.FAILURE, caused_by=("L1",), explains=("T2",)
)
HAZARD = Label(
    id="L3",
    cause="n-plus-one-queries",
    severity=Severity.HAZARD,
    certainty=Certainty.CERTAIN,
    where=Where(file="loans/views.py", line=9, function="index"),
    evidence=(Evidence(signal="repeated-load", says="Loan.book was loaded 40 times"),),
)
FAILED = Outcome(
    id="T1",
    kind=OutcomeKind.TEST,
    name="tests/test_loans.py::test_renewal_is_kept",
    status=OutcomeStatus.FAILED,
    labels=("L1",),
    message="assert 0 == 1",
)


def report(status: Status = Status.FAILED, **changes: Any) -> Report:
    primary = Primary(label="L1", cause="uncommitted-write", certainty=Certainty.CERTAIN)
    made = Report(
        ormprobe="0.1.0",
        run=RunInfo(
            app="/apps/loans",
            command=("pytest", "-q"),
            exit_code=1,
            duration_s=3.21,
            python="3.11.7",
            libraries=(Library(name="SQLAlchemy", version="2.1.9", role="orm"),),
            observed=Observed.FULL,
            notes=("found tests/test_loans.py",),
            counts=Counts(events=540, statements=120, requests=0, tests=2, errors=1),
        ),
        verdict=Verdict(status=status, primary=primary),
        labels=(LOST, EFFECT, HAZARD),
        outcomes=(FAILED,),
    )
    return msgspec.structs.replace(made, **changes)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "loans").mkdir()
    (tmp_path / "loans" / "service.py").write_text(CODE)
    return tmp_path


def page(made: Report, folder: Path, *, width: int = 80, terminal: bool = False) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=terminal, highlight=False)
    return as_text.show(as_text.render(made, folder, Path("/apps/.ormprobe/1")), console)


PAGE = """\
FAILED  uncommitted-write, certain

where     loans/service.py:5 in LoanService.renew

              3 | loan.due = loan.due + WEEK
              4 | loan.renewals += 1
            > 5 | session.flush()
              6 | return loan

why       UPDATE loans was rolled back [events 7-1:12, 7-1:15]
          a later read saw the old row [event 7-1:21]
explains  test tests/test_loans.py::test_renewal_is_kept failed: assert 0 == 1
leads to  stale-read
fix       Call session.commit() where the unit of work ends.

1 hazard
  n-plus-one-queries, certain at loans/views.py:9 in index
    Loan.book was loaded 40 times

ran       pytest -q (exit status 1)
seen      2 tests, 120 statements, 1 error, 540 events, SQLAlchemy 2.1.9, Python
          3.11.7, 3.2 s
note      found tests/test_loans.py
trace     /apps/.ormprobe/1
next      ormprobe explain uncommitted-write
"""


def test_page_of_a_failure_is_exactly_this(folder: Path) -> None:
    assert page(report(), folder) == PAGE


@pytest.mark.parametrize("width", [60, 80, 120])
def test_page_fits_its_width(folder: Path, width: int) -> None:
    assert max(map(len, page(report(), folder, width=width).splitlines())) <= width


def test_page_is_plain_where_there_is_no_terminal(folder: Path) -> None:
    assert "\x1b" not in page(report(), folder)
    assert "\x1b" in page(report(), folder, terminal=True)


def test_colour_is_left_out_when_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    assert "\x1b[1;31m" not in page(report(), folder, terminal=True)


def test_code_that_is_not_at_hand_is_left_out(folder: Path) -> None:
    (folder / "loans" / "service.py").unlink()

    shown = page(report(), folder)

    assert "loans/service.py:5" in shown
    assert " | " not in shown


def test_line_beyond_the_file_is_left_out(folder: Path) -> None:
    (folder / "loans" / "service.py").write_text("one\n")

    assert " | " not in page(report(), folder)


def test_what_the_app_wrote_does_not_rule_the_terminal(folder: Path) -> None:
    (folder / "loans" / "service.py").write_text(CODE.replace("flush", "flu\x1b[2Jsh"))
    outcome = msgspec.structs.replace(FAILED, message="\x1b]0;title\x07 gone", id="T9")

    shown = page(report(outcomes=(outcome,)), folder)

    assert "\x1b" not in shown
    assert "\x07" not in shown


@pytest.mark.parametrize(
    ("status", "primary", "headline"),
    [
        (Status.PASSED, None, "PASSED  nothing failed; 1 hazard"),
        (
            Status.DEFECTIVE,
            Primary(label="L1", cause="uncommitted-write", certainty=Certainty.CERTAIN),
            "DEFECTIVE  uncommitted-write, certain",
        ),
        (
            Status.NOT_DATA_LAYER,
            Primary(category="Logic", subcategory="Business rule"),
            "NOT DATA LAYER  Business rule",
        ),
        (Status.NOT_DATA_LAYER, None, "NOT DATA LAYER  what failed was not the data layer"),
        (Status.UNDETERMINED, None, "UNDETERMINED  something failed, and no cause is proven"),
        (Status.UNOBSERVED, None, "UNOBSERVED  found tests/test_loans.py"),
    ],
)
def test_every_status_has_its_headline(
    folder: Path, status: Status, primary: Primary | None, headline: str
) -> None:
    made = report(labels=(HAZARD,), verdict=Verdict(status=status, primary=primary))

    assert page(made, folder).splitlines()[0] == headline


def test_undetermined_names_what_failed_and_what_candidates_need(folder: Path) -> None:
    candidate = Candidate(cause="stale-read", confidence=0.31, needs="the row at the read")
    made = report(labels=(), verdict=Verdict(status=Status.UNDETERMINED, candidates=(candidate,)))

    shown = page(made, folder)

    assert "test tests/test_loans.py::test_renewal_is_kept failed: assert 0 == 1" in " ".join(
        shown.split()
    )
    assert "stale-read (31%): needs the row at the read" in shown


def test_long_lists_are_cut_and_counted(folder: Path) -> None:
    bad = tuple(msgspec.structs.replace(FAILED, id=f"X{number}") for number in range(8))

    assert "and 3 more" in page(report(labels=(), outcomes=bad), folder)


def test_message_is_cut_to_its_first_line_and_a_length(folder: Path) -> None:
    long = msgspec.structs.replace(FAILED, message="\n" + "word " * 50 + "last\nsecond line")

    shown = page(report(labels=(), outcomes=(long,)), folder)

    assert "word word" in shown
    assert "..." in shown
    assert "last" not in shown
    assert "second line" not in shown


def test_json_is_exactly_the_document() -> None:
    shown = as_json.render(report())

    assert msgspec.json.decode(shown, type=Report) == report()
    assert shown.endswith("}\n")
    assert json.loads(shown)["labels"][0]["where"] == {
        "file": "loans/service.py",
        "line": 5,
        "function": "LoanService.renew",
    }


def test_json_has_every_key_of_the_contract() -> None:
    made = Report(
        ormprobe="0", run=RunInfo(), verdict=Verdict(status=Status.UNOBSERVED), labels=(HAZARD,)
    )

    document = json.loads(as_json.render(made))

    assert list(document) == [
        "schema", "ormprobe", "run", "verdict", "labels", "outcomes", "constraints",
    ]  # fmt: skip
    assert document["schema"] == 1
    assert list(document["run"]) == [
        "app", "command", "exit_code", "duration_s", "python", "libraries", "observed", "notes",
        "counts",
    ]  # fmt: skip
    assert list(document["run"]["counts"]) == [
        "events", "statements", "requests", "tests", "errors", "malformed_lines",
    ]  # fmt: skip
    assert document["verdict"] == {"status": "unobserved", "primary": None, "candidates": []}
    assert set(document["labels"][0]) == {
        "id", "cause", "variant", "facet", "category", "subcategory", "severity", "certainty",
        "confidence", "decided_by", "where", "explains", "caused_by", "evidence", "fix",
    }  # fmt: skip
    assert document["constraints"] == {
        "orm": {"declared": None, "observed": None, "share_through_orm": None},
        "database": {"declared": None, "observed": None},
        "layers": {"declared": None, "violations": None},
    }
    assert list(json.loads(msgspec.json.encode(Primary()))) == [
        "label", "cause", "variant", "category", "subcategory", "certainty", "confidence",
        "decided_by",
    ]  # fmt: skip
