"""Delimited text through its container."""

from __future__ import annotations

from fuzz.container_checks import check_container, smaller
from fuzz.target import Target, chosen, sample, with_choice
from unspoof.ingest.container import Options
from unspoof.ingest.containers.delimited import DELIMITED

_WAYS = (
    Options(),
    Options(delimiter="\t", quote="", escape="\\", header=False),
    Options(delimiter=",", escape="\\", comment="#"),
    Options(encoding="cp1252"),
    Options(encoding="utf-16"),
    Options(columns=("a", "b", "c"), header=False),
    Options(delimiter=";", quote="'"),
    Options(encoding="shift_jis"),
)


def feed(data: bytes) -> None:
    """Read delimited text with options that the first byte chooses."""
    options, text = chosen(data, _WAYS)
    check_container(DELIMITED, text, options, small=smaller(DELIMITED, 47))


TARGET = Target(
    "delimited",
    "a choice of options, then delimited text",
    feed,
    (
        *with_choice(0, sample("containers/delimited/comma.csv", "containers/delimited/pipe.cdr")),
        *with_choice(0, sample("containers/delimited/tabs_utf16.txt")),
        *with_choice(1, sample("containers/delimited/outfile.tsv")),
        *with_choice(3, sample("containers/delimited/western.csv")),
        *with_choice(
            0, (b'a,b\r\n1,"x ""y"", z\r\nw"\r\n2,\r\n', b"\xef\xbb\xbfa;b\n1;2\n3\n4;5;6\n", b"a\tb\r1\t2\r")
        ),
    ),
    words=(b'"', b'""', b"\r\n", b"\xff\xfe", b"\xef\xbb\xbf", b"\\N", b'",\n"', b"sep=;"),
)

__all__ = ["TARGET"]
