"""Countries as people enter them."""

from __future__ import annotations

import pyarrow as pa

from fuzz.target import Target, text_of
from unspoof.parse.countries import iso_code, read_countries


def feed(data: bytes) -> None:
    """Read the lines as countries."""
    lines: list[str | None] = [line or None for line in text_of(data).split("\n")[:30]]
    read = read_countries(pa.array(lines, pa.string())).to_pylist()
    for text, found in zip(lines, read, strict=True):
        if text is None:
            assert found is None
            continue
        code = iso_code(text)
        assert found == (code or text)
        assert code is None or (len(code) == 2 and code.isascii() and code.isupper() and iso_code(code) == code)


TARGET = Target(
    "countries",
    "one text a line",
    feed,
    ("GB\nuk\nUnited Kingdom\nDEU\nCôte d'Ivoire\n\n44\nDeutschland\n".encode(),),
    words=(b"Republic of ", b"USA", b"Saint ", "é".encode()),
    most=512,
)

__all__ = ["TARGET"]
