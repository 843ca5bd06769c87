"""Running parity equals its definition."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from unspoof.parse.parity import running_parity


@given(st.lists(st.booleans(), max_size=300))
def test_running_parity_is_the_prefix_sum_of_bits(marks: list[bool]) -> None:
    """Each place says whether the marks up to it are odd in number, whatever the length."""
    flags = np.array(marks, dtype=bool)

    assert running_parity(flags).tolist() == (np.cumsum(flags) % 2 == 1).tolist()
