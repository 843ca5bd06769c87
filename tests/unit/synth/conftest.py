"""One small and one middling seizure, made once for all tests of this folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from unspoof.synth import Seizure, make


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Seizure:
    """2,000 calls."""
    return make(tmp_path_factory.mktemp("synth") / "small", calls=2_000, seed=11, accounts=60)


@pytest.fixture(scope="session")
def middling(tmp_path_factory: pytest.TempPathFactory) -> Seizure:
    """100,000 calls, enough for shares to be near their targets."""
    return make(tmp_path_factory.mktemp("synth") / "middling", calls=100_000, seed=11)


@pytest.fixture(scope="session")
def small_truth(small: Seizure) -> dict[str, Any]:
    """figures.json of the small one."""
    document: dict[str, Any] = json.loads((small.truth / "figures.json").read_text(encoding="utf-8"))
    return document


@pytest.fixture(scope="session")
def small_dump(small: Seizure) -> Path:
    """The small one's dump."""
    return small.files[0].path
