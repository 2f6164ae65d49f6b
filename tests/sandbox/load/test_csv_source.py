import csv
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoho_sandbox.load.csv_source import BrokenRow, CsvSource, Row
from zoho_sandbox.load.errors import FolderError

# What survives a trip through a cell: text as people type it, trimmed, without control characters.
cell_text = st.text(
    st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp"), blacklist_characters="\ufffd\ufeff"), max_size=12
).map(str.strip)
rows_of_text = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(cell_text, min_size=width, max_size=width).filter(any), min_size=1, max_size=8)
)


def written(path: Path, content: bytes) -> CsvSource:
    path.write_bytes(content)
    return CsvSource(path)


def records(source: CsvSource) -> list[list[str]]:
    return [list(row.cells.values()) for row in source.rows() if isinstance(row, Row)]


@given(rows=rows_of_text, encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), mark=st.sampled_from(",;\t|"))
def test_what_is_written_is_read_again(tmp_path_factory, rows, encoding, mark):
    path = tmp_path_factory.mktemp("csv") / "file.csv"
    heading = [f"column {place}" for place in range(len(rows[0]))]
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=mark).writerows([heading, *rows])
    source = CsvSource(path, delimiter=mark)
    assert source.columns == heading
    assert records(source) == rows


@given(content=st.binary(max_size=400))
def test_garbage_is_a_clear_error_or_rows(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("csv") / "file.csv"
    with suppress(FolderError):
        assert all(row.number >= 2 for row in written(path, content).rows())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_encodings_are_detected(tmp_path, encoding):
    source = written(tmp_path / "a.csv", "会社,都市\n株式会社青葉精機,東京\n".encode(encoding))
    assert source.columns == ["会社", "都市"]
    assert records(source) == [["株式会社青葉精機", "東京"]]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_delimiters_are_detected(tmp_path, mark):
    source = written(tmp_path / "a.csv", f'name{mark}city\n"Aoba, Ltd; x"{mark}Tokyo\n'.encode())
    assert records(source) == [["Aoba, Ltd; x", "Tokyo"]]


def test_rows_are_numbered_as_in_a_spreadsheet(tmp_path):
    source = written(tmp_path / "a.csv", b'name,note\nA,"two\nlines"\n\nB,x\n')
    assert [row.number for row in source.rows()] == [2, 4]


def test_a_quote_that_never_closes_costs_one_row(tmp_path):
    source = written(tmp_path / "a.csv", b'name,note\nA,"oops\nB,y\nC,z\n')
    rows = list(source.rows())
    assert [(type(row), row.number) for row in rows] == [(BrokenRow, 2), (Row, 3), (Row, 4)]
    assert "broken CSV" in rows[0].reason


def test_a_row_with_too_many_cells_is_broken_and_a_short_one_is_not(tmp_path):
    source = written(tmp_path / "a.csv", b"name,note\nA,b,c\nB\nC,,,\n")
    first, second, third = source.rows()
    assert isinstance(first, BrokenRow)
    assert first.reason == "the row has more cells than the heading"
    assert second.cells == {"name": "B"}
    assert third.cells == {"name": "C", "note": ""}


def test_columns_without_a_name_of_their_own_get_one(tmp_path):
    source = written(tmp_path / "a.csv", b"name,,name\n1,2,3\n")
    assert source.columns == ["name", "(column 2)", "name (2)"]


@pytest.mark.parametrize("content", [b"", b"\n\n", b",,\n1,2,3\n"])
def test_a_file_without_a_heading_is_refused(tmp_path, content):
    with pytest.raises(FolderError, match=r"a\.csv: received no heading; valid: a first row"):
        written(tmp_path / "a.csv", content)


@pytest.mark.parametrize("encoding", ["klingon", "base64"])
def test_an_unknown_encoding_is_refused(tmp_path, encoding):
    (tmp_path / "a.csv").write_bytes(b"a\n1\n")
    with pytest.raises(FolderError, match=f"encoding: received '{encoding}'"):
        CsvSource(tmp_path / "a.csv", encoding=encoding)
