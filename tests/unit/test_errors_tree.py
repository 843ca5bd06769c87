"""Errors: one message with where, what and how to mend it; personal values masked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from unspoof.errors import BadRequest, mask


def test_a_message_says_where_what_and_how_to_mend_it() -> None:
    """The parts stand in one text that ends with the slug."""
    error = BadRequest("no such row", where="source", hint="List them with unspoof links.")

    assert str(error) == "source: no such row\nList them with unspoof links.  [bad-request]"


def test_a_number_is_masked_in_its_middle() -> None:
    """The country and the last digit stay, the rest does not."""
    assert mask("+447700900123") == "+4477•••••••3"


@given(st.text(max_size=200))
def test_masking_never_gives_the_value_away(value: str) -> None:
    """What is masked has at most six characters of the value and no control character."""
    masked = mask(value)

    assert masked.isprintable()
    assert sum(c != "•" for c in masked) <= 6
    assert len(value) <= 1 or masked != value or "•" in value
