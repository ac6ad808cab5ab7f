"""CSV taken apart says what the csv module says, and loses nothing."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ormprobe.tables import csv_cells
from ormprobe.tables.csv_cells import TooLong, cell, lines_of, taken_apart, value

TEXTS = st.text(alphabet='ab,;"\r\n\t \ufeffé', max_size=40)


def apart(text: str, delimiter: str = ",") -> list[csv_cells.Line]:
    return list(taken_apart(lines_of(io.StringIO(text, newline="")), delimiter))


@given(TEXTS, st.sampled_from(csv_cells.DELIMITERS))
def test_joined_again_it_is_the_same_text(text: str, delimiter: str) -> None:
    assert "".join(line.text(delimiter) for line in apart(text, delimiter)) == text


@given(TEXTS, st.sampled_from(csv_cells.DELIMITERS))
def test_cells_say_what_the_csv_module_reads(text: str, delimiter: str) -> None:
    ours = [
        [value(each) for each in line.cells] for line in apart(text, delimiter) if not line.blank
    ]
    theirs = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]

    assert ours == theirs


@given(TEXTS, st.sampled_from(csv_cells.DELIMITERS), st.booleans())
def test_a_cell_that_is_written_says_its_text(text: str, delimiter: str, quoted: bool) -> None:
    line = f"x{delimiter}{cell(text, delimiter, quoted)}{delimiter}y\r\n"

    (row,) = apart(line, delimiter)

    assert [value(each) for each in row.cells] == ["x", text, "y"]
    assert not quoted or row.cells[1].startswith('"')


def test_a_cell_without_an_end_is_not_followed_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_cells, "LONGEST", 1000)

    with pytest.raises(TooLong):
        apart('a,"' + "x\n" * 2000)
    with pytest.raises(TooLong):
        apart("x" * 2000)
    assert len(apart("x\n" * 2000)) == 2000
