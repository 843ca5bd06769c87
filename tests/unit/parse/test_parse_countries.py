"""Countries as people enter them."""

from __future__ import annotations

import pyarrow as pa
import pytest
from phonenumbers.geodata.locale import LOCALE_DATA

from unspoof.parse import countries
from unspoof.parse.countries import iso_code, read_countries
from unspoof.parse.country_names import COUNTRY_NAMES


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("GB", "GB"), ("gb", "GB"), ("GBR", "GB"), ("United Kingdom", "GB"), ("u.k.", "GB"), ("England", "GB"),
        ("Côte d’Ivoire", "CI"), ("cote d'ivoire", "CI"), ("  The Netherlands ", "NL"), ("USA", "US"), ("AQ", "AQ"),
        ("44", None), ("Atlantis", None), ("", None), ("x" * 10_000, None),
    ],
)  # fmt: skip
def test_a_country_is_known_by_code_or_name(text: str, code: str | None) -> None:
    """Codes of two and three letters and English names give the ISO code; a calling code does not."""
    assert code == iso_code(text)


def test_what_is_no_country_stays_as_it_stands() -> None:
    """A column keeps the texts that we do not know, and its nulls."""
    assert read_countries(pa.array(["France", "57", None])).to_pylist() == ["FR", "57", None]


def test_the_three_letter_codes_lead_to_countries_that_exist() -> None:
    """Each three-letter code stands once and leads to a two-letter code that the geodata knows."""
    pairs = [(pair[:3], pair[3:]) for pair in countries._THREE_LETTERS.split()]

    assert len(pairs) == len({three for three, _ in pairs}) == len({two for _, two in pairs})
    assert {two for _, two in pairs} <= set(LOCALE_DATA)


def test_the_table_of_names_is_what_the_geodata_has() -> None:
    """The committed table is what the tool writes from the installed phonenumbers."""
    known = {code: by_language.get("en", "") for code, by_language in LOCALE_DATA.items()}

    assert {code for code, _ in COUNTRY_NAMES} == set(known)
    assert all(known[code] in ("", name) or known[code].startswith("*") for code, name in COUNTRY_NAMES)
