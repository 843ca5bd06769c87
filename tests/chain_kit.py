"""A small server that answers like Esplora from recorded transactions, with faults on demand; for tests."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parent / "vectors" / "esplora"
FIRST_PAYMENT = "f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16"
BLOCK_170 = "00000000d1145790a8694403d4063f323d499e655c83426834d4ce2f8dd4a2ee"

Fault = Callable[[BaseHTTPRequestHandler], bool]
"""Answers a request in a wrong way and returns True, or leaves it to the server."""


def twice(data: bytes) -> bytes:
    """Return SHA-256 of SHA-256."""
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def recorded() -> list[dict[str, Any]]:
    """Return every recorded transaction, once."""
    found: dict[str, dict[str, Any]] = {}
    for file in sorted(RECORDED.glob("*.json")):
        held = json.loads(file.read_text())
        for one in held if isinstance(held, list) else [held]:
            if "txid" in one:
                found[one["txid"]] = one
    return [*found.values(), *block_170()]


def block_170() -> list[dict[str, Any]]:
    """Return the two transactions of block 170 as Esplora tells them; only what it needs of the format is read."""
    raw = bytes.fromhex((RECORDED / "block-170.hex").read_text())
    at, made = 81, []
    for _ in range(raw[80]):
        begin, vin, vout = at, [], []
        version, at = int.from_bytes(raw[at : at + 4], "little"), at + 4
        count, at = raw[at], at + 1
        for _ in range(count):
            spent, place, size = (
                raw[at : at + 32][::-1].hex(),
                int.from_bytes(raw[at + 32 : at + 36], "little"),
                raw[at + 36],
            )
            script, at = raw[at + 37 : at + 37 + size].hex(), at + 37 + size
            sequence, at = int.from_bytes(raw[at : at + 4], "little"), at + 4
            vin.append({"txid": spent, "vout": place, "prevout": None, "scriptsig": script, "sequence": sequence})
            vin[-1]["is_coinbase"] = spent == "0" * 64
        count, at = raw[at], at + 1
        for _ in range(count):
            value, size = int.from_bytes(raw[at : at + 8], "little"), raw[at + 8]
            script, at = raw[at + 9 : at + 9 + size].hex(), at + 9 + size
            vout.append({"scriptpubkey": script, "scriptpubkey_type": "p2pk", "value": value})
        at += 4
        status = {"confirmed": True, "block_height": 170, "block_hash": BLOCK_170, "block_time": 1231731025}
        txid = twice(raw[begin:at])[::-1].hex()
        made.append({"txid": txid, "version": version, "locktime": 0, "vin": vin, "vout": vout, "status": status})
    return made


class Esplora(ThreadingHTTPServer):
    """The server; `asked` lists the paths in the order in which they were asked for."""

    daemon_threads = True

    def __init__(self, transactions: list[dict[str, Any]], fault: Fault | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.transactions = {one["txid"]: one for one in transactions}
        self.fault = fault
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}/api"

    def answer(self, path: str) -> object:
        """Return what a path answers: an object, bytes, or None where there is nothing."""
        parts = path.removeprefix("/api/").split("/")
        match parts:
            case ["tx", txid]:
                return self.transactions.get(txid)
            case ["tx", txid, "outspends"]:
                return self._outspends(txid) if txid in self.transactions else None
            case ["tx", txid, "merkle-proof"]:
                return self._branch(txid)
            case ["block", block, "header"] if block == BLOCK_170:
                return (RECORDED / "block-170.hex").read_text()[:160].encode()
            case ["address", address]:
                stats = {"tx_count": len(self._of(address))}
                return {"address": address, "chain_stats": stats, "mempool_stats": {"tx_count": 0}}
            case ["address", address, "txs"]:
                return self._of(address)[:25]
            case ["address", address, "txs", "chain", last]:
                txids = [one["txid"] for one in self._of(address)]
                return self._of(address)[txids.index(last) + 1 :][:25] if last in txids else None
        return None

    def _outspends(self, txid: str) -> list[dict[str, Any]]:
        spent = {
            spending["vout"]: other
            for other, one in self.transactions.items()
            for spending in one["vin"]
            if spending["txid"] == txid
        }
        count = len(self.transactions[txid]["vout"])
        return [
            {"spent": True, "txid": spent[at], "vin": 0} if at in spent else {"spent": False} for at in range(count)
        ]

    def _branch(self, txid: str) -> dict[str, Any] | None:
        block = [one["txid"] for one in block_170()]
        if txid not in block:
            return None
        at = block.index(txid)
        return {"block_height": 170, "merkle": [block[1 - at]], "pos": at}

    def _of(self, address: str) -> list[dict[str, Any]]:
        found = [one for one in self.transactions.values() if f'"{address}"' in json.dumps(one)]
        return sorted(found, key=lambda one: -one["status"]["block_height"])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Esplora)
        server.asked.append(self.path)
        if server.fault is not None and server.fault(self):
            return
        found = server.answer(self.path)
        body = found if isinstance(found, bytes) else json.dumps(found).encode()
        send(self, 404 if found is None else 200, b"not found" if found is None else body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    """Send a whole answer."""
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def esplora(fault: Fault | None = None, transactions: list[dict[str, Any]] | None = None) -> Iterator[Esplora]:
    """Run the server."""
    server = Esplora(recorded() if transactions is None else transactions, fault)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
