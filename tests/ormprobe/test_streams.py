"""Standard streams that the caller has closed, or that take no more."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ormprobe import streams
from ormprobe.errors import OrmprobeError

ROOT = Path(streams.__file__).parents[1]
PATH = os.pathsep.join(str(ROOT / name) for name in (".", "instrumentation", "taxonomy"))
FULL = Path("/dev/full")


class Refusing(io.StringIO):
    """Takes text, and refuses to pass it on."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def flush(self) -> None:
        raise self.error


def shell(words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """ormprobe in a shell, with redirections."""
    return subprocess.run(
        ["sh", "-c", f'exec "{sys.executable}" -m ormprobe {words}'],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": PATH, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An app that touches no database: nothing is observed, which is exit status 3."""
    (tmp_path / "app.py").write_text("x = 1\n")
    return tmp_path


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_a_closed_stream_takes_what_is_said(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, name, None)

    streams.open_closed()

    opened = getattr(sys, name)
    assert opened.write("anything") == 8
    opened.close()


def test_an_open_stream_stays_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    own = io.StringIO()
    monkeypatch.setattr(sys, "stdout", own)

    streams.open_closed()

    assert sys.stdout is own


def test_what_was_told_is_flushed(monkeypatch: pytest.MonkeyPatch) -> None:
    under = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(under))

    with streams.told():
        sys.stdout.write("the verdict")

    assert under.getvalue() == b"the verdict"


def test_a_reader_that_has_seen_enough_is_no_fault_of_the_disk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdout", Refusing(BrokenPipeError()))

    with pytest.raises(BrokenPipeError), streams.told():
        pass


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    "words",
    [
        "explain",
        "explain --all --format json",
        "explain --all --format md",
        "trace app.py",
        "trace app.py --format json",
    ],
)
def test_a_full_disk_is_one_sentence(app: Path, words: str) -> None:
    done = shell(f"{words} > {FULL}", app)

    assert done.returncode == OrmprobeError.exit_status
    said = [line for line in done.stderr.splitlines() if "standard output" in line]
    assert said == ["ormprobe: cannot write to standard output: No space left on device"]
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(
    ("words", "status"), [("explain", 0), ("trace app.py", 3), ("trace app.py --format json", 3)]
)
def test_closed_streams_change_no_exit_status(
    app: Path, words: str, status: int, closed: str
) -> None:
    done = shell(f"{words} {closed}", app)

    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert "Exception ignored" not in done.stderr


def test_a_report_file_is_written_though_nothing_can_be_said(app: Path) -> None:
    done = shell("trace app.py --format json --report verdict.json >&- 2>&-", app)

    assert done.returncode == 3
    assert '"unobserved"' in (app / "verdict.json").read_text()


def test_a_reader_that_leaves_ends_it_quietly(app: Path) -> None:
    done = shell("explain --all --format md | head -c 3", app)

    assert (done.stdout, done.stderr) == ("## ", "")
