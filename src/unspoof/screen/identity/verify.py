"""Verifies the Identity headers of one call at the time of that call, every check named; it fetches nothing and knows no now.

Reading, arithmetic and judging are in their own modules; here is in which order they are done, and what is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from unspoof.model.identity import CHECKS, Check, IdentityVerdict, Oddity, SignedMessage
from unspoof.parse.identity_header import IdentityHeader, read_identity, split_identities
from unspoof.parse.passport import Passport, passport_of, read_passport
from unspoof.parse.shaken import PlainShaken, read_plain
from unspoof.screen.identity.diversion import NO_DIVERSION, check_diversions
from unspoof.screen.identity.judging import Around, HeaderJudge, Signed, alone, date_oddities
from unspoof.screen.identity.kept import Kept
from unspoof.screen.identity.policy import IdentityPolicy
from unspoof.screen.identity.signers import Given, Signers
from unspoof.screen.identity.sources import CertificateSource, Obtained
from unspoof.screen.identity.together import together
from unspoof.screen.identity.trust import TrustStore

MOST_HEADERS = 32
MOST_NESTED = 5
"""Tokens within tokens (opt of div-o)."""
MOST_VERDICTS = 1024
"""Verdicts that are kept: one call's token stands at several hops, in retransmissions and in several captures."""

_COMMA_LIST = (Oddity("comma-list", "syntax", "malformed", "several headers stand in one, with commas between"),)

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

    Threads may share it: at worst something is worked out twice. They do not make it faster, processes do.
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
        self._judge = HeaderJudge(self.policy, self.signers)
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

    def verify_many(self, calls: Iterable[SignedCall]) -> Iterator[IdentityVerdict]:
        """Yield the verdicts on many calls in their order, the same as `verify` gives on each.

        Reading, arithmetic and judging are each done for a stretch of calls at a time, which a processor does faster than
        each call from end to end. Verdicts are not kept.
        """
        left = iter(calls)
        while stretch := list(islice(left, _STRETCH)):
            yield from self._stretch(stretch)

    def _stretch(self, calls: Sequence[SignedCall]) -> list[IdentityVerdict]:
        read = [_plain(identities) for identities, _, _, _ in calls]
        signed = [
            None if token is None else self._judge.signed(token, token.addresses.info, at, certificates)
            for token, (_, at, _, certificates) in zip(read, calls, strict=True)
        ]
        return [
            self._long(*call) if token is None or given is None else self._short(token, call.at, call.message, given)
            for token, call, given in zip(read, calls, signed, strict=True)
        ]

    def _verify(
        self, identities: Sequence[str], at: int, message: SignedMessage | None, certificates: Given
    ) -> IdentityVerdict:
        token = _plain(identities)
        if token is None:
            return self._long(identities, at, message, certificates)
        return self._short(token, at, message, self._judge.signed(token, token.addresses.info, at, certificates))

    def _short(self, token: PlainShaken, at: int, message: SignedMessage | None, signed: Signed) -> IdentityVerdict:
        """Judge a call with one ordinary token: in one go where everything holds, else check by check."""
        odd = date_oddities(message, at, self.policy.freshness_s) if message and message.date_text else ()
        only = self._judge.plain(token, at, message, signed) if not odd else None
        if only is None:
            header = IdentityHeader(token.token, token.addresses.info, "ES256", "shaken")
            only = self._judge.judge(header, passport_of(token), Around(at, message, odd), NO_DIVERSION, signed)
        return alone(only)

    def _long(
        self, identities: Sequence[str], at: int, message: SignedMessage | None, certificates: Given
    ) -> IdentityVerdict:
        """Judge a call whatever its headers look like."""
        texts = [part for text in identities for part in split_identities(text) if part and not part.isspace()]
        if not texts:
            return _no_identity(at)
        read = self._read(texts[:MOST_HEADERS], message)
        if len(texts) > MOST_HEADERS:
            problem = f"there are {len(texts)} Identity headers; {MOST_HEADERS} are read"
            header = IdentityHeader("", problems=(problem,))
            read.append((header, read_passport(header)))
        odd = date_oddities(message, at, self.policy.freshness_s)
        if len(texts) > len(identities):
            odd += _COMMA_LIST
        diversions = check_diversions([passport for _, passport in read], message, self.policy.most_diversions)
        around = Around(at, message, odd, diversions.destinations)
        verdicts = tuple(
            self._judge.judge(
                header,
                passport,
                around,
                diversion,
                self._judge.signed(passport, header.info or passport.x5u, at, certificates),
            )
            for (header, passport), diversion in zip(read, diversions.checks, strict=True)
        )
        return together(verdicts, at, self.policy)

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


def _plain(identities: Sequence[str]) -> PlainShaken | None:
    """Return the ordinary token of a call that has one header with one ordinary token in it."""
    return read_plain(identities[0]) if len(identities) == 1 and "," not in identities[0] else None


def _no_identity(at: int) -> IdentityVerdict:
    checks = tuple(Check(name, "not-done", "there is no Identity header") for name in CHECKS)
    return IdentityVerdict("unverifiable", "no-identity", 428, (), checks, (), at)


__all__ = ["MOST_HEADERS", "MOST_NESTED", "MOST_VERDICTS", "SignedCall", "Verifier"]
