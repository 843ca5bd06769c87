"""Whether a certificate leads to an anchor at the time of a call; not whether it may speak for a number.

cryptography's verifier checks signatures, validity and basic constraints at the given time (RFC 5280 section 6). Its default
policy wants names of hosts, which these certificates do not have: every extension is permitted, and docs/signed-calls.md says
which of them are checked elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from cryptography import x509
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from unspoof.model.identity import Check
from unspoof.screen.identity.certificates import Signer
from unspoof.screen.identity.trust import TrustStore

_LEAF = ExtensionPolicy.permit_all()
_ISSUER = ExtensionPolicy.permit_all().require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
_EARLIEST = datetime(1951, 1, 1, tzinfo=UTC)


class Path(NamedTuple):
    """What was found of a certificate's way to an anchor."""

    check: Check
    certificates: tuple[x509.Certificate, ...]
    """The signer's first, then its issuers up to the anchor; only the signer's where no path was found."""
    holds_from: int
    """First second for which the result holds."""
    holds_to: int


_TRUSTED_ITSELF = Check(
    "chain", "pass", "the certificate itself is among the trusted ones and was valid at the time of the call"
)
_NO_ANCHORS = Check(
    "chain", "not-done", "no trusted certificates were given, so nobody vouches for this one", "untrusted"
)


def find_path(signer: Signer, others: Sequence[x509.Certificate], trust: TrustStore, at: int) -> Path:
    """Return the path from a certificate to an anchor at a time.

    Args:
        signer: whose key signed.
        others: certificates that came with it and may lie between; they are not trusted.
        trust: the anchors.
        at: unix seconds.
    """
    alone = (signer.certificate,)
    if not trust:
        return Path(_NO_ANCHORS, alone, 0, 253_402_300_799)
    if signer.sha256 in trust.anchors:
        return _itself(signer, trust, at)
    if trust.store is None:
        return Path(
            _untrusted("no authority is among the trusted certificates, and it is not trusted itself"), alone, at, at
        )
    found = _verified(signer.certificate, others, trust.store, at)
    if isinstance(found, str):
        return Path(_why_not(signer, others, trust.store, at, found), alone, at, at)
    start = max(int(c.not_valid_before_utc.timestamp()) for c in found)
    end = min(int(c.not_valid_after_utc.timestamp()) for c in found)
    anchor = found[-1].subject.rfc4514_string()[:200]
    detail = f"it leads to {anchor} over {len(found)} certificates, all valid at the time of the call"
    return Path(Check("chain", "pass", detail), found, start, end)


def _itself(signer: Signer, trust: TrustStore, at: int) -> Path:
    """Judge a certificate that is its own anchor; its issuer, where that is at hand, stands for revocation."""
    alone = (signer.certificate,)
    if not signer.valid_at(at):
        return Path(_expired(signer, at), alone, at, at)
    return Path(_TRUSTED_ITSELF, alone, signer.valid_from, signer.valid_to)


def _verified(
    leaf: x509.Certificate, others: Sequence[x509.Certificate], store: Store, at: int
) -> tuple[x509.Certificate, ...] | str:
    """Return the certificates of the path, or why there is none."""
    builder = PolicyBuilder().extension_policies(ee_policy=_LEAF, ca_policy=_ISSUER)
    verifier = builder.time(_moment(at)).store(store).build_client_verifier()
    try:
        return tuple(verifier.verify(leaf, list(others)).chain)
    except VerificationError as error:
        return " ".join(str(error).split())[:200]
    except ValueError:
        return "a certificate on the way has parts that are not readable"


def _why_not(signer: Signer, others: Sequence[x509.Certificate], store: Store, at: int, said: str) -> Check:
    """Tell a path that had run out from one that never was: look again within the certificate's own time."""
    if not signer.valid_at(at):
        return _expired(signer, at)
    for other in (signer.valid_from, signer.valid_to, (signer.valid_from + signer.valid_to) // 2):
        if not isinstance(_verified(signer.certificate, others, store, other), str):
            detail = "a certificate on the way to the trusted one was not valid at the time of the call"
            return Check("chain", "fail", detail, "certificate-expired")
    return _untrusted(f"it leads to no trusted certificate ({said})")


def _untrusted(detail: str) -> Check:
    return Check("chain", "fail", detail, "untrusted")


def _expired(signer: Signer, at: int) -> Check:
    when = "not yet valid" if at < signer.valid_from else "no longer valid"
    limit = signer.facts["not_before"] if at < signer.valid_from else signer.facts["not_after"]
    side = "from" if at < signer.valid_from else "until"
    return Check(
        "chain", "fail", f"the certificate was {when} at the time of the call ({side} {limit})", "certificate-expired"
    )


def _moment(at: int) -> datetime:
    return max(datetime.fromtimestamp(at, UTC), _EARLIEST).replace(tzinfo=None)


__all__ = ["Path", "find_path"]
