"""What `unspoof fetch` seals: answers of a node or server, each exactly as it was received, one JSON object a line; no I/O.

A line holds one answer with transactions and those that prove them: branches to merkle roots, and block headers.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from unspoof.errors import FoundWrong
from unspoof.parse.bitcoin.block import has_work
from unspoof.parse.bitcoin.block import read_header as header_fields
from unspoof.parse.bitcoin.merkle import Branch, check_branch, double_sha
from unspoof.parse.chain_json.cells import BadTransaction, hash_text, hex_text, whole
from unspoof.parse.chain_json.nodes import BODY, Node, NotChainJson, Span, read_nodes
from unspoof.parse.chain_json.reading import PROOF_FAILS, Found, NoTransaction, header_of, read_transactions
from unspoof.parse.chain_json.transaction import ChainTransaction, worked_out_txid
from unspoof.parse.chain_json.tx_out_proof import read_tx_out_proof

FORM = 1
"""Version of the form of a line."""
TRANSACTIONS, PROOF, HEADER, SPENDS, OTHER = "transactions", "proof", "header", "spends", "other"
"""What an answer can hold; rows are made of the first alone."""
_BEGIN = b'{"unspoof_fetched":'
_NO_WORK = 0x20
"""Exponent of the target of test chains, which any header meets, or half of them."""
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a source."""

    request: str
    """What was asked, without secrets: 'GET /tx/...', 'getblock ["...", 2]'."""
    about: str
    """The txid, block hash or address that was asked for."""
    holds: str
    status: int
    body: bytes
    received_at: str
    """ISO 8601 with Z, by the clock of the machine that asked."""


def write_line(source: str, answers: Sequence[Answer]) -> bytes:
    """Return one line, with its end, that holds the answers as they were received.

    Args:
        source: the server's name, without secrets.
        answers: bodies that are UTF-8.

    Raises:
        UnicodeDecodeError: a body is none.
    """
    told = [
        {
            "request": one.request,
            "about": one.about,
            "holds": one.holds,
            "received_at": one.received_at,
            "status": one.status,
            "sha256": hashlib.sha256(one.body).hexdigest(),
            BODY: one.body.decode(),
        }
        for one in answers
    ]
    line = {"unspoof_fetched": FORM, "source": source, "answers": told}
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def is_sealed(raw: bytes) -> bool:
    """Say whether a line is of this form."""
    return raw.startswith(_BEGIN)


@dataclass
class _Proofs:
    """What a line tells of branches, by txid, and of headers, by block hash."""

    branches: dict[str, Branch] = field(default_factory=dict)
    headers: dict[str, bytes] = field(default_factory=dict)
    heights: dict[str, int] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)


def read_sealed(raw: bytes) -> list[Found]:
    """Return the transactions of one line, as `read_transactions` does; places are bytes from the start of `raw`.

    A transaction that hashes to its txid, and whose branch leads to the root in a header that hashes to its block, has
    proof 'branch' and its place in the block. An answer that is not what its hash says is refused.
    """
    try:
        top = read_nodes(raw)
    except NotChainJson as error:
        return [NoTransaction(0, len(raw), str(error))]
    listed = top.items[0] if isinstance(top, Node) and top.holds == "answers" else None
    if not isinstance(top, Node) or top.fields.get("unspoof_fetched") != str(FORM) or not isinstance(listed, Node):
        return [NoTransaction(0, len(raw), "no answers as fetch seals them")]
    text = raw.decode("latin-1")
    found: list[Found] = []
    proofs = _Proofs()
    for node in listed.items:
        if not isinstance(node, Node):
            found.append(NoTransaction(node.start, node.end, "no answer"))
            continue
        body = body_of(node)
        if body is None:
            found.append(NoTransaction(node.start, node.end, "an answer that is not what its SHA-256 says"))
        elif node.fields.get("holds") == TRANSACTIONS:
            found += _in_place(read_transactions(body), text, *node.places[BODY])
        else:
            _take_proof(proofs, node.fields, body)
    for one in found:
        if isinstance(one, ChainTransaction):
            _prove(one, proofs)
    return found


def body_of(node: Node) -> bytes | None:
    """Return an answer as it was received; None where it is not what its hash says."""
    body, told = node.fields.get(BODY), node.fields.get("sha256")
    if type(body) is not str or type(told) is not str:
        return None
    try:
        raw = body.encode("latin-1")
    except UnicodeEncodeError:
        return None
    return raw if hashlib.sha256(raw).hexdigest() == told else None


def _in_place(found: list[Found], text: str, start: int, end: int) -> list[Found]:
    """Turn places in a body into places in the line, in which the body stands as a JSON text with escapes."""
    escapes = [(match.start(), match.end() - match.start() - 1) for match in _ESCAPE.finditer(text, start + 1, end - 1)]
    extra = np.cumsum([0, *(size for _, size in escapes)])
    begins = np.array([at - start - 1 for at, _ in escapes], np.int64) - extra[:-1]

    def placed(at: int) -> int:
        return int(start + 1 + at + extra[np.searchsorted(begins, at)])

    moved: list[Found] = []
    for one in found:
        if isinstance(one, NoTransaction):
            moved.append(NoTransaction(placed(one.start), placed(one.end), one.reason))
            continue
        for part in one.parts:
            part.start, part.end = placed(part.start), placed(part.end)
        moved.append(one)
    return moved


def _take_proof(proofs: _Proofs, fields: Mapping[str, object], body: bytes) -> None:
    about = fields.get("about")
    if type(about) is not str or fields.get("holds") not in (PROOF, HEADER):
        return
    try:
        if fields["holds"] == PROOF:
            proofs.branches[about] = read_branch(about, body)
        else:
            proofs.headers[about], height = read_header(about, body)
            if height is not None:
                proofs.heights[about] = height
    except (BadTransaction, FoundWrong):
        proofs.broken.add(about)


def read_branch(txid: str, body: bytes) -> Branch:
    """Read the proof that a transaction is in its block: Esplora's merkle-proof, or Core's gettxoutproof.

    Raises:
        BadTransaction: it is none.
    """
    node = _answered(body)
    if isinstance(node, Span):
        proof = hex_text(node.value, "a proof")
        return read_tx_out_proof(txid, bytes.fromhex(proof or ""))[1]
    partners = node.fields.get("merkle")
    if not isinstance(partners, list):
        raise BadTransaction("no branch")
    place, own = whole(node.fields.get("pos"), "pos"), hash_text(txid, "txid")
    hashes = [hash_text(one, "a partner") for one in partners[:64]]
    if place is None or own is None or any(one is None for one in hashes):
        raise BadTransaction("no branch")
    return Branch(bytes.fromhex(own)[::-1], place, tuple(bytes.fromhex(one or "")[::-1] for one in hashes))


def read_header(block_hash: str, body: bytes) -> tuple[bytes, int | None]:
    """Read a block's header, and its height where that is told: 80 bytes in hex, or Core's getblockheader.

    Raises:
        BadTransaction: it is none.
        FoundWrong: it does not hash to the block.
    """
    height = None
    if body[:1] == b"{":
        node = _answered(body)
        if not isinstance(node, Node):
            raise BadTransaction("no header")
        header, height = header_of(node.fields) or b"", whole(node.fields.get("height"), "height")
    else:
        header = bytes.fromhex(hex_text(body.decode("ascii", "replace").strip().strip('"'), "a header") or "")
    if len(header) != 80:
        raise BadTransaction("a header of another size than 80 bytes")
    if double_sha(header)[::-1].hex() != block_hash:
        raise FoundWrong("the header does not hash to its block")
    if int.from_bytes(header[72:76], "little") >> 24 < _NO_WORK and not has_work(header_fields(header)):
        raise FoundWrong("the header has not the work that it states")
    return header, height


def _answered(body: bytes) -> Node | Span:
    """Return what a server answered, out of its JSON-RPC answer where it is one."""
    try:
        node = read_nodes(body)
    except NotChainJson as error:
        raise BadTransaction(str(error)) from None
    if not isinstance(node, Node):
        return node
    if node.holds == "result" and isinstance(node.items[0], Node):
        return node.items[0]
    return Span(node.fields["result"], node.start, node.end) if "result" in node.fields else node


def _prove(made: ChainTransaction, proofs: _Proofs) -> None:
    if {made.txid, made.block.block_hash} & proofs.broken:
        made.oddities.add(PROOF_FAILS)
        return
    block = made.block.block_hash or ""
    made.block.height = made.block.height if made.block.height is not None else proofs.heights.get(block)
    branch, header = proofs.branches.get(made.txid), proofs.headers.get(block)
    if branch is None or header is None or worked_out_txid(made) != made.txid:
        return
    try:
        check_branch(branch, header[36:68])
    except FoundWrong:
        made.oddities.add(PROOF_FAILS)
        return
    made.proof, made.block.tx_place = "branch", branch.place


def read_value(raw: bytes) -> list[Found]:
    """Return the transactions of one JSON value: of a line that was sealed, or of any shape that `reading` knows."""
    return read_sealed(raw) if is_sealed(raw) else read_transactions(raw)


__all__ = [
    "FORM",
    "HEADER",
    "OTHER",
    "PROOF",
    "SPENDS",
    "TRANSACTIONS",
    "Answer",
    "body_of",
    "is_sealed",
    "read_branch",
    "read_header",
    "read_sealed",
    "read_value",
    "write_line",
]
