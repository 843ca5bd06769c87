"""Verifies the Identity headers of one call at the time of that call, every check named; it fetches nothing and knows no now.

The order of checks is that of docs/signed-calls.md; the first that fails decides the fault, and the others are done all the
same where they can be, so that a reader sees whether the signature itself holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from unspoof.model.identity import (
    CHECKS,
    Check,
    HeaderVerdict,
    IdentityVerdict,
    Oddity,
    SignedMessage,
    Verdict,
)
from unspoof.parse.identity_header import IdentityHeader, read_identity, split_identities
from unspoof.parse.passport import Passport, read_passport
from unspoof.parse.passport_claims import Claims, Party
from unspoof.parse.sip_headers import read_date
from unspoof.screen.identity.checks import (
    SIGNED,
    check_coverage,
    check_ends,
    check_freshness,
    check_info,
    check_signature,
)
from unspoof.screen.identity.diversion import NO_DIVERSION, check_diversions
from unspoof.screen.identity.kept import Kept
from unspoof.screen.identity.policy import IdentityPolicy
from unspoof.screen.identity.signers import Chosen, Given, Signers
from unspoof.screen.identity.sources import CertificateSource, Obtained
from unspoof.screen.identity.trust import TrustStore

MOST_HEADERS = 32
MOST_NESTED = 5
"""Tokens within tokens (opt of div-o)."""
MOST_VERDICTS = 1024
"""Verdicts that are kept: one call's token stands at several hops, in retransmissions and in several captures."""

_SYNTAX = Check("syntax", "pass", "header and token are well formed")
_CLAIMS = Check("claims", "pass", "every claim has the type and values that its extension asks for")
_ORDER = {name: place for place, name in enumerate(CHECKS)}
_NOT_AT_HAND = tuple(
    Check(name, "not-done", "the certificate is not at hand") for name in ("chain", "revocation", "profile", "coverage")
)
_COMMA_LIST = (Oddity("comma-list", "syntax", "malformed", "several headers stand in one, with commas between"),)
_WORST = {"fail": 0, "not-done": 1, "pass": 2}

_STRETCH = 256
"""Calls: enough to pay, and few enough to stay in a processor's cache."""

_Read = tuple[IdentityHeader, Passport]


class SignedCall(NamedTuple):
    """One call to verify among many; see Verifier.verify."""

    identities: tuple[str, ...]
    at: int
    message: SignedMessage | None = None
    certificates: Given = None


class Verifier:
    """Verifies signed calls with one trust store, one policy and one source of certificates.

    It may be shared by threads of one process only if each call is made under a lock; use processes to go faster.
    """

    def __init__(
        self,
        trust: TrustStore | None = None,
        policy: IdentityPolicy | None = None,
        source: CertificateSource | None = None,
        contents: Mapping[str, bytes] | None = None,
    ) -> None:
        """Set the verifier up.

        Args:
            trust: anchors and revocation lists; without any, no chain can be checked and nothing is verified.
            policy: what decides.
            source: certificates by address, where they do not come with the token.
            contents: bytes behind addresses in rcd claims, for their digests.
        """
        self.policy = policy or IdentityPolicy()
        self.signers = Signers(trust or TrustStore(), self.policy, source)
        self.contents = dict(contents or {})
        self._verdicts: Kept[tuple[object, ...], IdentityVerdict] = Kept(MOST_VERDICTS)

    def verify(
        self,
        identities: Sequence[str],
        at: int,
        message: SignedMessage | None = None,
        certificates: Given = None,
    ) -> IdentityVerdict:
        """Return the verdict on the Identity headers of one call.

        Args:
            identities: the values of all Identity headers in their order.
            at: the time of the call, unix seconds.
            message: what the SIP message said.
            certificates: what came with the token; it is trusted only as far as it leads to an anchor.
        """
        if certificates is not None and not isinstance(certificates, Obtained):
            return self._verify(identities, at, message, certificates)
        name = (tuple(identities), at, message, certificates)
        known = self._verdicts.get(name)
        if known is not None:
            return known
        verdict = self._verify(identities, at, message, certificates)
        # A source may have tomorrow what it lacks today.
        if self.signers.source is None or verdict.verdict == "verified":
            self._verdicts.put(name, verdict)
        return verdict

    def verify_many(self, calls: Sequence[SignedCall]) -> list[IdentityVerdict]:
        """Return the verdicts on many calls, the same as `verify` gives on each.

        Reading, arithmetic and judging are each done for a stretch of calls at a time, which a processor does faster than
        each call from end to end. Verdicts are not kept.
        """
        verdicts: list[IdentityVerdict] = []
        for start in range(0, len(calls), _STRETCH):
            verdicts += self._stretch(calls[start : start + _STRETCH])
        return verdicts

    def _stretch(self, calls: Sequence[SignedCall]) -> list[IdentityVerdict]:
        read: list[tuple[IdentityHeader, Passport] | None] = []
        for identities, _, message, _ in calls:
            header = read_identity(identities[0]) if len(identities) == 1 and "," not in identities[0] else None
            passport = read_passport(header, message, self.contents) if header is not None else None
            plain = header is not None and passport is not None and header.token and not passport.diverts
            read.append((header, passport) if plain else None)  # type: ignore[arg-type]
        signed = [
            None if one is None else self._signed(*one, call.at, call.certificates)
            for one, call in zip(read, calls, strict=True)
        ]
        return [
            self._verify(*call) if one is None else self._single(one, call.at, call.message, call.certificates, given)
            for one, call, given in zip(read, calls, signed, strict=True)
        ]

    def _single(
        self,
        read: _Read,
        at: int,
        message: SignedMessage | None,
        certificates: Given,
        signed: tuple[Chosen, Check] | None = None,
    ) -> IdentityVerdict:
        """Judge a call with one header that tells of no diversion."""
        odd = _date_oddities(message, at, self.policy.freshness_s) if message and message.date_text else ()
        only = self._judge(*read, at, message, certificates, NO_DIVERSION, (), odd, signed)
        return IdentityVerdict(only.verdict, only.fault, only.sip_code, (only,), only.checks, only.oddities, at)

    def _verify(
        self, identities: Sequence[str], at: int, message: SignedMessage | None, certificates: Given
    ) -> IdentityVerdict:
        if len(identities) == 1 and "," not in identities[0]:
            header = read_identity(identities[0])
            passport = read_passport(header, message, self.contents)
            if header.token and not passport.diverts:
                return self._single((header, passport), at, message, certificates)
        texts = [part for text in identities for part in split_identities(text) if part and not part.isspace()]
        if not texts:
            return _no_identity(at)
        read = self._read(texts[:MOST_HEADERS], message)
        if len(texts) > MOST_HEADERS:
            problem = f"there are {len(texts)} Identity headers; {MOST_HEADERS} are read"
            header = IdentityHeader("", problems=(problem,))
            read.append((header, read_passport(header)))
        extra = _date_oddities(message, at, self.policy.freshness_s)
        if len(texts) > len(identities):
            extra += _COMMA_LIST
        passports = [passport for _, passport in read]
        diversions = check_diversions(passports, message, self.policy.most_diversions)
        verdicts = tuple(
            self._judge(
                header, passport, at, message, certificates, diversions.checks[n], diversions.destinations, extra
            )
            for n, (header, passport) in enumerate(read)
        )
        return self._together(verdicts, at)

    def _read(self, texts: Sequence[str], message: SignedMessage | None) -> list[_Read]:
        """Read every token, and the tokens within them."""
        read: list[_Read] = []
        for text in texts:
            header = read_identity(text)
            passport = read_passport(header, message, self.contents)
            read.append((header, passport))
            for _ in range(MOST_NESTED):
                if passport.ppt != "div-o" or passport.claims is None or not passport.claims.opt:
                    break
                token = IdentityHeader(passport.claims.opt)
                passport = read_passport(token, None, self.contents)
                passport.oddities = [o for o in passport.oddities if o.name != "ppt-parameter-absent"]
                read.append((token._replace(info=passport.x5u, ppt=passport.ppt), passport))
        return read

    def _signed(self, header: IdentityHeader, passport: Passport, at: int, certificates: Given) -> tuple[Chosen, Check]:
        """Find the certificate and check the signature."""
        chosen = self.signers.choose(passport, header.info or passport.x5u, at, certificates)
        if chosen.signer is None:
            return chosen, Check("signature", "not-done", passport.undone or chosen.why_not)
        return chosen, SIGNED if chosen.signed else check_signature(passport, chosen.signer.key)

    def _judge(
        self,
        header: IdentityHeader,
        passport: Passport,
        at: int,
        message: SignedMessage | None,
        certificates: Given,
        diversion: Check,
        everybody: tuple[Party, ...],
        extra: tuple[Oddity, ...],
        signed: tuple[Chosen, Check] | None = None,
    ) -> HeaderVerdict:
        claims = passport.claims
        oddities = (*passport.oddities, *claims.oddities, *extra) if claims else (*passport.oddities, *extra)
        if header.info is not None and header.info[:8] != "https://":
            oddities += _scheme(header.info)
        ends = claims
        if everybody and claims is not None:
            ends = Claims(None, claims.orig, (*claims.dest, *everybody))
        chosen, signature = signed or self._signed(header, passport, at, certificates)
        checks = [
            _SYNTAX if not passport.problems else _syntax(passport),
            _claims(passport),
            check_info(passport, header),
            check_ends(ends, message),
            check_freshness(claims.iat if claims else None, at, self.policy.freshness_s),
        ]
        if chosen.signer is None:
            checks.append(signature)
            checks += _NOT_AT_HAND
        else:
            standing = self.signers.standing(chosen, at)
            oddities += standing.oddities
            checks += (
                signature,
                standing.chain,
                standing.revocation,
                standing.profile,
                check_coverage(passport, chosen.signer.tn_list, standing.issuers),
            )
        checks.append(diversion)
        if oddities and self.policy.strict:
            checks = [_strictly(check, oddities) for check in checks]
        verdict, fault = _decide(checks, passport, chosen)
        return HeaderVerdict(
            verdict,
            fault,
            self.policy.code(fault),
            passport.ppt,
            claims.attest if claims else None,
            claims.origid if claims else None,
            claims.orig.value if claims and claims.orig else None,
            tuple([value for _, value in claims.dest]) if claims else (),
            claims.iat if claims else None,
            tuple(checks),
            oddities,
            header.info or passport.x5u,
            chosen.signer.facts if chosen.signer else None,
            chosen.origin,
            at,
            claims.further if claims else None,
        )

    def _together(self, verdicts: tuple[HeaderVerdict, ...], at: int) -> IdentityVerdict:
        """Return one verdict on all headers; those of an unknown extension do not decide beside a known one."""
        if len(verdicts) == 1:
            only = verdicts[0]
            return IdentityVerdict(only.verdict, only.fault, only.sip_code, verdicts, only.checks, only.oddities, at)
        judged = [v for v in verdicts if v.fault != "unsupported"] or list(verdicts)
        oddities = list(dict.fromkeys(oddity for v in verdicts for oddity in v.oddities))
        if len(judged) < len(verdicts):
            detail = "a header of an unknown extension was left aside"
            oddities.append(Oddity("unsupported-header", "syntax", "unsupported", detail))
        if sum(v.ppt in (None, "shaken") for v in judged) > 1:
            detail = "more than one header says who calls"
            oddities.append(Oddity("several-origins", "diversion", "claims-mismatch", detail))
        checks = tuple(_merged(place, verdicts, judged) for place in range(len(CHECKS)))
        if self.policy.strict:
            checks = tuple(_strictly(check, oddities[-2:]) for check in checks)
        wrong = sorted(
            (_ORDER[c.check], v.ppt not in (None, "shaken"), n, c.fault)
            for n, v in enumerate(judged)
            for c in v.checks
            if c.result == "fail"
        )
        verdict: Verdict = "verified"
        fault = None
        if wrong:
            verdict, fault = "failed", wrong[0][3]
        elif any(c.result == "fail" for c in checks):
            verdict, fault = "failed", next(c.fault for c in checks if c.result == "fail")
        else:
            undecided = [v for v in judged if v.verdict == "unverifiable"]
            if undecided:
                verdict, fault = "unverifiable", undecided[0].fault
        return IdentityVerdict(verdict, fault, self.policy.code(fault), verdicts, checks, tuple(oddities), at)


def _syntax(passport: Passport) -> Check:
    detail = "; ".join(problem.detail for problem in passport.problems[:8])
    return Check("syntax", "fail", detail, passport.problems[0].fault)


def _claims(passport: Passport) -> Check:
    claims = passport.claims
    if claims is None:
        return Check("claims", "not-done", passport.undone or "the claims could not be read")
    if claims.problems:
        return Check("claims", "fail", "; ".join(claims.problems[:8]), "malformed")
    if claims.mismatches:
        return Check("claims", "fail", "; ".join(claims.mismatches[:8]), "claims-mismatch")
    if claims.undone:
        return Check("claims", "pass", f"{_CLAIMS.detail}; not compared: {'; '.join(claims.undone[:8])}")
    return _CLAIMS


def _scheme(url: str) -> tuple[Oddity, ...]:
    if url.lower().startswith("http://"):
        return (Oddity("http-x5u", "info", "info-mismatch", "the certificate's address is http, not https"),)
    return (Oddity("x5u-scheme", "info", "info-mismatch", "the certificate's address is not https"),)


def _date_oddities(message: SignedMessage | None, at: int, freshness_s: int) -> tuple[Oddity, ...]:
    """Name what is odd about the Date header; the time of the call decides, not this."""
    if message is None or message.date_text is None:
        return ()
    at_us, odd = read_date(message.date_text.encode("utf-8", "surrogatepass"))
    if at_us is None:
        return (Oddity("date-unreadable", "syntax", "malformed", "the Date header is not readable"),)
    found = []
    if odd:
        found.append(Oddity(odd, "syntax", "malformed", f"the Date header is not as SIP has it ({odd})"))
    stated = at_us // 1_000_000
    if abs(at - stated) > freshness_s:
        detail = f"the Date header is {abs(at - stated)} s {'before' if stated < at else 'after'} the call"
        found.append(Oddity("date-differs", "freshness", "stale", detail))
    return tuple(found)


def _strictly(check: Check, oddities: Sequence[Oddity]) -> Check:
    """Return a check that fails by its oddities too."""
    mine = [oddity for oddity in oddities if oddity.check == check.check]
    if not mine:
        return check
    said = "; ".join(f"{oddity.name}: {oddity.detail}" for oddity in mine[:8])
    if check.result == "fail":
        return check._replace(detail=f"{check.detail}; {said}")
    return Check(check.check, "fail", said, mine[0].fault)


def _decide(checks: Sequence[Check], passport: Passport, chosen: Chosen) -> tuple[Verdict, str | None]:
    """Return what follows: the first failure decides; without one, signature and chain must hold."""
    for check in checks:
        if check.result == "fail":
            return "failed", check.fault
    signature, chain = checks[5], checks[6]
    if signature.result != "pass":
        return "unverifiable", "unsupported" if passport.undone else "certificate-unavailable"
    if chain.result != "pass":
        return "unverifiable", "untrusted"
    return "verified", None


def _merged(place: int, verdicts: Sequence[HeaderVerdict], judged: Sequence[HeaderVerdict]) -> Check:
    """Return one check for all headers: the worst result, with what each header's was."""
    worst = min((v.checks[place] for v in judged), key=lambda c: _WORST[c.result])
    if CHECKS[place] == "diversion":
        told = [c for c in (v.checks[place] for v in judged) if not c.detail.startswith("the call has no token")]
        worst = min(told, key=lambda c: _WORST[c.result]) if told else worst
    details = [v.checks[place].detail for v in verdicts]
    if len(set(details)) == 1:
        return worst
    detail = "; ".join(f"header {n}: {text}" for n, text in enumerate(details, 1))
    return worst._replace(detail=detail[:4000])


def _no_identity(at: int) -> IdentityVerdict:
    checks = tuple(Check(name, "not-done", "there is no Identity header") for name in CHECKS)
    return IdentityVerdict("unverifiable", "no-identity", 428, (), checks, (), at)


__all__ = ["MOST_HEADERS", "MOST_NESTED", "MOST_VERDICTS", "SignedCall", "Verifier"]
