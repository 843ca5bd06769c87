"""Whether a certificate was revoked at the time of a call, by the revocation list of that date; nothing is fetched.

Source: RFC 5280 sections 5.1.2 (thisUpdate, nextUpdate), 5.2.5 and 5.3.3 (indirect lists, as the authority of SHAKEN issues
one for all issuers). A list of another date is no list of that date: the result is then that nobody knows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from unspoof.model.identity import Check


class RevocationList:
    """One revocation list.

    Attributes:
        this_update: unix seconds from which it holds.
        next_update: unix seconds up to which it holds; None where it does not say.
        name: the file that it came from.
    """

    def __init__(self, crl: x509.CertificateRevocationList, name: str) -> None:
        self.crl = crl
        self.name = name
        self.issuer = (
            crl.issuer
        )  # read here: what is not readable is refused as the list comes, not as a call is judged
        self.sha256 = hashlib.sha256(crl.public_bytes(Encoding.DER)).hexdigest()
        self.this_update = int(crl.last_update_utc.timestamp())
        following = crl.next_update_utc
        self.next_update = int(following.timestamp()) if following is not None else None
        self.indirect = self._indirect()
        self._signed_by: dict[bytes, bool] = {}
        self._entries: dict[tuple[bytes, int], int] | None = None

    def _indirect(self) -> bool:
        try:
            point = self.crl.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
        except (x509.ExtensionNotFound, ValueError):
            return False
        return point.indirect_crl

    def covers(self, at: int) -> bool:
        """Say whether the list is that of a time."""
        return self.this_update <= at and self.next_update is not None and at < self.next_update

    def signed_by(self, issuer: x509.Certificate) -> bool:
        """Say whether a certificate's key signed the list and its name stands on it."""
        if issuer.subject != self.issuer:
            return False
        name = issuer.fingerprint(SHA256())
        if name not in self._signed_by:
            try:
                good = self.crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
            except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
                good = False
            self._signed_by[name] = good
        return self._signed_by[name]

    def revoked_at(self, certificate: x509.Certificate) -> int | None:
        """Return when the list says that a certificate was revoked, or None if it does not stand on it."""
        if self._entries is None:
            self._entries = _entries(self.crl)
        return self._entries.get((certificate.issuer.public_bytes(), certificate.serial_number))


def _entries(crl: x509.CertificateRevocationList) -> dict[tuple[bytes, int], int]:
    """Return revocation times by issuer and serial; an entry's issuer holds until another is named (section 5.3.3)."""
    issuer = crl.issuer.public_bytes()
    found: dict[tuple[bytes, int], int] = {}
    for entry in crl:
        try:
            named = entry.extensions.get_extension_for_class(x509.CertificateIssuer).value
            names = named.get_values_for_type(x509.DirectoryName)
            issuer = names[0].public_bytes() if names else issuer
        except (x509.ExtensionNotFound, ValueError):
            pass
        found[(issuer, entry.serial_number)] = int(entry.revocation_date_utc.timestamp())
    return found


class Revocation(NamedTuple):
    """What was found, and the time for which it holds."""

    check: Check
    holds_from: int
    holds_to: int


_EVER = (0, 253_402_300_799)


def check_revocation(
    path: Sequence[x509.Certificate], crls: Iterable[RevocationList], trusted: Iterable[x509.Certificate], at: int
) -> Revocation:
    """Return whether a certificate of a path was revoked at a time.

    Args:
        path: the signer's certificate first, then its issuers up to the anchor.
        crls: every list at hand.
        trusted: anchors; an indirect list must be signed by one of them.
        at: unix seconds.
    """
    lists, anchors = list(crls), list(trusted)
    window = _EVER
    covered = 0
    for place, certificate in enumerate(path):
        issuer = path[place + 1] if place + 1 < len(path) else None
        mine = [crl for crl in lists if _speaks_for(crl, certificate, issuer, anchors)]
        now = [crl for crl in mine if crl.covers(at)]
        for crl in now:
            window = (max(window[0], crl.this_update), min(window[1], (crl.next_update or 0) - 1))
            since = crl.revoked_at(certificate)
            if since is not None and since <= at:
                which = "the signer's certificate" if place == 0 else "an issuer's certificate"
                detail = f"{which} was revoked on {_day(since)} by the list of {_day(crl.this_update)} ({crl.name})"
                return Revocation(Check("revocation", "fail", detail, "revoked"), max(since, window[0]), window[1])
        if place == 0:
            covered = len(now)
            if not now:
                holds = (at, at) if mine else _EVER
                return Revocation(Check("revocation", "not-done", _none_of_that_date(mine, certificate, at)), *holds)
    detail = "the revocation list of that date does not name the certificate"
    return Revocation(Check("revocation", "pass" if covered else "not-done", detail), *window)


def _speaks_for(
    crl: RevocationList,
    certificate: x509.Certificate,
    issuer: x509.Certificate | None,
    anchors: Sequence[x509.Certificate],
) -> bool:
    if crl.indirect:
        return any(crl.signed_by(anchor) for anchor in anchors)
    if crl.issuer != certificate.issuer:
        return False
    return any(crl.signed_by(c) for c in ([issuer] if issuer is not None else []) + list(anchors))


def _none_of_that_date(lists: Sequence[RevocationList], certificate: x509.Certificate, at: int) -> str:
    if not lists:
        return "no revocation list of the certificate's issuer is at hand"
    for crl in lists:
        since = crl.revoked_at(certificate)
        if since is not None and since <= at:
            return (
                f"no revocation list of that date is at hand; the list of {_day(crl.this_update)} ({crl.name}) "
                f"says that the certificate was revoked on {_day(since)}"
            )
    return "no revocation list of that date is at hand"


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


__all__ = ["Revocation", "RevocationList", "check_revocation"]
