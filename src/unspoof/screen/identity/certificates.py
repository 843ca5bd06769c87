"""Bytes of certificates to what a verification needs of them; it trusts none of them.

Source: RFC 5280; RFC 8226 section 9; the profile of ATIS-1000080 as docs/signed-calls.md sets it out.
"""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from unspoof.parse.claim_constraints import OIDS as CONSTRAINTS
from unspoof.parse.claim_constraints import ClaimConstraints, read_claim_constraints
from unspoof.parse.der import NotDer
from unspoof.parse.tn_auth_list import OID, NotATnAuthList, TnAuthList, read_tn_auth_list

LARGEST_BUNDLE = 262_144
"""Bytes of one file or answer with certificates."""

MOST_CERTIFICATES = 32
"""In one bundle."""

_TN_AUTH_LIST = x509.ObjectIdentifier(OID)
_POLICY_ARC = "2.16.840.1.114569.1.1."


class BadCertificate(ValueError):
    """The bytes are no certificates; the message says why."""


class Departure(NamedTuple):
    """One departure from the certificate profile."""

    part: str
    """One of policy.PROFILE."""
    detail: str


class Signer:
    """One certificate with all that is asked of it again and again, read once.

    Attributes:
        certificate: the certificate.
        names: of its subject and its issuer.
        sha256: hex digest of its DER.
        key: its P-256 key, or None.
        tn_list: what it speaks for, or None.
        constraints: on the claims that it may sign.
        departures: from the profile.
        valid_from: unix seconds, inclusive.
        valid_to: unix seconds, inclusive.
        is_authority: whether it says that it may issue certificates.

    Raises:
        ValueError: its names, serial number or validity cannot be read.
    """

    __slots__ = (
        "certificate",
        "constraints",
        "departures",
        "facts",
        "is_authority",
        "key",
        "names",
        "sha256",
        "tn_list",
        "valid_from",
        "valid_to",
    )

    def __init__(self, certificate: x509.Certificate) -> None:
        self.certificate = certificate
        self.names = (
            certificate.subject,
            certificate.issuer,
        )  # read here, so that a bundle is refused and no call is left unjudged
        self.sha256 = hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
        self.valid_from = int(certificate.not_valid_before_utc.timestamp())
        self.valid_to = int(certificate.not_valid_after_utc.timestamp())
        self.departures: list[Departure] = []
        self.key = self._key()
        extensions = self._extensions()
        self.tn_list = self._tn_list(extensions)
        self.constraints = self._constraints(extensions)
        self.is_authority = self._authority(extensions)
        self._profile(extensions)
        self.facts = self._facts()

    def _lacks(self, part: str, detail: str) -> None:
        self.departures.append(Departure(part, detail))

    def _key(self) -> EllipticCurvePublicKey | None:
        try:
            key = self.certificate.public_key()
        except (ValueError, UnsupportedAlgorithm):
            self._lacks("key", "its key is not readable")
            return None
        if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
            return key
        self._lacks("key", "its key is not on P-256")
        return None

    def _extensions(self) -> x509.Extensions | None:
        try:
            return self.certificate.extensions
        except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
            self._lacks("tn-auth-list", "its extensions are not readable")
            return None

    def _tn_list(self, extensions: x509.Extensions | None) -> TnAuthList | None:
        if extensions is None:
            return None
        found = _extension(extensions, _TN_AUTH_LIST)
        if not isinstance(found, x509.UnrecognizedExtension):
            self._lacks("tn-auth-list", "it has no TNAuthList")
            return None
        try:
            return read_tn_auth_list(found.value)
        except NotATnAuthList as error:
            self._lacks("tn-auth-list", f"its TNAuthList is none: {error}")
            return None

    def _constraints(self, extensions: x509.Extensions | None) -> tuple[ClaimConstraints, ...]:
        found = []
        for oid in CONSTRAINTS:
            extension = _extension(extensions, x509.ObjectIdentifier(oid))
            if not isinstance(extension, x509.UnrecognizedExtension):
                continue
            try:
                found.append(read_claim_constraints(extension.value))
            except NotDer as error:
                self._lacks("claim-constraints", f"its limits on claims are not readable: {error}")
        return tuple(found)

    def _authority(self, extensions: x509.Extensions | None) -> bool:
        found = _extension(extensions, x509.BasicConstraints.oid)
        if isinstance(found, x509.BasicConstraints) and found.ca:
            self._lacks("ca-certificate", "it is a certificate authority's own")
            return True
        return False

    def _profile(self, extensions: x509.Extensions | None) -> None:
        usage = _extension(extensions, x509.KeyUsage.oid)
        if not isinstance(usage, x509.KeyUsage):
            self._lacks("key-usage-absent", "it does not say what its key is for")
        elif not usage.digital_signature:
            self._lacks("key-usage", "its key is not for signatures")
        policies = _extension(extensions, x509.CertificatePolicies.oid)
        known = isinstance(policies, x509.CertificatePolicies) and any(
            p.policy_identifier.dotted_string.startswith(_POLICY_ARC) for p in policies
        )
        if not known:
            self._lacks("policy", "it names no SHAKEN certificate policy")
        if _extension(extensions, x509.CRLDistributionPoints.oid) is None:
            self._lacks("crl-distribution-point", "it names no CRL distribution point")
        if _extension(extensions, x509.SubjectKeyIdentifier.oid) is None:
            self._lacks("subject-key-id", "it has no subject key identifier")
        if (
            self.tn_list
            and self.tn_list.codes
            and self._common_name() not in {f"SHAKEN {c}" for c in self.tn_list.codes}
        ):
            self._lacks("common-name", "its common name is not SHAKEN and its provider code")

    def _common_name(self) -> str:
        try:
            names = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        except ValueError:
            return ""
        return str(names[0].value) if names else ""

    def _facts(self) -> dict[str, Any]:
        certificate = self.certificate
        return {
            "subject": _name(certificate, "subject"),
            "spc": ", ".join(self.tn_list.codes) if self.tn_list and self.tn_list.codes else None,
            "numbers": _numbers(self.tn_list),
            "serial": f"{certificate.serial_number:x}",
            "sha256": self.sha256,
            "not_before": certificate.not_valid_before_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "not_after": certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "issuer": _name(certificate, "issuer"),
        }

    def valid_at(self, at: int) -> bool:
        """Say whether a time is within the certificate's validity, both ends included."""
        return self.valid_from <= at <= self.valid_to


def _name(certificate: x509.Certificate, which: str) -> str:
    try:
        return str(getattr(certificate, which).rfc4514_string())[:400]
    except ValueError:
        return "not readable"


def _numbers(tn_list: TnAuthList | None) -> str | None:
    """Say in words which numbers a list names, the first few of many."""
    if tn_list is None or not (tn_list.ranges or tn_list.numbers):
        return None
    said = [f"{count} from {start}" for start, count in tn_list.ranges] + sorted(tn_list.numbers)
    more = f" and {len(said) - 8} more" if len(said) > 8 else ""
    return ", ".join(said[:8]) + more


def _extension(extensions: x509.Extensions | None, oid: x509.ObjectIdentifier) -> x509.ExtensionType | None:
    if extensions is None:
        return None
    try:
        return extensions.get_extension_for_oid(oid).value
    except x509.ExtensionNotFound:
        return None


def read_certificates(data: bytes) -> list[x509.Certificate]:
    """Return the certificates of PEM or DER bytes in their order; other PEM parts are passed over.

    Raises:
        BadCertificate: too large, too many, none, or not readable.
    """
    if len(data) > LARGEST_BUNDLE:
        raise BadCertificate(f"{len(data)} bytes are more than the {LARGEST_BUNDLE} that are read")
    try:
        if b"-----BEGIN" in data:
            if b"-----BEGIN CERTIFICATE-----" not in data:
                raise BadCertificate("there is no certificate in it")
            found = x509.load_pem_x509_certificates(data)
        else:
            found = [x509.load_der_x509_certificate(data)]
    except (ValueError, x509.InvalidVersion, UnsupportedAlgorithm) as error:
        if isinstance(error, BadCertificate):
            raise
        raise BadCertificate("it is neither PEM nor DER of a certificate") from None
    if len(found) > MOST_CERTIFICATES:
        raise BadCertificate(f"there are more than {MOST_CERTIFICATES} certificates in it")
    return found


class Bundle(NamedTuple):
    """The certificates that came together: the signer's and those on its way to an anchor."""

    signers: tuple[Signer, ...]
    """Whose key may have signed: those that are no authority's, or the first."""
    others: tuple[x509.Certificate, ...]
    key: str
    """SHA-256 over all of them: names the bundle in caches."""


def read_bundle(data: bytes) -> Bundle:
    """Return the certificates of one file or answer.

    The signer's certificate stands first by custom (RFC 8224 section 4.1 asks for nothing more); a bundle in another order is
    read as well: whatever is no authority's may have signed.

    Raises:
        BadCertificate: the bytes are no certificates.
    """
    try:
        all_of_them = [Signer(certificate) for certificate in read_certificates(data)]
    except BadCertificate:
        raise
    except (ValueError, TypeError, OverflowError, UnsupportedAlgorithm):  # TypeError: a name of bits
        raise BadCertificate("a certificate in it has parts that are not readable") from None
    signers = tuple(s for s in all_of_them if not s.is_authority) or (all_of_them[0],)
    others = tuple(s.certificate for s in all_of_them if s is not signers[0])
    digest = hashlib.sha256("".join(s.sha256 for s in all_of_them).encode("ascii")).hexdigest()
    return Bundle(signers, others, digest)


__all__ = [
    "LARGEST_BUNDLE",
    "MOST_CERTIFICATES",
    "BadCertificate",
    "Bundle",
    "Departure",
    "Signer",
    "read_bundle",
    "read_certificates",
]
