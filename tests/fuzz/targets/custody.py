"""The custody log's bytes: anybody may have changed them, and nothing of that may go unseen."""

from __future__ import annotations

import hashlib

from fuzz.target import Target, chosen, with_choice
from unspoof.evidence.custody import canonical, parse_chain


def _log(*bodies: dict[str, object]) -> bytes:
    """Return a sound log with an event for each body."""
    lines, prev = [], ""
    for seq, body in enumerate(bodies, 1):
        event = {
            "seq": seq, "prev": prev, "at": "2026-01-02T03:04:05.000006Z", "who": "A. Person",
            "event": "exhibit-sealed", "unspoof": "0", "body": body,
        }  # fmt: skip
        prev = hashlib.sha256(canonical(event)).hexdigest()
        lines.append(canonical({**event, "hash": prev}) + b"\n")
    return b"".join(lines)


_SOUND = _log({"files": {"tables/a": {"sha256": "0" * 64, "size": 1}}}, {"removed": ["tables/a"]}, {"n": [1.5, None]})
_WAYS = ("log", "change")


def feed(data: bytes) -> None:
    """Read a log, or a sound log of which one stretch is changed."""
    way, rest = chosen(data, _WAYS)
    log = rest
    if way == "change":
        at = int.from_bytes(rest[:2], "big") % (len(_SOUND) + 1)
        log = _SOUND[:at] + rest[3:] + _SOUND[at + (rest[2] if len(rest) > 2 else 0) :]
    chain = parse_chain(log)
    assert chain.size + len(chain.tail) == len(log)
    assert log.endswith(chain.tail)
    assert len(chain.events) <= log.count(b"\n")
    for event in chain.events:
        assert event.line in log, "an event that the log does not hold"
        assert all(record.size >= 0 for record in event.files.values())
        assert all(isinstance(path, str) for path in event.removed)
    if chain.is_sound and chain.events:
        assert [event.seq for event in chain.events] == list(range(1, len(chain.events) + 1))
        assert b"".join(event.line + b"\n" for event in chain.events) + chain.tail == log
    if way == "change" and chain.is_sound:
        assert _SOUND.startswith(log[: chain.size]), "a change that nobody sees"


TARGET = Target(
    "custody",
    "a choice, then a log; or place (2 bytes) and length (1 byte) of what the rest replaces in a sound log",
    feed,
    (
        *with_choice(0, (_SOUND, _SOUND[:-1], _SOUND[:-40], b"", b'{"at":"')),
        b"\1\0\x20\1X",
        b"\1\0\x20\0",
        b"\1\1\x00\3" + b'"a":1',
    ),
    words=(
        b'{"at":"',
        b'"body":{',
        b'"files":{',
        b'"removed":[',
        b'"hash":"',
        b'"prev":"',
        b'"seq":1',
        b"\\u0000",
        b"1e999",
        b"NaN",
    ),
)

__all__ = ["TARGET"]
