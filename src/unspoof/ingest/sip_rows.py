"""SIP messages and their calls as the two source tables of a capture or a log; reading the file is the container's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from unspoof.ingest.container import Batch, Refused, SourceColumn, SourceTable
from unspoof.ingest.line_feed import refuse
from unspoof.parse.capture import CapturedMessage, Tally
from unspoof.parse.sip import Gist, gist
from unspoof.parse.sip_address import MOST_ADDRESSES
from unspoof.parse.sip_calls import OF_CALLS, Calls, SipCall, asserted_number, called_number
from unspoof.parse.sip_headers import read_text

MESSAGES = "messages"
DIALOGS = "dialogs"
LONGEST_TEXT = 32_768
"""Octets of one cell; longer ones are cut, and the message has the oddity cell-cut."""

_AS_INT = frozenset({
    "at", "status", "cseq", "date", "source_port", "destination_port", "started", "answered", "ended", "cause", "hops",
    "messages",
})  # fmt: skip
"""Columns held as integers until they are written as text."""


def _columns(said: str, worked_out: str) -> tuple[SourceColumn, ...]:
    return (
        *(SourceColumn(name) for name in said.split()),
        *(SourceColumn(name, worked_out=True) for name in worked_out.split()),
    )


MESSAGE_COLUMNS = _columns(
    "call_id method phrase request_uri from_number from_name to_number asserted identity user_agent status cseq",
    "at date oddities transport source_ip source_port destination_ip destination_port",
)
"""Source columns of a message: what it says itself, then what is worked out of it and of its packet."""

DIALOG_COLUMNS = _columns(
    "call_id presented presented_name",
    "called asserted started answered ended outcome cause source_ip destination_ip hops messages oddities",
)
"""Source columns of a call, which is worked out of several messages."""


TABLES = SourceTable(MESSAGES, MESSAGE_COLUMNS), SourceTable(DIALOGS, DIALOG_COLUMNS)
"""The two source tables of every file of SIP messages."""


_TEXTS = 10
"""Columns of a message, from the first on, that are texts of its own."""
_ODDITIES = [column.name for column in MESSAGE_COLUMNS].index("oddities")

Row = tuple[Any, ...]


def _listed(values: Sequence[bytes]) -> bytes:
    """Join header values as model/lists.py splits them."""
    if len(values) == 1 and b"\\" not in values[0]:
        return values[0].strip().replace(b";", b"\\;")
    kept = (value.strip() for value in values[:MOST_ADDRESSES])
    return b";".join(value.replace(b"\\", b"\\\\").replace(b";", b"\\;") for value in kept)


def message_row(captured: CapturedMessage) -> tuple[Row, Gist]:
    """Return the cells of one message, in the order of MESSAGE_COLUMNS, and what tells its call."""
    message = captured.message
    of = gist(message)
    call_id, sender, receiver, number, method, oddities, asserted, identity, agent, date_us = of
    if captured.capture_oddities:
        oddities = captured.oddities
    row = (
        call_id or None,
        method,
        message.phrase or None,
        message.uri or None,
        sender.number if sender else None,
        sender.display if sender else None,
        receiver.number if receiver else None,
        _listed(asserted) if asserted else None,
        _listed(identity) if identity else None,
        agent,
        message.status or None,
        number,
        captured.at_us,
        date_us,
        ";".join(oddities) if oddities else None,
        captured.transport or None,
        captured.source_ip or None,
        captured.source_port,
        captured.destination_ip or None,
        captured.destination_port,
    )
    if oddities or len(message.raw) > LONGEST_TEXT:
        return _kept_in_bounds(row, oddities, len(message.raw)), of
    return row, of


def _kept_in_bounds(row: Row, oddities: tuple[str, ...], size: int) -> Row:
    """Return the cells with their texts as UTF-8 and none longer than a cell may be; `size` is the message's."""
    texts, rest = row[:_TEXTS], row[_TEXTS:]
    if "not-utf-8" in oddities:
        texts = tuple(read_text(cell) if isinstance(cell, bytes) else cell for cell in texts)
    if size > LONGEST_TEXT and any(len(cell) > LONGEST_TEXT for cell in texts if cell):
        texts = tuple(_cut(cell) for cell in texts)
        oddities = tuple(sorted({*oddities, "cell-cut"}))
    at = _ODDITIES - _TEXTS
    return *texts, *rest[:at], ";".join(oddities) or None, *rest[at + 1 :]


def _cut(cell: bytes | str | None) -> bytes | str | None:
    if cell is None or len(cell) <= LONGEST_TEXT:
        return cell
    return read_text(cell[:LONGEST_TEXT]) if isinstance(cell, bytes) else cell[:LONGEST_TEXT]


def dialog_row(call: SipCall) -> Row:
    """Return the cells of one call, in the order of DIALOG_COLUMNS."""
    sender = call.sender
    return (
        read_text(call.call_id) or None,
        sender.number if sender else None,
        read_text(sender.display) if sender and sender.display is not None else None,
        called_number(call) or None,
        asserted_number(call) or None,
        call.started_us,
        call.answered_us,
        call.ended_us,
        call.outcome,
        call.cause,
        call.source_ip or None,
        call.destination_ip or None,
        len(call.hops) or None,
        call.messages,
        ";".join(call.oddities) or None,
    )


@dataclass(frozen=True)
class SipBlock:
    """Some thousand messages, and the calls that ended among them.

    Cells stand one row behind the other, each row with its place and its size at its end: a million small tuples would
    cost more than what is in them.
    """

    messages: list[Any] = field(default_factory=list)
    dialogs: list[Any] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def read(self, wanted: Mapping[str, Collection[str]]) -> list[Batch]:
        """Return the rows; see `Block`."""
        messages, dialogs = TABLES
        made = []
        if MESSAGES in wanted:
            made.append(_batch(messages, self.messages, wanted[MESSAGES], tuple(self.refused)))
        if DIALOGS in wanted:
            made.append(_batch(dialogs, self.dialogs, wanted[DIALOGS], ()))
        return made


def _batch(table: SourceTable, cells: list[Any], wanted: Collection[str], refused: tuple[Refused, ...]) -> Batch:
    width = len(table.columns) + 2
    names = [column.name for column in table.columns if column.name in wanted]
    arrays = [_array(column.name, cells[at::width]) for at, column in enumerate(table.columns) if column.name in wanted]
    locators = pa.array(cells[width - 2 :: width], pa.int64())
    sizes = pa.array(cells[width - 1 :: width], pa.int32())
    # one column more than wanted keeps the number of rows where nothing is wanted
    cells_of = pa.Table.from_arrays([*arrays, locators], names=[*names, ""]).select(range(len(names)))
    return Batch(table, cells_of, locators, sizes, refused)


def _array(name: str, cells: list[Any]) -> pa.Array:
    if name in _AS_INT:
        return pa.array(cells, pa.int64()).cast(pa.string())
    return pa.array(cells, pa.binary())


def sip_blocks(captured: Iterable[CapturedMessage], tally: Tally, block_rows: int) -> Iterator[SipBlock]:
    """Cut messages into blocks of rows, with their calls; what could not be read goes with the messages."""
    calls, block, rows = Calls(), SipBlock(), 0
    add, add_call = block.messages.extend, calls.add
    for one in captured:
        row, facts = message_row(one)
        add(row)
        add((one.locator, one.locator_size))
        rows += 1
        if facts.method in OF_CALLS and (closed := add_call(one, facts)):
            _add_calls(block, closed)
        if rows >= block_rows or len(tally.refused) >= block_rows:
            _take_refused(block, tally)
            yield block
            block, rows = SipBlock(), 0
            add = block.messages.extend
    _add_calls(block, calls.end())
    _take_refused(block, tally)
    yield block


def _add_calls(block: SipBlock, calls: list[SipCall]) -> None:
    for call in calls:
        block.dialogs.extend(dialog_row(call))
        block.dialogs.extend((call.locator, call.locator_size))


def _take_refused(block: SipBlock, tally: Tally) -> None:
    for one in tally.refused:
        block.refused.extend(refuse(MESSAGES, one.locator, one.locator + one.size, one.reason))
    tally.refused.clear()
    block.refused.sort(key=lambda refused: refused.locator)


__all__ = [
    "DIALOGS",
    "DIALOG_COLUMNS",
    "LONGEST_TEXT",
    "MESSAGES",
    "MESSAGE_COLUMNS",
    "TABLES",
    "SipBlock",
    "dialog_row",
    "message_row",
    "sip_blocks",
]
