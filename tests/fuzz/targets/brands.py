"""A user's directory of brands."""

from __future__ import annotations

from fuzz.target import Target, short
from unspoof.errors import BadReference
from unspoof.reference.brands import MOST_NUMBERS, load_brands

_HEAD = b"number,brand,sector,source,from,to\n"


def feed(data: bytes) -> None:
    """Read a directory."""
    try:
        table = load_brands(data, "GB")
    except BadReference as error:
        short(error, 4_000)
        return
    rows = table.to_pylist()
    keys = [(row["first"], row["last"]) for row in rows] if "first" in table.column_names else []
    assert keys == sorted(keys)
    assert all(0 < first <= last < first + MOST_NUMBERS for first, last in keys)
    assert len(rows) <= data.count(b"\n") + data.count(b"\r") + 1
    assert load_brands(data, "GB") == table


TARGET = Target(
    "brands",
    "a CSV file",
    feed,
    (
        _HEAD + b"+442079460001,Northgate Bank,bank,its site,2021-03-01,\n",
        _HEAD
        + b'020 7946 0100-020 7946 0199,Northgate Bank,bank,card,,\n+4420794602xx,Post,delivery,"a, b",01/03/2021,2022-01-01\n',
        _HEAD.replace(b",", b";").replace(b"\n", b"\r\n") + b"08081 570100;Tax;tax;letter;;\r\n",
        _HEAD.decode().encode("utf-16") + "03069 990100,Zoë,bank,x,,\n".encode("utf-16-le"),
        _HEAD + b"+442079460001,A,,s,,\n+442079460001,B,,s,,\n",
    ),
    words=(
        b"number",
        b"brand",
        b"source",
        b"from",
        b"to",
        b" to ",
        b"..",
        b"xxxx",
        b"+4420794601",
        b'"',
        b"\xff\xfe",
        b"2021-02-30",
    ),
    most=2048,
)

__all__ = ["TARGET"]
