"""Estimates from what was measured: on the points, between them, beyond them."""

from __future__ import annotations

import pytest

from unspoof.case.growth import MEASURED, Measured, grown, points, ratio


def _point(engine: str, calls: int, run_s: float, limit: str = "3GB") -> Measured:
    return Measured(engine, calls, 2, limit, run_s, 2 * run_s, 100 * run_s, 0, "made up")


LINE = (_point("duckdb", 1_000, 1), _point("duckdb", 100_000, 10), _point("duckdb", 200_000, 40))


@pytest.mark.parametrize("point", MEASURED, ids=lambda p: f"{p.engine}-{p.calls}-{p.memory_limit}")
def test_every_point_is_possible(point: Measured) -> None:
    """A measured run took time and memory, not more CPU than its cores have, and says how it was measured."""
    assert point.calls > 0
    assert point.run_s > 0
    assert point.peak_mib > 0
    assert point.spilled_mib >= 0
    assert 0 < point.cpu_s <= point.run_s * point.cores * 1.1
    assert point.source


def test_a_measured_size_takes_what_was_measured() -> None:
    """On a point the estimate is the point."""
    for point in points("duckdb"):
        one = grown("duckdb", point.calls)

        assert one is not None
        assert (one.run_s, one.cpu_s) == pytest.approx((point.run_s, point.cpu_s))
        if point.spilled_mib:  # it was held down by its limit
            assert one.peak_mib > point.peak_mib
        else:
            assert one.peak_mib == pytest.approx(point.peak_mib)
        assert one.where == "measured"


@pytest.mark.parametrize(
    ("calls", "run_s", "where"),
    [
        (10, 1, "below"),
        (10_000, 10**0.5, "between"),  # half way in logarithms: half of the tenfold
        (400_000, 160, "beyond"),  # time grew fourfold when calls doubled, and goes on so
    ],
)
def test_other_sizes_lie_on_the_line_through_the_points(calls: int, run_s: float, where: str) -> None:
    """Below is the smallest, between the power of the calls through both neighbours, beyond the last power."""
    one = grown("duckdb", calls, LINE)

    assert one is not None
    assert one.run_s == pytest.approx(run_s)
    assert one.where == where


def test_beyond_nothing_grows_slower_than_the_calls() -> None:
    """That ten times the calls took twice the time is no ground to hope for the same again."""
    one = grown("duckdb", 1_000_000, (_point("duckdb", 10_000, 1), _point("duckdb", 100_000, 2)))

    assert one is not None
    assert one.run_s == pytest.approx(20)


def test_of_several_limits_the_most_memory_counts() -> None:
    """A run that was held short of memory on purpose does not stand for the usual one."""
    held_short = (_point("duckdb", 1_000, 9, "256MiB"), _point("duckdb", 1_000, 1, "3GB"))

    assert [p.run_s for p in points("duckdb", held_short)] == [1]
    assert grown("spark", 1_000, held_short) is None


def test_both_engines_are_compared_at_the_nearest_size_that_both_have() -> None:
    """The ratio is one of measured runs of one size, never of estimates."""
    both = (*LINE, _point("spark", 1_000, 30), _point("spark", 100_000, 50), _point("spark", 10**9, 1))

    assert ratio(90_000, both) == (100_000, 5)
    assert ratio(10, both) == (1_000, 30)
    assert ratio(10, LINE) is None
