"""Which claims a certificate may sign: JWTClaimConstraints of a certificate to a test of claims; no trust.

    JWTClaimConstraints ::= SEQUENCE { mustInclude [0] JWTClaimNames OPTIONAL, permittedValues [1] ... OPTIONAL,
                                       mustExclude [2] JWTClaimNames OPTIONAL }        -- [2] in the enhanced form
    JWTClaimPermittedValues ::= SEQUENCE { claim IA5String, permitted SEQUENCE OF UTF8String }

Tags are explicit. Source: RFC 8226 section 8 and RFC 9118 section 4 as open implementations transcribe them (1.3.6.1.5.5.7.1.27
and .33). A permitted value is compared with a claim that is a text, and with the deterministic JSON of any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from unspoof.parse.der import IA5, SEQUENCE, UTF8, NotDer, element, elements, only
from unspoof.parse.strict_json import deterministic

OIDS = ("1.3.6.1.5.5.7.1.27", "1.3.6.1.5.5.7.1.33")
MOST = 1_000
"""Names, and values of a name."""

_INCLUDE, _PERMITTED, _EXCLUDE = 0xA0, 0xA1, 0xA2


@dataclass(frozen=True, slots=True)
class ClaimConstraints:
    """What the claims of a token must and must not be."""

    include: tuple[str, ...] = ()
    permitted: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] = ()

    def broken_by(self, claims: Mapping[str, Any]) -> str:
        """Return what claims break, in words; empty if nothing."""
        for name in self.include:
            if name not in claims:
                return f"the certificate asks for the claim {name[:40]!a}, which the token has not"
        for name in self.exclude:
            if name in claims:
                return f"the certificate forbids the claim {name[:40]!a}"
        for name, values in self.permitted:
            if name in claims and _text(claims[name]) not in values:
                return f"the claim {name[:40]!a} has a value that the certificate does not permit"
        return ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else deterministic(value).decode("utf-8", "replace")


def _string(data: bytes, place: tuple[int, int, int], tag: int) -> str:
    found, start, stop = place
    if found != tag:
        raise NotDer(f"a text has the tag {found:#04x}")
    try:
        return data[start:stop].decode("utf-8")
    except UnicodeDecodeError:
        raise NotDer("a text is not UTF-8") from None


def _names(data: bytes) -> tuple[str, ...]:
    inner = only(data, 0, len(data), SEQUENCE, "a list of names")
    return tuple(_string(inner, place, IA5) for place in elements(inner, 0, len(inner), MOST))


def _permitted(data: bytes) -> tuple[tuple[str, tuple[str, ...]], ...]:
    inner = only(data, 0, len(data), SEQUENCE, "a list of permitted values")
    found = []
    for tag, start, stop in elements(inner, 0, len(inner), MOST):
        pair = elements(inner, start, stop, 2)
        if tag != SEQUENCE or len(pair) != 2 or pair[1][0] != SEQUENCE:
            raise NotDer("permitted values have another form")
        values = elements(inner, pair[1][1], pair[1][2], MOST)
        found.append((_string(inner, pair[0], IA5), tuple(_string(inner, value, UTF8) for value in values)))
    return tuple(found)


def read_claim_constraints(data: bytes) -> ClaimConstraints:
    """Return what an extension's value says.

    Raises:
        NotDer: it is not the DER of RFC 8226 section 8 or RFC 9118 section 4.
    """
    content = only(data, 0, len(data), SEQUENCE, "the list of constraints")
    parts: dict[int, bytes] = {}
    last, place = 0, 0
    while place < len(content):
        tag, start, place = element(content, place, len(content))
        if tag not in (_INCLUDE, _PERMITTED, _EXCLUDE) or tag <= last:
            raise NotDer(f"a constraint has the tag {tag:#04x}")
        parts[tag] = content[start:place]
        last = tag
    if not parts:
        raise NotDer("there is no constraint in it")
    return ClaimConstraints(
        _names(parts[_INCLUDE]) if _INCLUDE in parts else (),
        _permitted(parts[_PERMITTED]) if _PERMITTED in parts else (),
        _names(parts[_EXCLUDE]) if _EXCLUDE in parts else (),
    )


__all__ = ["MOST", "OIDS", "ClaimConstraints", "read_claim_constraints"]
