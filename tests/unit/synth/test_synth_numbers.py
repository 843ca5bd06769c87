"""No made-up number may be anybody's: drama numbers, 555-01xx, or one that no plan has. `phonenumbers` is the judge."""

from __future__ import annotations

import re

import numpy as np
import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_dump import read

from unspoof.synth import Seizure
from unspoof.synth.brands import make_directory
from unspoof.synth.places import COUNTRIES, DRAMA_RANGES, HOMES, make_regions, shown_series
from unspoof.synth.reports.memory import phone, shown_number

DRAMA = re.compile(
    r"44(11[3-8]4960\d{3}|1[2-6]14960\d{3}|1914980\d{3}|2079460\d{3}|2896496\d{3}|2920180\d{3}|1632960\d{3}"
    r"|7700900\d{3}|8081570\d{3}|9098790\d{3}|3069990\d{3})"
)
AMERICAN_FICTION = re.compile(r"1\d{3}55501\d{2}")


def is_somebodys(number: str) -> bool:
    """Say whether a number (digits) may be a real subscriber's."""
    if DRAMA.fullmatch(number) or AMERICAN_FICTION.fullmatch(number):
        return False
    return phonenumbers.is_valid_number(phonenumbers.parse(f"+{number}"))


def test_drama_ranges_are_those_of_the_list() -> None:
    """The twenty ranges of a thousand numbers are the published ones."""
    firsts = [str(first) for first in DRAMA_RANGES]

    assert len(set(firsts)) == 20
    assert all(DRAMA.fullmatch(first) for first in firsts)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 4_000_000))
def test_called_numbers_are_nobodys(first: int) -> None:
    """No number of any region's series is one that its country can give out, at any place of the series."""
    for region in make_regions("GB"):
        numbers = region.people.numbers(np.arange(first, first + 20))

        assert not [number for number in numbers.tolist() if is_somebodys(str(number))]


@pytest.mark.parametrize("home", sorted(HOMES))
def test_shown_and_strangers_numbers_are_nobodys(home: str) -> None:
    """Callers' own numbers, brands' numbers and those of strangers are nobody's either."""
    people = next(region.people for region in make_regions(home) if region.country == home)
    numbers = [
        *shown_series(home).numbers(np.arange(0, 2_000, 3)).tolist(),
        *people.strangers(300).tolist(),
        *make_directory(home).numbers.tolist(),
    ]

    assert not [number for number in numbers if is_somebodys(str(number))]


@pytest.mark.parametrize("home", sorted(HOMES))
def test_series_repeat_no_number_and_never_meet(home: str) -> None:
    """Called people, shown numbers, strangers and brands have no number in common, and none comes twice."""
    people = [region.people.numbers(np.arange(30_000)) for region in make_regions(home)]
    own = next(region.people for region in make_regions(home) if region.country == home)
    parts = [*people, shown_series(home).numbers(np.arange(60, 20_000)), own.strangers(5_000)]
    numbers = np.concatenate([*parts, make_directory(home).numbers])

    assert len(np.unique(numbers)) == len(numbers)


def test_countries_can_be_told_from_the_calling_code() -> None:
    """Every called number has its country's calling code and a length that the country allows."""
    for region in make_regions("GB"):
        for number in region.people.numbers(np.array([0, 30_000, 200_000])).tolist():
            parsed = phonenumbers.parse(f"+{number}")

            assert parsed.country_code == COUNTRIES[region.country].calling
            assert phonenumbers.is_possible_number(parsed)


def test_no_real_number_in_the_dump(small: Seizure) -> None:
    """No called or shown text of a dump is a real number, in whatever notation."""
    dump = read(small.files[0].path)
    rows = [*dump["pkg_cdr"], *dump["pkg_cdr_failed"]]
    texts = {str(row[name]) for row in rows for name in ("calledstation", "callerid")}
    read_as = set()
    for text in texts:
        # Digits alone are international in these records unless they start with the trunk zero.
        plain = f"+{text}" if text.isdigit() and not text.startswith("0") else text
        try:
            parsed = phonenumbers.parse(plain, "GB")
        except phonenumbers.NumberParseException:
            continue
        read_as.add(f"{parsed.country_code}{parsed.national_number}")

    assert len(read_as) > 500
    assert not [number for number in read_as if is_somebodys(number)]


@pytest.mark.parametrize("home", sorted(HOMES))
def test_slips_are_nobodys_numbers(home: str) -> None:
    """Whatever a victim mistakes about a made-up number, it does not become a real one."""
    country = COUNTRIES[home]
    people = next(region.people for region in make_regions(home) if region.country == home)
    shown = shown_series(home).numbers(np.arange(0, 900, 3))
    numbers = np.concatenate([people.numbers(np.arange(0, 30_000, 31)), shown, people.strangers(300)])
    stream = np.random.default_rng(3)
    texts = phone(numbers, country, stream).to_pylist()
    texts += shown_number(numbers, pa.array([""] * len(numbers)), country, stream).to_pylist()
    read_as = set()
    for text in texts:
        try:
            parsed = phonenumbers.parse(text, home)
        except phonenumbers.NumberParseException:
            continue
        read_as.add(f"{parsed.country_code}{parsed.national_number}")

    assert len(read_as) > 1_000
    assert not [number for number in read_as if is_somebodys(number)]
