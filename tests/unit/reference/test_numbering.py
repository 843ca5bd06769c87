"""The committed number ranges and the program that makes them."""

import phonenumbers
import pyarrow.parquet as pq
import pytest

from unspoof.reference.digit_patterns import Automaton, PatternError, parse, texts
from unspoof.reference.numbering import RANGES_FILE, from_table, load
from unspoof.reference.numbering_build import SCHEMA, compile_ranges


def test_the_committed_ranges_are_those_of_their_metadata() -> None:
    """Where the installed phonenumbers has the version that the file states, a rebuild equals the file."""
    committed = pq.read_table(RANGES_FILE)
    if committed.schema.metadata[b"version"].decode() != phonenumbers.__version__:
        pytest.skip("the installed phonenumbers has another version than the committed ranges")
    built = compile_ranges()

    assert built.equals(committed)
    assert built.schema.metadata == committed.schema.metadata


def test_ranges_are_sorted_and_apart() -> None:
    """No two ranges overlap, each is of one length, and the file has the documented columns."""
    table = pq.read_table(RANGES_FILE)
    ranges = load()

    assert table.schema.remove_metadata().equals(SCHEMA)
    assert (ranges.starts <= ranges.ends).all()
    assert (ranges.ends[:-1] < ranges.starts[1:]).all()
    assert (ranges.starts // 10**16 == ranges.ends // 10**16).all()


def test_plans_of_homes() -> None:
    """Trunk and international prefixes and usual lengths are those of the countries' own rules."""
    homes = load().homes

    assert (homes["GB"].trunk, homes["GB"].prefixes, homes["GB"].bare_lengths) == ("0", ("00",), frozenset({10}))
    assert (homes["US"].trunk, homes["US"].prefixes) == ("1", ("011",))
    assert (homes["IT"].trunk, 10 in homes["IT"].bare_lengths) == ("", True)
    assert homes["DE"].bare_lengths == frozenset()
    assert "0011" in homes["AU"].prefixes
    assert load().codes[44].region == "GB"
    assert load().codes[800].region == "001"


def test_a_table_that_is_none_is_refused() -> None:
    """A table without its facts does not become ranges."""
    with pytest.raises(KeyError):
        from_table(pq.read_table(RANGES_FILE).replace_schema_metadata({}))


def test_patterns() -> None:
    """A pattern of digits gives the strings that it matches."""
    assert texts("00|99(?:[01]|5[7-9]?)") == ["00", "990", "991", "995", "9957", "9958", "9959"]
    assert texts("1{2,3}") == ["11", "111"]
    assert len(texts("\\d{2}")) == 100


@pytest.mark.parametrize("pattern", ["a", "(1)", "1*", "1+", "[^1]", "1{", "(?:1", "1)", "^1", "1{a}", "[1"])
def test_other_patterns_are_refused(pattern: str) -> None:
    """What the metadata do not use today is refused, never misread."""
    with pytest.raises(PatternError):
        parse(pattern)


def test_too_many_texts_are_refused() -> None:
    """A pattern of a million texts is not written out."""
    with pytest.raises(PatternError, match="more than 10000 texts"):
        texts("\\d{6}")


def test_ranges_of_an_automaton_cover_what_matches() -> None:
    """Every string of up to four digits lies in a range exactly if the pattern matches it, with prefixes too."""
    automaton = Automaton()
    automaton.add("1[2-4]\\d{1,2}", "whole")
    automaton.add("9", "leading", prefix=True)
    found = {
        (length, number)
        for low, high, length, _ in automaton.ranges(lambda tags, _: bool(tags) or None, 4)
        for number in range(low, high + 1)
    }
    expected = {(3, n) for n in range(120, 150)} | {(4, n) for n in range(1200, 1500)}
    expected |= {(k, n) for k in range(1, 5) for n in range(9 * 10 ** (k - 1), 10**k)}

    assert found == expected
