"""From SIP messages to calls: one call for each Call-ID and caller's tag, from its INVITE to its BYE; links are not made.

Retransmissions, the same message at several hops, forks, re-INVITEs and an INVITE sent again with credentials (401, 407)
all belong to the call that they speak of. A call of which only a part was captured is a call too, and says so in its
oddities. Source: RFC 3261 sections 12 (dialogs), 13 (INVITE), 15 (BYE), 9 (CANCEL), 22 (credentials).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from unspoof.parse.capture import CapturedMessage
from unspoof.parse.sip import Gist
from unspoof.parse.sip_address import SipAddress, read_address, split_addresses

LINGER_US = 64_000_000
"""A call that is over is closed when nothing of it was seen for so long: twice what retransmissions take (64 * T1)."""
MOST_CALLS = 200_000
"""Calls that are kept open at a time; the one that was silent longest is closed first, with an oddity."""
OF_CALLS = frozenset({"ACK", "BYE", "CANCEL", "INVITE", "PRACK"})
"""Methods that exist within a call alone."""

Ends = tuple[str, int | None, str, int | None]
"""Source address and port, destination address and port."""

CallMessage = tuple[
    int | None, int, str, bytes, SipAddress | None, bytes, SipAddress | None, bytes, int | None, Ends, int, int,
    bytes | None, bytes | None, tuple[str, ...],
]  # fmt: skip
"""What of a message tells its call: microseconds of UTC, status code (0 of a request), method (of a response that which
it answers), Call-ID, From and its tag, To and its tag, number of CSeq, ends, locator and its size, Request-URI, the
first P-Asserted-Identity, oddities. A plain tuple, since one is made for every message. The tags count, not those that
the addresses have."""

_OUTCOMES = {486: "busy", 600: "busy", 408: "no-answer", 480: "no-answer", 487: "cancelled"}
_MOST_HOPS = 16


@dataclass(slots=True)
class SipCall:
    """One call; moments are microseconds of UTC, None where they were not captured."""

    call_id: bytes
    locator: int
    """Of the first message that was seen of it."""
    locator_size: int
    sender: SipAddress | None = None
    sender_tag: bytes = b""
    receiver: SipAddress | None = None
    request: SipAddress | None = None
    """Request-URI of the first INVITE."""
    asserted: bytes | None = None
    """P-Asserted-Identity of the first INVITE that has one."""
    source_ip: str = ""
    source: tuple[str, int | None] = ("", None)
    destination_ip: str = ""
    started_us: int | None = None
    rang_us: int | None = None
    answered_us: int | None = None
    cancelled_us: int | None = None
    bye_us: int | None = None
    failed_us: int | None = None
    failure: tuple[int, bool, int] = (-1, False, 0)
    """CSeq that it answers, whether it was seen on the caller's own hop, status code."""
    status: int = 0
    """Of the answer."""
    last_us: int = 0
    messages: int = 0
    acknowledged: bool = False
    has_invite: bool = False
    answers: tuple[bytes, ...] = ()
    """Tags of those who answered, each once."""
    hops: tuple[Ends, ...] = ()
    """Each once."""
    odd: tuple[str, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether its end was seen."""
        return self.bye_us is not None or (self.answered_us is None and self.failure[2] > 0)

    @property
    def cause(self) -> int | None:
        """Status code of the answer, or of the failure; None where neither was seen."""
        return self.status or self.failure[2] or None

    @property
    def outcome(self) -> str:
        """One of the outcomes of the normal form.

        An answer counts as one where the INVITE, or what follows an answer, was captured as well; a lone 200 is
        'unknown'.
        """
        if self.status:
            return "answered" if self.has_invite or self.acknowledged or self.bye_us is not None else "unknown"
        if self.failure[2]:
            return _OUTCOMES.get(self.failure[2], "failed")
        return "cancelled" if self.cancelled_us is not None else "unknown"

    @property
    def ended_us(self) -> int | None:
        """BYE of an answered call; else CANCEL or the failure. None where it would lie before the answer."""
        if self.status:
            late = self.bye_us is not None and (self.answered_us is None or self.bye_us >= self.answered_us)
            return self.bye_us if late else None
        if self.outcome == "cancelled" and self.cancelled_us is not None:
            return self.cancelled_us
        return self.failed_us if self.failure[2] else self.bye_us

    @property
    def called(self) -> SipAddress | None:
        """Who was called: the Request-URI where it is a number, else To where that is one, else the Request-URI.

        A caller may write anything into To, and nothing is routed by it (RFC 3261 section 8.1.1.2); the Request-URI is
        where the call goes. Towards a registered telephone the Request-URI may hold no number, and then To counts.
        """
        if self.request is not None and (self.request.is_number or not (self.receiver and self.receiver.is_number)):
            return self.request
        return self.receiver

    @property
    def oddities(self) -> tuple[str, ...]:
        """What a reader must know of this call, sorted."""
        odd = list(self.odd)
        if not self.has_invite:
            odd.append("invite-not-captured")
        if not self.cause and self.cancelled_us is None:
            odd.append("no-final-response")
        if self.status and self.bye_us is None:
            odd.append("end-not-captured")
        if self.status and self.bye_us is not None and self.ended_us is None:
            odd.append("end-before-answer")
        if len(self.answers) > 1:
            odd.append("several-answers")
        if len(self.hops) > 1:
            odd.append("seen-at-several-hops")
        request, receiver = self.request, self.receiver
        if request and receiver and request.is_number and receiver.is_number and request.number != receiver.number:
            odd.append("request-differs-from-to")
        return tuple(sorted(set(odd))) if odd else ()


class Calls:
    """The calls of a capture, built as its messages come."""

    def __init__(self) -> None:
        self._recent: OrderedDict[tuple[bytes, bytes], SipCall] = OrderedDict()
        self._silent: OrderedDict[tuple[bytes, bytes], SipCall] = OrderedDict()
        self._now = 0
        self._oldest: SipCall | None = None
        """The first of those seen lately; when it is due is worked out anew only where another one takes its place."""

    def add(self, captured: CapturedMessage, facts: Gist) -> list[SipCall]:
        """Take one message; return the calls that are closed for good now.

        Args:
            captured: the message.
            facts: of it; only those with a method of OF_CALLS matter.

        """
        return self.take((call_message(captured, facts),))

    def take(self, messages: Iterable[CallMessage]) -> list[SipCall]:
        """Take messages in the order of the capture; return the calls that are closed for good, in that order."""
        recent, silent, closed = self._recent, self._silent, list[SipCall]()
        for message in messages:
            at, status, method, call_id, _, tag, _, _, _, _, locator, _, _, _, _ = message
            if method not in OF_CALLS:
                continue
            if at is None:
                at = self._now
            elif at > self._now:
                self._now = at
            key = (call_id or b"\0%d" % locator, tag)
            call = recent.get(key)
            if call is None:
                call = self._other(key, message)
            else:
                recent.move_to_end(key)
            call.messages += 1
            if at > call.last_us:
                call.last_us = at
            if not status:
                _request(call, message, at)
            elif method == "INVITE":
                if status >= 200:
                    _answer(call, message, at)
                elif status >= 180 and call.rang_us is None:
                    call.rang_us = at
            oldest = self._oldest
            if oldest is None or oldest is call:
                oldest = self._oldest = next(iter(recent.values()))
            if oldest.last_us + LINGER_US < self._now or len(recent) + len(silent) > MOST_CALLS:
                closed += self._close_old()
                self._oldest = next(iter(recent.values()), None)
        return closed

    def end(self) -> list[SipCall]:
        """Return every call that is still open, in the order of their first messages."""
        left = [*self._recent.values(), *self._silent.values()]
        self._recent.clear()
        self._silent.clear()
        return sorted(left, key=lambda call: call.locator)

    def _other(self, key: tuple[bytes, bytes], message: CallMessage) -> SipCall:
        """Return the call of a message that is none of those seen lately under its key, and make it the latest.

        What the called party sends has the tags the other way round.
        """
        _, _, _, call_id, sender, tag, receiver, other_tag, _, ends, locator, size, _, _, _ = message
        call = self._silent.pop(key, None)
        if call is None and other_tag:
            turned = (key[0], other_tag)
            call = self._recent.pop(turned, None) or self._silent.pop(turned, None)
            key = turned if call is not None else key
        if call is None:
            call = SipCall(call_id, locator, size, sender, tag, receiver)
            call.source_ip, call.destination_ip = ends[0], ends[2]
        self._recent[key] = call
        return call

    def _close_old(self) -> list[SipCall]:
        closed = []
        while self._recent:
            key, call = next(iter(self._recent.items()))
            if call.last_us + LINGER_US >= self._now:
                break
            del self._recent[key]
            if call.is_over:
                closed.append(call)
            else:
                self._silent[key] = call
        while len(self._recent) + len(self._silent) > MOST_CALLS:
            _, call = (self._silent or self._recent).popitem(last=False)
            _note(call, "closed-early")
            closed.append(call)
        return closed


def call_message(captured: CapturedMessage, facts: Gist) -> CallMessage:
    """Return what of a message tells its call."""
    call_id, sender, receiver, number, method, oddities, asserted, _, _, _ = facts
    ends = captured.source_ip, captured.source_port, captured.destination_ip, captured.destination_port
    message, first = captured.message, asserted[0] if asserted else None
    tag, other_tag = sender.tag if sender else b"", receiver.tag if receiver else b""
    parties = sender, tag, receiver, other_tag
    of = captured.locator, captured.locator_size, message.uri, first, oddities
    return captured.at_us, message.status, method, call_id, *parties, number, ends, *of


def _request(call: SipCall, message: CallMessage, at: int) -> None:
    method = message[2]
    if method == "BYE":
        call.bye_us = at if call.bye_us is None else min(call.bye_us, at)
    elif method == "CANCEL":
        call.cancelled_us = at if call.cancelled_us is None else min(call.cancelled_us, at)
    elif method == "ACK":
        call.acknowledged = call.acknowledged or call.status > 0
    elif method == "INVITE" and not message[7]:
        _invite(call, message, at)


def _invite(call: SipCall, message: CallMessage, at: int) -> None:
    _, _, _, _, sender, tag, receiver, _, _, ends, locator, size, uri, asserted, oddities = message
    if not call.has_invite or (call.started_us is not None and at < call.started_us):
        call.has_invite, call.started_us = True, at
        call.locator, call.locator_size = locator, size
        call.sender, call.sender_tag, call.receiver = sender, tag, receiver
        call.request = read_address(b"<" + (uri or b"") + b">")
        call.source = ends[:2]
        call.source_ip, call.destination_ip = ends[0], ends[2]
        if oddities:
            _note(call, *oddities)
    elif call.sender and sender and call.sender.number != sender.number:
        _note(call, "from-differs-between-hops")
    if call.asserted is None and asserted is not None:
        call.asserted = asserted.strip()
    if len(call.hops) < _MOST_HOPS and ends not in call.hops:
        call.hops += (ends,)


def _note(call: SipCall, *names: str) -> None:
    """Add oddities that the call does not have yet."""
    call.odd += tuple(name for name in names if name not in call.odd)


def _answer(call: SipCall, message: CallMessage, at: int) -> None:
    """Take a final response to an INVITE; the first answer counts, of failures the last attempt's, as its caller saw it."""
    _, status, _, _, _, tag, receiver, other_tag, number, ends, _, _, _, _, _ = message
    if status < 300:
        if not call.status:
            call.status, call.answered_us = status, at
        # an answer to the called party's own INVITE bears the caller's tag: it is none of this call
        own = receiver and call.sender and tag == call.sender_tag
        if own and len(call.answers) < _MOST_HOPS and other_tag not in call.answers:
            call.answers += (other_tag,)
        return
    if call.status:
        return
    own_hop = call.has_invite and ends[2:] == call.source
    if (number or 0, own_hop) >= call.failure[:2] and (number or 0, own_hop, status) != call.failure:
        call.failure, call.failed_us = (number or 0, own_hop, status), at


def called_number(call: SipCall) -> str:
    """Return the number called as the messages have it; '' if there is none."""
    return call.called.number if call.called else ""


def asserted_number(call: SipCall) -> str:
    """Return the first number in P-Asserted-Identity; '' if there is none."""
    if not call.asserted:
        return ""
    return _cached_number(call.asserted) if len(call.asserted) <= 512 else _first_number(call.asserted)


@lru_cache(maxsize=1024)
def _cached_number(asserted: bytes) -> str:
    return _first_number(asserted)


def _first_number(asserted: bytes) -> str:
    found = [read_address(part) for part in split_addresses(asserted)]
    return next((address for address in found if address.is_number), found[0]).number


__all__ = [
    "LINGER_US",
    "MOST_CALLS",
    "OF_CALLS",
    "CallMessage",
    "Calls",
    "Ends",
    "SipCall",
    "asserted_number",
    "call_message",
    "called_number",
]
