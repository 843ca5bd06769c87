"""Phone numbers as anybody may write them."""

from __future__ import annotations

import pyarrow as pa

from fuzz.target import Target, text_of
from unspoof.parse.digit_columns import scan_digits
from unspoof.parse.number_text import plain_text
from unspoof.parse.numbers import KINDS, LONGEST, normalise
from unspoof.reference.numbering import load

_HOMES = ("GB", "US", "DE", "IT", "KZ", "SG")


def feed(data: bytes) -> None:
    """Read the lines as numbers of a country that the first byte chooses."""
    home = _HOMES[(data[0] if data else 0) % len(_HOMES)]
    lines: list[str | None] = [line if line != "\\N" else None for line in text_of(data[1:]).split("\n")[:30]]
    read = normalise(pa.array(lines, pa.string()), load(), home).to_pylist()
    assert len(read) == len(lines)
    for text, row in zip(lines, read, strict=True):
        number, kind = row["e164"], row["kind"]
        if text is None:
            assert set(row.values()) == {None}
            continue
        assert kind in KINDS
        assert (number is None) == (row["country"] is None), "a number of no country"
        assert number is None or 0 < number < 10**LONGEST
        digits, said = plain_text(text)
        assert bool(digits) != bool(said), "digits and a kind, or neither"
        assert digits.removeprefix("+").isdigit() or not digits
        if not scan_digits(pa.array([text], pa.string())).ordinary[0]:  # plain texts are read without plain_text
            assert not said or (kind == said and number is None), "the column and the text by itself differ"
    alone = [normalise(pa.array([text], pa.string()), load(), home).to_pylist()[0] for text in lines[:6]]
    assert alone == read[:6], "a number depends on its neighbours"


TARGET = Target(
    "numbers",
    "a choice of country, then one text a line",
    feed,
    (
        b"\0"
        + "07700 900123\n+447700900123\n(020) 7946-0018\nanonymous\n\\N\n\n447700900124;ext=5\n٠٧٧٠٠٩٠٠١٢٣\n".encode(),
        b'\0"Bank" <sip:+442079460001@192.0.2.1;user=phone>\ntel:+44-1632-960001\n0044 7700 900 125\n7700900126.0\n999\n',
        b"\1(212) 555-0123\n12125550123\n+1 900 555 0100\nNORTHGATE\n1-800-NORTHGATE\n192.0.2.1:5060\n",
        b"\2" + b"030 23125 000\n0049 30 23125001\n",
    ),
    words=(
        b"+44",
        b"00",
        b"sip:",
        b"tel:",
        b"@",
        b"ext.",
        b"%2B",
        b";phone-context=+44",
        b"anonymous",
        "\u2212".encode(),
        "０".encode(),
        b"<",
        b">",
    ),
    most=512,
)

__all__ = ["TARGET"]
