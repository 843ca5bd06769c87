"""Certificates and revocation lists of signers and of what is trusted: any bytes, and sound ones put into PEM."""

from __future__ import annotations

import base64
import hashlib

from cryptography.hazmat.primitives.serialization import Encoding

from fuzz.target import Target, chosen, short, with_choice
from unspoof.errors import BadReference
from unspoof.screen.identity import TrustStore
from unspoof.screen.identity.certificates import (
    LARGEST_BUNDLE,
    MOST_CERTIFICATES,
    BadCertificate,
    Signer,
    read_bundle,
    read_certificates,
)
from unspoof.screen.identity.policy import PROFILE
from unspoof.screen.identity.revocation import check_revocation
from vectors.passport.passport_maker import BAD_LIST, INTER, ITSELF, LEAF, LISTS, NUMBERS, P384, ROOT, T, pem

_CUT = b"\n--\n"
_WAYS = ("raw", "pem", "crl", "trust")
_LABELS = {"pem": b"CERTIFICATE", "crl": b"X509 CRL"}
_ANCHORS = [ROOT, INTER]


def _short(error: ValueError) -> None:
    assert len(str(error)) < 400, "a reason as long as its cause"


def _armoured(label: bytes, der: bytes) -> bytes:
    body = base64.encodebytes(der)
    return b"-----BEGIN " + label + b"-----\n" + body + b"-----END " + label + b"-----\n"


def _check_signer(signer: Signer) -> None:
    assert {departure.part for departure in signer.departures} <= set(PROFILE)
    assert signer.sha256 == hashlib.sha256(signer.certificate.public_bytes(Encoding.DER)).hexdigest()
    assert signer.valid_at(signer.valid_from) or signer.valid_to < signer.valid_from
    assert not signer.valid_at(signer.valid_from - 1)
    assert signer.key is not None or any(departure.part == "key" for departure in signer.departures)
    assert signer.tn_list is not None or any(departure.part == "tn-auth-list" for departure in signer.departures)
    assert len(str(signer.facts)) < 5_000, "facts as long as the certificate"


def _bundle(data: bytes) -> None:
    try:
        bundle = read_bundle(data)
    except BadCertificate as error:
        _short(error)
        return
    assert len(data) <= LARGEST_BUNDLE
    found = read_certificates(data)
    assert 1 <= len(found) <= MOST_CERTIFICATES
    assert len(bundle.signers) + len(bundle.others) >= len(found)
    for signer in bundle.signers:
        _check_signer(signer)
    assert read_bundle(data).key == bundle.key, "another name the second time"


def _trust(data: bytes) -> None:
    """Read the bytes as trusted, and ask every list about the certificates."""
    try:
        trust = TrustStore.from_pem(data)
    except BadReference as error:
        short(error, 600)
        return
    assert trust.anchors or trust.crls
    for anchor in trust.anchors.values():
        _check_signer(anchor.signer)
    for crl in trust.crls:
        assert crl.this_update <= crl.this_update + 1
        assert crl.next_update is None or not crl.covers(crl.next_update)
        assert not crl.signed_by(LEAF), "a list by a key that signed none"
    for path in ([NUMBERS, INTER], [LEAF]):
        known = check_revocation(path, trust.crls, _ANCHORS, T)
        assert known.check.result != "fail", "a certificate that no seed's list names was revoked"
        assert known.holds_from <= T <= known.holds_to or not trust.crls


def feed(data: bytes) -> None:
    """Read the bytes as one file, or as DER that is put into PEM."""
    way, rest = chosen(data, _WAYS)
    if way in ("raw", "trust"):
        (_trust if way == "trust" else _bundle)(rest)
        return
    file = b"".join(_armoured(_LABELS[way], part) for part in rest.split(_CUT)[:8])
    _trust(file)
    if way == "pem":
        _bundle(file)


def _der(*certificates: object) -> bytes:
    return _CUT.join(one.public_bytes(Encoding.DER) for one in certificates)  # type: ignore[attr-defined]


TARGET = Target(
    "certificates",
    "a choice, then a file of certificates, or DER of certificates or revocation lists split by a line of two dashes",
    feed,
    (
        *with_choice(
            0, (pem(LEAF, INTER).encode(), _der(LEAF), b"-----BEGIN PRIVATE KEY-----", b"\x30\x03\x02\x01\x01")
        ),
        *with_choice(1, (_der(LEAF, INTER), _der(NUMBERS), _der(BAD_LIST), _der(P384), _der(ITSELF, ROOT))),
        *with_choice(2, (_der(*LISTS), _der(LISTS[0]))),
        *with_choice(3, (pem(ROOT).encode() + LISTS[0].public_bytes(Encoding.PEM),)),
    ),
    words=(
        b"-----BEGIN CERTIFICATE-----",
        b"-----END CERTIFICATE-----",
        b"-----BEGIN X509 CRL-----",
        b"\x30\x82",
        b"\xa0\x03\x02\x01",
        b"\x02\x01\x02",
        b"\x17\x0d250101000000Z",
        b"\x18\x0f99991231235959Z",
        b"\x06\x03\x55\x1d\x13",
        b"\x06\x03\x55\x1d\x0f",
        b"\x06\x03\x55\x1d\x20",
        b"\x06\x03\x55\x1d\x1c",
        b"\x06\x03\x55\x1d\x1f",
        b"\x06\x03\x55\x04\x03",
        b"\x04\x03\x30\x01\xff",
        b"\x06\x08\x2b\x06\x01\x05\x05\x07\x01\x1a",
        b"\x06\x08\x2b\x06\x01\x05\x05\x07\x01\x21",
        b"\x01\x01\xff",
        _CUT,
    ),
)

__all__ = ["TARGET"]
