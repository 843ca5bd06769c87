"""Turn the metadata of the `phonenumbers` package into sorted number ranges; done when they change, never in a case.

Method and check: the metadata are regular expressions per country over finite sets of digit strings. For each calling
code they become one automaton, which is walked digit by digit; where what follows depends on the length alone, a range
is written. Countries and types are told apart in libphonenumber's own order (PhoneNumberUtil,
getRegionCodeForNumberFromRegionList and getNumberTypeHelper), so that a lookup answers as the library does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import phonenumbers
import pyarrow as pa
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

from unspoof.parse.numbers import LONGEST
from unspoof.reference.digit_patterns import Automaton, texts

_TYPES: tuple[tuple[str, str], ...] = (
    ("premium_rate", "premium"),
    ("toll_free", "toll-free"),
    ("shared_cost", "shared-cost"),
    ("voip", "voip"),
    ("personal_number", "personal"),
    ("pager", "pager"),
    ("uan", "uan"),
    ("voicemail", "voicemail"),
)
_LABEL = tuple[str, str]
"""Region and kind; kind 'unassigned' where the region's leading digits match and no type does."""

SCHEMA = pa.schema(
    [
        pa.field("start", pa.int64(), nullable=False),
        pa.field("end", pa.int64(), nullable=False),
        pa.field("region", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
    ]
)
"""Keys as in parse/numbers.py NumberRanges."""


class _Region:
    """One region of a calling code: its patterns in the automaton, and the label that their matches give."""

    def __init__(self, name: str, metadata: Any, automaton: Automaton) -> None:
        self.name = name
        self.metadata = metadata
        self.lengths: dict[str, frozenset[int]] = {}
        for what in ("general_desc", "fixed_line", "mobile", *(name for name, _ in _TYPES)):
            described = getattr(metadata, what)
            if described is not None and described.national_number_pattern:
                self.lengths[what] = frozenset(described.possible_length)
                automaton.add(described.national_number_pattern, (name, what))
        if metadata.leading_digits is not None:
            automaton.add(metadata.leading_digits, (name, "leading_digits"), prefix=True)

    def kind(self, tags: frozenset[object], length: int) -> str:
        """Return the kind of a national number of `length` digits at which `tags` match; '' if there is none."""
        matching = {
            what for what, lengths in self.lengths.items()
            if (self.name, what) in tags and (not lengths or length in lengths)
        }  # fmt: skip
        if "general_desc" not in matching:
            return ""
        for what, kind in _TYPES:
            if what in matching:
                return kind
        if "fixed_line" in matching:
            either = self.metadata.same_mobile_and_fixed_line_pattern or "mobile" in matching
            return "fixed-or-mobile" if either else "fixed"
        both_same = self.metadata.same_mobile_and_fixed_line_pattern
        return "mobile" if "mobile" in matching and not both_same else ""

    def label(self, tags: frozenset[object], length: int) -> _LABEL | None:
        """Return the label, None if the next region is to be asked."""
        kind = self.kind(tags, length)
        if self.metadata.leading_digits is None:
            return (self.name, kind) if kind else None
        if (self.name, "leading_digits") not in tags:
            return None
        return (self.name, kind or ("unassigned" if length in self.lengths["general_desc"] else ""))


def _code_ranges(code: int) -> Iterator[tuple[int, int, str, str]]:
    """Give start key, end key, region and kind of each range of a calling code, in no order."""
    automaton = Automaton()
    regions = [_Region(name, _metadata(code, name), automaton) for name in COUNTRY_CODE_TO_REGION_CODE[code]]
    digits = len(str(code))

    def label(tags: frozenset[object], length: int) -> _LABEL | None:
        found = (region.label(tags, length) for region in regions)
        return next((label if label[1] else None for label in found if label is not None), None)

    for low, high, length, (region, kind) in automaton.ranges(label, LONGEST - digits):
        total, base = digits + length, code * 10**length
        yield _key(total, base + low), _key(total, base + high), region, kind


def _key(digits: int, number: int) -> int:
    return int(digits * 10**16 + number * 10 ** (LONGEST - digits))


def _metadata(code: int, region: str) -> Any:
    if region == "001":
        return PhoneMetadata.metadata_for_nongeo_region(code)
    return PhoneMetadata.metadata_for_region(region)


def _joined(rows: list[tuple[int, int, str, str]]) -> list[tuple[int, int, str, str]]:
    """Sort ranges and join neighbours of equal label: next numbers differ by one in the place of their last digit."""
    made: list[tuple[int, int, str, str]] = []
    for row in sorted(rows):
        step = 10 ** (LONGEST - row[0] // 10**16)
        if made and made[-1][2:] == row[2:] and made[-1][1] + step == row[0]:
            row = (made.pop()[0], *row[1:])
        made.append(row)
    return made


def _code_plans() -> dict[str, dict[str, object]]:
    plans: dict[str, dict[str, object]] = {}
    for code, names in sorted(COUNTRY_CODE_TO_REGION_CODE.items()):
        known = [_metadata(code, name) for name in names]
        lengths = {length for metadata in known for length in metadata.general_desc.possible_length}
        possible = sorted(length for length in lengths if 0 < length <= LONGEST - len(str(code)))
        plans[str(code)] = {"region": names[0], "trunk": known[0].national_prefix or "", "lengths": possible}
    return plans


def _usual(metadata: Any) -> int:
    examples = [d.example_number for d in (metadata.fixed_line, metadata.mobile) if d is not None and d.example_number]
    return max((len(example) for example in examples), default=0)


def _bare_lengths(metadata: Any) -> list[int]:
    """Work out HomePlan.bare_lengths: see there."""
    trunk, usual = metadata.national_prefix or "", _usual(metadata)
    if trunk in {"", str(metadata.country_code)}:
        return list(range(1, usual + 1))
    known = [d for d in (metadata.fixed_line, metadata.mobile) if d is not None]
    if not known or max(known[0].possible_length or metadata.general_desc.possible_length) > usual:
        return []
    return sorted({len(d.example_number) for d in known if d.example_number})


def _short_codes(region: str) -> list[list[int]]:
    """Return the short codes of six digits and more, or of zeros alone: digits, first, last."""
    metadata: Any = PhoneMetadata.short_metadata_for_region(region)
    if metadata is None or metadata.short_code is None or not metadata.short_code.national_number_pattern:
        return []
    lengths = metadata.short_code.possible_length or metadata.general_desc.possible_length
    automaton = Automaton()
    automaton.add(metadata.short_code.national_number_pattern, "short")
    made: list[list[int]] = []
    ranges = automaton.ranges(lambda tags, length: (bool(tags) and length in lengths) or None, max(lengths))
    for size, low, high in sorted((size, low, high) for low, high, size, _ in ranges if size > 5 or high == 0):
        if made and made[-1][0] == size and made[-1][2] + 1 == low:
            made[-1][2] = high
        else:
            made.append([size, low, high])
    return made


def _home_plans() -> dict[str, dict[str, object]]:
    plans: dict[str, dict[str, object]] = {}
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        metadata: Any = PhoneMetadata.metadata_for_region(region)
        prefixes = texts(metadata.international_prefix) if metadata.international_prefix else []
        plans[region] = {
            "code": metadata.country_code,
            "trunk": metadata.national_prefix or "",
            "prefixes": sorted(prefixes, key=lambda prefix: (-len(prefix), prefix)),
            "lengths": sorted(length for length in metadata.general_desc.possible_length if length > 0),
            "usual": _usual(metadata),
            "bare_lengths": _bare_lengths(metadata),
            "short": _short_codes(region),
        }
    return plans


def compile_ranges() -> pa.Table:
    """Make the table of number ranges from the installed `phonenumbers`.

    Returns:
        Columns of SCHEMA sorted by start; the schema's metadata hold `version` (of the package), `codes` and `homes`
        (JSON: see parse/numbers.py CodePlan and HomePlan). The same package gives the same table.

    Source: phonenumbers, a port of Google's libphonenumber (Apache-2.0). Limits: a range says that the plan has such
    numbers, not that one was ever given out.

    """
    rows = _joined([row for code in COUNTRY_CODE_TO_REGION_CODE for row in _code_ranges(code)])
    columns = [list(column) for column in zip(*rows, strict=True)]
    facts = {
        "version": phonenumbers.__version__,
        "codes": json.dumps(_code_plans()),
        "homes": json.dumps(_home_plans()),
    }
    return pa.table(columns, schema=SCHEMA.with_metadata(facts))


__all__ = ["SCHEMA", "compile_ranges"]
