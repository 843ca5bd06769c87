"""Delimiter, header and column names are found in a head."""

from __future__ import annotations

import pytest

from unspoof.errors import BadExhibit
from unspoof.parse.delimited import Dialect
from unspoof.parse.delimited_layout import (
    MOST_COLUMNS,
    find_delimiter,
    find_header,
    find_layout,
    is_data,
    name_columns,
)

COMMA = Dialect(",")


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        (b"a,b\n1,2\n", ","),
        (b"a;b;c\n1,5;2,5;x\n2,5;3,5;y\n", ";"),
        (b"a|b\n1,2,3|4\n", "|"),
        (b"a\tb c, d\n1\t2, 3\n", "\t"),
        (b'"x,y";2\n"x";3\n', ";"),
        (b"one column\nof text\n", ""),
        (b"", ""),
        (b"a,b,c\n1,2\n1\n1,2,3,4\n", ""),
    ],
)
def test_the_delimiter_is_the_sign_that_cuts_rows_evenly(text: bytes, delimiter: str) -> None:
    """The sign on which most rows agree wins, then the one that gives more fields."""
    assert find_delimiter(text, '"', "", "", final=True) == delimiter


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "12",
        "+44 20 7946 0123",
        "2026-11-22 10:00:00",
        "2026-11-22T10:00:00.5Z",
        "192.0.2.1",
        "a@example.org",
        "£1.50",
    ],
)
def test_values_are_known(cell: str) -> None:
    """Numbers, telephones, moments and addresses are values."""
    assert is_data(cell.encode())


@pytest.mark.parametrize(
    "cell", ["id", "2nd Party MSISDN", "Date/Time Start (UTC)", "Duration(sec)", "e-mail", "Übergabe"]
)
def test_names_are_no_values(cell: str) -> None:
    """Names may hold digits, signs and letters of any script."""
    assert not is_data(cell.encode())


@pytest.mark.parametrize(
    ("text", "header", "columns", "expected"),
    [
        (b"id,name\n1,x\n", None, (), (("id", "name"), True)),
        (b"1,x\n2,y\n", None, (), (("c1", "c2"), False)),
        (b"1,x\n2,y\n", None, ("id", "name"), (("id", "name"), False)),
        (b"id,name\n2,y\n", None, ("id", "name"), (("id", "name"), True)),
        (b"id,name\n1,x\n", True, ("a", "b"), (("a", "b"), True)),
        (b"id,name\n1,x\n", False, (), (("c1", "c2"), False)),
        (b"1,x,y\n", False, ("id", "name"), (("id", "name", "c3"), False)),
        (b"1\n", False, ("id", "name"), (("id",), False)),
        (b"id,name\n1,x,\n2,y,\n", None, (), (("id", "name", "c3"), True)),
        (b"a title\nid,name\n1,x\n2,y\n", None, (), (("id", "name"), True)),
        (b"id,name\n1,x\nid,name\n2,y\n", None, (), (("id", "name"), True)),
        (b"x,y\nx,z\n", None, (), (("c1", "c2"), False)),
        (b" id ,name\n", None, (), (("id", "name"), True)),
    ],
)
def test_header_and_columns_are_found(
    text: bytes, header: bool | None, columns: tuple[str, ...], expected: tuple[tuple[str, ...], bool]
) -> None:
    """Names come from the header or are those stated; what the first row is follows its own cells."""
    layout = find_layout(text, COMMA, header, columns, final=True)

    assert (layout.columns, layout.has_header) == expected


def test_the_header_is_found_again_where_it_was_found() -> None:
    """A second look that knows there is a header agrees on its place: a title, and rows that end in a delimiter."""
    assert find_header(b"a title\nid,name\n1,x\n", COMMA, 2, final=True) == 8
    assert find_header(b"id,name\n1,x,\n2,y,\n", COMMA, 3, final=True) == 0


def test_names_are_made_distinct() -> None:
    """Columns that share a name are numbered without taking the name of another; the notes say so."""
    names, notes = name_columns(["id", "id", "id_2", "", "id"], 6)

    assert names == ("id", "id_3", "id_2", "c4", "id_4", "c6")
    assert notes[0] == "column 2 is called id_3: the name occurs twice"


def test_too_many_columns_are_refused() -> None:
    """No table has more columns than a sheet can have; the notes on fewer are bounded too."""
    with pytest.raises(BadExhibit):
        name_columns([], MOST_COLUMNS + 1)

    assert len(name_columns(["x"] * MOST_COLUMNS, MOST_COLUMNS)[1]) == 21
