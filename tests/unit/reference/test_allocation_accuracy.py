"""How often allocation is called right, on numbers drawn from the table that ships, beside what libphonenumber says."""

from __future__ import annotations

import datetime as dt
import random
from functools import cache

import phonenumbers
import pyarrow.compute as pc

from unspoof.reference import NumberBook, ReferenceStore, read_version

AT = dt.datetime(2023, 6, 1)  # noqa: DTZ001  times are zoneless UTC here
EACH = 300
"""Numbers of each kind of service."""


@cache
def drawn(allocated: bool) -> tuple[tuple[str, str], ...]:
    """Draw numbers, as many from each kind of service, from blocks with a provider or without, as people write them."""
    version = ReferenceStore().current("number_blocks")
    assert version is not None
    rows = read_version(version)
    rows = rows.filter(pc.equal(rows["allocated"], allocated))
    random_of = random.Random(20230301)
    made = []
    for service in sorted(pc.unique(rows["service"].fill_null("none")).to_pylist()):
        blocks = rows.filter(pc.equal(rows["service"].fill_null("none"), service))
        for block in random_of.choices(range(len(blocks)), k=EACH):
            first, last = blocks["number_from"][block].as_py(), blocks["number_to"][block].as_py()
            made.append((service, "0" + str(random_of.randint(first, last))[2:]))
    return tuple(made)


def _valid(text: str) -> bool:
    return phonenumbers.is_valid_number(phonenumbers.parse(text, "GB"))


def test_numbers_without_provider_do_not_pass() -> None:
    """Of numbers in blocks without provider none passes as allocated; libphonenumber passes more than half of them."""
    book = NumberBook.current("GB")
    texts = [text for _, text in drawn(False)]
    passed = [text for text in texts if book.facts(text, AT).allocated is not False]

    assert len(texts) == EACH * len({service for service, _ in drawn(False)}) >= 7 * EACH
    assert passed == []
    assert sum(map(_valid, texts)) > len(texts) // 2


def test_numbers_with_provider_pass() -> None:
    """Of numbers in blocks with a provider, of every kind of service, none is called not allocated."""
    book = NumberBook.current("GB")
    texts = [text for _, text in drawn(True)]

    assert len({service for service, _ in drawn(True)}) >= 9
    assert [text for text in texts if book.facts(text, AT).allocated is not True] == []
