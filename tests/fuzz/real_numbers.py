"""Whether bytes hold a number that may be somebody's; mutation turns drama numbers into such, and none may be kept."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyarrow as pa

from unspoof.parse.numbers import KINDS, normalise
from unspoof.reference.numbering import load

_RUN = re.compile(r"\+?\d(?:[ ().\-/]{0,2}\d){8,18}")
_SET_ASIDE = re.compile(
    # drama (Ofcom, "Telephone numbers for use in TV and radio drama programmes"), NANP fiction 555-01XX, Germany's
    r"44(?:7700900|20794[67]0|(?:11[3-8]|1[2-6]1|191|28)4960|280?9018|292018|1632960|80815701|9098790|306999)"
    r"|1\d{3}55501|493023125"
)
_PEOPLES = frozenset(KINDS[: KINDS.index("short")])
_HOMES = ("GB", "US")


def real_numbers(data: bytes) -> Iterator[str]:
    """Give the runs of digits that a numbering plan knows as a number and that are not set aside for fiction.

    Runs of nine digits or more, with single marks between them, as national numbers of the United Kingdom and the
    United States and as international ones.
    """
    for text in {data.replace(b"\0", b"").decode("latin-1"), data.decode("utf-8", "ignore")}:
        runs = list(dict.fromkeys(_RUN.findall(text)))
        for home in _HOMES if runs else ():
            for run, row in zip(runs, normalise(pa.array(runs), load(), home).to_pylist(), strict=True):
                if row["kind"] in _PEOPLES and not _SET_ASIDE.match(str(row["e164"])):
                    yield run


__all__ = ["real_numbers"]
