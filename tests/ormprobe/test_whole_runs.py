"""Programs that are run under the shims and then judged: from the line of code to the label."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from ormprobe.document import Label, Report
from ormprobe.pipeline import diagnose
from tests.instrumentation.traced import Child, run, write

MODELS = """\
from sqlalchemy import *
from sqlalchemy.orm import *
from sqlalchemy import exc

class Base(DeclarativeBase):
    pass

class Author(Base):
    __tablename__ = "author"
    id = mapped_column(Integer, primary_key=True)
    name = mapped_column(String, nullable=False)

engine = create_engine("sqlite://")
Base.metadata.create_all(engine)

def fail():
    with Session(engine) as session:
        session.add(Author(name=None))
        session.commit()  # the line
"""


def judged(folder: Path, program: str, *arguments: str) -> tuple[Child, Report]:
    """What a program did, and what is said of it."""
    write(folder, {"models.py": MODELS, "test_app.py": textwrap.dedent(program)})
    child = run(arguments or ["test_app.py"], folder, folder / "trace")
    record = f'{{"schema": 1, "command": ["python"], "exit_code": {child.status}}}'
    (folder / "trace" / "run.json").write_text(record)
    assert not child.of("shim", state="disabled"), child.of("shim", state="disabled")
    return child, diagnose(folder / "trace", folder)


def only(report: Report) -> Label:
    [label] = [label for label in report.labels if label.severity == "failure"]
    assert label.where is not None
    assert (label.cause, label.where.file, label.where.function) == (
        "integrity-violation", "models.py", "fail"
    )  # fmt: skip
    return label


IMPORTS = "import sys\nfrom models import *\n"

BY_EXIT = {
    "at once": """
        try:
            fail()
        except exc.IntegrityError:
            sys.exit(1)
    """,
    "in a function": """
        def main():
            try:
                fail()
            except Exception as error:
                print(error)
                raise SystemExit("it failed")
        main()
    """,
}


@pytest.mark.parametrize("program", BY_EXIT)
def test_an_exit_while_an_error_is_handled_is_the_errors(tmp_path: Path, program: str) -> None:
    child, report = judged(tmp_path, IMPORTS + textwrap.dedent(BY_EXIT[program]))

    assert child.status == 1
    fate = child.one("fate")
    assert fate["fate"] == "caught"
    assert child.site(fate["left"])[0] == "test_app.py"
    assert report.verdict.status == "failed"
    assert only(report).certainty == "certain"


NOT_BY_EXIT = {
    "after the handler": """
        try:
            fail()
        except exc.IntegrityError:
            pass
        sys.exit(1)
    """,
    "in a function that returned": """
        def work():
            try:
                fail()
            except exc.IntegrityError:
                return False
        sys.exit(not work())
    """,
    "kept in a variable": """
        def main():
            kept = None
            try:
                fail()
            except exc.IntegrityError as error:
                kept = error
            sys.exit(1)
        main()
    """,
    "kept in a global": """
        try:
            fail()
        except exc.IntegrityError as error:
            kept = error
        sys.exit(1)
    """,
}


@pytest.mark.parametrize("program", NOT_BY_EXIT)
def test_an_exit_after_an_error_was_handled_may_be_the_errors(tmp_path: Path, program: str) -> None:
    child, report = judged(tmp_path, IMPORTS + textwrap.dedent(NOT_BY_EXIT[program]))

    assert child.status == 1
    assert only(report).certainty == "likely"


def test_an_exit_in_order_is_no_failure(tmp_path: Path) -> None:
    program = IMPORTS + "try:\n    fail()\nexcept exc.IntegrityError:\n    sys.exit(0)\n"
    child, report = judged(tmp_path, program)

    assert child.status == 0
    assert (report.verdict.status, report.labels) == ("passed", ())


def test_an_exit_of_a_thread_is_not_the_programs(tmp_path: Path) -> None:
    program = """
        import threading
        def work():
            try:
                fail()
            except exc.IntegrityError:
                sys.exit(1)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    """
    child, _ = judged(tmp_path, IMPORTS + textwrap.dedent(program))

    assert child.status == 0
    assert "left" not in child.one("fate")


SET_UP = """
    import unittest
    from models import *
    class Case(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            fail()
        def test_a(self):
            pass
"""
SET_UP_MODULE = """
    import unittest
    from models import *
    def setUpModule():
        fail()
    class Case(unittest.TestCase):
        def test_a(self):
            pass
"""
IMPORTED = """
    import unittest
    from models import *
    fail()
    class Case(unittest.TestCase):
        def test_a(self):
            pass
"""


@pytest.mark.parametrize("runner", ["unittest", "pytest"])
@pytest.mark.parametrize(
    "suite", [SET_UP, SET_UP_MODULE, IMPORTED], ids=["class", "module", "import"]
)
def test_an_error_before_any_test_is_the_failing_tests(
    tmp_path: Path, suite: str, runner: str
) -> None:
    child, report = judged(tmp_path, suite, "-m", runner)

    assert child.status != 0
    label = only(report)
    assert label.certainty == "certain"
    assert [name for name in label.explains if name.startswith("test:")]
