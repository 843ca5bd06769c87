"""Rates: what a client may send at once and for ever, over all processes, and who counts as one client."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unspoof.live.rates import SLOTS, Rates, client_key


@pytest.fixture
def rates(tmp_path: Path) -> Rates:
    """Ten a second, twenty at once."""
    return Rates(tmp_path / "rates", 10, 20, fresh=True)


def test_a_burst_passes_and_then_the_rate(rates: Rates) -> None:
    """Twenty pass at once, the next waits a tenth of a second, and after it one more passes."""
    key = client_key("192.0.2.1")

    assert [rates.wait(key, 100.0) for _ in range(20)] == [0.0] * 20
    assert rates.wait(key, 100.0) == pytest.approx(0.1)
    assert rates.wait(key, 100.1) == 0.0
    assert rates.wait(key, 100.1) > 0


def test_workers_share_the_buckets(tmp_path: Path) -> None:
    """What one process let through is counted in the other."""
    one = Rates(tmp_path / "rates", 10, 20, fresh=True)
    other = Rates(tmp_path / "rates", 10, 20)
    key = client_key("192.0.2.1")

    assert sum(rates.wait(key, 100.0) == 0 for _ in range(20) for rates in (one, other)) == 20


def test_clients_do_not_pay_for_each_other(rates: Rates) -> None:
    """One client's flood leaves another's bucket full."""
    for _ in range(100):
        rates.wait(client_key("192.0.2.1"), 100.0)

    assert rates.wait(client_key("192.0.2.2"), 100.0) == 0.0


def test_many_strangers_do_not_empty_the_bucket_of_a_busy_client(rates: Rates) -> None:
    """More addresses than there are slots do not give a client that is over its rate a new bucket."""
    busy = client_key("192.0.2.1")
    for _ in range(20):
        rates.wait(busy, 100.0)
    for stranger in range(2 * SLOTS):
        rates.wait(client_key(f"token{stranger}"), 100.0)

    assert rates.wait(busy, 100.0) > 0


def test_an_ipv6_client_is_its_network() -> None:
    """Addresses of one /64 are one client, and an IPv4 address in IPv6 form is that IPv4 address."""
    assert client_key("2001:db8::1") == client_key("2001:db8::ffff:1")
    assert client_key("2001:db8::1") != client_key("2001:db8:0:1::1")
    assert client_key("::ffff:192.0.2.1") == client_key("192.0.2.1")


def test_no_rate_is_no_limit(tmp_path: Path) -> None:
    """Rate 0 lets everything through."""
    rates = Rates(tmp_path / "rates", 0, 1, fresh=True)

    assert all(rates.wait(1, 5.0, 10**6) == 0 for _ in range(100))


@given(st.lists(st.tuples(st.floats(0, 2), st.integers(1, 30)), max_size=60))
def test_no_more_passes_than_burst_and_rate(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[float, int]]
) -> None:
    """Over any stretch of time, what passes is at most the burst and the rate, but for one request larger than the bucket."""
    rates = Rates(tmp_path_factory.mktemp("rates") / "rates", 10, 20, fresh=True)
    now, passed, largest = 50.0, 0, 0
    for pause, cost in steps:
        now += pause
        if rates.wait(7, now, cost) == 0:
            passed, largest = passed + cost, max(largest, cost)

    assert passed <= 20 + 10 * (now - 50.0) + max(0, largest - 20) * len(steps) + 1e-6
