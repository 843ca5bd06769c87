"""Rows cut from SQL text are the rows that were written, whatever the bytes in them and wherever the text is cut."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.errors import BadExhibit, UnspoofError
from unspoof.parse.sqldump import Cutter
from unspoof.parse.sqldump_read import Rows, read_rows
from unspoof.parse.sqldump_row import RowState, read_row
from unspoof.parse.sqldump_scan import escaping, outside, quotes, scan_rows

Cell = bytes | None
Found = list[tuple[str, int, int, tuple[Cell, ...]]]
Refusals = list[tuple[int, int, str]]

BACKSLASHED = {0: b"\\0", 8: b"\\b", 9: b"\\t", 10: b"\\n", 13: b"\\r", 26: b"\\Z", 34: b'\\"', 39: b"\\'", 92: b"\\\\"}


def backslashed(text: bytes) -> bytes:
    """Write a string as mysqldump does."""
    return b"'" + b"".join(BACKSLASHED.get(c, bytes([c])) for c in text) + b"'"


def doubled(text: bytes) -> bytes:
    """Write a string as other tools do: quotes doubled, line ends raw."""
    return b"'" + text.replace(b"\\", b"\\\\").replace(b"'", b"''") + b"'"


def cut_all(dump: bytes, piece: int = 1 << 20, *, exact: bool = False) -> tuple[Found, Refusals]:
    """Read every row of a dump, fed `piece` more bytes at a time."""
    cutter, data, base, fed = Cutter(), b"", 0, 0
    found: Found = []
    refused: Refusals = []
    while True:
        more = dump[fed : fed + max(piece, len(data))]
        fed, data, at_end = fed + len(more), data + more, fed + len(more) >= len(dump)
        cut = cutter.cut(data, at_end=at_end)
        for segment in cut.segments:
            width = len(segment.head.columns)
            read = read_rows(data, segment.rows, width, range(width), exact=exact)
            lists = [column.to_pylist() for column in read.columns]
            rows = list(zip(*lists, strict=True)) if lists else [()] * len(read.starts)
            places = zip(read.starts.tolist(), read.ends.tolist(), strict=True)
            for (start, end), row in zip(places, rows, strict=True):
                found.append((segment.head.table[1], base + start, base + end, row))
            refused += [(base + start, base + end, why) for start, end, why in (*segment.refused, *read.refused)]
        data, base = data[cut.consumed :], base + cut.consumed
        if at_end:
            return sorted(found, key=lambda row: row[1]), sorted(refused)


def rows_in(*rows: bytes, separator: bytes = b",") -> tuple[bytes, Rows]:
    """Return rows as the text of an INSERT's values, and where they stand."""
    starts, ends, text = [], [], b""
    for row in rows:
        text += separator if text else b""
        starts.append(len(text))
        text += row
        ends.append(len(text))
    return text, Rows(np.array(starts), np.array(ends), np.zeros(len(starts), dtype=np.bool_))


NASTY = st.sampled_from(
    [b"", b"NULL", b"'", b"''", b"\\", b"\\'", b"),(", b");\n", b"\n", b"\r\n", b"\0", b"\x1a", b'"', b"`", b"-- x\n",
     b"--", b"/*", b"*/", b"#", b";\nINSERT INTO t VALUES (1);\n", b"0x41", b",0x41",
     b"_binary 'x'", b",_binary '", b"%", b"_", b"\\%",
     b", ", b" ,", b",", b" ", b"\xff\xfe", b"\xef\xbb\xbf", b"(", b")", b"n", b"a", b"\t", b"\x0b", b",NULL,", b",x'"]
)  # fmt: skip
TEXTS = st.one_of(st.binary(max_size=8), st.lists(NASTY, max_size=4).map(b"".join))
NUMBERS = st.sampled_from(
    [b"0", b"-1", b"1.5", b"-1.5e-20", b"+3", b".5", b"12345678901234567890", b"0x", b"5abc", b"1 2"]
)


@st.composite
def cells(draw: st.DrawFn) -> tuple[bytes, Cell]:
    """A value as it is written, and what it means."""
    kind = draw(
        st.sampled_from(["null", "number", "mysql", "mysql", "raw", "hex", "xhex", "binary", "percent", "pair"])
    )
    text = draw(TEXTS)
    if kind == "null":
        return draw(st.sampled_from([b"NULL", b"null", b"\\N"])), None
    if kind == "number":
        number = draw(NUMBERS.filter(lambda n: n != b"0x"))
        return number + draw(st.sampled_from([b"", b"", b" "])), number
    if kind == "hex" and text:
        return b"0x" + text.hex().encode(), text
    if kind == "xhex":
        return b"x'" + text.hex().encode() + b"'", text
    if kind == "percent":
        return b"'a\\%b\\_c'", b"a\\%b\\_c"
    if kind == "pair":
        return b"'a' 'b'", b"ab"
    written = backslashed(text) if kind != "raw" else doubled(text)
    return (b"_binary " if kind == "binary" else b"") + written, text


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[bytes], list[tuple[Cell, ...]]]:
    """Some 60 rows as written and as meant, most of them plain, of one to four columns."""
    width = draw(st.integers(1, 4))
    pool = draw(st.lists(st.lists(cells(), min_size=width, max_size=width), min_size=1, max_size=5))
    easy = [[(backslashed(t), t) for t in row] for row in draw(
        st.lists(st.lists(TEXTS, min_size=width, max_size=width), min_size=1, max_size=5))]  # fmt: skip
    order = draw(st.lists(st.integers(0, len(pool) + 3 * len(easy) - 1), min_size=50, max_size=60))
    rows = [pool[n] if n < len(pool) else easy[(n - len(pool)) % len(easy)] for n in order]
    blank = draw(st.sampled_from([b",", b",", b", "]))
    return [b"(" + blank.join(c[0] for c in row) + b")" for row in rows], [tuple(c[1] for c in row) for row in rows]


@settings(max_examples=80, deadline=None)
@given(tables(), st.sampled_from([b",", b",\n", b", ", b",\r\n", b";\nINSERT INTO t VALUES "]), st.integers(20, 4000))
def test_rows_read_are_the_rows_written_fast_or_exact_and_however_the_text_is_cut(
    table: tuple[list[bytes], list[tuple[Cell, ...]]], separator: bytes, piece: int
) -> None:
    """The fast way, the exact way and the pieces of any size all give what was written."""
    written, meant = table
    dump = b"INSERT INTO t VALUES " + separator.join(written) + b";\n"

    fast, exact, pieces = cut_all(dump), cut_all(dump, exact=True), cut_all(dump, piece)

    assert [row[3] for row in fast[0]] == meant
    assert [dump[start:end] for _, start, end, _ in fast[0]] == written
    assert fast[1] == []
    assert exact == fast
    assert pieces == fast


PIECES = st.sampled_from(
    [b"(", b")", b",", b"'", b"''", b"\\", b"),(", b"a", b"1", b"NULL", b" ", b"\n", b"x", b'"', b"`", b"--", b"/*",
     b"0x", b"#", b"(1,2)", b"('a','b')", b",(1,2)", b"\0", b"_b"]
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(PIECES, max_size=5).map(b"".join), min_size=1, max_size=3), st.integers(50, 60), st.randoms())
def test_fast_and_exact_agree_on_rows_that_are_no_rows(odd: list[bytes], count: int, rng: object) -> None:
    """Whatever stands between a row's parentheses, both ways keep the same cells and refuse the same rows."""
    rows = [b"(" + (odd[n % len(odd)] if n % 9 == 0 else b"'v%d',%d" % (n, n)) + b")" for n in range(count)]
    dump = b"INSERT INTO t (a,b) VALUES " + b",".join(rows) + b";"

    assert cut_all(dump) == cut_all(dump, exact=True)


@settings(max_examples=80, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=60).map(b"".join)), st.integers(1, 50))
def test_any_bytes_end_in_rows_refusals_or_our_own_error(junk: bytes, piece: int) -> None:
    """Junk never crashes, and what is kept or refused never overlaps."""
    for dump in (
        junk,
        b"INSERT INTO t VALUES (" + junk,
        b"INSERT INTO t VALUES (1,'a')," + junk,
        b"CREATE TABLE t (a int);INSERT INTO t VALUES " + junk,
    ):
        try:
            found, refused = cut_all(dump, piece)
        except UnspoofError:
            continue
        spans = sorted([(start, end) for _, start, end, _ in found] + [(start, end) for start, end, _ in refused])
        assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))


def test_a_dump_cut_off_anywhere_keeps_every_row_before_the_cut() -> None:
    """Each prefix gives exactly the rows that are whole in it, and one refusal if it ends inside a row."""
    rows = [b"(%d,'it''s \\'%d\\' ),(')" % (n, n) for n in range(60)]
    dump = b"INSERT INTO t (a,b) VALUES " + b",\n".join(rows) + b";\n-- Dump completed\n"
    whole = cut_all(dump)[0]

    for end in range(30, len(dump), 7):
        found, refused = cut_all(dump[:end], 500)

        assert found == [row for row in whole if row[2] <= end]
        inside = [row for row in whole if row[1] < end < row[2]]
        assert refused == [(row[1], end, "the dump ends inside this row") for row in inside]


@pytest.mark.parametrize("count", [3, 200])
@pytest.mark.parametrize("separator", [b",", b",\n", b";\nINSERT INTO t (a,b,c) VALUES "])
@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b"(1,'abc,2)", "the row is damaged: a quote is missing or one too many"),
        (b"(1,abc',2)", "the row is damaged: a quote is missing or one too many"),
        (b"(1,'a'c',2)", "the row is damaged: a quote is missing or one too many"),
        (b"(1,'a')", "the row has 2 values where 3 are expected"),
        (b"(1,'a',2,3)", "the row has 4 values where 3 are expected"),
        (b"(1,NOW(),3)", "the row holds an empty place or an expression where a literal value is expected"),
        (b"(,'',3)", "the row holds an empty place or an expression where a literal value is expected"),
        (b"(1,,3)", "the row holds an empty place or an expression where a literal value is expected"),
        (b"(1,CONCAT('),(',2),3)", "the row holds an empty place or an expression where a literal value is expected"),
    ],
)
def test_a_bad_row_costs_itself_and_no_other(broken: bytes, reason: str, separator: bytes, count: int) -> None:
    """Rows on both sides of a damaged one are kept, and the damaged one is refused with its own bytes."""
    rows = [b"(%d,'text %d',NULL)" % (n, n) for n in range(count)]
    middle = count // 2
    dump = (
        b"INSERT INTO t (a,b,c) VALUES "
        + separator.join([*rows[:middle], broken, *rows[middle:]])
        + b";\nUNLOCK TABLES;\n"
    )

    found, refused = cut_all(dump)

    assert [dump[start:end] for _, start, end, _ in found] == rows
    assert [(dump[start:end].strip(b";"), why) for start, end, why in refused] == [(broken, reason)]


def test_a_quote_missing_in_a_row_does_not_reach_the_next_statement() -> None:
    """Reading goes on at the next line that begins a statement."""
    dump = b"INSERT INTO t VALUES (1,'a);\nINSERT INTO t VALUES (2,'b');\nINSERT INTO u VALUES ('x');\n"

    found, refused = cut_all(dump)

    assert [(row[0], row[3]) for row in found] == [("t", (b"2", b"b")), ("u", (b"x",))]
    assert len(refused) == 1


@pytest.mark.parametrize("odd", [b";,", b";", b",;1,'x',2),", b";1,'x',2),"])
def test_a_semicolon_among_the_rows_does_not_lose_the_rest(odd: bytes) -> None:
    """Rows after it are kept, and what stands in between is refused."""
    left, right = ([b"(%d,'text',NULL)" % n for n in range(start, start + 100)] for start in (0, 100))
    dump = b"INSERT INTO t (a,b,c) VALUES " + b",".join(left) + odd + b",".join(right) + b";\n"

    found, refused = cut_all(dump)

    assert [dump[start:end] for _, start, end, _ in found] == left + right
    assert len(refused) == 1


def test_a_stray_double_quote_costs_one_row() -> None:
    """A string in double quotes that never closes is not a dump that was cut off."""
    rows = [b"(%d,'text',NULL)" % n for n in range(100)]
    dump = b"INSERT INTO t (a,b,c) VALUES " + b",".join([*rows, b"(1,\"x',2)", *rows]) + b";\n-- Dump completed\n"

    found, refused = cut_all(dump)

    assert [dump[start:end] for _, start, end, _ in found] == rows + rows
    assert [dump[start:end] for start, end, _ in refused] == [b"(1,\"x',2)"]


def test_rows_of_several_tables_statement_by_statement() -> None:
    """Interleaved one-row statements, REPLACE, IGNORE, quoted and qualified names all lead to their tables."""
    dump = (
        b"INSERT INTO `a b` VALUES (1);\nREPLACE INTO `d`.`u` (x, `y z`) VALUES (1,2);\n"
        b"INSERT  IGNORE INTO `a b` VALUES (2);\n"
        b"insert low_priority into t (a) value (3) ON DUPLICATE KEY UPDATE a=VALUES(a), b='x;(';\n"
        b"INSERT INTO t SET a = 1;\n"
        b"INSERT INTO t (a) SELECT 1;\n"
    )

    found, refused = cut_all(dump)

    assert [(row[0], row[3]) for row in found] == [
        ("a b", (b"1",)),
        ("u", (b"1", b"2")),
        ("a b", (b"2",)),
        ("t", (b"3",)),
    ]
    assert [dump[start:end] for start, end, _ in refused] == [b"INSERT INTO t SET a = 1", b"INSERT INTO t (a) SELECT 1"]


def test_what_is_not_data_holds_no_rows() -> None:
    """INSERTs in comments, strings, views, triggers and routines are not read."""
    dump = (
        b"-- it's a comment\n# don't\n/* INSERT INTO t VALUES (1); ' */\nSET @x = 'INSERT INTO t VALUES (2);\n';\n"
        b"/*!50001 CREATE VIEW v AS SELECT '*/;\nINSERT INTO t VALUES (3);' AS x */;\nDELIMITER ;;\n"
        b"/*!50003 CREATE*/ /*!50017 DEFINER=`r`@`%`*/ /*!50003 TRIGGER g BEFORE INSERT ON t FOR EACH ROW BEGIN\n"
        b"INSERT INTO t VALUES (4); -- it's\nEND */;;\nDELIMITER ;\nwarning: can't do this\nINSERT INTO t VALUES (5);\n"
    )

    assert [row[3] for row in cut_all(dump)[0]] == [(b"5",)]
    assert [row[3] for row in cut_all(dump, 40)[0]] == [(b"5",)]


def test_comments_and_double_quotes_among_rows_are_understood() -> None:
    """What only other tools write is read the exact way, and reading is fast again afterwards."""
    rows = [b"(%d,'a')" % n for n in range(500)]
    odd = [b'(1, /* it\'s */ "say ""hi""")', b"-- it's\n(2,'x')", b"( 3 ,\t'y' )"]
    dump = b"INSERT INTO t VALUES " + b",".join([*rows, *odd, *rows]) + b";"

    found, refused = cut_all(dump)

    assert [row[3] for row in found[500:503]] == [(b"1", b'say "hi"'), (b"2", b"x"), (b"3", b"y")]
    assert (len(found), refused) == (1003, [])


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (rb"'\0\n\r\t\b\Z\\\'\"\x\%\_'", b"\0\n\r\t\b\x1a\\'\"x\\%\\_"),
        (b"''", b""),
        (b"''''", b"'"),
        (b"NULL", None),
        (b"'NULL'", b"NULL"),
        (b"0x414", b"\x04\x14"),
        (b"X'4142'", b"AB"),
        (b"b'0101'", b"\x05"),
        (b"0b100000001", b"\x01\x01"),
        (b"_utf8mb4'x'", b"x"),
        (b"_binary 0x41", b"A"),
        (b"N'x'", b"x"),
        (b"-1.5e-20", b"-1.5e-20"),
        (b"TRUE", b"1"),
        (b"'a'\n'b'", b"ab"),
    ],
)
def test_each_kind_of_literal_means_what_the_manual_says(written: bytes, meant: Cell) -> None:
    """MySQL 8.0 manual, 'Literal Values'."""
    row = read_row(b"(" + written + b")", 0)

    assert (row.state, row.cells) == (RowState.OK, [meant])


def test_a_row_of_the_wrong_length_is_found_by_the_fast_way_too() -> None:
    """Only that row is refused, and with the number of its values."""
    text, rows = rows_in(*[b"(%d,'x, y',NULL)" % n for n in range(100)], b"(1,'a,b')", *[b"(5,'c',7)"] * 100)

    read = read_rows(text, rows, 3, [1])

    assert read.refused == [(int(rows.starts[100]), int(rows.ends[100]), "the row has 2 values where 3 are expected")]
    assert read.columns[0].to_pylist() == [b"x, y"] * 100 + [b"c"] * 100


def test_escaping_backslashes_are_every_second_of_a_run() -> None:
    """A quote after two backslashes closes the string, one after three does not."""
    text = np.frombuffer(rb"('a\\','b\\\'c')", dtype=np.uint8)
    escapes = escaping(text)

    assert escapes.tolist() == [3, 9, 11]
    assert quotes(text, escapes).tolist() == [1, 5, 7, 14]
    assert outside(quotes(text, escapes), np.array([6, 8])).tolist() == [6]


def test_a_scan_ends_where_it_cannot_explain_what_it_sees() -> None:
    """Rows before the first unexplained byte are given, and the row that holds it is named."""
    text = b"(1,'a'),(2,f(3)),(4,'b');"

    found = scan_rows(text, 0, len(text))

    assert (found.starts.tolist(), found.ends.tolist(), found.problem, found.statement_end) == ([0], [7], 8, -1)


def test_half_characters_that_look_like_backslashes_are_refused() -> None:
    """In GBK the second byte of a character may be a backslash; no guess is made."""
    dump = b"SET NAMES gbk;\nINSERT INTO t VALUES ('x'),('\xe5\x5c'),('y');\n"

    with pytest.raises(BadExhibit, match="character set gbk"):
        cut_all(dump + b"INSERT INTO t VALUES " + b",".join([b"('\xe5\\\\')"] * 99) + b";\n")
