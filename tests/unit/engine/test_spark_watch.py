"""A cluster that is not there is named at once."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from unspoof.engine.spark_watch import find_master
from unspoof.errors import EngineGap


@pytest.fixture
def deaf() -> Iterator[int]:
    """A port that is held and at which nothing listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_an_address_without_a_master_is_refused(deaf: int) -> None:
    """The address and the system's reason stand in the message."""
    with pytest.raises(EngineGap) as refused:
        find_master(f"spark://127.0.0.1:{deaf}")

    assert refused.value.problem == f"no Spark master answers at spark://127.0.0.1:{deaf}: Connection refused"


def test_one_master_of_several_is_enough(deaf: int) -> None:
    """Of a list of masters, as high availability has it, one that listens will do."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        find_master(f"spark://127.0.0.1:{deaf},127.0.0.1:{server.getsockname()[1]}")


@pytest.mark.parametrize("master", ["spark://", "spark://host", "spark://host:", "spark://:7077", "spark://host:70000"])
def test_what_is_no_address_is_refused(master: str) -> None:
    """A form without host or port is named before anything is started."""
    with pytest.raises(EngineGap) as refused:
        find_master(master)

    assert refused.value.problem == f"{master} is no address of a master"


@pytest.mark.parametrize("master", ["local", "local[2]", "local[*]", "yarn", "k8s://https://192.0.2.1:6443"])
def test_other_masters_are_left_to_spark(master: str) -> None:
    """Where no address can be looked for, nothing is."""
    find_master(master)
