"""One odd text at a time to plain digits or to the kind of thing it is; for texts that are more than digits.

It tells no country and knows no numbering plan; parse/numbers.py does that with the plain digits it gives.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST_TEXT = 400
"""Characters; a longer text is nonsense unread."""

WITHHELD: frozenset[str] = frozenset(
    {
        # English, and what networks and exchanges write
        "anonymous", "asserted", "blocked", "blocked id", "caller id blocked", "caller id unavailable",
        "caller id withheld", "hidden", "id blocked", "id withheld", "invalid", "no caller id", "no cli", "no number",
        "none", "not available", "not provided", "null", "number withheld", "out of area", "payphone", "private",
        "private call", "private caller", "private number", "restricted", "suppressed", "unavailable", "unknown",
        "unknown caller", "unknown number", "wireless caller", "withheld", "withheld number", "n/a", "na", "nil",
        # German, Dutch
        "anonym", "anrufer unbekannt", "nicht verfügbar", "privat", "unbekannt", "unterdrückt", "verborgen",
        "afgeschermd", "afgeschermd nummer", "anoniem", "geheim", "geheim nummer", "niet beschikbaar", "onbekend",
        "onbekend nummer", "privénummer", "verborgen nummer",
        # French, Italian, Spanish, Portuguese
        "anonyme", "appel masqué", "inconnu", "indisponible", "masqué", "numéro inconnu", "numéro masqué",
        "numéro privé", "privé", "secret",
        "anonimo", "non disponibile", "numero privato", "numero sconosciuto", "privato", "riservato", "sconosciuto",
        "anónimo", "desconocido", "número desconocido", "número oculto", "número privado", "oculto", "privado",
        "anônimo", "desconhecido", "não disponível",
    }
)  # fmt: skip
"""Texts, in lower case with single blanks, that say that there was no number to show.

Judged by the words that exchanges, handsets and billing programs print; RFC 3323 section 4.1 has 'anonymous'.
"""

_ANGLED = re.compile(r"<([^<>]*)>[^<>]*\Z")
_SCHEME = re.compile(r"\A(?:sips?|tel|callto):(?://)?", re.IGNORECASE)
_CONTEXT = re.compile(r";phone-context=(\+[0-9]{1,3})(?![0-9])", re.IGNORECASE)
_EXTENSION = re.compile(r"(?:[;,]?\s*(?:extension|extn|ext|x|#)[\s.:=]*[0-9]{1,7})\Z", re.IGNORECASE)
_IP = re.compile(r"\A[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]+)?\Z")
_DECIMAL = re.compile(r"\A(\+?[0-9]{6,15})\.0+\Z")
_NUMBER = re.compile(r"\A\++[0-9 ./()\-]*\Z|\A[0-9 ./()\-]*\Z")
_ESCAPED = re.compile(r"%([0-7][0-9A-Fa-f])")
_QUOTES = "\"'`‘’“”„«»=\\"


def _same_characters(text: str) -> str:
    """Bring digits of all scripts, blanks, dashes and the plus to ASCII; leave out marks that do not show."""
    if text.isascii():
        return "".join(c if " " <= c <= "~" else " " for c in text)
    made = []
    for character in text:
        category = unicodedata.category(character)
        if category == "Nd":
            made.append(str(unicodedata.decimal(character)))
        elif category[0] == "Z" or category == "Cc":
            made.append(" ")
        elif category == "Pd" or character == "−":
            made.append("-")
        elif category != "Cf":
            made.append(unicodedata.normalize("NFKC", character) if "！" <= character <= "～" else character)
    return "".join(made)


def _unwrapped(text: str) -> str:
    """Leave out what stands around the number: quotes, a display name, a URI's scheme, host and parameters."""
    angled = _ANGLED.search(text)
    if angled:
        text = angled.group(1) if angled.group(1).strip() else text[: angled.start()]
    text = text.strip().strip(_QUOTES).strip()
    scheme = _SCHEME.match(text)
    if scheme:
        context = _CONTEXT.search(text)
        text = re.split(
            r"[@;?]", _ESCAPED.sub(lambda code: chr(int(code.group(1), 16)), text[scheme.end() :]), maxsplit=1
        )[0]
        text = text.split(":", 1)[0]
        if context and not text.startswith("+"):
            text = context.group(1) + text
    elif "@" in text:
        text = text.split("@", 1)[0]
    elif text[:3].upper() == "%2B":
        text = "+" + text[3:]
    return text.strip().strip(_QUOTES).strip()


def _as_digits(text: str) -> str | None:
    """Return digits, with a plus before them if there was one; None if the text is no number."""
    decimal = _DECIMAL.match(text)
    if decimal:
        return decimal.group(1)
    text = _EXTENSION.sub("", text).strip(" ;,")
    if _IP.match(text) or not _NUMBER.match(text):
        return None
    digits = "".join(c for c in text if "0" <= c <= "9")
    return ("+" if text.startswith("+") else "") + digits if digits else None


def plain_text(text: str) -> tuple[str, str]:
    """Reduce a text to plain digits, or say what it is.

    Args:
        text: as the source has it.

    Returns:
        (digits, '') where it is a number, with a leading '+' if it has one; else ('', kind) with kind withheld,
        alphanumeric, nonsense or empty (see parse/numbers.py KINDS).

    """
    if len(text) > LONGEST_TEXT:
        return "", "nonsense"
    whole = _same_characters(text).strip()
    if not whole.strip(_QUOTES + " <>"):
        return "", "empty"
    inner = _unwrapped(whole)
    digits = _as_digits(inner)
    if digits is not None:
        return digits, ""
    if " ".join(inner.lower().split()) in WITHHELD or " ".join(whole.lower().split()) in WITHHELD:
        return "", "withheld"
    letters = sum(c.isalpha() for c in inner)
    figures = sum("0" <= c <= "9" for c in inner)
    # A name may hold a few figures ("4U", "1-800-NORTHGATE"); a number with a letter in it is a damaged number.
    return "", "alphanumeric" if letters and figures < 7 else "nonsense"


__all__ = ["LONGEST_TEXT", "WITHHELD", "plain_text"]
