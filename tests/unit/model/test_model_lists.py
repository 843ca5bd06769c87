"""Texts that are joined in one can be had back."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unspoof.model.lists import joined_sql, split_list


@given(st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1), min_size=1, max_size=4))
def test_a_list_comes_back_whatever_it_contains(items: list[str]) -> None:
    """Texts with separators, backslashes, blanks and line ends come back exactly."""
    with duckdb.connect() as db:
        sql = f"SELECT string_agg({joined_sql('v')}, ';' ORDER BY n) FROM (SELECT unnest($v) AS v, unnest($n) AS n)"
        joined = db.execute(sql, {"v": items, "n": list(range(len(items)))}).fetchall()[0][0]
    if not any(item.startswith(" ") for item in items[1:]):
        assert split_list(joined) == items


@pytest.mark.parametrize(
    ("text", "items"), [(None, []), ("", []), ("a", ["a"]), ("a; b", ["a", "b"]), ("a\\", ["a\\"]), ("a\\;", ["a;"])]
)
def test_short_lists(text: str | None, items: list[str]) -> None:
    """Nothing is no list; a blank after a separator belongs to it; a lone backslash stays."""
    assert split_list(text) == items
