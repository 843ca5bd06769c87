"""Tables of reference facts as users load them: lists of numbers that never call, uses of ranges, Ofcom's blocks."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa

from fuzz.target import Target, chosen, short, with_choice
from unspoof.errors import BadReference
from unspoof.reference.catalogue import TABLES
from unspoof.reference.given import Given, SourceFile

_ELSEWHERE = ("brands", "trust", "certificates", "tags", "ofac", "actors", "prices", "rates")
"""Those have a target of their own."""
_LOADED = tuple(table for table in TABLES if table.name not in _ELSEWHERE)
_DAY = datetime(2023, 3, 1)  # noqa: DTZ001  times are zoneless UTC here
_DNO = b"number,owner,source,from,to\n+442079460001,Northgate Bank,letter,2021-03-01,\n020 7946 0100-020 7946 0199,Post,x,,\n"
_NONE = b"number,owner,source,from\n"
_USES = b"number,short,country,use,owner,source,from,to\n+44770090xxxx,,GB,drama,,s,,\n999,yes,GB,inbound-only,,s,2021-01-01,\n"
_OFCOM = (
    b"NMS Number Block: Number Block,Block Status,CP Name,Geographic Number Length\n"
    b"7700 90,Protected,,\n1632 960,Protected,,\n20 7946 0,Allocated,A Provider,10\n"
)
_OLD = b"SABC,D/DE,Status,Operator,Number Length\n01632,960,Protected,,4+6\n0207,9460,Allocated,A Provider,\n"


def feed(data: bytes) -> None:
    """Load the file as the table that the first byte chooses."""
    table, rest = chosen(data, _LOADED)
    given = Given((SourceFile("file.csv", rest),), "GB", _DAY)
    try:
        made: pa.Table = table.load(given)
    except BadReference as error:
        short(error, 4_000)
        return
    made.validate(full=True)
    assert made.num_rows or table.name == "dno", "a table of no rows, which only a list of owners' numbers may be"
    rows = made.to_pylist()
    assert all(0 < row["number_from"] <= row["number_to"] < 10**15 for row in rows)
    assert all(len(str(row["number_from"])) == len(str(row["number_to"])) for row in rows), "a range of two lengths"
    assert all(row["source"] for row in rows)
    assert table.load(given) == made, "another table the second time"


TARGET = Target(
    "reference_tables",
    "a choice of table, then its file: CSV, gzip of one, XLSX",
    feed,
    (
        *(
            seed
            for place, table in enumerate(_LOADED)
            for seed in with_choice(place, {"dno": (_DNO, _NONE), "uses": (_USES,)}.get(table.name, (_OFCOM, _OLD)))
        ),
    ),
    words=(
        b"number",
        b"owner",
        b"source",
        b"from",
        b"to",
        b"short",
        b"country",
        b"use",
        b"Block Status",
        b"CP Name",
        b"Allocated",
        b"Free",
        b"Protected",
        b"4+6",
        b"10 digit",
        b"xxxx",
        b"\xff\xfe",
        b"PK\x03\x04",
        b"\x1f\x8b\x08",
        b'"',
        b"2021-02-30",
        b"yes",
    ),
    most=2048,
)

__all__ = ["TARGET"]
