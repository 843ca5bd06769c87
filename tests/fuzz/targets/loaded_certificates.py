"""Files that users load as trusted certificates, and as certificates by address: rows, or an error that names the place."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from cryptography.hazmat.primitives.serialization import Encoding

from fuzz.target import Target, chosen, short, with_choice
from unspoof.errors import BadReference
from unspoof.reference.certificates import load_certificates, load_trust
from unspoof.reference.given import Given, SourceFile
from vectors.passport.passport_maker import INTER, LEAF, LISTS, ROOT, URL, pem

_MADE = pem(LEAF).encode()
_WAYS = ("trust", "der", "crl", "lines", "line")
_NAMES = {"der": "file.der", "crl": "file.crl"}


def _line(data: bytes) -> bytes:
    """Return a line with a sound certificate, of which the bytes are the other values: address, moment, source."""
    values = data.decode("utf-8", "replace").split("\n")
    keys = ("url", "obtained_at", "source")
    return json.dumps(dict(zip(keys, values, strict=False)) | {"certificate_pem": pem(LEAF)}).encode()


def feed(data: bytes) -> None:
    """Load a file, and again what was loaded beside it."""
    way, rest = chosen(data, _WAYS)
    file = SourceFile(
        _NAMES.get(way, "file"), _line(rest) if way == "line" else rest.replace(b"@PEM@", _in_json(_MADE))
    )
    load = load_certificates if way in ("lines", "line") else load_trust
    try:
        made = load(Given((file,)))
    except BadReference as error:
        short(error, 1_000)
        return
    made.validate(full=True)
    rows = made.to_pylist()
    assert rows
    assert all(row["is_trusted"] is (load is load_trust) for row in rows)
    assert all(row["kind"] in ("certificate", "crl") and len(row["sha256"]) == 64 for row in rows)
    assert all((row["obtained_at"] is None) is row["is_trusted"] for row in rows)
    assert load(Given((file,))) == made, "another table the second time"
    assert load(Given((file,), before=made)) == made, "what is loaded twice stands twice"


def _in_json(data: bytes) -> bytes:
    return json.dumps(data.decode())[1:-1].encode()


def _seeds() -> tuple[bytes, ...]:
    sound = json.dumps({"url": URL, "certificate_pem": "@PEM@", "obtained_at": "2026-11-22T15:32:49Z", "source": "s"})
    at = datetime(2026, 11, 22, tzinfo=UTC).isoformat()
    return (
        *with_choice(0, (pem(ROOT, INTER).encode(), LISTS[0].public_bytes(Encoding.PEM), b"@PEM@", b"no certificate")),
        *with_choice(1, (LEAF.public_bytes(Encoding.DER),)),
        *with_choice(2, (LISTS[0].public_bytes(Encoding.DER), LISTS[1].public_bytes(Encoding.DER))),
        *with_choice(3, (sound.encode(), b"\n" + sound.encode() + b"\n{}", b'["url"]', b'{"url":1}')),
        *with_choice(4, (f"{URL}\n{at}\nsomebody".encode(), f"{URL}\n2026-11-22\n".encode(), b"\n\n")),
    )


TARGET = Target(
    "loaded_certificates",
    "a choice, then PEM, DER, JSON lines (@PEM@ stands for a certificate), or address, moment and source, one a line",
    feed,
    _seeds(),
    words=(
        b"@PEM@", b'"url":', b'"certificate_pem":"', b'"obtained_at":"', b'"source":', b"\\ud800", b"\\u0000", b"null", b"+23:59",
        b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-14:00", b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----",
        b"-----BEGIN X509 CRL-----", b"\x30\x82", b"\x02\x01\x02", b"\x17\x0d250101000000Z", b"1e999", b"[" * 40,
    ),
    most=3000,
)  # fmt: skip

__all__ = ["TARGET"]
