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


Row = tuple[Any, ...]


def _listed(values: Sequence[bytes]) -> bytes:
    """Join header values as model/lists.py splits them."""
    kept = (value.strip() for value in values[:MOST_ADDRESSES])
    return b";".join(value.replace(b"\\", b"\\\\").replace(b";", b"\\;") for value in kept)


def message_row(captured: CapturedMessage) -> tuple[Row, Gist]:
    """Return the cells of one message, in the order of MESSAGE_COLUMNS, and what tells its call."""
    message = captured.message
    of = gist(message)
    sender, receiver, oddities = of.sender, of.receiver, of.oddities
    if captured.capture_oddities:
        oddities = captured.oddities
    texts: tuple[bytes | str | None, ...] = (
        of.call_id or None,
        of.method,
        message.phrase or None,
        message.uri or None,
        sender.number if sender else None,
        sender.display if sender else None,
        receiver.number if receiver else None,
        _listed(of.asserted) if of.asserted else None,
        _listed(of.identity) if of.identity else None,
        of.agent,
    )
    if "not-utf-8" in oddities:
        texts = tuple(read_text(cell) if isinstance(cell, bytes) else cell for cell in texts)
    if len(message.raw) > LONGEST_TEXT and any(len(cell) > LONGEST_TEXT for cell in texts if cell):
        texts = tuple(_cut(cell) for cell in texts)
        oddities = tuple(sorted({*oddities, "cell-cut"}))
    row = (
        *texts,
        message.status or None,
        of.number,
        captured.at_us,
        of.date_us,
        ";".join(oddities) or None,
        captured.transport or None,
        captured.source_ip or None,
        captured.source_port,
        captured.destination_ip or None,
        captured.destination_port,
    )
    return row, of


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
    """Some thousand messages, and the calls that ended among them."""

    messages: list[Row] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    dialogs: list[Row] = field(default_factory=list)
    dialog_places: list[tuple[int, int]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def read(self, wanted: Mapping[str, Collection[str]]) -> list[Batch]:
        """Return the rows; see `Block`."""
        messages, dialogs = TABLES
        made = []
        if MESSAGES in wanted:
            made.append(_batch(messages, self.messages, self.places, wanted[MESSAGES], tuple(self.refused)))
        if DIALOGS in wanted:
            made.append(_batch(dialogs, self.dialogs, self.dialog_places, wanted[DIALOGS], ()))
        return made


def _batch(
    table: SourceTable,
    rows: list[Row],
    places: list[tuple[int, int]],
    wanted: Collection[str],
    refused: tuple[Refused, ...],
) -> Batch:
    columns: Iterable[tuple[Any, ...]] = zip(*rows, strict=True) if rows else [()] * len(table.columns)
    arrays, names = [], []
    for column, cells in zip(table.columns, columns, strict=True):
        if column.name in wanted:
            names.append(column.name)
            arrays.append(_array(column.name, cells))
    locators = pa.array([at for at, _ in places], pa.int64())
    sizes = pa.array([size for _, size in places], pa.int32())
    # one column more than wanted keeps the number of rows where nothing is wanted
    cells_of = pa.Table.from_arrays([*arrays, locators], names=[*names, ""]).select(range(len(names)))
    return Batch(table, cells_of, locators, sizes, refused)


def _array(name: str, cells: tuple[Any, ...]) -> pa.Array:
    if name in _AS_INT:
        return pa.array(cells, pa.int64()).cast(pa.string())
    return pa.array(cells, pa.binary())


def sip_blocks(captured: Iterable[CapturedMessage], tally: Tally, block_rows: int) -> Iterator[SipBlock]:
    """Cut messages into blocks of rows, with their calls; what could not be read goes with the messages."""
    calls, block = Calls(), SipBlock()
    for one in captured:
        row, facts = message_row(one)
        block.messages.append(row)
        block.places.append((one.locator, one.locator_size))
        if facts.method in OF_CALLS:
            _add_calls(block, calls.add(one, facts))
        if len(block.messages) >= block_rows or len(tally.refused) >= block_rows:
            _take_refused(block, tally)
            yield block
            block = SipBlock()
    _add_calls(block, calls.end())
    _take_refused(block, tally)
    yield block


def _add_calls(block: SipBlock, calls: list[SipCall]) -> None:
    for call in calls:
        block.dialogs.append(dialog_row(call))
        block.dialog_places.append((call.locator, call.locator_size))


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
