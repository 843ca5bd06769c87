"""Limits on what a certificate may sign: any DER, and sound limits against what was put in."""

from __future__ import annotations

from fuzz.target import Target, chosen, with_choice
from unspoof.parse.claim_constraints import MOST, ClaimConstraints, read_claim_constraints
from unspoof.parse.der import NotDer
from vectors.passport.passport_maker import claim_limits, claims

_WAYS = ("der", "limits")
_CLAIMS = claims()
_KINDS = "+-="


def _short(error: ValueError) -> None:
    assert len(str(error)) < 400, "a reason as long as its cause"


def _check(made: ClaimConstraints) -> None:
    assert len(made.include) <= MOST
    assert len(made.exclude) <= MOST
    assert len(made.permitted) <= MOST
    said = made.broken_by(_CLAIMS)
    assert len(said) < 400, "a reason as long as the claim"
    assert said.isprintable()
    assert bool(made.broken_by({})) == bool(made.include), "no claims break what none must be there for"
    if set(made.include) - set(_CLAIMS) or set(made.exclude) & set(_CLAIMS):
        assert said, "a name that must or must not be there was passed over"


def feed(data: bytes) -> None:
    """Read DER as it comes, or limits: +NAME must be there, -NAME must not, =NAME,VALUE,VALUE is permitted."""
    way, rest = chosen(data, _WAYS)
    if way == "der":
        try:
            made = read_claim_constraints(rest)
        except NotDer as error:
            _short(error)
            return
        assert read_claim_constraints(rest) == made
        _check(made)
        return
    lines = [line for line in rest.decode("utf-8", "replace").split("\n")[:40] if line[:1] in _KINDS and line[1:]]
    if not lines:
        return
    include, exclude = ([line[1:] for line in lines if line[0] == kind] for kind in "+-")
    permitted = [(line[1:].split(",")[0], line[1:].split(",")[1:]) for line in lines if line[0] == "="]
    made = read_claim_constraints(claim_limits(include, permitted, exclude))
    assert list(made.include) == include
    assert list(made.exclude) == exclude
    assert [(name, list(values)) for name, values in made.permitted] == permitted
    _check(made)


TARGET = Target(
    "claim_constraints",
    "a choice, then DER, or one limit a line",
    feed,
    (
        *with_choice(0, (claim_limits(["iat"], [("attest", ["A", "B"])], ["rcd"]), claim_limits(exclude=["crn"]))),
        *with_choice(0, (b"\x30\x00", b"\x30\x04\xa0\x02\x30\x00", b"\x30\x80", b"\x30\x84\xff\xff\xff\xff")),
        *with_choice(1, ("+iat\n+attest\n-rcd\n=attest,A,B\n=é,ü\n=x".encode(), b"=attest,C", b"+crn", b"-attest")),
    ),
    words=(
        b"\xa0",
        b"\xa1",
        b"\xa2",
        b"\x30\x82",
        b"\x16\x03iat",
        b"\x0c\x01A",
        b"attest",
        b"origid",
        b"orig",
        b"\n=",
        b"\n+",
        b"\n-",
    ),
    most=1024,
)

__all__ = ["TARGET"]
