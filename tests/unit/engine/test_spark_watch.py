"""Addresses of a cluster's masters are taken apart before anything is started."""

from __future__ import annotations

import pytest

from unspoof.engine.spark_watch import masters
from unspoof.errors import EngineGap


def test_every_master_of_a_list_is_found() -> None:
    """High availability names several masters after one scheme; an IPv6 host stands in brackets."""
    found = masters("spark://192.0.2.1:7077,node-2.example:7078,[2001:db8::1]:7079")

    assert found == [("192.0.2.1", 7077), ("node-2.example", 7078), ("2001:db8::1", 7079)]


@pytest.mark.parametrize(
    "master",
    [
        "spark://",
        "spark://host",
        "spark://host:",
        "spark://:7077",
        "spark://host:70000",
        "spark://a:1,",
        "spark://a:1/x",
    ],
)
def test_what_is_no_address_is_refused(master: str) -> None:
    """A form without host or port is named, with the right form beside it."""
    with pytest.raises(EngineGap) as refused:
        masters(master)

    assert refused.value.problem == f"{master} is no address of a master"
    assert refused.value.hint == "Write spark://HOST:PORT."


@pytest.mark.parametrize("master", ["local", "local[2]", "local[*]", "yarn", "k8s://https://192.0.2.1:6443"])
def test_other_masters_are_left_to_spark(master: str) -> None:
    """Where no address can be looked for, none is returned."""
    assert masters(master) == []
