"""One file per source of chain data; beside `live` the only package that may reach the network, where the user named it."""

from __future__ import annotations

from unspoof.errors import BadRequest
from unspoof.trace.sources.core_rpc import CoreRpc
from unspoof.trace.sources.esplora import Esplora
from unspoof.trace.sources.http import Address, Limits, Server, server_address
from unspoof.trace.sources.source import ChainSource, Got, Refusal, Spends

SOURCES = ("esplora", "rpc")
"""Kinds of source, as they stand before the colon of --from."""


def open_source(stated: str, *, secret: str = "", proxy: str = "", limits: Limits | None = None) -> ChainSource:
    """Return the source that a user named; nothing is asked of it yet.

    Args:
        stated: 'esplora:https://...' or 'rpc:http://127.0.0.1:8332'.
        secret: 'user:password' of a node, or its cookie.
        proxy: 'http://host:port', asked to connect to the server; empty for none.
        limits: of its answers.

    Raises:
        BadRequest: no such source, or a password would go over a network in the clear.
    """
    kind, _, url = stated.partition(":")
    if kind not in SOURCES:
        hint = "As in esplora:https://chain.example.org/api or rpc:http://127.0.0.1:8332."
        raise BadRequest(f"{stated[:80]!r} is no source of chain data", where="--from", hint=hint)
    address = server_address(url, "--from")
    through = server_address(proxy, "chain.proxy") if proxy else None
    taken = limits or Limits()
    if kind == "esplora":
        return Esplora(Server(address, taken, through))
    if secret and address.scheme == "http" and not _is_here(address):
        raise BadRequest(
            "the node's password would cross a network in the clear",
            where="--from",
            hint="Reach it through a tunnel, such as ssh -L 8332:127.0.0.1:8332 HOST, and ask 127.0.0.1.",
        )
    return CoreRpc(Server(address, taken, through, secret=secret, busy=(429, 502, 503, 504)))


def _is_here(address: Address) -> bool:
    return address.host in ("127.0.0.1", "::1", "localhost")


__all__ = ["SOURCES", "ChainSource", "Got", "Limits", "Refusal", "Spends", "open_source"]
