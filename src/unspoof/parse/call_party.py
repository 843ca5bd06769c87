"""A telephone number or URI of a signed call in the form in which two of them are compared; no numbering plan.

Source: RFC 8224 section 8.3 (canonical telephone numbers: digits, '*' and '#', no '+' and no visual separators; converting
national numbers is left to local policy) and section 8.5 (URIs); RFC 3966 section 3 (visual separators); RFC 8226 section 9
(up to 15 characters).
"""

from __future__ import annotations

import re

CANONICAL_NUMBER = re.compile(r"[0-9*#]{1,15}")

_SEPARATORS = re.compile(r"[-.() ]")
_SCHEME = re.compile(r"\s*(sips?|tel)\s*:", re.IGNORECASE)
_PLAIN = re.compile(
    r"(?:sips?:\+?([0-9]{1,15})(?:;[^@<>%\s]*)?@[^@<>\s]+|tel:\+?([0-9]{1,15})(?:;[^<>\s]*)?|\+?([0-9]{1,15}))"
)
"""How nearly every header names a number; what matches needs no closer look."""
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:;?>\s]*)")
_ESCAPE = re.compile(r"%([0-7][0-9A-Fa-f])")
LONGEST_PARTY = 512
"""Characters."""


def canonical_number(text: str) -> str | None:
    """Return a telephone number's canonical form, or None if the text is none.

    Args:
        text: with or without '+' and visual separators; digits of other scripts are no digits here.
    """
    bare = _SEPARATORS.sub("", text[1:] if text[:1] == "+" else text)
    return bare if CANONICAL_NUMBER.fullmatch(bare) else None


def normal_uri(text: str) -> str | None:
    """Return a SIP or tel URI without parameters, port and password, scheme and host in lower case; None if it is none.

    A URI of another scheme comes back as it is.
    """
    text = text.strip(" \t<>")
    if not text or len(text) > LONGEST_PARTY:
        return None
    scheme = _SCHEME.match(text)
    if scheme is None:
        return text if ":" in text and text.isprintable() else None
    rest = text[scheme.end() :]
    name = scheme[1].lower()
    if name == "tel":
        number = canonical_number(rest.split(";", 1)[0])
        return f"tel:{number}" if number else None
    user, at, host = rest.rpartition("@")
    host = (_HOST.match(host) or [""])[0].lower()
    if not host:
        return None
    user = _ESCAPE.sub(lambda m: chr(int(m[1], 16)), user.split(":", 1)[0])
    return f"{name}:{user}@{host}" if at else f"{name}:{host}"


def number_of(text: str) -> str | None:
    """Return the canonical number that a URI or a plain text names, or None if it names none.

    In a SIP URI it is the user part up to its first ';' where that is a number.
    """
    plain = _PLAIN.fullmatch(text)
    if plain is not None and len(text) <= LONGEST_PARTY:
        return plain[plain.lastindex or 0]
    text = text.strip(" \t<>")
    if len(text) > LONGEST_PARTY:
        return None
    scheme = _SCHEME.match(text)
    rest = text[scheme.end() :] if scheme else text
    if scheme is None and "@" not in text:
        return canonical_number(text)
    if scheme is not None and scheme[1].lower() == "tel":
        return canonical_number(rest.split(";", 1)[0])
    user, at, _ = rest.rpartition("@")
    return (
        canonical_number(_ESCAPE.sub(lambda m: chr(int(m[1], 16)), re.split("[;:]", user, maxsplit=1)[0]))
        if at
        else None
    )


__all__ = ["CANONICAL_NUMBER", "LONGEST_PARTY", "canonical_number", "normal_uri", "number_of"]
