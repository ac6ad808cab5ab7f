"""A report's files in their folder."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec

from ormprobe.errors import OrmprobeError, UnreadableError
from ormprobe.runs.record import RunRecord
from ormprobe.tables import as_json, as_latex, as_markdown
from ormprobe.tables.counts import Counts
from ormprobe.tables.paper import KEY
from ormprobe.tables.places import whole
from ormprobe.tables.terms import Ending, category_of, ending, subcategory_of

LABELS = "labels.jsonl"
FAILURES = "failure_analysis.csv"
SUBCATEGORIES = "logic_subcategories.csv"
PAGE = "index.html"
MOST_BAD = 20
_LONGEST = 4 << 20
"""Bytes of a record; what is longer was not written here."""
_decode = msgspec.json.Decoder(RunRecord).decode


def write_report(records: Iterable[RunRecord], folder: Path) -> list[Path]:
    """Write every file of a report into `folder`, and say which they are.

    The records are read once and not kept. Each file is replaced whole; the page is made from
    `labels.jsonl`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        counts = _write_runs(records, folder)
        for name, text in (
            ("summary.json", as_json.render(counts)),
            ("summary.md", as_markdown.render(counts)),
            ("summary.tex", as_latex.render(counts)),
        ):
            with whole(folder / name) as file:
                file.write(text.encode("utf-8", "replace"))
        _write_page(counts, folder)
    except OSError as error:
        raise OrmprobeError(f"The report cannot be written into {folder}: {error}.") from error
    names = (LABELS, FAILURES, SUBCATEGORIES, "summary.json", "summary.md", "summary.tex", PAGE)
    return [folder / name for name in names]


def read_labels(path: Path, bad: list[str] | None = None) -> Iterator[RunRecord]:
    """The records of a `labels.jsonl`, or of the one in a report's folder, one after another.

    Lines that are no record are skipped; `bad` takes a sentence for each, as far as `MOST_BAD`.
    """
    file = path / LABELS if path.is_dir() else path
    bad = [] if bad is None else bad
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(_bounded(lines), start=1):
                if not line.strip():
                    continue
                try:
                    yield _decode(line)
                except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                    if len(bad) < MOST_BAD:
                        bad.append(f"{file}, line {number}, is not a run's labels: {error}.")
    except OSError as error:
        raise UnreadableError(f"{file} cannot be read: {error}.") from error


def _bounded(lines: BinaryIO) -> Iterator[bytes]:
    """The lines of a file; of one that is too long only its beginning, which does not decode."""
    while line := lines.readline(_LONGEST):
        rest = line
        while len(rest) == _LONGEST and not rest.endswith(b"\n"):
            rest = lines.readline(_LONGEST)
        yield line


def _write_runs(records: Iterable[RunRecord], folder: Path) -> Counts:
    """The files with a line for each run, and the counts of all."""
    counts = Counts()
    encoder = msgspec.json.Encoder()
    with ExitStack() as files:
        labels = files.enter_context(whole(folder / LABELS))
        failures = _Rows(files.enter_context(whole(folder / FAILURES)))
        subcategories = _Rows(files.enter_context(whole(folder / SUBCATEGORIES)))
        failures.write([*KEY, "category", "reasoning"])
        subcategories.write([*KEY, "subcategory", "reasoning"])
        for told in records:
            record = _storable(told)
            counts.take(record)
            labels.write(encoder.encode(record) + b"\n")
            if ending(record) is Ending.FAILED:
                key = [getattr(record, name) or "" for name in KEY]
                reasoning = record.reasoning or ""
                failures.write([*key, category_of(record), reasoning])
                if subcategory := subcategory_of(record):
                    subcategories.write([*key, subcategory, reasoning])
    return counts


def _storable(record: RunRecord) -> RunRecord:
    """The record without lone surrogates: paths of undecodable bytes hold them, UTF-8 cannot."""
    try:
        msgspec.json.encode(record)
    except UnicodeEncodeError:
        return msgspec.convert(_encodable(msgspec.to_builtins(record)), RunRecord)
    return record


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {key: _encodable(each) for key, each in cast(dict[str, Any], value).items()}
    if isinstance(value, list | tuple):
        return [_encodable(each) for each in cast(Sequence[Any], value)]
    return value


class _Rows:
    """CSV as the paper's files have it: commas, CRLF, quotes only where they are needed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, row: list[str]) -> None:
        text = io.StringIO(newline="")
        csv.writer(text).writerow(row)
        self._file.write(text.getvalue().encode("utf-8", "replace"))


def _write_page(counts: Counts, folder: Path) -> None:
    from ormprobe.tables import page  # jinja2 is not for those who only read labels

    records = read_labels(folder)
    if counts.all.runs > page.MOST_RUNS:
        failed = (each for each in records if ending(each) is Ending.FAILED)
        others = (each for each in read_labels(folder) if ending(each) is not Ending.FAILED)
        records = chain(failed, others)
    with whole(folder / PAGE) as file:
        for part in page.render(counts, records):
            file.write(part.encode("utf-8", "replace"))
