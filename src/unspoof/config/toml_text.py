"""TOML text to tables, within what TOML allows; which settings there are is not asked."""

from __future__ import annotations

import tomllib
from typing import Any

_BITS = 63


def read_toml(text: str) -> dict[str, Any]:
    """Read a document.

    Python's reader takes whole numbers of any length where they are written in hexadecimal, octal or binary; such a number
    cannot even be named in an error. TOML 1.0.0, section Integer, asks for an error where a number is beyond what is held.

    Raises:
        ValueError: the text is no TOML, a whole number is beyond 64 bits, or tables nest beyond reason.

    """
    try:
        document = tomllib.loads(text)
        _check(document)
    except RecursionError:
        raise ValueError("tables or lists in it nest too deep") from None
    return document


def _check(value: object) -> None:
    if isinstance(value, int) and value.bit_length() > _BITS:
        raise ValueError("a whole number is beyond 64 bits")
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            _check(inner)


__all__ = ["read_toml"]
