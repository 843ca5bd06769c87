"""Rates of heuristics: counted on known truth, with an interval that is Wilson's; nothing is claimed where nothing is known."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest
from books_cases import books_tables
from books_run import rows, run
from chain_cases import worked
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.trace.heuristic_rates import FEWEST, RATES


def _rates(rows: list[tuple[int, int]]) -> list[dict]:
    counts = pa.table(
        {
            "heuristic": [f"h{i}" for i in range(len(rows))],
            "measure": ["recall"] * len(rows),
            "hits": pa.array([hits for hits, _ in rows], pa.int64()),
            "total": pa.array([total for _, total in rows], pa.int64()),
            "truth": ["made up"] * len(rows),
        }
    )
    return worked([RATES], {"heuristic_counts": counts})["heuristic_rates"].sort_by("heuristic").to_pylist()


def _wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    share = hits / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return max(0.0, middle - half), min(1.0, middle + half)


@given(st.integers(1, 10**9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@settings(max_examples=60, deadline=None)
def test_the_interval_is_wilsons(row: tuple[int, int]) -> None:
    """The ends agree with the formula of 1927 to a millionth, and hold the rate."""
    (found,) = _rates([row])
    low, high = _wilson(*row)

    assert found["low_ppm"] == pytest.approx(1e6 * low, abs=1)
    assert found["high_ppm"] == pytest.approx(1e6 * high, abs=1)
    if row[1] >= FEWEST:
        assert found["low_ppm"] <= found["rate_ppm"] <= found["high_ppm"]


def test_known_intervals() -> None:
    """Ten of ten is no certainty: the interval reaches down to 0.72 (Newcombe 1998 gives the method's values)."""
    (ten,) = _rates([(10, 10)])

    assert ten["high_ppm"] == 1_000_000
    assert ten["low_ppm"] == 722_460


def test_few_things_have_no_rate() -> None:
    """Three of three is no hundred per cent: n and the interval stand there, and words instead of a rate; at 30 there is one."""
    three, almost, enough = _rates([(3, 3), (29, 29), (30, 30)])

    assert (three["rate_ppm"], almost["rate_ppm"], enough["rate_ppm"]) == (None, None, 1_000_000)
    assert three["says"] == "too few to say anything: n = 3, the interval is wide"
    assert (three["low_ppm"], three["high_ppm"]) == (438_494, 1_000_000)
    assert enough["says"] == ""


def test_what_nobody_knows_has_no_rate() -> None:
    """Without a case of known truth there is no number, and so no claim."""
    (none,) = _rates([(0, 0)])

    assert (none["rate_ppm"], none["low_ppm"], none["high_ppm"], none["says"]) == (None, None, None, "unknown")


def test_rates_of_a_case_are_counted_on_its_books() -> None:
    """On a small shop's books each measure counts what can be counted by hand, and the unknown ones say why."""
    made = rows(run(books_tables()), "SELECT * FROM heuristic_rates")
    rates = {(row["heuristic"], row["measure"]): row for row in made}

    assert rates["amount and time", "precision"]["hits"] == rates["amount and time", "precision"]["total"] > 0
    assert 0 < rates["amount and time", "recall"]["hits"] < rates["amount and time", "recall"]["total"]
    unknowns = [
        ("coinjoin rules", "precision and recall"),
        ("co-spend of payers", "precision"),
        ("co-spend", "precision"),
    ]
    for unknown in unknowns:
        assert rates[unknown]["total"] == 0
        assert rates[unknown]["rate_ppm"] is None
        assert rates[unknown]["truth"]
