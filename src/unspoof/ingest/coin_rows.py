"""Rows of the normal form's `transactions` out of transactions read from JSON, a batch at a time; it cuts no files.

Addresses and script types are checked here by the column: where the output's script is told, it decides.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from unspoof.ingest.container import Batch, Refused, SourceColumn, SourceTable
from unspoof.parse.bitcoin.addresses import addresses_of, check_address, types_of
from unspoof.parse.chain_json.transaction import LONGEST_KEPT, ChainTransaction

PARTS = "parts"
ADDRESS_DIFFERS = "address-differs"
"""The stated address is not that of the script; the row has the script's own."""
ADDRESS_OF_KEY = "address-of-bare-key"
"""An address is stated for a script that has none but a key of which one can be made; the row has the script."""
ADDRESS_ELSEWHERE = "address-not-bitcoin"
"""The stated address is none of bitcoin's networks; it stands as it is."""
TYPE_DIFFERS = "type-differs"
"""The stated type is not that of the script, or of the address; the row has the script's own."""
FEE_NEGATIVE = "fee-negative"
"""All inputs are told, and less goes in than comes out."""

_SAID = ("spent_txid",)
_WORKED_OUT = (
    "txid", "side", "place", "value", "address", "script_type", "script", "spent_place", "is_coinbase", "inputs", "outputs",
    "height", "tx_place", "block_hash", "block_at", "proof", "oddities",
)  # fmt: skip
PARTS_TABLE = SourceTable(
    PARTS,
    (*(SourceColumn(name) for name in _SAID), *(SourceColumn(name, worked_out=True) for name in _WORKED_OUT)),
)
"""The source table of every file of transactions: one row an input or output; values in satoshi."""

_LOOSE = {"nonstandard": (), "witness-unknown": ("p2tr", "p2a"), "p2pk": (), "multisig": ()}
"""Stated types that leave open what the script is: older programs knew fewer."""
_NETWORK_SIGNS = (
    ("regtest", re.compile(rb'["\\]bcrt1[02-9ac-hj-np-z]{8,}')),
    ("testnet", re.compile(rb'["\\](?:tb1[02-9ac-hj-np-z]{8,}|[mn2][1-9A-HJ-NP-Za-km-z]{25,34}\\?")')),
)


def network_of(head: bytes) -> str:
    """Return the network whose addresses the first bytes of a file show; mainnet where none are shown.

    Only addresses that a file does not state are written in that network's way.
    """
    return next((name for name, sign in _NETWORK_SIGNS if sign.search(head)), "mainnet")


@dataclass
class PartRows:
    """Columns of parts that grow transaction by transaction."""

    table: SourceTable = PARTS_TABLE
    network: str = "mainnet"
    cells: dict[str, list[str | None]] = field(default_factory=lambda: {c.name: [] for c in PARTS_TABLE.columns})
    odd: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Of the rows that have any."""
    locators: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def add(self, made: ChainTransaction, places: list[tuple[int, int]]) -> None:
        """Add the parts of one transaction, each with locator and size."""
        block, count = made.block, len(made.parts)
        same = {
            "txid": made.txid,
            "is_coinbase": "1" if made.is_coinbase else "0",
            "inputs": _text(made.inputs),
            "outputs": _text(made.outputs),
            "height": _text(block.height),
            "tx_place": _text(block.tx_place),
            "block_hash": block.block_hash,
            "block_at": _text(block.block_at),
            "proof": made.proof,
        }
        for name, value in same.items():
            self.cells[name].extend([value] * count)
        oddities = made.oddities | ({FEE_NEGATIVE} if _fee_is_negative(made) else set())
        for part, (locator, size) in zip(made.parts, places, strict=True):
            self.cells["side"].append(part.side)
            self.cells["place"].append(str(part.place))
            self.cells["value"].append(_text(part.value))
            self.cells["address"].append(part.address)
            self.cells["script_type"].append(part.script_type)
            self.cells["script"].append(part.script)
            self.cells["spent_txid"].append(part.spent_txid)
            self.cells["spent_place"].append(_text(part.spent_place))
            if oddities:
                self.odd[len(self.locators)] |= oddities
            self.locators.append(locator)
            self.sizes.append(size)

    def refuse(self, locator: int, size: int, reason: str) -> None:
        """Note a stretch that is no transaction."""
        self.refused.append(Refused(self.table.name, locator, size, reason))

    def batch(self, wanted: Collection[str]) -> Batch:
        """Return what was added, checked; the columns that are wanted."""
        arrays = {name: pa.array(values, pa.string()) for name, values in self.cells.items() if name != "oddities"}
        arrays |= self._checked(arrays)
        said = {row: ";".join(sorted(odd)) for row, odd in self.odd.items()}
        arrays["oddities"] = pa.array([said.get(row) for row in range(len(self.locators))], pa.string())
        names = [column.name for column in self.table.columns if column.name in wanted]
        locators = pa.array(self.locators, pa.int64())
        # one column more than wanted keeps the number of rows where nothing is wanted
        table = pa.Table.from_arrays([*(arrays[name] for name in names), locators], names=[*names, ""])
        self.refused.sort(key=lambda one: one.locator)
        sizes = pa.array(self.sizes, pa.int32())
        return Batch(self.table, table.select(range(len(names))), locators, sizes, tuple(self.refused))

    def _checked(self, arrays: dict[str, pa.Array]) -> dict[str, pa.Array]:
        """Return addresses, types and scripts, the script deciding where it is told; oddities go to their rows."""
        scripts = pa.array(
            [None if hexed is None else bytes.fromhex(hexed) for hexed in self.cells["script"]], pa.binary()
        )
        has_script = scripts.is_valid()
        filled = pc.fill_null(scripts, b"")
        own_types = pc.if_else(has_script, types_of(filled), pa.scalar(None, pa.string()))
        own = pc.if_else(has_script, addresses_of(filled, self.network), pa.scalar(None, pa.string()))
        addresses, types = own.to_pylist(), own_types.to_pylist()
        scripted = has_script.to_pylist()
        self._check_types(types, scripted)
        for row in pc.indices_nonzero(_stated_otherwise(arrays["address"], own)).to_pylist():
            stated = str(self.cells["address"][row])
            addresses[row] = self._address(row, stated, addresses[row], types[row], scripted[row])
        kept = [
            None if script is None or address is not None else script[: 2 * LONGEST_KEPT]
            for script, address in zip(self.cells["script"], addresses, strict=True)
        ]
        told = {"address": addresses, "script_type": types, "script": kept}
        return {name: pa.array(values, pa.string()) for name, values in told.items()}

    def _check_types(self, types: list[str | None], scripted: list[bool]) -> None:
        """Fill in the stated type where there is no script; note where it is another than the script's."""
        for row, stated in enumerate(self.cells["script_type"]):
            if not scripted[row]:
                types[row] = stated
            elif stated is not None and stated != types[row]:
                own = types[row]
                if stated not in _LOOSE or (_LOOSE[stated] and own not in (*_LOOSE[stated], "nonstandard")):
                    self.odd[row].add(TYPE_DIFFERS)

    def _address(self, row: int, stated: str, own: str | None, kind: str | None, has_script: bool) -> str | None:
        """Return the address of a row whose stated one is not what its script, on the file's network, gives."""
        found = check_address(stated)
        if not found.is_address:
            self.odd[row].add(ADDRESS_ELSEWHERE)
            return stated
        if not has_script:
            if kind not in (None, found.script_type) and kind not in _LOOSE:
                self.odd[row].add(TYPE_DIFFERS)
            return stated
        script = self.cells["script"][row]
        if found.script.hex() == script:
            return stated  # the same output, on another network than most of the file
        self.odd[row].add(ADDRESS_OF_KEY if own is None and kind in ("p2pk", "multisig") else ADDRESS_DIFFERS)
        return own


def _stated_otherwise(stated: pa.StringArray, own: pa.StringArray) -> pa.BooleanArray:
    return pc.and_(stated.is_valid(), pc.fill_null(pc.not_equal(stated, own), True))


def _fee_is_negative(made: ChainTransaction) -> bool:
    if made.is_coinbase:
        return False
    sides: dict[str, list[int | None]] = {"input": [], "output": []}
    for part in made.parts:
        sides[part.side].append(part.value)
    going_in = [value for value in sides["input"] if value is not None]
    if not going_in or len(going_in) < (made.inputs or 0) or len(going_in) < len(sides["input"]):
        return False
    return sum(going_in) < sum(value or 0 for value in sides["output"])


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


__all__ = [
    "ADDRESS_DIFFERS",
    "ADDRESS_ELSEWHERE",
    "ADDRESS_OF_KEY",
    "FEE_NEGATIVE",
    "PARTS",
    "PARTS_TABLE",
    "TYPE_DIFFERS",
    "PartRows",
    "network_of",
]
