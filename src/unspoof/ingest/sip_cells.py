"""Plain SIP messages of a capture as cells of the source table `messages`, by the column; single ones are sip_rows.py's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.parse.capture_columns import PlainMessages
from unspoof.parse.packet_runs import NO_MOMENT
from unspoof.parse.sip_address import MOST_ADDRESSES

Columns = dict[str, pa.Array]
"""Cells by the name of their source column: `binary`, or `int64` where they are numbers."""


def plain_cells(plain: PlainMessages) -> Columns:
    """Return the cells of plain messages."""
    sip, ends = plain.sip, plain.ends
    binary, int64, rows = pa.binary(), pa.int64(), len(plain.at_us)
    return {
        "call_id": sip.call_id,
        "method": sip.cseq.column(lambda one: one and one[1], binary),
        "phrase": sip.phrase,
        "request_uri": sip.uri,
        "from_number": sip.sender.addresses.column(lambda one: one and one.number, binary),
        "from_name": sip.sender.addresses.column(lambda one: one and one.display, binary),
        "to_number": sip.receiver.addresses.column(lambda one: one and one.number, binary),
        "asserted": sip.asserted.column(lambda one: one and listed((one,)), binary),
        "identity": pc.replace_substring(pc.replace_substring(sip.identity, "\\", "\\\\"), ";", "\\;"),
        "user_agent": sip.agent,
        "status": pa.array(sip.status, int64, mask=sip.status == 0),
        "cseq": sip.cseq.column(lambda one: one and one[0], int64),
        "at": pa.array(plain.at_us, int64, mask=plain.at_us == NO_MOMENT),
        "date": sip.date_us.column(lambda one: one, int64),
        "oddities": pa.nulls(rows, binary),
        "transport": pa.array([b"udp"], binary).take(pa.array(np.zeros(rows, np.int8))),
        "source_ip": ends.column(lambda one: one and one[0], binary),
        "source_port": ends.column(lambda one: one and one[1], int64),
        "destination_ip": ends.column(lambda one: one and one[2], binary),
        "destination_port": ends.column(lambda one: one and one[3], int64),
    }


def listed(values: Sequence[bytes]) -> bytes:
    """Join header values as model/lists.py splits them."""
    if len(values) == 1 and b"\\" not in values[0]:
        return values[0].strip().replace(b";", b"\\;")
    kept = (value.strip() for value in values[:MOST_ADDRESSES])
    return b";".join(value.replace(b"\\", b"\\\\").replace(b";", b"\\;") for value in kept)


__all__ = ["Columns", "listed", "plain_cells"]
