"""Counters: many processes count, any of them tells the sum in Prometheus' format."""

from __future__ import annotations

import multiprocessing
import re
from pathlib import Path

import pytest

from unspoof.live.counters import BUCKETS_S, Counters, Metric

METRICS = (
    Metric("c_total", "counter", "Count.", "code", ("200", "other")),
    Metric("g", "gauge", "Gauge."),
    Metric("t_seconds", "histogram", "Time.", "handler", ("a", "b")),
    Metric("h", "hidden", "Hidden."),
)


def _count(path: str, row: int) -> None:
    counters = Counters(Path(path), METRICS, 4, row)
    for _ in range(1000):
        counters.add("c_total", "200")
        counters.observe("t_seconds", 0.004, "a")


def test_the_sum_over_processes_is_exact(tmp_path: Path) -> None:
    """Four processes that count at once lose nothing."""
    path = tmp_path / "counters"
    counters = Counters(path, METRICS, 4, 0, fresh=True)
    context = multiprocessing.get_context("fork")
    others = [context.Process(target=_count, args=(str(path), row)) for row in range(4)]
    for other in others:
        other.start()
    for other in others:
        other.join()

    assert counters.total("c_total", "200") == 4000
    assert 't_seconds_count{handler="a"} 4000' in counters.text()


def test_a_process_that_is_replaced_goes_on_counting(tmp_path: Path) -> None:
    """A new process in the same row adds to what the old one counted: a counter never falls."""
    path = tmp_path / "counters"
    Counters(path, METRICS, 2, 0, fresh=True)
    Counters(path, METRICS, 2, 1).add("c_total", "200")
    later = Counters(path, METRICS, 2, 1)
    later.add("c_total", "200")

    assert later.total("c_total", "200") == 2


def test_the_text_is_what_prometheus_reads(tmp_path: Path) -> None:
    """Every line is HELP, TYPE or a sample; buckets rise to the count; what is hidden is not told."""
    counters = Counters(tmp_path / "counters", METRICS, 1, 0, fresh=True)
    for seconds in (0.0001, 0.003, 9.0):
        counters.observe("t_seconds", seconds, "b")
    counters.put("g", 2.5)
    text = counters.text()

    sample = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"(,le="[^"]+")?\})? [0-9.e+-]+')
    assert all(line.startswith("# ") or sample.fullmatch(line) for line in text.splitlines()), text
    found = re.findall(r't_seconds_bucket\{handler="b",le="([^"]+)"\} (\d+)', text)
    assert [bound for bound, _ in found] == [*map(repr, BUCKETS_S), "+Inf"]
    assert [int(count) for _, count in found] == sorted(int(count) for _, count in found)
    assert found[-1] == ("+Inf", "3")
    assert found[3] == ("0.003", "2")
    assert "g 2.5" in text
    assert "Hidden" not in text


def test_a_label_that_is_not_known_is_counted_as_other(tmp_path: Path) -> None:
    """An unknown label cannot make new numbers; without an 'other' it is a mistake of ours."""
    counters = Counters(tmp_path / "counters", METRICS, 1, 0, fresh=True)
    counters.add("c_total", "418")

    assert counters.total("c_total", "other") == 1
    with pytest.raises(KeyError):
        counters.add("g", "x")
