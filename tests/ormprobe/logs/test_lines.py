"""Lines of a log: encodings, colours, progress bars, prefixes, and what is passed by."""

from __future__ import annotations

import io

import pytest

from ormprobe.logs.lines import BLOCK, MAX_LINE, Attention, read_lines
from ormprobe.logs.model import LogCounts


def lines_of(data: bytes) -> tuple[list[tuple[int, str, str | None]], LogCounts]:
    counts = LogCounts()
    found = [(line.number, line.text, line.source) for line in read_lines(io.BytesIO(data), counts)]
    return found, counts


def texts_of(data: bytes) -> list[str]:
    return [text for _, text, _ in lines_of(data)[0]]


def test_windows_line_ends_and_a_last_line_without_its_end() -> None:
    found, counts = lines_of(b"one\r\ntwo\nthree")
    assert found == [(1, "one", None), (2, "two", None), (3, "three", None)]
    assert (counts.lines, counts.bytes) == (3, 14)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_marks_and_encodings(encoding: str) -> None:
    assert texts_of("größer als\nnull\n".encode(encoding)) == ["größer als", "null"]


def test_utf_16_whose_pairs_are_cut_by_blocks() -> None:
    text = "zeile é\n" * BLOCK
    assert texts_of(b"\xff\xfe" + text.encode("utf-16-le"))[-1] == "zeile é"


def test_bytes_that_are_no_text_are_replaced_and_counted() -> None:
    found, counts = lines_of(b"caf\xe9 open and much more text around it\n")
    assert found[0][1].startswith("caf� open")
    assert counts.undecodable == 1
    assert not counts.binary


def test_a_binary_stretch_is_told_and_passed_by() -> None:
    found, counts = lines_of(b"before\n" + bytes(range(256)) * 40 + b"\nafter\n")
    assert counts.binary
    assert (found[0][1], found[-1][1]) == ("before", "after")


def test_the_zero_bytes_that_truncating_leaves_before_a_line() -> None:
    assert lines_of(b"\0" * 5000 + b"still here\n")[0] == [(1, "still here", None)]


def test_colours_and_titles_go() -> None:
    assert texts_of(b"\x1b]0;title\x07\x1b[35m\x1b[1mPOST /x\x1b[0m\x1b[K 201\n") == ["POST /x 201"]


def test_what_a_progress_bar_overwrites_are_lines_of_one_number() -> None:
    bar = b"".join(b"%d%% done\r" % part for part in range(3))
    assert lines_of(bar + b"Traceback\nnext\n")[0] == [
        (1, "0% done", None),
        (1, "1% done", None),
        (1, "2% done", None),
        (1, "Traceback", None),
        (2, "next", None),
    ]


def test_a_line_of_any_length_is_cut_and_counted() -> None:
    found, counts = lines_of(b"x" * (3 * BLOCK) + b"\nnext\n" + b"y" * (MAX_LINE + 1))
    assert [number for number, _, _ in found] == [1, 2, 3]
    assert len(found[0][1]) <= MAX_LINE
    assert found[1][1] == "next"
    assert counts.cut_lines == 2


def test_the_end_of_a_long_progress_bar_is_kept() -> None:
    assert texts_of(b"50% done\r" * BLOCK + b"Traceback\n")[-1] == "Traceback"


@pytest.mark.parametrize(
    ("prefix", "source"),
    [
        ("web-1    | ", "web-1"),
        ("12:00:01 web.1   | ", "web.1"),
        ("0|api      | ", "api"),
        ("web stdout | ", "web"),
        ("[pod/web-7d9f/app] ", "pod/web-7d9f/app"),
        ("Mar 05 11:41:32 host-1 web[123]: ", "web[123]"),
        ("2026-03-05T11:41:32+0000 host web[123]: ", "web[123]"),
        ("2026-03-05T11:41:32.123456789Z ", None),
        ("2026-03-05T11:41:32.123456789Z stderr F ", None),
        ("web-1    | 2026-03-05T11:41:32.123Z ", "web-1"),
    ],
)
def test_prefixes_of_process_managers(prefix: str, source: str | None) -> None:
    log = "".join(f"{prefix}{text}\n" for text in ("first", "  indented", ""))
    found = [(text, named) for _, text, named in lines_of(log.encode())[0]]
    assert found == [("first", source), ("  indented", source), ("", source)]


def test_the_files_of_docker() -> None:
    log = rb'{"log":"  \"x\"\n","stream":"stderr","time":"2026-03-05T11:41:32.1Z"}'
    assert lines_of(log + b"\n" + log[:12])[0] == [(1, '  "x"', None), (2, log[:12].decode(), None)]


@pytest.mark.parametrize(
    "line",
    [
        "alice | 30",
        "2026-03-05 11:41:32.123 | ERROR    | app:f:5 - no",
        '  |   File "x.py", line 3, in f',
        "| id | name |",
        "[ERROR] no",
    ],
)
def test_what_only_looks_like_a_prefix(line: str) -> None:
    assert lines_of(f"{line}\n".encode())[0] == [(1, line, None)]


def test_dull_lines_are_counted_and_not_given() -> None:
    attention, counts = Attention(), LogCounts()
    given: list[int] = []
    log = b"".join(b"user %d came\n" % number for number in range(5)) + b"user left\n"
    for line in read_lines(io.BytesIO(log), counts, attention):
        given.append(line.number)
        attention.was_dull()
        attention.open = False
    assert given == [1, 6]
    assert counts.lines == 6


def test_a_line_of_alarm_is_never_dull_and_is_given_with_those_before_it() -> None:
    attention = Attention()
    given: list[int] = []
    log = b"user 1 came\nuser 2 came\nit failed 3\nuser 4 came\nit failed with an Error 5\n"
    for line in read_lines(io.BytesIO(log), LogCounts(), attention):
        given.append(line.number)
        attention.was_dull()
        attention.open = False
    assert given == [1, 3, 4, 5]
