"""Makes tokens, certificates and revocation lists with keys that anybody can make again.

The keys are the SHA-256 of their names and signatures are deterministic (RFC 6979), so the files are the same each time.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

HERE = Path(__file__).parent
T = 1795361569
"""22 November 2026, 15:32:49 UTC: the time of most calls."""
ORIG, DEST, NEXT, LAST = "442079460001", "447700900123", "447700900456", "441632960001"
URL = "https://certificates.example.org/709J.pem"
ORIGID = "123e4567-e89b-42d3-a456-426655440000"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

Names = dict[str, Any]


def key(name: str, curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    """Return the private key of a name."""
    number = int.from_bytes(hashlib.sha256(f"unspoof test key: {name}".encode()).digest(), "big")
    return ec.derive_private_key(number % (ORDER - 1) + 1, curve or ec.SECP256R1())


def der(tag: int, content: bytes) -> bytes:
    """Return a DER element."""
    size = len(content)
    length = (
        bytes([size]) if size < 128 else bytes([0x80 | (n := (size.bit_length() + 7) // 8)]) + size.to_bytes(n, "big")
    )
    return bytes([tag]) + length + content


def tn_auth_list(
    codes: Sequence[str] = (), ranges: Sequence[tuple[str, int]] = (), numbers: Sequence[str] = ()
) -> bytes:
    """Return a TNAuthList (RFC 8226 section 9)."""
    parts = [der(0xA0, der(0x16, code.encode())) for code in codes]
    for start, count in ranges:
        size = (count.bit_length() + 8) // 8
        parts.append(der(0xA1, der(0x30, der(0x16, start.encode()) + der(0x02, count.to_bytes(size, "big")))))
    parts += [der(0xA2, der(0x16, number.encode())) for number in numbers]
    return der(0x30, b"".join(parts))


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def certificate(
    name: str,
    issuer: str,
    *,
    authority: bool = False,
    tn_list: bytes | None = None,
    start: str = "2025-01-01",
    end: str = "2035-01-01",
    full: bool = True,
    curve: ec.EllipticCurve | None = None,
    sign_only: bool = True,
) -> x509.Certificate:
    """Return a certificate: named, of the key of its name, signed by the key of its issuer's name."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    public = key(name, curve).public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(public)
        .serial_number(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") | 1)
        .not_valid_before(_day(start))
        .not_valid_after(_day(end))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.KeyUsage(
                not authority and sign_only, False, False, False, not sign_only, authority, authority, False, False
            ),
            critical=True,
        )
    )
    if full and not authority:
        point = x509.DistributionPoint(
            [x509.UniformResourceIdentifier("https://crl.example.org/list.crl")], None, None, None
        )
        policy = x509.PolicyInformation(x509.ObjectIdentifier("2.16.840.1.114569.1.1.3"), None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
        builder = builder.add_extension(x509.CertificatePolicies([policy]), critical=False)
    if tn_list is not None:
        extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.26"), tn_list)
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key(issuer), SHA256(), ecdsa_deterministic=True)


def revocation_list(issuer: str, revoked: dict[int, str], start: str, end: str) -> x509.CertificateRevocationList:
    """Return a revocation list: serial numbers with the day on which each was revoked."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .last_update(_day(start))
        .next_update(_day(end))
    )
    for serial, day in revoked.items():
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(_day(day)).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(key(issuer), SHA256(), ecdsa_deterministic=True)


def pem(*certificates: x509.Certificate) -> str:
    """Return certificates as PEM text."""
    return "".join(c.public_bytes(Encoding.PEM).decode() for c in certificates)


CODE = tn_auth_list(codes=["709J"])
ROOT = certificate("Made STI-CA Root", "Made STI-CA Root", authority=True)
INTER = certificate("Made STI-CA Inter", "Made STI-CA Root", authority=True)
OLD_INTER = certificate("Made STI-CA Old", "Made STI-CA Root", authority=True, end="2026-06-01")
LEAF = certificate("SHAKEN 709J", "Made STI-CA Inter", tn_list=CODE)
PLAIN = certificate("SHAKEN 709J plain", "Made STI-CA Inter", tn_list=CODE, full=False)
NUMBERS = certificate(
    "Numbers", "Made STI-CA Inter", tn_list=tn_auth_list(ranges=[("442079460000", 100)], numbers=["447700900123"])
)
EXPIRED = certificate("SHAKEN 709J old", "Made STI-CA Inter", tn_list=CODE, end="2026-06-01")
EARLY = certificate("SHAKEN 709J new", "Made STI-CA Inter", tn_list=CODE, start="2027-01-01")
UNDER_OLD = certificate("SHAKEN 709J under old", "Made STI-CA Old", tn_list=CODE)
REVOKED = certificate("SHAKEN 709J revoked", "Made STI-CA Inter", tn_list=CODE)
NO_LIST = certificate("No list", "Made STI-CA Inter")
BAD_LIST = certificate("Bad list", "Made STI-CA Inter", tn_list=der(0x16, b"ca.example.org/list"))
NO_SIGNING = certificate("No signing", "Made STI-CA Inter", tn_list=CODE, sign_only=False)
P384 = certificate("P-384", "Made STI-CA Inter", tn_list=CODE, curve=ec.SECP384R1())
ITSELF = certificate("Itself", "Itself", tn_list=CODE)
STRANGER = certificate("SHAKEN 709J stranger", "Some other root", tn_list=CODE)
LISTS = (
    revocation_list("Made STI-CA Inter", {REVOKED.serial_number: "2026-03-01"}, "2026-11-01", "2026-12-01"),
    revocation_list("Made STI-CA Root", {}, "2026-11-01", "2026-12-01"),
)
BY_NAME = {
    c.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value: c
    for c in (
        LEAF,
        PLAIN,
        NUMBERS,
        EXPIRED,
        EARLY,
        UNDER_OLD,
        REVOKED,
        NO_LIST,
        BAD_LIST,
        NO_SIGNING,
        P384,
        ITSELF,
        STRANGER,
    )
}


def trust_files() -> dict[str, bytes]:
    """Return the folder of trusted certificates and revocation lists."""
    return {
        "root.pem": pem(ROOT).encode(),
        "itself.pem": pem(ITSELF).encode(),
        "lists.pem": b"".join(crl.public_bytes(Encoding.PEM) for crl in LISTS),
    }


def part(data: bytes) -> str:
    """Return bytes in base64url."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def tidy(value: Any) -> bytes:
    """Return JSON in the deterministic form."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


def sign(data: bytes, signer: str = "SHAKEN 709J", *, high_s: bool = False) -> bytes:
    """Return the 64 bytes of an ES256 signature."""
    r, s = decode_dss_signature(key(signer).sign(data, ec.ECDSA(SHA256(), deterministic_signing=True)))
    if (s > ORDER // 2) != high_s:
        s = ORDER - s
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def jose(ppt: str | None = "shaken", **changed: Any) -> Names:
    """Return a token's header; a name given as None is left out."""
    made = {"alg": "ES256", "ppt": ppt, "typ": "passport", "x5u": URL, **changed}
    return {name: value for name, value in made.items() if value is not None}


def claims(attest: str | None = "A", **changed: Any) -> Names:
    """Return the claims of a token; a name given as None is left out."""
    made = {
        "attest": attest,
        "dest": {"tn": [DEST]},
        "iat": T,
        "orig": {"tn": ORIG},
        "origid": ORIGID if attest else None,
        **changed,
    }
    return {name: value for name, value in made.items() if value is not None}


def token(header: Names | bytes, payload: Names | bytes, signer: str = "SHAKEN 709J", *, high_s: bool = False) -> str:
    """Return a signed token; bytes are signed as they are."""
    first = part(header if isinstance(header, bytes) else tidy(header))
    second = part(payload if isinstance(payload, bytes) else tidy(payload))
    return f"{first}.{second}.{part(sign(f'{first}.{second}'.encode(), signer, high_s=high_s))}"


def identity(
    made: str | None = None,
    *,
    info: str = f"<{URL}>",
    alg: str | None = "ES256",
    ppt: str | None = "shaken",
    more: str = "",
) -> str:
    """Return an Identity header; without a token that of an ordinary call."""
    text = f"{made or token(jose(), claims())};info={info}"
    text += f";alg={alg}" if alg is not None else ""
    return text + (f";ppt={ppt}" if ppt is not None else "") + more


def line(text: Any, leaf: x509.Certificate | None = LEAF, inter: x509.Certificate | None = INTER, **more: Any) -> Names:
    """Return one line for verify-identity."""
    made: Names = {"identity": text, "at": T, **more}
    if leaf is not None:
        made["certificate_pem"] = pem(leaf, *([inter] if inter is not None else []))
    return made


def div(orig: str, diverted: str, to: str, **changed: Any) -> str:
    """Return the Identity header of a diversion."""
    payload = claims(None, orig={"tn": orig}, dest={"tn": [to]}, div={"tn": diverted}, **changed)
    return identity(token(jose("div"), payload), ppt="div")
