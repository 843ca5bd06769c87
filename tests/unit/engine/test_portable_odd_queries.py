"""Queries that nobody would write are refused with a word, by the sieve and by the rendering for Spark."""

from __future__ import annotations

from contextlib import suppress

import pytest

from unspoof.engine.portable.lint import refusals
from unspoof.engine.portable.render import to_spark
from unspoof.errors import EngineGap


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT GROUP BY a QUALIFY row_number() OVER (ORDER BY id) = 1",
    ],
)
def test_an_odd_query_is_judged_or_refused(sql: str) -> None:
    """Whatever the text is, the answer is refusals, a rendering or an EngineGap."""
    for judge in (refusals, to_spark):
        with suppress(EngineGap):
            assert judge(sql) is not None
