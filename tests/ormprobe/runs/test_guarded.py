"""One run's record, whatever its labelling does."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from ormprobe.errors import UnreadableError
from ormprobe.runs.guarded import Guarded, run_of
from ormprobe.runs.model import RunKey
from ormprobe.runs.record import RunRecord
from tests.ormprobe.runs.standin import label_run
from tests.ormprobe.runs.trees import place, runs, tree


def guarded(tmp_path: Path, log: str) -> RunRecord:
    return Guarded(label_run)(runs(tree(tmp_path, log))[0])


@pytest.mark.parametrize(
    ("log", "says"),
    [
        ("raise", r"a fault of ormprobe itself: ValueError at standin\.py:\d+"),
        ("exit", r"a fault of ormprobe itself: SystemExit at standin\.py:\d+"),
        ("memory", "it needs more memory than there is"),
        ("surrogate", r"a fault of ormprobe itself: UnicodeEncodeError at guarded\.py:\d+"),
    ],
)
def test_what_goes_wrong_is_one_sentence_without_the_logs_words(
    tmp_path: Path, log: str, says: str
) -> None:
    record = guarded(tmp_path, log)

    assert record.error is not None
    assert re.fullmatch(says, record.error)
    assert (record.model, record.run_id, record.status) == ("model", "run_1", None)


def test_run_knows_its_folder_and_fingerprint(tmp_path: Path) -> None:
    record = guarded(tmp_path, "passed")

    assert record.path.startswith("python/agent/model/flask-")
    assert record.path.endswith("/2026-01-01/run_1")
    assert record.error is None


def test_missing_file_is_named(tmp_path: Path) -> None:
    results = tree(tmp_path, "passed")
    run = runs(results)[0]
    (place(results, 1) / "conduit.log").unlink()

    assert Guarded(label_run)(run).error == "cannot read conduit.log: No such file or directory"


def test_our_own_sentence_is_kept(tmp_path: Path) -> None:
    def refuses(folder: Path, key: RunKey, results: Path) -> RunRecord:
        raise UnreadableError("a trace of a newer ormprobe")

    run = runs(tree(tmp_path, "passed"))[0]

    assert Guarded(refuses)(run).error == "a trace of a newer ormprobe"


def test_names_that_are_no_utf8_are_told_with_backslashes(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/results/m\xff/run_1"))
    run = run_of(tmp_path / "results", folder, RunKey(model=folder.parent.name))

    record = Guarded(label_run)(run)  # there is no such folder

    assert record.path == r"m\udcff/run_1"
    assert record.model == r"m\udcff"
