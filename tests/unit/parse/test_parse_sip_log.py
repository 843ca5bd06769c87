"""SIP out of text logs: the messages, and where a known line states them, moment and addresses."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sip_packets as made
from unspoof.parse.sip_log import log_messages

ONE, TWO = made.call(1)[0][1], made.call(1)[3][1]

NGREP = b"U 2026/11/22 15:46:03.216698 192.0.2.4:5060 -> 198.51.100.7:5060 #1\n%s\n\n#\n" % ONE.replace(b"\r\n", b".\n")
SNGREP = b"2026/11/22 15:46:03.216698 192.0.2.4:5060 -> 198.51.100.7:5060\n" + ONE + b"\n\n"
PJSIP = (
    b"[2026-11-22 15:46:03] VERBOSE[12] res_pjsip_logger.c: <--- Received SIP request (%d bytes) from UDP:192.0.2.4:5060 --->\n"
    % len(ONE)
    + ONE.replace(b"\r\n", b"\n")
    + b"\n\n"
)


@pytest.mark.parametrize(
    ("log", "micros", "there"), [(NGREP, 216_698, "198.51.100.7"), (SNGREP, 216_698, "198.51.100.7"), (PJSIP, 0, "")]
)
def test_known_logs_give_moment_and_addresses(log: bytes, micros: int, there: str) -> None:
    """ngrep, sngrep and Asterisk's logger say when a message passed, and from whom."""
    (first, second) = log_messages(log + log.replace(b"INVITE", b"NOTIFY"))

    assert (first.message.method, second.message.method) == ("INVITE", "NOTIFY")
    assert first.at_us == made.START_US + micros
    assert not first.is_utc
    assert (first.source_ip, first.source_port, first.destination_ip) == ("192.0.2.4", 5060, there)
    sender = first.message.address("from")
    assert sender is not None
    assert sender.number == "+442079460000"
    assert first.locator == log.index(b"INVITE sip")


def test_a_body_shortened_by_the_log_swallows_nothing() -> None:
    """Where a log writes LF for CRLF, a Content-Length that counts both does not reach into the next message."""
    line = b"[2026-11-22 15:46:0%d] <--- Received SIP request (9 bytes) from UDP:192.0.2.4:5060 --->\n"
    plain = made.sip(body="v=0\r\n" * 40).replace(b"\r\n", b"\n")
    found = list(log_messages(line % 3 + plain + line % 4 + plain))

    assert [one.at_us for one in found] == [made.START_US, made.START_US + 1_000_000]
    assert all(one.message.body == b"v=0\n" * 40 for one in found)


def test_messages_one_after_another_need_no_time() -> None:
    """Bare messages, with empty lines or a time in UTC between them, are all there."""
    found = list(log_messages(ONE + b"\r\n\r\n" + TWO + b"\n2026-11-22T15:46:03Z\n" + ONE))

    assert [one.message.raw for one in found] == [ONE, TWO, ONE]
    assert [(one.at_us, one.is_utc) for one in found] == [(None, False), (None, False), (made.START_US, True)]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([ONE, TWO, NGREP, b"\n", b"2026-99-99 99:99:99", b"SIP/2.0 200 ", b"\xff", b"."])))
def test_any_text_is_read(parts: list[bytes]) -> None:
    """Nothing raises, and messages lie in the text in order, apart."""
    data, end = b"".join(parts), 0
    for one in log_messages(data):
        assert end <= one.locator <= one.locator + one.locator_size <= len(data)
        end = one.locator + one.locator_size


@pytest.mark.parametrize(
    ("stated", "hour", "is_utc"),
    [("", 15, False), ("Z", 15, True), (" UTC", 15, True), ("+01:00", 14, True), (" -0230", 18, True)],
)
def test_a_time_with_its_zone_is_utc(stated: str, hour: int, is_utc: bool) -> None:
    """A zone behind the time is taken off it; without one the time stands as written and says so."""
    (logged,) = log_messages(f"2026-11-22 15:46:03{stated} seen\n".encode() + made.sip())
    minute = 16 if "30" in stated else 46
    assert logged.is_utc is is_utc
    assert logged.at_us is not None
    assert datetime.fromtimestamp(logged.at_us / 1_000_000, UTC).strftime("%H:%M:%S") == f"{hour}:{minute}:03"


def test_a_port_that_no_machine_has_is_not_told() -> None:
    """Five digits may be more than 65535; the address beside them stands."""
    (logged,) = log_messages(b"\n192.0.2.7:99999 -> 192.0.2.1:65535\n" + ONE)

    assert (logged.source_ip, logged.source_port) == ("192.0.2.7", None)
    assert (logged.destination_ip, logged.destination_port) == ("192.0.2.1", 65_535)


def test_start_lines_alone_take_time_in_proportion() -> None:
    """Messages without an empty line are read as fast as others: none is searched for one over all that follows."""
    log = b"SIP/2.0 100 Trying\r\nCall-ID: x\r\n" * 8_000
    before = time.process_time()

    assert len(list(log_messages(log))) == 8_000
    assert time.process_time() - before < 8
