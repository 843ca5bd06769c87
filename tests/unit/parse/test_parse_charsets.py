"""Character sets: found, refused, and always led back to the bytes of the stream."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.errors import BadExhibit, BadMapping
from unspoof.parse.charsets import find_charset, is_utf8, to_text, valid_rows

TEXT = "caller,name\n+442079460123,Zoë\n"


@pytest.mark.parametrize(
    ("data", "stated", "name", "bom", "line_end"),
    [
        (TEXT.encode(), "", "utf-8", 0, "\n"),
        (TEXT.encode("utf-8-sig"), "", "utf-8", 3, "\n"),
        (TEXT.encode("utf-8-sig"), "utf-8", "utf-8", 3, "\n"),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), "", "utf-16-le", 2, "\n"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16", "utf-16-be", 2, "\n"),
        (TEXT.encode("utf-16-be"), "", "utf-16-be", 0, "\n"),
        (TEXT.encode("utf-32-le"), "", "utf-32-le", 0, "\n"),
        (TEXT.encode("cp1252"), "windows-1252", "cp1252", 0, "\n"),
        (b"a,b\r1,2\r", "", "utf-8", 0, "\r"),
        ("a,b\r1,2\r".encode("utf-16-le"), "", "utf-16-le", 0, "\r"),
        (b"", "", "utf-8", 0, "\n"),
    ],
)
def test_the_character_set_is_found(data: bytes, stated: str, name: str, bom: int, line_end: str) -> None:
    """Statement, mark and zero bytes say how bytes make text; lone returns end lines only where no line feed does."""
    charset = find_charset(stated, data, whole=True)

    assert (charset.name, charset.bom, charset.line_end) == (name, bom, line_end)


def test_a_file_that_is_not_utf8_throughout_is_refused_with_the_place() -> None:
    """Most lines with more than ASCII are not UTF-8: the message names the first byte, and what to state."""
    with pytest.raises(BadExhibit) as caught:
        find_charset("", b"plain\nZo\xeb\nplain\nM\xfcller\n", whole=True)

    assert "byte 0xeb at offset 8; 2 of the 2 lines" in caught.value.problem
    assert "encoding = 'cp1252'" in caught.value.hint


def test_one_damaged_line_does_not_condemn_the_file() -> None:
    """A single line that is not UTF-8 is noted, and left to be refused alone."""
    charset = find_charset("", "Zoë\nfine\n".encode() + b"\xff\n", whole=True)

    assert (charset.name, charset.note) == ("utf-8", "1 lines at the start are not UTF-8, the first at byte 10")


@pytest.mark.parametrize("stated", ["no-such", "utf-7", "iso2022_jp", "hz", "base64", "unicode_escape", "idna", "a\0b"])
def test_character_sets_that_lines_cannot_be_told_in_are_refused(stated: str) -> None:
    """What is no character set, or changes the meaning of bytes on its way, is refused by name."""
    with pytest.raises(BadMapping):
        find_charset(stated, b"abc")


def test_a_mark_that_contradicts_the_statement_is_refused() -> None:
    """Nobody writes the mark of UTF-8 before cp1252."""
    with pytest.raises(BadExhibit):
        find_charset("cp1252", b"\xef\xbb\xbfabc")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=8), min_size=1, max_size=8),
    st.sampled_from(
        ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "latin-1", "shift_jis", "cp037", "gb18030"]
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_each_line_leads_back_to_its_bytes(lines: list[str], name: str, line_end: str, ended: bool) -> None:
    """The place that is given for a line is that of its bytes in the stream, in any character set."""
    lines = [line.encode(name, "ignore").decode(name) for line in lines]
    raw = (line_end.join(lines) + (line_end if ended else "")).encode(name)
    text = to_text(raw, 100, find_charset(name, raw, whole=True))
    places = np.array([0, *(text.breaks + 1)][: len(lines)])
    ends = np.append(text.breaks, len(text.utf8))[: len(lines)]
    returns = np.array([line_end == "\r\n" and (i < len(lines) - 1 or ended) for i in range(len(lines))])
    spans = zip(text.source_starts(places) - 100, text.source_ends(ends - returns) - 100, strict=True)

    assert [raw[start:end].decode(name) for start, end in spans] == lines


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=60), st.sampled_from(["utf-16-le", "utf-16-be", "utf-32-be", "cp1252", "gbk", "euc_jp", "big5"])
)
def test_bytes_without_meaning_become_invalid_and_keep_the_lines(raw: bytes, name: str) -> None:
    """Junk is never an error: it becomes text that is not valid UTF-8, or raises BadExhibit where lines get lost."""
    charset = find_charset(name, b"")
    try:
        text = to_text(raw, 0, charset)
    except BadExhibit:
        return
    try:
        raw.decode(name)
        sound = True
    except UnicodeDecodeError:
        sound = False

    assert is_utf8(text.utf8) == sound
    assert len(text.breaks) == len(text.source_breaks)


def test_only_rows_with_bad_bytes_are_invalid() -> None:
    """One bad row leaves its neighbours valid, also those that hold more than ASCII."""
    data = "Zoë\n".encode() + b"\xff\nabc\n"

    assert valid_rows(data, np.array([0, 5, 7]), np.array([4, 6, 10])).tolist() == [True, False, True]
