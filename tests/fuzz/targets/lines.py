"""Text lines and a pattern through their container; patterns are a system's, thus an attacker's too."""

from __future__ import annotations

from fuzz.container_checks import check_container, smaller
from fuzz.target import Target, sample, text_of
from unspoof.ingest.container import Options
from unspoof.ingest.containers.lines import LINES

_ACC = rb"ACC: (?P<what>[^:]+): timestamp=(?P<timestamp>\d+);.*;call_id=(?P<call_id>[^;]*)"


def feed(data: bytes) -> None:
    """Read the lines after the first by the pattern that the first is."""
    pattern, _, log = data.partition(b"\n")
    options = Options(pattern=text_of(pattern), comment="#" if pattern.startswith(b"^") else "")
    check_container(LINES, log, options, small=smaller(LINES, 41))


TARGET = Target(
    "lines",
    "a pattern, a line feed, then a log",
    feed,
    (
        _ACC + b"\n" + sample("containers/lines/kamailio_acc.log")[0],
        b"(?P<a>.)\nx\n\ny\r\nz",
        b"^(?P<a>\\d+) (?P<b>.*)$\n1 x\n# no\n2 \xff\n",
        b"(?P<a>.)(?P<a>.)\nxy\n",
    ),
    words=(b"(?P<a>", b"(?i)", b"[^;]*", b"\\d+", b".*", b"\r\n", b"\xff\xfe", b"{1000}"),
)

__all__ = ["TARGET"]
