"""Calls out of SIP messages: one for each call, whatever is repeated, relayed, forked or missing."""

from __future__ import annotations

from pathlib import Path

import pytest

import sip_packets as made
from unspoof.model.tables import OUTCOMES
from unspoof.parse import sip_calls
from unspoof.parse.capture import sip_messages
from unspoof.parse.sip import gist
from unspoof.parse.sip_calls import Calls, SipCall, asserted_number, called_number

VECTORS = Path(__file__).parents[2] / "vectors" / "captures"
URI = "sip:+447700900123@198.51.100.7"
TO = f"<{URI}>"
THERE = TO + ";tag=b1"
BACK = '"Bank" <sip:+442079460000@192.0.2.4>;tag=a1'


def calls_of(data: bytes) -> list[SipCall]:
    """Return the calls of a capture."""
    calls, found = Calls(), []
    for one in sip_messages(data):
        found += calls.add(one, gist(one.message))
    return found + calls.end()


def only(*messages: tuple[bool, bytes], step_us: int = 1_000_000) -> SipCall:
    """Return the one call that messages make, each a second after the other."""
    (call,) = calls_of(made.pcap(made.frames_of(messages), step_us=step_us))
    return call


def request(method: str = "INVITE", number: int = 1, receiver: str = TO, sender: str = BACK) -> tuple[bool, bytes]:
    """Return a request of the caller."""
    return True, made.sip(f"{method} {URI} SIP/2.0", sender, receiver, cseq=f"{number} {method}")


def answer(status: int, number: int = 1, method: str = "INVITE", receiver: str = THERE) -> tuple[bool, bytes]:
    """Return a response to the caller."""
    return False, made.sip(f"SIP/2.0 {status} x", BACK, receiver, cseq=f"{number} {method}")


BYE = request("BYE", 2, THERE)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(486, "busy"), (600, "busy"), (480, "no-answer"), (408, "no-answer"), (487, "cancelled"), (603, "failed"),
     (608, "failed"), (302, "failed"), (407, "failed")],
)  # fmt: skip
def test_a_failure_decides_the_outcome(status: int, outcome: str) -> None:
    """The final status is the cause, and the call ends with it."""
    call = only(request(), answer(100), answer(180), answer(status), request("ACK", 1, THERE))

    assert (call.outcome, call.cause, call.answered_us) == (outcome, status, None)
    assert call.ended_us == made.START_US + 3_000_000
    assert outcome in OUTCOMES


def test_an_answered_call_has_its_talk_time() -> None:
    """Talk runs from the first 200 to the BYE, whoever hangs up."""
    theirs = (False, made.sip(f"BYE {URI} SIP/2.0", THERE, BACK, cseq="7 BYE"))
    for end in (BYE, theirs):
        call = only(
            request(), answer(180), answer(200), answer(200), request("ACK", 1, THERE), end, answer(200, 2, "BYE")
        )

        assert (call.outcome, call.cause, call.oddities) == ("answered", 200, ())
        assert (call.started_us, call.answered_us, call.ended_us) == tuple(
            made.START_US + s * 1_000_000 for s in (0, 2, 5)
        )


def test_credentials_make_no_second_call() -> None:
    """INVITE, 407, INVITE again with the same Call-ID: one call, and the second answer counts."""
    again = request(number=2)
    call = only(request(), answer(407), request("ACK", 1, THERE), again, answer(486, 2), request("ACK", 2, THERE))

    assert (call.outcome, call.cause, call.started_us) == ("busy", 486, made.START_US)


def test_a_new_invite_within_a_call_changes_nothing() -> None:
    """Neither a re-INVITE of the caller that is refused nor one of the called party makes or ends a call."""
    again = request(number=2, receiver=THERE)
    theirs = (False, made.sip(f"INVITE {URI} SIP/2.0", THERE, BACK, cseq="1 INVITE"))
    accepted = (True, made.sip("SIP/2.0 200 OK", THERE, BACK, cseq="1 INVITE"))
    call = only(request(), answer(200), again, answer(488, 2), theirs, accepted, request("BYE", 3, THERE))

    assert (call.outcome, call.cause, call.answered_us) == ("answered", 200, made.START_US + 1_000_000)
    assert call.oddities == ()


def test_forks_and_answers_of_several_are_one_call() -> None:
    """One branch refuses, two answer: answered, and said to have several answers."""
    other = TO + ";tag=b2"
    call = only(request(), answer(486, receiver=other), answer(200), answer(200, receiver=other), BYE)

    assert (call.outcome, call.oddities) == ("answered", ("several-answers",))


def test_a_cancelled_call_ends_when_it_was_cancelled() -> None:
    """CANCEL is the end, with or without the 487 that follows it."""
    cancel = request("CANCEL")
    for rest in ([answer(487)], []):
        call = only(request(), answer(180), cancel, *rest)

        assert (call.outcome, call.ended_us) == ("cancelled", made.START_US + 2_000_000)


def test_what_was_not_captured_is_said() -> None:
    """Only 200s, only a BYE, only an INVITE: a call each, unknown, with what lacks."""
    assert (only(answer(200), answer(200)).outcome, only(BYE).outcome, only(request()).outcome) == ("unknown",) * 3
    assert only(answer(200)).oddities == ("end-not-captured", "invite-not-captured")
    assert only(BYE).oddities == ("invite-not-captured", "no-final-response")
    assert only(request()).oddities == ("no-final-response",)
    assert only(answer(200), BYE).outcome == "answered"


def test_the_request_uri_says_who_is_called() -> None:
    """A To that names somebody else does not decide, unless the Request-URI holds no number."""
    lying = "<sip:+442079460999@198.51.100.7>"
    said = only(request(receiver=lying))
    contact = (True, made.sip("INVITE sip:line1@198.51.100.7 SIP/2.0", BACK, TO))

    assert (called_number(said), said.oddities) == ("+447700900123", ("no-final-response", "request-differs-from-to"))
    assert called_number(only(contact)) == "+447700900123"


def test_the_asserted_number_is_the_first_that_is_one() -> None:
    """Of several asserted identities a number is taken."""
    extra = ["P-Asserted-Identity: <sip:pbx@192.0.2.4>, <tel:+442079460001>"]
    call = only((True, made.sip(extra=extra)))

    assert asserted_number(call) == "+442079460001"
    assert asserted_number(only(request())) == ""


def test_a_relayed_call_is_one_and_its_changed_caller_is_named() -> None:
    """The same Call-ID and tag at a second hop is no second call; a From that changed on the way is evidence."""
    first, second = made.frames_of([request()])[0], made.sip(sender='"Other" <sip:+441632960000@192.0.2.9>;tag=a1')
    there = made.ethernet(made.ipv4(made.udp(second), "198.51.100.7", "203.0.113.5"))
    (call,) = calls_of(made.pcap([first, there]))

    assert call.sender is not None
    assert call.sender.number == "+442079460000"
    assert set(call.oddities) == {"from-differs-between-hops", "no-final-response", "seen-at-several-hops"}


def test_calls_are_closed_when_they_are_over_and_kept_while_they_talk() -> None:
    """Memory is bounded by the calls that are open; a call that talks for hours is not cut in two."""
    talk = [request(), answer(200), request("ACK", 1, THERE)]
    others = [m for i in range(40) for m in made.call(100 + i)]
    frames = made.frames_of([*talk, *others, BYE])
    calls, closed = Calls(), []
    for one in sip_messages(made.pcap(frames, step_us=60_000_000)):
        closed.append(len(calls.add(one, gist(one.message))))
    left = calls.end()

    assert sum(closed) >= 38
    assert sum(closed) + len(left) == 41
    (long,) = [call for call in left if call.call_id == b"one@192.0.2.4"]
    assert (long.outcome, (long.ended_us or 0) - (long.answered_us or 0)) == ("answered", 60_000_000 * 282)


def test_too_many_open_calls_close_the_one_silent_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of INVITEs is bounded, loses no call, and says which were closed early."""
    monkeypatch.setattr(sip_calls, "MOST_CALLS", 10)
    found = calls_of(made.pcap(made.frames_of([made.call(i)[0] for i in range(50)])))

    assert len(found) == 50
    assert sum("closed-early" in call.oddities for call in found) == 40


def test_our_own_capture_has_the_calls_that_were_made() -> None:
    """Six refused, one without an answer, three relayed and answered, five of which the 200 alone was caught."""
    calls = calls_of((VECTORS / "kam.pcapng").read_bytes())
    hep = calls_of((VECTORS / "hep3.bin").read_bytes())
    ends = [(call.outcome, call.cause, "seen-at-several-hops" in call.oddities) for call in calls]

    assert sorted(ends, key=str) == sorted(
        [("failed", 608, False)] * 6
        + [("unknown", None, False)]
        + [("answered", 200, True)] * 3
        + [("unknown", 200, False)] * 5,
        key=str,
    )
    assert sorted(call.outcome for call in hep) == ["answered"] * 3 + ["failed"] * 3
