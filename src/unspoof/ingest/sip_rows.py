"""SIP messages and their calls as the two source tables of a capture or a log; reading the file is the container's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from unspoof.ingest.container import Batch, Refused, SourceColumn, SourceTable
from unspoof.ingest.line_feed import refuse
from unspoof.ingest.sip_cells import Columns, listed, plain_cells
from unspoof.parse.capture import CapturedMessage, Tally
from unspoof.parse.capture_columns import Window
from unspoof.parse.sip import Gist, gist
from unspoof.parse.sip_calls import CallMessage, Calls, SipCall, asserted_number, call_message, called_number
from unspoof.parse.sip_headers import read_text

MESSAGES = "messages"
DIALOGS = "dialogs"
LONGEST_TEXT = 32_768
"""Octets of one cell; longer ones are cut, and the message has the oddity cell-cut."""

_AS_INT = frozenset({
    "at", "status", "cseq", "date", "source_port", "destination_port", "started", "answered", "ended", "cause", "hops",
    "messages",
})  # fmt: skip
"""Columns of numbers."""


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

LOCATOR, SIZE = "(locator)", "(size)"
"""Under what names the places of rows stand beside their cells."""

_MESSAGE_NAMES = (*(column.name for column in MESSAGE_COLUMNS), LOCATOR, SIZE)
_DIALOG_NAMES = (*(column.name for column in DIALOG_COLUMNS), LOCATOR, SIZE)
_KINDS = {**dict.fromkeys((*_AS_INT, LOCATOR), pa.int64()), SIZE: pa.int32()}

Row = tuple[Any, ...]


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
        listed(asserted) if asserted else None,
        listed(identity) if identity else None,
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


@dataclass
class SipBlock:
    """Some thousand messages, and the calls that ended among them."""

    messages: list[Columns] = field(default_factory=list)
    """Cells by column, and the places of the rows under LOCATOR and SIZE; a part for each window of the capture."""
    dialogs: list[Any] = field(default_factory=list)
    """Cells one row behind the other, each row with its place and its size at its end."""
    refused: list[Refused] = field(default_factory=list)
    rows: int = 0

    def read(self, wanted: Mapping[str, Collection[str]]) -> list[Batch]:
        """Return the rows; see `Block`."""
        messages, dialogs = TABLES
        made = []
        if MESSAGES in wanted:
            asked = (name for name in _MESSAGE_NAMES if name in wanted[MESSAGES] or name in (LOCATOR, SIZE))
            columns = {name: _whole([part[name] for part in self.messages]) for name in asked}
            made.append(_batch(messages, columns, wanted[MESSAGES], tuple(self.refused)))
        if DIALOGS in wanted:
            made.append(_batch(dialogs, _by_column(_DIALOG_NAMES, self.dialogs), wanted[DIALOGS], ()))
        return made


def _batch(table: SourceTable, cells: Columns, wanted: Collection[str], refused: tuple[Refused, ...]) -> Batch:
    names = [column.name for column in table.columns if column.name in wanted]
    arrays = [cells[name] for name in names]
    # one column more than wanted keeps the number of rows where nothing is wanted
    cells_of = pa.Table.from_arrays([*arrays, cells[LOCATOR]], names=[*names, ""]).select(range(len(names)))
    return Batch(table, cells_of, cells[LOCATOR], cells[SIZE], refused)


def _by_column(names: Sequence[str], cells: list[Any]) -> Columns:
    """Return rows that stand one behind the other as columns."""
    return {name: pa.array(cells[at :: len(names)], _KINDS.get(name, pa.binary())) for at, name in enumerate(names)}


def _whole(parts: list[pa.Array]) -> pa.Array:
    return parts[0] if len(parts) == 1 else pa.concat_arrays(parts)


def sip_blocks(windows: Iterable[Window], tally: Tally, block_rows: int) -> Iterator[SipBlock]:
    """Join the messages of windows to blocks of rows, with their calls; what could not be read goes with the messages."""
    calls, block = Calls(), SipBlock()
    for window in windows:
        _add(block, window, calls)
        if block.rows >= block_rows or len(tally.refused) >= block_rows:
            _take_refused(block, tally)
            yield _filled(block)
            block = SipBlock()
    _add_calls(block, calls.end())
    _take_refused(block, tally)
    yield _filled(block)


def _filled(block: SipBlock) -> SipBlock:
    """Give a block of no messages a part without rows."""
    if not block.messages:
        block.messages.append(_by_column(_MESSAGE_NAMES, []))
    return block


def _add(block: SipBlock, window: Window, calls: Calls) -> None:
    """Add the messages of a window, and the calls that end with them."""
    parts, told = list[Columns](), list[CallMessage]()
    if window.plain is not None:
        places = {LOCATOR: pa.array(window.plain.locator), SIZE: pa.array(window.plain.locator_size.astype(np.int32))}
        parts.append(plain_cells(window.plain) | places)
    if window.others:
        rows: list[Any] = []
        for one in window.others:
            row, facts = message_row(one)
            rows.extend((*row, one.locator, one.locator_size))
            told.append(call_message(one, facts))
        parts.append(_by_column(_MESSAGE_NAMES, rows))
    messages: Iterable[CallMessage] = told
    if window.plain is not None:
        # not listed where that can be helped: tuples that live on are what the collector of garbage looks at
        messages = chain(window.plain.call_messages(), told)
    if window.order is not None:
        order, listed_all = pa.array(window.order), list(messages)
        parts = [{name: _whole([part[name] for part in parts]).take(order) for name in _MESSAGE_NAMES}]
        messages = (listed_all[at] for at in window.order.tolist())
    block.messages += parts
    block.rows += sum(len(part[SIZE]) for part in parts)
    _add_calls(block, calls.take(messages))


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
