"""One made-up case, worked once, for all tests that ask what came out."""

from __future__ import annotations

import pytest
from made_up_case import Worked, work

CALLS, SEED = 20_000, 11


@pytest.fixture(scope="session")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Worked:
    """The made-up case of 20,000 calls; nobody may change it."""
    return work(tmp_path_factory.mktemp("worked"), CALLS, SEED)
