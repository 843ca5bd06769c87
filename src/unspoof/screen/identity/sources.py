"""Where certificates come from: a protocol, and a folder that keeps them by address and hash; nothing here fetches.

FOLDER/certificates/<sha256 of the file>.pem
FOLDER/index.jsonl      one line each time a certificate was obtained: {"url", "sha256", "obtained_at"}
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import NamedTuple, Protocol

from unspoof.errors import BadReference
from unspoof.model.identity import CertificateOrigin
from unspoof.screen.identity.certificates import LARGEST_BUNDLE, BadCertificate, read_certificates

MOST_LINES = 5_000_000


class Obtained(NamedTuple):
    """The bytes of certificates with where and when they were obtained."""

    data: bytes
    origin: CertificateOrigin


class CertificateUnavailable(Exception):
    """The certificate behind an address could not be had; the message says why."""


class CertificateSource(Protocol):
    """Gives the certificates behind the address of an Identity header."""

    def certificate(self, url: str, at: int) -> Obtained | None:
        """Return what stood at an address, as near before a time as known; None where nothing is known of it.

        Raises:
            CertificateUnavailable: it was tried and could not be had.
        """
        ...


class CertificateStore:
    """Certificates kept in a folder by address and hash, each with the time at which it was obtained."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._index: dict[str, list[tuple[int, str]]] = {}
        self._bytes: dict[str, bytes] = {}
        index = folder / "index.jsonl"
        if index.exists():
            self._load(index)

    def _load(self, index: Path) -> None:
        with index.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if number > MOST_LINES:
                    raise BadReference(f"there are more than {MOST_LINES} lines", where=str(index))
                try:
                    row = json.loads(line)
                    url, digest, at = row["url"], row["sha256"], row["obtained_at"]
                except (ValueError, KeyError, TypeError):
                    url = digest = at = None
                if not (isinstance(url, str) and isinstance(at, int) and _is_digest(digest)):
                    raise BadReference("the line is no entry of a certificate", where=f"{index} line {number}")
                self._index.setdefault(url, []).append((at, str(digest)))
        for entries in self._index.values():
            entries.sort()

    def put(self, url: str, data: bytes, obtained_at: int) -> str:
        """Keep what stood at an address and return its SHA-256; bytes that are no certificates are refused.

        Raises:
            BadReference: the bytes are no certificates.
        """
        try:
            read_certificates(data)
        except BadCertificate as error:
            raise BadReference(str(error), where=url[:200]) from None
        digest = hashlib.sha256(data).hexdigest()
        file = self._file(digest)
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            staged = file.with_suffix(f".{os.getpid()}.part")
            staged.write_bytes(data)
            staged.replace(file)
        line = json.dumps({"url": url, "sha256": digest, "obtained_at": obtained_at}) + "\n"
        with (self.folder / "index.jsonl").open("a", encoding="utf-8") as index:
            index.write(line)
        entries = self._index.setdefault(url, [])
        entries.append((obtained_at, digest))
        entries.sort()
        return digest

    def certificate(self, url: str, at: int) -> Obtained | None:
        """Return what was last obtained from an address up to a time, else what was obtained soonest after it."""
        entries = self._index.get(url)
        if not entries:
            return None
        before = [entry for entry in entries if entry[0] <= at]
        obtained_at, digest = before[-1] if before else entries[0]
        return Obtained(self.by_hash(digest), CertificateOrigin("the certificate store, by its address", obtained_at))

    def by_hash(self, digest: str) -> bytes:
        """Return the bytes whose SHA-256 is given.

        Raises:
            CertificateUnavailable: the file is gone, too large, or its bytes have another hash.
        """
        held = self._bytes.get(digest)
        if held is not None:
            return held
        file = self._file(digest)
        try:
            data = file.read_bytes() if file.stat().st_size <= LARGEST_BUNDLE else b""
        except OSError:
            raise CertificateUnavailable("the certificate store has lost the file that its index names") from None
        if hashlib.sha256(data).hexdigest() != digest:
            raise CertificateUnavailable("a file of the certificate store was changed: its bytes have another hash")
        if len(self._bytes) < 4096:
            self._bytes[digest] = data
        return data

    def _file(self, digest: str) -> Path:
        return self.folder / "certificates" / f"{digest}.pem"


def _is_digest(text: object) -> bool:
    return isinstance(text, str) and len(text) == 64 and all(c in "0123456789abcdef" for c in text)


__all__ = ["CertificateSource", "CertificateStore", "CertificateUnavailable", "Obtained"]
