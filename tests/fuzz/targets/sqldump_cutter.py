"""The cutter of SQL dumps, fed in pieces of any size: where the pieces end must show nowhere."""

from __future__ import annotations

from fuzz.target import Target, chosen, sample, with_choice
from unspoof.errors import UnspoofError
from unspoof.parse.sqldump import Cutter
from unspoof.parse.sqldump_read import read_rows

_PIECES = (1 << 20, 3, 37, 509)
_Found = list[tuple[object, ...]]


def _cut(dump: bytes, size: int) -> tuple[_Found, object]:
    """Return rows as (table, place, end) and refusals as (table, place, end, reason), all in order, and the facts."""
    cutter, data, base, fed = Cutter(), b"", 0, 0
    found: _Found = []
    while True:
        data, fed = data + dump[fed : fed + size], fed + size
        at_end = fed >= len(dump)
        cut = cutter.cut(data, at_end=at_end)
        assert 0 <= cut.consumed <= len(data)
        for segment in cut.segments:
            rows, head = segment.rows, segment.head
            read = read_rows(data, rows, len(head.columns), range(len(head.columns)))
            assert len(rows.starts) == len(read.starts) + len(read.refused), "rows found are not kept + refused"
            assert all(len(column) == len(read.starts) for column in read.columns)
            spans = zip(read.starts.tolist(), read.ends.tolist(), strict=True)
            found += [(head.table, base + start, base + end) for start, end in spans]
            found += [(head.table, base + a, base + b, why) for a, b, why in (*read.refused, *segment.refused)]
            assert all(0 <= a < b <= len(data) for a, b, _ in (*read.refused, *segment.refused))
        if at_end:
            assert cut.consumed == len(data), "bytes are left over"
            facts = {key: (dict(f.columns), f.key, f.charset) for key, f in cutter.tables.items()}
            return sorted(found, key=repr), (facts, cutter.charsets, cutter.zones, cutter.junk_lines)
        data, base = data[cut.consumed :], base + cut.consumed


def feed(data: bytes) -> None:
    """Cut a dump whole and in pieces."""
    size, dump = chosen(data, _PIECES)
    try:
        whole = _cut(dump, _PIECES[0])
    except UnspoofError:
        return
    assert _cut(dump, size) == whole, "the pieces show"


TARGET = Target(
    "sqldump_cutter",
    "a choice of piece size, then an SQL dump",
    feed,
    (
        *with_choice(1, sample("containers/mysqldump/shop.sql")),
        b"\2INSERT INTO t VALUES (1,'a'),\n(2,'b)'),(3,NULL);\nINSERT INTO t VALUES (4,'x);\nINSERT INTO t VALUES (5,'');\n",
        b"\3INSERT INTO `d`.`t` (`a`) VALUES /* x */ (0x00), -- y\n(_binary 'z') AS n ON DUPLICATE KEY UPDATE a=1;\njunk\n",
    ),
    words=(
        b"INSERT INTO t VALUES ",
        b"),(",
        b"\\'",
        b"''",
        b"/*!40000 ",
        b"*/;",
        b"DELIMITER $$\n",
        b"CREATE TABLE t (a int);",
    ),
    most=2048,
)

__all__ = ["TARGET"]
