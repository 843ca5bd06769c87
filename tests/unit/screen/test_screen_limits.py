"""Settings that name sources, as a case.toml states them."""

from __future__ import annotations

import pytest

from unspoof.errors import BadRequest
from unspoof.screen.limits import Limits, listed, named_brands


def test_lists_are_read_with_blanks_and_empty_items() -> None:
    """Blanks around items and empty items say nothing."""
    assert listed(" a; ;b b;") == ("a", "b b")
    assert dict(named_brands("t-7 = Northgate Bank; 192.0.2.9=A=B ;")) == {"t-7": "Northgate Bank", "192.0.2.9": "A=B"}


@pytest.mark.parametrize("text", ["t-7", "=Bank", "t-7=", "a=X;a=Y"])
def test_what_is_no_source_and_brand_is_refused(text: str) -> None:
    """The setting is named, and how to write it."""
    with pytest.raises(BadRequest, match="brand_sources"):
        named_brands(text)


def test_the_defaults_are_those_of_the_settings() -> None:
    """A judge without settings judges as a case without any stated."""
    assert (Limits().unallocated_before_days, Limits().source_brands_many, Limits().uk_mobile_check_from) == (
        1096,
        3,
        0,
    )
