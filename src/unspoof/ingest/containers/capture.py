"""Network captures (pcap, pcapng) and HEPv3 files: the SIP messages in them and the calls that these make.

A message's locator is the place of the packet in which it starts, with the packet's own header; where another message
starts before it in the same packet, the place of its first octet. A call's locator is that of its first INVITE.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from unspoof.errors import BadExhibit
from unspoof.ingest.container import Options, Survey
from unspoof.ingest.line_feed import fetch_bytes, read_fully
from unspoof.ingest.sip_rows import TABLES, SipBlock, sip_blocks
from unspoof.parse.capture import Tally, is_capture
from unspoof.parse.capture_columns import sip_windows

ROWS_IN_BLOCK = 20_000
_PIECE = 4 << 20
_LOOKED_AT = 4 << 20


@dataclass(eq=False)
class Capture:
    """Captures; see `Container`. Two source tables: `messages`, one row a SIP message, and `dialogs`, one row a call."""

    block_rows: int = ROWS_IN_BLOCK
    name: str = "capture"

    def sniff(self, head: bytes) -> bool:
        """Say whether the head is that of a pcap, a pcapng or a HEPv3 file."""
        return is_capture(head)

    def survey(self, stream: BinaryIO, options: Options) -> Survey:
        """Say what the first megabytes hold; BadExhibit if this is no capture."""
        head = read_fully(stream, _LOOKED_AT)
        if not is_capture(head):
            raise BadExhibit(
                "no pcap, pcapng or HEPv3 file", hint="Captures begin with a number that says what they are."
            )
        tally = Tally()
        for _ in sip_windows(head, tally):
            pass
        messages = tally.messages
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(tally.kinds.items()))
        note = f"{messages:,} SIP messages in the first {tally.packets:,} packets ({kinds or 'none'})"
        whole = len(head) < _LOOKED_AT
        fault = ("the capture holds no SIP message",) if whole and not messages else ()
        return Survey(TABLES, options, (note,), fault)

    def blocks(self, stream: BinaryIO, survey: Survey) -> Iterator[SipBlock]:
        """Read packets in order; streams and fragments are put together here, since they cross blocks."""
        tally = Tally()
        chunks = iter(lambda: stream.read(_PIECE), b"")
        yield from sip_blocks(sip_windows(chunks, tally), tally, self.block_rows)

    def fetch(self, stream: BinaryIO, locator: int, locator_size: int, table: str) -> bytes:
        """Return the bytes of the packet in which the message, or the call's first INVITE, starts."""
        return fetch_bytes(stream, locator, locator_size)


CAPTURE = Capture()

__all__ = ["CAPTURE", "ROWS_IN_BLOCK", "Capture"]
