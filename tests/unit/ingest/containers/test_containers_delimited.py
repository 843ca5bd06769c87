"""Delimited text as a container: what is read, what is refused, and why."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.errors import BadExhibit, BadMapping, UnspoofError
from unspoof.ingest.container import Options
from unspoof.ingest.containers.delimited import Delimited
from unspoof.parse.delimited import LONGEST_RECORD

Found = tuple[list[tuple[bytes, tuple[str | None, ...]]], list[tuple[bytes, str]]]


def read(data: bytes, options: Options | None = None, block_size: int = 8 << 20) -> Found:
    """Return each row's bytes and cells, and each refusal's bytes and reason."""
    container = Delimited(block_size)
    survey = container.survey(io.BytesIO(data), options or Options())
    wanted = {"": [column.name for column in survey.tables[0].columns]}
    rows, refused = [], []
    for block in container.blocks(io.BytesIO(data), survey):
        for batch in block.read(wanted):
            places = zip(batch.locator.to_pylist(), batch.locator_size.to_pylist(), strict=True)
            cells = (tuple(row.values()) for row in batch.cells.to_pylist())
            rows += [(data[at : at + size], row) for (at, size), row in zip(places, cells, strict=True)]
            refused += [(data[r.locator : r.locator + r.locator_size], r.reason) for r in batch.refused]
    return rows, refused


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp1252", "cp037", "latin-1"]
)
def test_rows_and_places_are_the_same_in_every_character_set(encoding: str) -> None:
    """A row's bytes are its text in the file's own character set; the cells are text."""
    text = 'number,name\r\n447700900123,Zoë\r\n447700900124,"a ""b"", c"\r\n'
    rows, refused = read(text.encode(encoding), Options(encoding=encoding))
    plain = {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": "utf-8"}.get(encoding, encoding)

    assert [(raw.decode(plain), cells) for raw, cells in rows] == [
        ("447700900123,Zoë", ("447700900123", "Zoë")),
        ('447700900124,"a ""b"", c"', ("447700900124", 'a "b", c')),
    ]
    assert refused == []


def test_rows_of_the_wrong_size_are_refused_and_the_next_are_read() -> None:
    """The reason says how many fields there are and how many there should be."""
    rows, refused = read(b"a,b\n1,2\n3\n4,5,6\n7,8")

    assert [cells for _, cells in rows] == [("1", "2"), ("7", "8")]
    assert refused == [(b"3", "1 field where 2 are expected"), (b"4,5,6", "3 fields where 2 are expected")]


def test_a_row_that_is_wrong_twice_has_one_reason_whatever_stands_beside_it() -> None:
    """A row of too many fields that is no text either is refused for the same beside a row with an escape and alone."""
    data = b"1\ta\\\tb\n2\xff\tc\td\n3\te\n"
    options = Options(delimiter="\t", quote="", escape="\\", header=False)

    assert read(data, options) == read(data, options, block_size=1)


def test_zero_bytes_survive() -> None:
    """A NUL within text is data."""
    rows, _ = read(b"a,b\n1,x\x00y\n" + b"2,plain text\n" * 20)

    assert rows[0] == (b"1,x\x00y", ("1", "x\x00y"))


def test_a_file_of_lone_returns_is_read() -> None:
    """Old Macintosh exports end their lines so."""
    rows, refused = read(b"a,b\r1,2\r\r3,4\r")

    assert (rows, refused) == ([(b"1,2", ("1", "2")), (b"3,4", ("3", "4"))], [])


def test_a_quote_that_is_never_closed_is_bounded() -> None:
    """Over more than the longest record the refusal ends, whatever the size of blocks, and reading goes on."""
    filler = (b"x" * 63 + b"\n") * (LONGEST_RECORD // 40)
    data = b'a,b\n1,2\n3,"open\n' + filler + b"5,6\n"
    rows, refused = read(data)

    assert [cells for _, cells in rows] == [("1", "2"), ("5", "6")]
    assert refused[0][1].startswith("a quote that is never closed; ")
    assert sum(len(raw) + 1 for raw, _ in refused) == len(data) - len(b"a,b\n1,2\n5,6\n")
    assert read(data, block_size=1 << 16) == (rows, refused)


def test_a_line_beyond_all_bounds_is_refused() -> None:
    """One huge line is one refusal; the rows around it are read."""
    data = b"a,b\n1,2\n" + b"x" * (LONGEST_RECORD + 1) + b"\n3,4\n"
    rows, refused = read(data, block_size=1 << 16)

    assert [cells for _, cells in rows] == [("1", "2"), ("3", "4")]
    assert [(len(raw), reason) for raw, reason in refused] == [
        (LONGEST_RECORD + 1, "a line longer than 1,048,576 bytes")
    ]


def test_only_wanted_columns_are_read() -> None:
    """Columns that the table lacks are left out; the order is the table's."""
    survey = Delimited().survey(io.BytesIO(b"a,b,c\n1,2,3\n"), Options())
    batches = [
        batch
        for block in Delimited().blocks(io.BytesIO(b"a,b,c\n1,2,3\n"), survey)
        for batch in block.read({"": {"c", "a", "z"}})
    ]

    assert batches[0].cells.to_pydict() == {"a": ["1"], "c": ["3"]}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b"\n\n\n", "no row at the start of the file"),
        (bytes(range(32)) * 40, "not text: control characters at the start"),
        (b"n\nZo\xeb\nM\xfcller\n", "not UTF-8: byte 0xeb at offset 4"),
    ],
)
def test_what_cannot_be_delimited_text_is_refused_whole(data: bytes, problem: str) -> None:
    """The message says what is wrong with the file."""
    with pytest.raises(BadExhibit) as caught:
        read(data)

    assert caught.value.problem.startswith(problem)


def test_a_delimiter_must_be_one_character() -> None:
    """A mapping that states two is wrong."""
    with pytest.raises(BadMapping):
        read(b"a||b\n", Options(delimiter="||"))


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"a,b\n1,2\n", True),
        (b"n;m\nZo\xeb;2\nM\xfc;3\n", True),
        (b"n;m\n1;2\n".decode().encode("utf-16"), True),
        (b"just words\nand more\n", False),
        (b"\x00\x01,\x02\n" * 10, False),
        (b"", False),
    ],
)
def test_sniffing_takes_text_that_is_cut_evenly(head: bytes, expected: bool) -> None:
    """Also where the character set will have to be stated."""
    assert Delimited().sniff(head) is expected


@settings(max_examples=120, deadline=None)
@given(
    st.lists(
        st.sampled_from([b",", b'"', b"\n", b"\r\n", b"a", "ë".encode(), b"\xff", b"1,2\n", b'""', b"#"]), max_size=40
    ),
    st.integers(1, 30),
    st.sampled_from(["", "utf-16-le", "cp1252"]),
)
def test_blocks_of_any_size_give_the_same(pieces: list[bytes], block_size: int, encoding: str) -> None:
    """Where blocks are cut shows nowhere, in any character set, on text full of signs and damage."""
    data = b"".join(pieces)
    data = data.decode("latin-1").encode(encoding) if encoding == "utf-16-le" else data
    options = Options(delimiter=",", encoding=encoding, comment="#")
    try:
        expected = read(data, options)
    except UnspoofError:
        return

    assert read(data, options, block_size) == expected
