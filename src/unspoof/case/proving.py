"""What proves that a transaction of the case is in a block: each exhibit's evidence, checked, and what it leaves open."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from unspoof.case.proof_rows import block_check, rows_check
from unspoof.case.proof_units import MOST_UNITS, SealedFile, Unit, sealed_file, units_of
from unspoof.case.session import Session
from unspoof.errors import BadRequest, mask
from unspoof.evidence import Vault
from unspoof.parse.bitcoin.block import Header
from unspoof.parse.bitcoin.inclusion import (
    BRANCH,
    FAILS,
    HEADER,
    HOLDS,
    NOT_PROVEN,
    OPEN,
    PROVEN,
    SURE_BITS,
    TXID,
    Check,
    Inclusion,
    Work,
    look_into,
    printed,
)

Row = dict[str, Any]

FORM = 1
"""Version of the document's shape (docs/proofs.md)."""
_TXID = re.compile("[0-9a-fA-F]{64}")
_ROWS = (
    "SELECT exhibit, side, place, value_sat, address, script, spent_txid, spent_place, height, block_hash, block_at, "
    "tx_place, locator FROM transactions WHERE txid = $txid ORDER BY exhibit, locator"
)
_CITED = (
    "SELECT 'payments' AS cited_in, count(*) AS n FROM payments WHERE lower(txid) = $txid "
    "UNION ALL SELECT 'transactions', count(*) FROM transactions WHERE spent_txid = $txid ORDER BY cited_in"
)
_SAID = {
    PROVEN: "it is in the block named, by every check below",
    NOT_PROVEN: "nothing in this case proves it",
    FAILS: "a proof of it fails; the check that fails is named",
}
_CHAIN = (
    "that the block is in the chain that everybody uses: its header is not connected to that chain here. Compare its "
    "hash with a node of your own, or with several block explorers"
)
_TIME = "when it was made: the time is the miner's, and may be up to two hours off"
_INPUTS = (
    "values and addresses of its inputs: a txid covers which outputs are spent, not what they held. Prove the "
    "transactions that made them"
)
_HEIGHT = "the height: it stands as the exhibit tells it"
_WORD = "anything of it beyond the word of whoever made the exhibit"


def prove(vault: Vault, session: Session, wanted: str) -> Row:
    """Return what proves that a transaction is in a block, in the shape that docs/proofs.md describes.

    Args:
        vault: the case's store.
        session: an open session.
        wanted: a txid.

    Raises:
        BadRequest: it is no txid, or no exhibit holds the transaction.

    """
    if not _TXID.fullmatch(wanted):
        raise BadRequest(f"{mask(wanted[:80])!r} is no txid", where="prove", hint="A txid has 64 hex digits.")
    txid = wanted.lower()
    rows = session.engine.fetch(_ROWS, {"txid": txid}).to_pylist()
    if not rows:
        raise _not_held(session, txid)
    proofs: list[Row] = []
    without: list[Row] = []
    for number in sorted({int(row["exhibit"]) for row in rows}):
        own = [row for row in rows if row["exhibit"] == number]
        file = sealed_file(vault, number)
        if file.no_proof:
            without.append({"exhibit": _exhibit(file), "because": file.no_proof})
        else:
            proofs += _proofs(vault, file, own, txid)
    return _document(txid, proofs, without)


def _not_held(session: Session, txid: str) -> BadRequest:
    cited = {row["cited_in"]: row["n"] for row in session.engine.fetch(_CITED, {"txid": txid}).to_pylist()}
    said = [f"{count:,} rows of {name} name it" for name, count in sorted(cited.items()) if count]
    known = f"; {' and '.join(said)}" if said else ""
    hint = f"Fetch it: unspoof fetch CASE --txid {txid}; or add the block file that holds it."
    return BadRequest(f"the case does not hold the transaction {txid}{known}", where="prove", hint=hint)


def _document(txid: str, proofs: Sequence[Row], without: Sequence[Row]) -> Row:
    verdicts = {proof["verdict"] for proof in proofs}
    verdict = FAILS if FAILS in verdicts else PROVEN if PROVEN in verdicts else NOT_PROVEN
    blocks = list(dict.fromkeys(p["header"]["hash"] for p in proofs if p["verdict"] == PROVEN))
    document: Row = {"form": FORM, "txid": txid, "verdict": verdict, "says": _SAID[verdict], "blocks": blocks}
    document["cautions"] = _cautions(proofs, blocks)
    document["not_proven"] = [_CHAIN, _TIME, _INPUTS]
    document["to_fetch"] = [] if verdict == PROVEN else _to_fetch(txid, proofs, without)
    return {**document, "proofs": list(proofs), "without_proof": list(without)}


def _cautions(proofs: Sequence[Row], blocks: Sequence[str]) -> list[str]:
    """Return what makes a proof that holds weaker than it looks."""
    made = []
    if len(blocks) > 1:
        made.append(
            f"{len(blocks)} blocks hold it: of blocks of one chain at most one does, so that the others were given up"
        )
    work = {proof["header"]["hash"]: proof["header"]["work_log2"] for proof in proofs if proof["verdict"] == PROVEN}
    for block, bits in work.items():
        if bits < SURE_BITS:
            made.append(
                f"block {block} took about 2^{bits} hashes: anybody could make one like it. Blocks of the main network had as "
                f"little before 2016 (since: 2^{SURE_BITS} and more), blocks of test networks always; compare its hash"
            )
    return made


def _to_fetch(txid: str, proofs: Sequence[Row], without: Sequence[Row]) -> list[str]:
    stated = [proof["stated"]["block_hash"] for proof in proofs if proof["stated"]["block_hash"]]
    block = f" {stated[0]}" if stated else ""
    made = [f"its answer, branch and header from a server or node: unspoof fetch CASE --txid {txid} --proofs --hops 0"]
    if any("undo" in row["because"] for row in without):
        made.append("the block file (blkNNNNN.dat) beside the undo file")
    return [*made, f"or the block{block} itself, as a node keeps it (blkNNNNN.dat) or gives it (getblock, verbosity 2)"]


def _proofs(vault: Vault, file: SealedFile, rows: Sequence[Row], txid: str) -> list[Row]:
    units, are_all = units_of(vault, file.exhibit.number, [int(row["locator"]) for row in rows], txid)
    made = [_proof(file, unit, rows) for unit in units]
    if made and not are_all:
        made[-1]["not_proven"].append(f"the other places of this exhibit that hold it: {MOST_UNITS} were looked into")
    return made


def _proof(file: SealedFile, unit: Unit, rows: Sequence[Row]) -> Row:
    """Return what one block or line proves, and what the case's rows of it say besides."""
    own = [row for row in rows if unit.start <= row["locator"] < unit.end]
    found = look_into(unit.evidence)
    checks = [_seal_check(file), *found.checks, rows_check(own, unit.evidence), *block_check(own, found, unit.evidence)]
    judged = Inclusion(found.header, found.work, found.steps, tuple(checks))
    stated = own[0] if own else {}
    return {
        "exhibit": _exhibit(file),
        "locator": f"bytes {unit.start}-{unit.end - 1}{' of the unpacked file' if file.is_unpacked else ''}",
        "answers": [vars_of(one) for one in unit.told],
        "verdict": judged.verdict,
        "checks": [{"what": one.what, "result": one.result, "because": one.because} for one in checks],
        "transaction": _transaction(unit),
        "header": _header(found.header, found.work) if found.header and found.work else None,
        "branch": _branch(unit, found),
        "stated": {name: stated.get(name) for name in ("block_hash", "height", "block_at", "tx_place")},
        "not_proven": _open(unit, checks, judged.verdict),
    }


def vars_of(told: Any) -> Row:
    """Return an answer of a server as the document tells it."""
    return {"holds": told.holds, "request": told.request, "received_at": told.received_at, "sha256": told.sha256}


def _seal_check(file: SealedFile) -> Check:
    if file.is_as_sealed:
        return Check("exhibit", HOLDS, "the sealed file still has the SHA-256 that it was sealed with")
    return Check("exhibit", FAILS, "the sealed file no longer has the SHA-256 that it was sealed with: unspoof verify")


def _exhibit(file: SealedFile) -> Row:
    exhibit = file.exhibit
    return {
        "number": exhibit.number, "name": exhibit.name, "sha256": exhibit.sha256, "container": file.container,
        "basis": exhibit.basis,
    }  # fmt: skip


def _transaction(unit: Unit) -> Row | None:
    hashed = unit.evidence.hashed
    if hashed is None:
        return None
    return {"from": unit.evidence.hashed_from, "size": len(hashed), "bytes": hashed.hex()}


def _header(header: Header, work: Work) -> Row:
    raw = _packed(header)
    return {
        "bytes": raw.hex(),
        "hash": printed(header.hash),
        "previous": printed(header.previous),
        "merkle_root": printed(header.merkle_root),
        "time": header.time,
        "bits": f"{header.bits:08x}",
        "target": f"{work.target:064x}",
        "work_log2": work.bits,
        "version": header.version,
        "nonce": header.nonce,
    }


def _packed(header: Header) -> bytes:
    front = header.version.to_bytes(4, "little", signed=True) + header.previous + header.merkle_root
    return front + b"".join(number.to_bytes(4, "little") for number in (header.time, header.bits, header.nonce))


def _branch(unit: Unit, found: Inclusion) -> Row | None:
    branch = unit.evidence.branch
    if branch is None:
        return None
    steps = [{"left": one.left.hex(), "right": one.right.hex(), "parent": one.parent.hex()} for one in found.steps]
    leads_to = found.steps[-1].parent if found.steps else branch.txid
    return {
        "from": unit.evidence.branch_from,
        "place": branch.place,
        "starts_at": branch.txid.hex(),
        "steps": steps,
        "leads_to": leads_to.hex(),
    }


def _open(unit: Unit, checks: Sequence[Check], verdict: str) -> list[str]:
    """Return what this exhibit leaves to somebody's word; what no proof of this kind can show stands beside the proofs."""
    results: Mapping[str, str] = {check.what: check.result for check in checks}
    made = []
    if verdict != PROVEN:
        missing = [what for what in (TXID, HEADER, BRANCH) if results.get(what) == OPEN]
        made.append(f"{_WORD}: no {', no '.join(missing)} that can be checked" if missing else _WORD)
    return made if unit.evidence.height is not None else [*made, _HEIGHT]


__all__ = ["FORM", "prove"]
