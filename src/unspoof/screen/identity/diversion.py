"""Whether the div tokens of a call lead from the first called number to the last; signatures are checked elsewhere.

Each div token names in `div` the destination that it replaces: it must be a destination of the token before it, and the caller
must be the same throughout. Source: RFC 8946 sections 3 and 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from unspoof.model.identity import Check, SignedMessage
from unspoof.parse.call_party import normal_uri, number_of
from unspoof.parse.passport import Passport
from unspoof.parse.passport_claims import Party

NO_DIVERSION = Check("diversion", "not-done", "the call has no token of a diversion")
_UNREAD = Check("diversion", "not-done", "the claims could not be read")


class Diversions(NamedTuple):
    """What was found, a check for each token in their order."""

    checks: tuple[Check, ...]
    destinations: tuple[Party, ...]
    """Everybody that some token of the chain names as called; empty without a diversion."""


def check_diversions(passports: Sequence[Passport], message: SignedMessage | None, most: int) -> Diversions:
    """Return how the tokens of one call link.

    Args:
        passports: all tokens of the call, in any order.
        message: what the SIP message said; its Request-URI, where known, must be the end of the chain.
        most: how many diversions are allowed.
    """
    diverted = [n for n, p in enumerate(passports) if p.ppt in ("div", "div-o")]
    if not diverted:
        return Diversions((NO_DIVERSION,) * len(passports), ())
    checks = [NO_DIVERSION if p.ppt not in (None, "shaken") else _pass(len(diverted)) for p in passports]
    starts = [n for n, p in enumerate(passports) if p.ppt in (None, "shaken") and p.claims is not None]
    everybody = tuple(d for n in (*starts, *diverted) for d in _dest(passports[n]))
    if not starts:
        wrong = _fail("no shaken or base token is there from which the diversion starts")
        for n in diverted:
            checks[n] = wrong
        return Diversions(tuple(checks), everybody)
    if len(diverted) > most:
        for n in diverted:
            checks[n] = _fail(f"there are {len(diverted)} diversions; {most} are allowed")
        return Diversions(tuple(checks), everybody)
    _follow(passports, starts[0], diverted, checks, message)
    return Diversions(tuple(checks), everybody)


def _follow(
    passports: Sequence[Passport], start: int, diverted: list[int], checks: list[Check], message: SignedMessage | None
) -> None:
    """Walk from the first token along div claims, each token once; what is not reached does not link."""
    here, left, steps = start, list(diverted), 0
    while left:
        dest = _dest(passports[here])
        following = [n for n in left if (c := passports[n].claims) is not None and c.div in dest]
        if not following:
            break
        here = following[0]
        left.remove(here)
        steps += 1
        checks[here] = _caller(passports[here], passports[start]) or Check(
            "diversion", "pass", f"diversion {steps} replaces a destination of the token before it"
        )
    for n in left:
        unread = passports[n].claims is None or passports[n].claims.div is None  # type: ignore[union-attr]
        checks[n] = _UNREAD if unread else _fail("the number that it diverts is no destination of the token before it")
    if not left and message is not None and message.request_uri and checks[here].result == "pass":
        ends = (message.request_uri, *message.called)
        if not any(_is(text, party) for text in ends for party in _dest(passports[here])):
            checks[here] = _fail("the last diversion leads elsewhere than the call")


def _caller(passport: Passport, first: Passport) -> Check | None:
    mine, theirs = passport.claims, first.claims
    if mine is not None and theirs is not None and mine.orig == theirs.orig:
        return None
    return _fail("it names another caller than the first token")


def _dest(passport: Passport) -> tuple[Party, ...]:
    return passport.claims.dest if passport.claims is not None else ()


def _is(text: str, party: Party) -> bool:
    return number_of(text) == party.value if party.kind == "tn" else normal_uri(text) == party.value


def _pass(count: int) -> Check:
    return Check("diversion", "pass", f"it is where {count} diversion{'s' if count > 1 else ''} of the call start")


def _fail(detail: str) -> Check:
    return Check("diversion", "fail", detail, "claims-mismatch")


__all__ = ["NO_DIVERSION", "Diversions", "check_diversions"]
