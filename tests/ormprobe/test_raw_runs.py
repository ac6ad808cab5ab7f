"""Apps that drive sqlite3 themselves, run under the shims and judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.document import Report, Severity, Status
from ormprobe.expected import NOTHING, Expected
from ormprobe.pipeline import diagnose
from tests.instrumentation.traced import line_of, run, write

STORE = """\
import sqlite3
from contextlib import closing

class Store:
    def __init__(self, path):
        self.path = path
        with closing(self.connect()) as db, db:
            db.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, ref TEXT UNIQUE)")

    def connect(self):
        return sqlite3.connect(self.path)

    def place(self, ref):
        with closing(self.connect()) as db, db:
            db.execute("INSERT INTO orders (ref) VALUES (?)", (ref,))  # placed

    def place_once(self, ref):
        try:
            self.place(ref)
        except sqlite3.IntegrityError:
            return False
        return True

    def forget(self, ref):
        with closing(self.connect()) as db:
            db.execute("INSERT INTO orders (ref) VALUES (?)", (ref,))  # lost

    def preview(self, ref):
        with closing(self.connect()) as db:
            db.execute("INSERT INTO orders (ref) VALUES (?)", (ref,))
            count = db.execute("SELECT count(*) FROM orders").fetchone()[0]
            db.rollback()
            return count

    def count(self):
        with closing(self.connect()) as db:
            return db.execute("SELECT count(*) FROM orders").fetchone()[0]
"""

TESTS = """\
import sqlite3
import pytest
from store import Store

@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "orders.db")
"""

HEALTHY = """
def test_an_order_is_placed(store):
    store.place("a")
    assert store.count() == 1

def test_the_second_is_refused(store):
    assert store.place_once("a") and not store.place_once("a")
    assert store.count() == 1

def test_a_preview_keeps_nothing(store):
    assert store.preview("a") == 1
    assert store.count() == 0

def test_a_database_in_memory_ends_with_its_connection():
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE orders (ref)")
    db.execute("INSERT INTO orders VALUES (1)")
    assert db.execute("SELECT count(*) FROM orders").fetchone() == (1,)
    db.close()
"""


def judged(folder: Path, tests: str, status: int, expected: Expected = NOTHING) -> Report:
    app = write(folder, {"store.py": STORE, "test_store.py": TESTS + tests})
    child = run(["-m", "pytest", "-q", "-p", "no:cacheprovider"], app, folder / "trace")
    assert child.status == status, child.stdout
    assert not child.of("shim", state="disabled"), child.of("shim", state="disabled")
    return diagnose(folder / "trace", app, expected)


def where(report: Report, cause: str) -> list[tuple[str, int | None]]:
    labels = [label for label in report.labels if label.cause == cause]
    return [(label.where.file, label.where.line) for label in labels if label.where is not None]


def test_a_healthy_app_gets_no_label(tmp_path: Path) -> None:
    report = judged(tmp_path, HEALTHY, 0)

    assert report.verdict.status is Status.PASSED
    assert report.labels == ()
    assert report.constraints.orm.share_through_orm is None


def test_a_write_that_is_never_committed(tmp_path: Path) -> None:
    tests = "\ndef test_it(store):\n    store.forget('a')\n    assert store.count() == 1\n"

    report = judged(tmp_path, tests, 1)

    assert report.verdict.primary is not None
    assert (report.verdict.primary.cause, report.verdict.primary.certainty) == (
        "uncommitted-write",
        "certain",
    )
    assert where(report, "uncommitted-write") == [("store.py", line_of(STORE, "# lost"))]


def test_a_constraint_that_a_raw_write_violates(tmp_path: Path) -> None:
    tests = "\ndef test_it(store):\n    store.place('a')\n    store.place('a')\n"

    report = judged(tmp_path, tests, 1)

    assert report.verdict.primary is not None
    assert report.verdict.primary.cause == "integrity-violation"
    assert where(report, "integrity-violation") == [("store.py", line_of(STORE, "# placed"))]


def test_a_declared_orm_that_nothing_went_through(tmp_path: Path) -> None:
    report = judged(tmp_path, HEALTHY, 0, Expected(orm="sqlalchemy"))

    assert report.verdict.status is Status.DEFECTIVE
    assert report.verdict.primary is not None
    assert report.verdict.primary.category == "constraint_violation"
    assert {label.severity for label in report.labels} == {Severity.DEFECT}
    assert all(label.where and label.where.file == "store.py" for label in report.labels)
    assert report.constraints.orm.share_through_orm == 0.0


@pytest.mark.parametrize(
    ("declared", "status", "cause"),
    [("sqlite", "passed", None), ("postgresql", "defective", "wrong-database")],
)
def test_a_declared_database(declared: str, status: str, cause: str | None, tmp_path: Path) -> None:
    report = judged(tmp_path, HEALTHY, 0, Expected(database=declared))

    assert report.verdict.status == status
    primary = report.verdict.primary
    assert (primary.cause if primary is not None else None) == cause
    assert report.constraints.database.observed == "sqlite"
