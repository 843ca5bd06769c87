"""The value of a SIP Identity header to its token and parameters; not what the token says.

Source: RFC 8224 section 4 with erratum 6499 (base64url), generic-param and quoted-string of RFC 3261 section 25.1.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from unspoof.model.identity import Oddity

LONGEST_HEADER = 32_768
"""Characters. A shaken header has some 800, a rcd header with its jCard some 4,000; what is longer is refused unread."""

MOST_PARAMETERS = 32

_FOLD = re.compile(r"\r?\n[ \t]+|\r[ \t]+")
_NAME = re.compile(r"\A(?:identity|y)[ \t]*:", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_ANGLED = re.compile(r"<[^<>\s]*>")
_PLAIN = re.compile(r"info=<([!-;=?-~]+)>;alg=([A-Za-z0-9]+)(?:;ppt=([a-z0-9-]+))?")
"""How nearly every header's parameters look; what matches needs no closer look."""


class IdentityHeader(NamedTuple):
    """One Identity header as it stood."""

    token: str
    info: str | None = None
    alg: str | None = None
    ppt: str | None = None
    others: tuple[tuple[str, str | None], ...] = ()
    """Parameters that RFC 8224 does not name; they are kept and decide nothing."""
    problems: tuple[str, ...] = ()
    """What is against the syntax, a sentence each."""
    oddities: tuple[Oddity, ...] = ()


def read_identity(text: str) -> IdentityHeader:
    """Return the token and parameters of one Identity header; faults stand in `problems`, nothing raises.

    Args:
        text: the header's value; folded lines and a leading `Identity:` are taken as well.
    """
    token, _, tail = text.partition(";")
    # The JSON of a token begins with '{"'; whatever begins otherwise is looked at closely.
    if token[:3] == "eyJ" and token[-1] > " " and len(text) <= LONGEST_HEADER:
        plain = ordinary_parameters(tail) if len(tail) <= 512 else None
        if plain is not None:
            return IdentityHeader(token, *plain)
    if len(text) > LONGEST_HEADER:
        return IdentityHeader("", problems=(f"the header has {len(text)} characters; {LONGEST_HEADER} are read",))
    return _Reader(_tidied(text)).read(_oddities(text))


@lru_cache(maxsize=1024)
def ordinary_parameters(tail: str) -> tuple[str, str, str | None] | None:
    """Return info, alg and ppt of ordinary parameters, which all calls of one signer share; None for others.

    Args:
        tail: what follows the token and its semicolon; what is kept grows with it, so callers bound it.
    """
    found = _PLAIN.fullmatch(tail)
    return None if found is None else (found[1], found[2], found[3])


def split_identities(text: str) -> list[str]:
    """Return the headers of a comma-separated list; commas within <...> and quotes are part of a header."""
    if "," not in text or len(text) > LONGEST_HEADER * 8:
        return [text]
    parts, start, place, closing = [], 0, 0, ""
    while place < len(text):
        c = text[place]
        if closing:
            if c == "\\" and closing == '"':
                place += 1
            elif c == closing:
                closing = ""
        elif c in '<"':
            closing = ">" if c == "<" else '"'
        elif c == ",":
            parts.append(text[start:place])
            start = place + 1
        place += 1
    parts.append(text[start:])
    return [part.strip(" \t\r\n") for part in parts if part.strip(" \t\r\n")]


def _tidied(text: str) -> str:
    return _NAME.sub("", _FOLD.sub(" ", text), count=1).strip(" \t\r\n")


def _oddities(text: str) -> tuple[Oddity, ...]:
    found = []
    if _NAME.match(text):
        found.append(Oddity("header-name", "syntax", "malformed", "the header's name stands before its value"))
    return tuple(found)


class _Reader:
    """Reads one unfolded value from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.problems: list[str] = []
        self.values: dict[str, str | None] = {}
        self.quoted: set[str] = set()

    def read(self, oddities: tuple[Oddity, ...]) -> IdentityHeader:
        end = self.text.find(";")
        token = (self.text if end < 0 else self.text[:end]).rstrip(" \t")
        self.place = len(self.text) if end < 0 else end
        while self.place < len(self.text) and len(self.values) <= MOST_PARAMETERS:
            if not self._parameter():
                break
        if len(self.values) > MOST_PARAMETERS:
            self.problems.append(f"there are more than {MOST_PARAMETERS} parameters")
        if not token:
            self.problems.insert(0, "there is no token")
        if "info" not in self.values:
            self.problems.append("there is no info parameter")
        if self.quoted:
            names = " and ".join(sorted(self.quoted))
            oddities += (Oddity("quoted-parameter", "syntax", "malformed", f"the value of {names} is quoted"),)
        others = tuple((k, v) for k, v in self.values.items() if k not in ("info", "alg", "ppt"))
        get = self.values.get
        return IdentityHeader(token, get("info"), get("alg"), get("ppt"), others, tuple(self.problems), oddities)

    def _blanks(self) -> None:
        while self.place < len(self.text) and self.text[self.place] in " \t":
            self.place += 1

    def _parameter(self) -> bool:
        """Read ';name' or ';name=value'; False when what follows is not readable."""
        self._blanks()
        if self.place >= len(self.text):
            return False
        if self.text[self.place] != ";":
            return self._stop("something stands between two parameters")
        self.place += 1
        self._blanks()
        name = _TOKEN.match(self.text, self.place)
        if name is None:
            return self._stop("a parameter has no name")
        self.place = name.end()
        self._blanks()
        if self.place < len(self.text) and self.text[self.place] == "=":
            self.place += 1
            self._blanks()
            return self._value(name[0].lower())
        self._keep(name[0].lower(), None)
        return True

    def _value(self, name: str) -> bool:
        if name == "info":
            return self._info()
        found = _QUOTED.match(self.text, self.place)
        if found is not None:
            self.quoted.add(name)
            value = re.sub(r"\\(.)", r"\1", found[0][1:-1])
        else:
            found = _TOKEN.match(self.text, self.place) or _ANGLED.match(self.text, self.place)
            if found is None:
                return self._stop(f"the value of {name} is not readable")
            value = found[0]
        self.place = found.end()
        self._keep(name, value)
        return True

    def _info(self) -> bool:
        found = _ANGLED.match(self.text, self.place)
        if found is not None:
            value = found[0][1:-1]
            if not value:
                self.problems.append("the info parameter is empty")
        else:
            found = re.compile(r"[^;\s]*").match(self.text, self.place)
            value = found[0].strip('<>"') if found else ""
            self.problems.append("the info parameter does not stand in angle brackets")
        self.place = found.end() if found else len(self.text)
        self._keep("info", value)
        return True

    def _keep(self, name: str, value: str | None) -> None:
        if name in self.values:
            self.problems.append(f"the parameter {name} stands twice")
            return
        if value is None and name in ("info", "alg", "ppt"):
            self.problems.append(f"the parameter {name} has no value")
        self.values[name] = value

    def _stop(self, problem: str) -> bool:
        self.problems.append(problem)
        self.place = len(self.text)
        return False


__all__ = [
    "LONGEST_HEADER",
    "MOST_PARAMETERS",
    "IdentityHeader",
    "ordinary_parameters",
    "read_identity",
    "split_identities",
]
