"""Whether the case's rows of a transaction say what its hashed bytes and its block's header say; nothing is proven here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from unspoof.errors import BadExhibit
from unspoof.parse.bitcoin.addresses import check_address
from unspoof.parse.bitcoin.inclusion import FAILS, HOLDS, OPEN, Check, Evidence, Inclusion, printed
from unspoof.parse.bitcoin.transactions import Transactions, read_transaction

Row = Mapping[str, Any]
ROWS, BLOCK = "rows", "block"


def rows_check(rows: Sequence[Row], evidence: Evidence) -> Check:
    """Compare each row with the bytes whose hash is the txid: an output's value and script, what an input spends."""
    if evidence.hashed is None:
        return Check(ROWS, OPEN, "there are no hashed bytes to compare the case's rows with")
    try:
        read = read_transaction(evidence.hashed)
    except BadExhibit as error:
        return Check(ROWS, OPEN, f"the hashed bytes cannot be read as a transaction: {error.problem}")
    differ = [f"{row['side']} {row['place']}" for row in rows if not _agrees(row, read)]
    if differ:
        return Check(ROWS, FAILS, f"the case's rows say something else than the hashed bytes: {', '.join(differ[:20])}")
    return Check(ROWS, HOLDS, f"{len(rows):,} rows of the case say of outputs and of what is spent what the bytes say")


def _agrees(row: Row, read: Transactions) -> bool:
    place, raw = int(row["place"]), read.data.tobytes()
    if row["side"] == "input":
        if not 0 <= place < len(read.input_at):
            return False
        spent = read.spent[place].tobytes()
        if row["spent_txid"] is None:
            return bool(read.makes_coin[0])
        return (row["spent_txid"], row["spent_place"]) == (printed(spent[:32]), int.from_bytes(spent[32:], "little"))
    if not 0 <= place < len(read.output_at):
        return False
    at, size = int(read.script_at[place]), int(read.script_size[place])
    script, value = raw[at : at + size], int(read.values[place])
    return row["value_sat"] in (None, value) and _pays(row, script)


def _pays(row: Row, script: bytes) -> bool:
    """Say whether the address or the script of a row is that of an output; a script is kept up to some thousand bytes."""
    if row["address"] is not None:
        found = check_address(row["address"])
        return not found.is_address or found.script == script
    return row["script"] is None or script.hex().startswith(row["script"])


def block_check(rows: Sequence[Row], found: Inclusion, evidence: Evidence) -> list[Check]:
    """Compare block, time, height and place of the rows with the header, the branch and what the block itself states."""
    if found.header is None:
        return []
    pairs: list[tuple[str, object, object]] = [
        ("block_hash", printed(found.header.hash), _one(rows, "block_hash")),
        ("block_at", datetime.fromtimestamp(found.header.time, UTC).replace(tzinfo=None), _one(rows, "block_at")),
    ]
    if evidence.height is not None:
        pairs.append(("height", evidence.height, _one(rows, "height")))
    if evidence.branch is not None:
        pairs.append(("tx_place", evidence.branch.place, _one(rows, "tx_place")))
    differ = [f"{name} is {told}, and the proof says {own}" for name, own, told in pairs if told not in (None, own)]
    if differ:
        return [Check(BLOCK, FAILS, "; ".join(differ))]
    told = [name for name, _, value in pairs if value is not None]
    return [Check(BLOCK, HOLDS, f"{', '.join(told) or 'nothing'} of the case's rows as the proof says")]


def _one(rows: Sequence[Row], name: str) -> object:
    return rows[0][name] if rows else None


__all__ = ["block_check", "rows_check"]
