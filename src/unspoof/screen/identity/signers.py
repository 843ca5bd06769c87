"""Which certificate signed a token, and what holds of it at the time of a call; each is worked out once and kept.

Caches are named by hashes of bytes and by the time for which a result holds, never by an address: what lies behind an address
changes. Each is bounded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from unspoof.model.identity import CertificateOrigin, Check, Oddity
from unspoof.parse.claim_constraints import ClaimConstraints
from unspoof.parse.tn_auth_list import TnAuthList
from unspoof.screen.identity.certificates import BadCertificate, Bundle, Signer, read_bundle
from unspoof.screen.identity.checks import SignedText, covered_by_code, is_signed, unsigned_because
from unspoof.screen.identity.kept import Kept
from unspoof.screen.identity.path import find_path
from unspoof.screen.identity.policy import IdentityPolicy
from unspoof.screen.identity.revocation import check_revocation
from unspoof.screen.identity.sources import CertificateSource, CertificateUnavailable, Obtained
from unspoof.screen.identity.trust import TrustStore

MOST_KEPT = 4096
MOST_PASSED = 1024
MOST_TRIED = 256
"""Trusted certificates whose keys are tried on a token that came without one."""

Given = Obtained | Mapping[str, Obtained] | None
"""Certificates that came with the token: one bundle, or bundles by address."""


class Standing(NamedTuple):
    """What holds of a signer's certificate over some time."""

    chain: Check
    revocation: Check
    profile: Check
    oddities: tuple[Oddity, ...]
    issuers: tuple[TnAuthList, ...]
    """What the certificates above it speak for."""
    constraints: tuple[ClaimConstraints, ...]
    """On the claims, of it and of those above it."""
    covers_all: Check | None
    """Coverage of any calling number, where providers' codes alone decide it and nothing is limited."""
    holds_from: int
    holds_to: int
    holding: tuple[Check, ...] | None
    """Chain, revocation, profile and coverage of any calling number, where none of them fails, the chain holds, and nothing odd
    is a fault."""
    passed: dict[tuple[int, bool], tuple[Check, ...]]
    """All checks of ordinary tokens that passed, by the seconds from iat to the call and whether a message was at hand, so that
    calls share them; at most MOST_PASSED."""


class Chosen(NamedTuple):
    """The certificate of a token, or why there is none."""

    signer: Signer | None
    bundle: Bundle | None = None
    origin: CertificateOrigin | None = None
    why_not: str = ""
    signed: bool = False
    """Whether its key is already known to have signed the token."""


class Signers:
    """Finds certificates and keeps what was found of them."""

    def __init__(self, trust: TrustStore, policy: IdentityPolicy, source: CertificateSource | None) -> None:
        self.trust = trust
        self.policy = policy
        self.source = source
        self._last: tuple[Obtained | None, Chosen] = (None, Chosen(None))
        """The bundle that came with the last call: calls of one signer often come in a row."""
        self._stood: tuple[Chosen | None, Standing | None] = (None, None)
        """The last certificate that was asked for, and what holds of it."""
        self._bundles: Kept[bytes, Bundle | str] = Kept(MOST_KEPT)
        self._standings: Kept[tuple[str, str], list[Standing]] = Kept(MOST_KEPT)

    def choose(self, token: SignedText, url: str | None, at: int, given: Given) -> Chosen:
        """Return the certificate of a token: what came with it, what the source has, or a trusted one that signed it."""
        if given is not None and given is self._last[0]:
            return self._last[1]
        obtained: Obtained | None
        try:
            obtained = given if isinstance(given, Obtained) else given.get(url or "") if given else None
            if obtained is None and self.source is not None and url:
                obtained = self.source.certificate(url, at)
        except CertificateUnavailable as error:
            return Chosen(None, why_not=str(error))
        if obtained is None:
            return self._trusted(token)
        bundle = self._bundle(obtained.data)
        if isinstance(bundle, str):
            return Chosen(None, why_not=f"what came as the certificate is none: {bundle}")
        if len(bundle.signers) == 1:
            chosen = Chosen(bundle.signers[0], bundle, obtained.origin)
            if obtained is given:
                self._last = given, chosen
            return chosen
        for signer in bundle.signers:
            if _signed(signer, token):
                return Chosen(signer, bundle, obtained.origin, signed=True)
        return Chosen(bundle.signers[0], bundle, obtained.origin)

    def _trusted(self, token: SignedText) -> Chosen:
        """Try the keys of trusted signers; one that fits is the signer's, and none that does not proves anything."""
        for anchor in self.trust.signers[:MOST_TRIED]:
            if _signed(anchor.signer, token):
                origin = CertificateOrigin(f"the trusted certificates ({anchor.file}): its key signed the token")
                return Chosen(anchor.signer, None, origin, signed=True)
        count = min(len(self.trust.signers), MOST_TRIED)
        tried = f", and none of the {count} signers' certificates among the trusted ones signed it" if count else ""
        return Chosen(None, why_not=f"the certificate is not at hand{tried}")

    def _bundle(self, data: bytes) -> Bundle | str:
        known = self._bundles.get(data)
        if known is None:
            try:
                known = read_bundle(data)
            except BadCertificate as error:
                known = str(error)
            self._bundles.put(data, known)
        return known

    def standing(self, chosen: Chosen, at: int) -> Standing:
        """Return what holds of a chosen certificate at a time."""
        last, stood = self._stood
        if chosen is last and stood is not None and stood.holds_from <= at <= stood.holds_to:
            return stood
        stood = self._standing(chosen, at)
        self._stood = chosen, stood
        return stood

    def _standing(self, chosen: Chosen, at: int) -> Standing:
        signer = chosen.signer
        if signer is None:
            raise ValueError("no certificate was chosen")
        name = (signer.sha256, chosen.bundle.key if chosen.bundle else "")
        known = self._standings.get(name)
        for standing in known or ():
            if standing.holds_from <= at <= standing.holds_to:
                return standing
        made = self._stand(signer, chosen.bundle, at)
        if known is None:
            self._standings.put(name, [made])
        else:
            del known[:-7]
            known.append(made)
        return made

    def _stand(self, signer: Signer, bundle: Bundle | None, at: int) -> Standing:
        others = bundle.others if bundle else ()
        path = find_path(signer, others, self.trust, at)
        anchors = [anchor.signer.certificate for anchor in self.trust.anchors.values()]
        revocation = check_revocation(path.certificates, self.trust.crls, anchors, at)
        profile, oddities = _profile(signer, self.policy)
        above = [Signer(certificate) for certificate in path.certificates[1:]]
        issuers = tuple(s.tn_list for s in above if s.tn_list is not None)
        constraints = tuple(limits for s in (signer, *above) for limits in s.constraints)
        covers_all = _covers_all(signer.tn_list, issuers, constraints)
        checks = (path.check, revocation.check, profile)
        return Standing(
            path.check,
            revocation.check,
            profile,
            oddities,
            issuers,
            constraints,
            covers_all,
            max(path.holds_from, revocation.holds_from),
            min(path.holds_to, revocation.holds_to),
            _holding(checks, covers_all) if not (oddities and self.policy.strict) else None,
            {},
        )


def _covers_all(
    tn_list: TnAuthList | None, issuers: tuple[TnAuthList, ...], constraints: tuple[ClaimConstraints, ...]
) -> Check | None:
    if tn_list is None or constraints or tn_list.ranges or tn_list.numbers or not all(i.codes for i in issuers):
        return None
    return covered_by_code(tn_list.codes, "calling")


def _holding(checks: tuple[Check, ...], covers_all: Check | None) -> tuple[Check, ...] | None:
    if covers_all is None or checks[0].result != "pass" or any(check.result == "fail" for check in checks):
        return None
    return (*checks, covers_all)


def _signed(signer: Signer, token: SignedText) -> bool:
    if signer.key is None or unsigned_because(token) or token.signature is None or token.signing_input is None:
        return False
    return is_signed(signer.key, token.signature, token.signing_input)


def _profile(signer: Signer, policy: IdentityPolicy) -> tuple[Check, tuple[Oddity, ...]]:
    """Return the check of a certificate's profile, and the departures that do not decide."""
    deciding = [d for d in signer.departures if policy.decides(d.part)]
    odd = tuple(
        Oddity(f"certificate-{d.part}", "profile", "untrusted", d.detail)
        for d in signer.departures
        if not policy.decides(d.part)
    )
    noted = f"; beside that {', '.join(o.detail for o in odd)}, which does not decide" if odd else ""
    if deciding:
        detail = ", ".join(d.detail for d in deciding) + noted
        return Check("profile", "fail", detail, "untrusted"), odd
    return Check("profile", "pass", f"the certificate has what it must have{noted}"), odd


__all__ = ["MOST_KEPT", "MOST_PASSED", "MOST_TRIED", "Chosen", "Given", "Signers", "Standing"]
