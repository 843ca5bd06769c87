"""The blocks and answers in sealed files that hold a transaction, as evidence; what it proves is not judged here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unspoof.evidence import Vault
from unspoof.evidence.disk import digest
from unspoof.ingest.containers import CONTAINERS
from unspoof.ingest.containers.blocks import BlockGroup
from unspoof.ingest.containers.coin_json import CoinBlock
from unspoof.ingest.reader import with_encoding
from unspoof.ingest.streams import open_unpacked
from unspoof.ingest.system import load_system
from unspoof.model.evidence import Exhibit
from unspoof.parse.bitcoin.inclusion import Evidence, evidence_of_block
from unspoof.parse.chain_json.inclusion import Told, evidence_in

MOST_UNITS = 20
"""At most so many blocks or lines of one exhibit are looked into; that there are more is said."""
HOLDS_BYTES = ("blocks", "coin-json")
"""Containers of files that may hold what proves a transaction."""
_NO_PROOF = {
    "undo": "undo data tell what inputs spent; what proves the transaction is in the block file beside it",
    "coin-csv": "a table of transactions has neither their bytes nor those of blocks",
    "parquet": "a table of transactions has neither their bytes nor those of blocks",
}


@dataclass(frozen=True)
class SealedFile:
    """An exhibit as it lies there now."""

    exhibit: Exhibit
    container: str
    is_unpacked: bool
    """Places count in the unpacked file."""
    is_as_sealed: bool

    @property
    def no_proof(self) -> str:
        """Why no file of this kind can prove a transaction; empty where one can."""
        return "" if self.container in HOLDS_BYTES else _NO_PROOF.get(self.container, "a file without bytes of blocks")


@dataclass(frozen=True)
class Unit:
    """A block or a line of an exhibit that holds the transaction."""

    start: int
    """Place in the (unpacked) file, behind a block's magic and size."""
    end: int
    evidence: Evidence
    told: tuple[Told, ...] = ()


def sealed_file(vault: Vault, number: int) -> SealedFile:
    """Return an exhibit, hashed again, and as what it was read."""
    exhibit, path = vault.exhibit(number), vault.exhibit_path(number)
    packed = exhibit.name.rsplit(".", 1)[-1] in {"gz", "zst", "bz2", "xz"}
    is_as_sealed = digest(path).sha256 == exhibit.sha256
    return SealedFile(exhibit, str(_facts(vault, number)["container"]), packed, is_as_sealed)


def units_of(vault: Vault, number: int, locators: Sequence[int], txid: str) -> tuple[list[Unit], bool]:
    """Return the blocks or lines of an exhibit that hold these places, in order, and whether these are all.

    Args:
        vault: the case's store.
        number: of an exhibit whose container is in HOLDS_BYTES.
        locators: where the exhibit's inputs and outputs of the transaction begin.
        txid: as printed.
    """
    left = sorted(locators)
    units: list[Unit] = []
    for start, end, raw, is_block in _stretches(vault, number):
        inside = [at for at in left if start <= at < end]
        if inside:
            left = [at for at in left if at >= end]
            units.append(_unit(start, end, raw, is_block, txid))
        if not left or len(units) == MOST_UNITS:
            break
    return units, not left


def _unit(start: int, end: int, raw: bytes, is_block: bool, txid: str) -> Unit:
    if is_block:
        return Unit(start, end, evidence_of_block(raw, bytes.fromhex(txid)[::-1]))
    evidence, told = evidence_in(raw, txid)
    return Unit(start, end, evidence, told)


def _stretches(vault: Vault, number: int) -> Iterator[tuple[int, int, bytes, bool]]:
    """Yield every block or JSON value of a sealed file: its place, its bytes (unmixed), whether it is a block."""
    facts, path = _facts(vault, number), vault.exhibit_path(number)
    container = next(one for one in CONTAINERS if one.name == facts["container"])
    system = load_system((vault.folder / facts["mapping"]).read_text("utf-8"), facts["mapping"])
    with open_unpacked(path) as stream:
        survey = container.survey(stream, with_encoding(system.options, facts.get("encoding", "")))
    with open_unpacked(path) as stream:
        for part in container.blocks(stream, survey):
            if isinstance(part, BlockGroup):
                at = part.group.offset
                for start, end in part.group.records:
                    yield at + start, at + end, part.group.data[start:end], True
            elif isinstance(part, CoinBlock):
                for start, end in part.spans:
                    yield part.at + start, part.at + end, part.raw[start:end], False


def _facts(vault: Vault, number: int) -> Mapping[str, Any]:
    return next(e.body for e in reversed(vault.events("exhibit-read")) if e.body["exhibit"] == number)


__all__ = ["HOLDS_BYTES", "MOST_UNITS", "SealedFile", "Unit", "sealed_file", "units_of"]
