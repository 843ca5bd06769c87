"""Who may ask: bearer tokens, of which the service holds hashes alone."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from unspoof.errors import BadRequest

OPEN_PATHS = ("/health",)
"""What needs no token: it says nothing of any call."""
_LINE = re.compile(r"([A-Za-z0-9_.-]{1,64})[ \t]+([0-9a-f]{64})")
_MOST_BYTES = 1_000_000


class Access:
    """The clients that are known.

    Args:
        tokens: client's name by the SHA-256 of its token; empty to let everybody in, as a client by its address.

    """

    def __init__(self, tokens: Mapping[bytes, str]) -> None:
        self._tokens = tokens

    @classmethod
    def from_file(cls, path: str) -> Access:
        """Read a file of lines 'NAME SHA256'; empty lines and lines that begin with # are left out.

        Raises:
            BadRequest: it cannot be read, or a line is neither; the message names the line by its number alone.

        """
        if not path:
            return cls({})
        try:
            lines = Path(path).read_bytes()[:_MOST_BYTES].decode("ascii", "replace").splitlines()
        except OSError as error:
            raise BadRequest(f"cannot be read: {error.strerror}", where=path) from None
        tokens: dict[bytes, str] = {}
        for place, line in enumerate(lines, 1):
            if not line.strip() or line.startswith("#"):
                continue
            match = _LINE.fullmatch(line.strip())
            if match is None:
                raise BadRequest("is not 'NAME SHA256'", where=f"{path} line {place}", hint="sha256sum makes it.")
            tokens[bytes.fromhex(match[2])] = match[1]
        if not tokens:
            raise BadRequest("holds no token", where=path)
        return cls(tokens)

    def client(self, path: str, authorization: bytes, address: str) -> str | None:
        """Return the client's name for its rate: its token's, or its address; None for one that may not ask."""
        if not self._tokens:
            return address
        scheme, _, token = authorization.partition(b" ")
        # The hash is looked up, not compared: how long that takes says nothing of any token.
        name = self._tokens.get(hashlib.sha256(token.strip()).digest()) if scheme.lower() == b"bearer" else None
        return name if name is not None else address if path in OPEN_PATHS else None


__all__ = ["OPEN_PATHS", "Access"]
