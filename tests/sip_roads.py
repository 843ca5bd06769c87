"""Both roads from a capture to rows: message by message, which is the measure, and by the column; no test itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from unspoof.ingest.sip_rows import DIALOGS, MESSAGES, TABLES, sip_blocks
from unspoof.parse.capture import Tally, sip_messages
from unspoof.parse.capture_columns import Window, sip_windows

WANTED = {table.name: [column.name for column in table.columns] for table in TABLES}

Read = dict[str, Any]


def by_message(data: bytes) -> Read:
    """Return rows, calls, refusals and counts as they are where every message is scanned by itself."""
    tally = Tally()

    def windows() -> Iterator[Window]:
        for message in sip_messages(data, tally):
            yield Window(None, [message], None)

    return _read(windows(), tally)


def by_column(data: bytes | Iterable[bytes]) -> Read:
    """Return the same by the way that the container goes."""
    tally = Tally()
    return _read(sip_windows(data, tally), tally)


def plain_in(data: bytes) -> int:
    """Return how many messages went the way of the columns."""
    return sum(len(window.plain.at_us) for window in sip_windows(data) if window.plain is not None)


def _read(windows: Iterable[Window], tally: Tally) -> Read:
    found: Read = {MESSAGES: [], DIALOGS: [], "refused": []}
    for block in sip_blocks(windows, tally, 1_000):
        for batch in block.read(WANTED):
            batch.cells.validate(full=True)
            places = zip(batch.locator.to_pylist(), batch.locator_size.to_pylist(), strict=True)
            rows = zip(places, batch.cells.to_pylist(), strict=True)
            found[batch.table.name] += rows
            found["refused"] += batch.refused
            found[f"{batch.table.name} types"] = batch.cells.schema
    found["packets"], found["counted"], found["kinds"] = tally.packets, tally.messages, dict(+tally.kinds)
    return found


__all__ = ["by_column", "by_message", "plain_in"]
