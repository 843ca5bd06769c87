"""JSON lines and documents through their container."""

from __future__ import annotations

from fuzz.container_checks import check_container, smaller
from fuzz.target import Target, chosen, sample, with_choice
from unspoof.ingest.container import Options
from unspoof.ingest.containers.jsonl import JSONL

_WAYS = (Options(), Options(encoding="utf-16"), Options(columns=("a", "b")))


def feed(data: bytes) -> None:
    """Read JSON rows."""
    options, text = chosen(data, _WAYS)
    check_container(JSONL, text, options, small=smaller(JSONL, 53))


TARGET = Target(
    "jsonl",
    "a choice of options, then JSON lines, a list or a page with a list in it",
    feed,
    (
        *with_choice(0, sample(*(f"containers/jsonl/{name}" for name in ("calls.jsonl", "list.json", "page.json")))),
        *with_choice(0, (b'{"a": {"b": [1, 2.50]}, "c": null}\n{"a": "\\ud83c\\udfe6"}\n{}\n[1]\n', b'{"a":1}{"a":2}')),
    ),
    words=(b'{"a":', b'"}', b"}\n{", b"[{", b"}]", b"null", b"true", b"1e5", b"\\u0000", b"\\ud800", b"},{", b"NaN"),
)

__all__ = ["TARGET"]
