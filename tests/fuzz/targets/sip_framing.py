"""SIP messages cut out of a stream: however the octets come, the frames are the same."""

from __future__ import annotations

from fuzz.target import Target, chosen, with_choice
from unspoof.parse.sip_framing import Frame, find_message, next_frame, starts_message

_STEPS = (5, 1, 64)
_TWO = (
    b"OPTIONS sip:a SIP/2.0\r\nContent-Length: 5\r\n\r\nhello\r\n\r\nSIP/2.0 200 OK\r\nl: 0\r\n\r\n"
    b"noise noise BYE sip:b SIP/2.0\r\n\r\n"
)


def _frames(data: bytes, step: int) -> list[Frame]:
    """Return the frames of octets that come `step` at a time."""
    found: list[Frame] = []
    at, have = 0, step
    while True:
        ended = have >= len(data)
        while (frame := next_frame(data[:have], at, ended=ended)) is not None:
            assert at <= frame.start < frame.end <= have, "no progress"
            found.append(frame)
            at = frame.end
        if ended:
            assert not data[at:].strip(b"\r\n"), "octets are left over"
            return found
        have += step


def _messages(frames: list[Frame]) -> list[Frame]:
    return [frame for frame in frames if frame.is_message]


def feed(data: bytes) -> None:
    """Cut the octets into frames, whole and as they come."""
    step, stream = chosen(data, _STEPS)
    whole = _frames(stream, len(stream) + 1)
    for frame in _messages(whole):
        assert starts_message(stream, frame.start)
    assert bool(_messages(whole)) or find_message(stream) in (-1, *range(len(stream)))
    assert _messages(_frames(stream[:600], step)) == _messages(_frames(stream[:600], 601)), "how octets come shows"


TARGET = Target(
    "sip_framing",
    "a choice of step, then a stream",
    feed,
    (*with_choice(0, (_TWO,)), *with_choice(1, (_TWO[:120],)), *with_choice(2, (b"\r\n\r\n" + _TWO * 3,))),
    words=(b"SIP/2.0 200 OK\r\n", b"INVITE sip:a SIP/2.0\r\n", b"\r\n\r\n", b"Content-Length: ", b"l:", b"\n\n", b"99999999"),
    most=2048,
)  # fmt: skip

__all__ = ["TARGET"]
