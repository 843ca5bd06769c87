"""What JSON of transactions tells of one of them and of its block: in a sealed answer, a block or alone; it judges nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from unspoof.errors import FoundWrong
from unspoof.parse.bitcoin.inclusion import Evidence
from unspoof.parse.bitcoin.merkle import Branch, merkle_branch
from unspoof.parse.chain_json.cells import BadTransaction, hash_text
from unspoof.parse.chain_json.nodes import BODY, Node, NotChainJson, Span, read_nodes
from unspoof.parse.chain_json.reading import NoTransaction, header_of, read_transaction
from unspoof.parse.chain_json.sealed import HEADER, PROOF, TRANSACTIONS, body_of, is_sealed, read_branch, read_header
from unspoof.parse.chain_json.transaction import BlockFacts, ChainTransaction, hashed_bytes

_REBUILT = "put together from what the answer tells"


@dataclass(frozen=True)
class Told:
    """One answer of a server that bears on the proof."""

    holds: str
    request: str
    received_at: str
    sha256: str


@dataclass
class _Answers:
    """What the answers of one sealed line give, as far as they bear on one txid."""

    found: Evidence | None = None
    told: list[Told] = field(default_factory=list)
    branch: Branch | None = None
    headers: dict[str, bytes] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def evidence_in(raw: bytes, txid: str) -> tuple[Evidence, tuple[Told, ...]]:
    """Return what one JSON value tells of a transaction, and the answers of a server that it rests on.

    Args:
        raw: a line that was sealed when it was fetched, a transaction, a block, a list or an answer of JSON-RPC.
        txid: as printed.

    Returns:
        evidence without anything but the txid where the value does not hold the transaction.
    """
    try:
        node = read_nodes(raw)
    except NotChainJson as error:
        return Evidence(_hashed(txid), faults=(f"the JSON cannot be read: {error}",)), ()
    if is_sealed(raw) and isinstance(node, Node):
        return _of_line(node, txid)
    return _of_value(node, txid) or Evidence(_hashed(txid)), ()


def _of_line(line: Node, txid: str) -> tuple[Evidence, tuple[Told, ...]]:
    made = _Answers()
    listed = line.items[0] if line.holds == "answers" else None
    for node in listed.items if isinstance(listed, Node) else ():
        if isinstance(node, Node) and BODY in node.places:
            _take(made, node, txid)
    found = made.found or Evidence(_hashed(txid), faults=("no answer in the line holds the transaction",))
    block = found.block_hash[::-1].hex() if found.block_hash else ""
    header, header_from = found.header, found.header_from
    if header is None and block in made.headers:
        header, header_from = made.headers[block], "as the server told them"
    branch, branch_from = found.branch, found.branch_from
    if branch is None and made.branch is not None:
        branch, branch_from = made.branch, "as the server told them"
    evidence = Evidence(
        found.txid, found.hashed, found.hashed_from, header, header_from, found.block_hash, branch, branch_from,
        faults=(*found.faults, *made.faults),
    )  # fmt: skip
    return evidence, tuple(made.told)


def _take(made: _Answers, node: Node, txid: str) -> None:
    fields, about = node.fields, str(node.fields.get("about"))
    holds, body = fields.get("holds"), body_of(node)
    if holds == TRANSACTIONS:
        if body is None:
            made.faults.append("an answer is not what its SHA-256 says")
        elif made.found is None and (found := _of_body(body, txid)) is not None:
            made.found = found
            made.told.append(_told(node))
    elif holds == PROOF and about == txid:
        made.told.append(_told(node))
        try:
            made.branch = read_branch(txid, _sound(body))
        except (BadTransaction, FoundWrong) as error:
            made.faults.append(f"the answer meant as the branch cannot be one: {error}")
    elif holds == HEADER and _is_block_of(made, about):
        made.told.append(_told(node))
        try:
            made.headers[about] = read_header(about, _sound(body))[0]
        except (BadTransaction, FoundWrong) as error:
            problem = error.problem if isinstance(error, FoundWrong) else error
            made.faults.append(f"the answer meant as the header cannot be one: {problem}")


def _is_block_of(made: _Answers, block_hash: str) -> bool:
    """Say whether a header is of the transaction's block; the answer with the transaction stands before it in the line."""
    found = made.found
    return found is not None and found.block_hash is not None and found.block_hash[::-1].hex() == block_hash


def _sound(body: bytes | None) -> bytes:
    if body is None:
        raise BadTransaction("it is not what its SHA-256 says")
    return body


def _told(node: Node) -> Told:
    fields = node.fields
    return Told(*(str(fields.get(name, "")) for name in ("holds", "request", "received_at", "sha256")))


def _of_body(body: bytes, txid: str) -> Evidence | None:
    try:
        return _of_value(read_nodes(body), txid)
    except NotChainJson:
        return None


def _of_value(node: Node | Span, txid: str) -> Evidence | None:
    for block, one in _transactions(node, None):
        if one.fields.get("txid", one.fields.get("hash")) == txid:
            return _evidence(block, one, txid)
    return None


def _transactions(node: Node | Span, block: Node | None) -> Iterator[tuple[Node | None, Node]]:
    """Yield every transaction, with the block that holds it where that is told whole."""
    if isinstance(node, Span):
        return
    if node.parts:
        yield block, node
        return
    for item in node.items:
        yield from _transactions(item, node if node.holds == "tx" else block if node.is_list else None)


def _evidence(block: Node | None, node: Node, txid: str) -> Evidence:
    made = read_transaction(node, BlockFacts())
    if isinstance(made, NoTransaction):
        return Evidence(_hashed(txid), faults=(f"the transaction cannot be read: {made.reason}",))
    hashed, stated = hashed_bytes(made), made.block.block_hash
    if block is None:
        return Evidence(_hashed(txid), hashed, _REBUILT, block_hash=_hashed(stated) if stated else None)
    return _of_block(block, made, hashed)


def _of_block(block: Node, made: ChainTransaction, hashed: bytes | None) -> Evidence:
    """Return what a block of Core's getblock tells: the header's fields, and all txids in their order."""
    txid = _hashed(made.txid)
    listed = block.items[0]
    items = listed.items if isinstance(listed, Node) and listed.is_list else (listed,)
    try:
        header, stated = header_of(block.fields), hash_text(block.fields.get("hash"), "hash")
        txids = [hash_text(item.fields.get("txid"), "txid") for item in items if isinstance(item, Node)]
    except BadTransaction as error:
        return Evidence(txid, hashed, _REBUILT, faults=(f"the block cannot be read: {error}",))
    known = [_hashed(one) for one in txids if one]
    whole = len(known) == len(items) and header is not None
    said = f"worked out from the {len(known):,} txids of the block"
    return Evidence(
        txid, hashed, _REBUILT, header, _REBUILT, _hashed(stated) if stated else None,
        merkle_branch(known, known.index(txid)) if whole else None, said,
    )  # fmt: skip


def _hashed(text: str) -> bytes:
    return bytes.fromhex(text)[::-1]


__all__ = ["Told", "evidence_in"]
