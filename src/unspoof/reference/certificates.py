"""Certificates to judge signed calls with: those of trusted authorities, and those of signers with the day they were had.

Nothing is fetched and no chain is judged here. Two importers fill one table: `trust` (PEM or DER files of certificates and
revocation lists, trusted as they stand; a new load takes the place of all trusted ones) and `certificates` (JSON lines of
what stood at an address and when it was obtained; rows are added).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from unspoof.errors import BadReference
from unspoof.model.arrow import schema
from unspoof.model.reference_tables import CERTIFICATES
from unspoof.model.tables import Column
from unspoof.reference.given import Given, SourceFile

TRUST_COLUMNS: tuple[Column, ...] = (
    Column("pem", "text", "certificates and revocation lists, in PEM or DER; no header row", nullable=False),
)
COLUMNS: tuple[Column, ...] = (
    Column("url", "text", "address (x5u, info) that the certificate stood at", nullable=False),
    Column("certificate_pem", "text", "the signer's certificate, then those above it", nullable=False),
    Column("obtained_at", "text", "when it was obtained: 2026-11-22T15:32:49Z", "UTC", False),
    Column("source", "text", "who obtained it and how"),
)
"""Keys of the JSON lines; source may be missing."""

MOST_ROWS = 100_000
LARGEST_PEM = 262_144
_BLOCK = re.compile(rb"-----BEGIN (X509 CRL|CERTIFICATE)-----[^-]*+-----END \1-----")
_HALF_PAIR = re.compile("[\ud800-\udfff]")
_Read = tuple[str, str, str, datetime, datetime | None]
"""kind, SHA-256 of the DER, subject or issuer, first and last moment."""


def load_trust(given: Given) -> pa.Table:
    """Read what is trusted: every certificate and revocation list of the files, leaves too.

    Args:
        given: PEM or DER files; `before` keeps its rows that are not trusted.

    Returns:
        Rows of model/reference_tables.py CERTIFICATES in one total order.

    Raises:
        BadReference: a file holds nothing of the kind, or something in it cannot be read.

    """
    rows = [row for file in given.files for row in _trusted(file)]
    return _table([*_kept(given, trusted=False), *rows])


def load_certificates(given: Given) -> pa.Table:
    """Read signers' certificates with the address that they stood at and the moment at which they were obtained.

    Args:
        given: files of JSON lines with the keys of COLUMNS; `before` keeps all its rows.

    Returns:
        Rows of CERTIFICATES in one total order, each once; nothing here is trusted.

    Raises:
        BadReference: a line does not fit; the message names file and line.

    """
    rows = [row for file in given.files for row in _obtained(file)]
    return _table([*_kept(given, trusted=True), *_kept(given, trusted=False), *rows])


def _kept(given: Given, *, trusted: bool) -> list[dict[str, Any]]:
    before = given.before.to_pylist() if given.before is not None else []
    return [row for row in before if row["is_trusted"] is trusted]


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    if len(rows) > MOST_ROWS:
        raise BadReference(f"more than {MOST_ROWS:,} certificates")
    names = CERTIFICATES.names
    unique = {tuple(str(row[name] or "") for name in names): row for row in rows}
    return pa.Table.from_pylist([unique[key] for key in sorted(unique)], schema=schema(CERTIFICATES))


def _trusted(file: SourceFile) -> Iterator[dict[str, Any]]:
    blocks = [(m[0], m[1] == b"X509 CRL") for m in _BLOCK.finditer(file.data)]
    if not blocks and file.data[:1] == b"\x30":
        blocks = [(file.data, file.name.lower().endswith(".crl"))]
    if not blocks:
        raise BadReference("there is no certificate and no revocation list in it", where=file.name)
    for data, is_list in blocks:
        found = _read(data, is_list, file.name)
        pem = _pem(data, is_list)
        yield _row(found, pem, True, "", None, file.name)


def _obtained(file: SourceFile) -> Iterator[dict[str, Any]]:
    if not file.data.strip():
        raise BadReference("there is no certificate in it", where=file.name)
    for number, line in enumerate(file.data.splitlines(), 1):
        if not line.strip():
            continue
        where = f"{file.name} line {number}"
        try:
            given = json.loads(line)
            url, pem, at = given["url"], given["certificate_pem"], given["obtained_at"]
        except (ValueError, KeyError, TypeError, RecursionError):
            hint = 'Each line is {"url", "certificate_pem", "obtained_at", "source"}.'
            raise BadReference("the line is no JSON object with the keys needed", where=where, hint=hint) from None
        source = given.get("source")
        source = source if isinstance(source, str) else file.name
        if not (_is_text(url) and _is_text(pem) and _is_text(at) and _is_text(source) and url.isprintable()):
            raise BadReference("a value is no text", where=where)
        first = _BLOCK.search(pem.encode("ascii", "replace")) if len(pem) <= LARGEST_PEM else None
        if first is None or first[1] != b"CERTIFICATE":
            raise BadReference("certificate_pem holds no certificate, or too much", where=where)
        found = _read(first[0], False, where)
        yield _row(found, pem, False, url, _moment(at, where), source)


def _is_text(value: object) -> bool:
    """Say whether a value of JSON is a text that can be written down: half a surrogate pair cannot."""
    return isinstance(value, str) and not _HALF_PAIR.search(value)


def _moment(text: str, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        pass
    hint = "Write it with its zone: 2026-11-22T15:32:49Z."
    raise BadReference(f"{text[:40]!r} is no moment", where=f"{where}, obtained_at", hint=hint)


def _pem(data: bytes, is_list: bool) -> str:
    if data[:1] == b"-":
        return data.decode("ascii", "replace")
    made = x509.load_der_x509_crl(data) if is_list else x509.load_der_x509_certificate(data)
    return made.public_bytes(Encoding.PEM).decode()


def _read(data: bytes, is_list: bool, where: str) -> _Read:
    pem = data[:1] == b"-"
    try:
        if is_list:
            crl = (x509.load_pem_x509_crl if pem else x509.load_der_x509_crl)(data)
            last = crl.next_update_utc.replace(tzinfo=None) if crl.next_update_utc else None
            der, name = crl.public_bytes(Encoding.DER), _name(lambda: crl.issuer.rfc4514_string())
            return "crl", hashlib.sha256(der).hexdigest(), name, crl.last_update_utc.replace(tzinfo=None), last
        certificate = (x509.load_pem_x509_certificate if pem else x509.load_der_x509_certificate)(data)
        der, name = certificate.public_bytes(Encoding.DER), _name(lambda: certificate.subject.rfc4514_string())
        first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        digest = hashlib.sha256(der).hexdigest()
        return "certificate", digest, name, first.replace(tzinfo=None), last.replace(tzinfo=None)
    except (ValueError, TypeError, x509.InvalidVersion, UnsupportedAlgorithm):
        raise BadReference("a certificate or revocation list is not readable", where=where) from None


def _name(read: Callable[[], str]) -> str:
    """Return a distinguished name; those that RFC 4514 cannot write are not a reason to refuse a certificate."""
    try:
        return read()[:400]
    except (ValueError, TypeError):
        return "not readable"


def _row(found: _Read, pem: str, trusted: bool, url: str, at: datetime | None, source: str) -> dict[str, Any]:
    kind, digest, subject, first, last = found
    return {
        "kind": kind,
        "sha256": digest,
        "is_trusted": trusted,
        "url": url or None,
        "obtained_at": at,
        "subject": subject,
        "pem": pem,
        "source": source[:400],
        "valid_from": first,
        "valid_to": last,
    }


__all__ = ["COLUMNS", "LARGEST_PEM", "MOST_ROWS", "TRUST_COLUMNS", "load_certificates", "load_trust"]
