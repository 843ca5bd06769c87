"""Names: a stranger's file name never leads anywhere, and every path of a case is plain."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unspoof.evidence.names import checked_path, printable, safe_name

NAMES = st.text(st.characters()) | st.binary().map(os.fsdecode)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("mbilling 2022-11.sql.gz", "mbilling 2022-11.sql.gz"),
        ("..", "_"),
        (".htaccess", "htaccess"),
        ("a/../b", "a_.._b"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("Übersicht.csv", "_bersicht.csv"),
        ("x" * 300 + ".sql.gz", "x" * 93 + ".sql.gz"),
        ("x" * 300, "x" * 100),
        ("\u202egnp.exe", "_u202egnp.exe"),
        ("", "_"),
    ],
)
def test_known_names(name: str, safe: str) -> None:
    """Plain names stay; odd ones become plain and keep their ending."""
    assert safe_name(name) == safe


@given(NAMES)
def test_any_name_becomes_safe(name: str) -> None:
    """Whatever a file is called, its path in the case is one plain part and can be checked, shown and stored."""
    safe = safe_name(name)

    assert checked_path(f"exhibits/0001-0123456789ab/{safe}").endswith(f"/{safe}")
    assert 1 <= len(safe) <= 101
    assert safe_name(safe) == safe
    assert printable(name).isprintable()
    assert printable(name).encode().decode() == printable(name)
