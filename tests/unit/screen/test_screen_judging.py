"""Judging one number: which rules fire on what is known, at which level; facts come from a book of three numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from unspoof.model.screening import Finding, NumberFacts, Shown, verdict_of
from unspoof.screen import Judge, Limits

DAY = datetime(2023, 3, 1)  # noqa: DTZ001  times are UTC without zone
GIVEN = NumberFacts(447700900123, "GB", "mobile", allocated=True, block_date=DAY, block_source="table of 1 March 2023")
FREE = replace(GIVEN, e164=447700900124, allocated=False)
PREMIUM = NumberFacts(449098790123, "GB", "premium", allocated=True, block_date=DAY, range_use="premium")
BANK = replace(GIVEN, e164=442079460001, brand="Northgate Bank", brand_source="the bank's own page")


class Book:
    """What is known of three numbers."""

    def facts(self, text: str, at: datetime) -> NumberFacts:
        """Return the facts of a text; nothing of what stands in no list."""
        known = {"given": GIVEN, "free": FREE, "premium": PREMIUM, "bank": BANK}
        return known.get(text, NumberFacts(kind="withheld"))


JUDGE = Judge(Book(), Limits(abroad_trunks=frozenset({"t9"}), brand_sources={"acme": "Northgate Bank"}))


def levels(text: str, at: datetime, **more: object) -> dict[str, str]:
    """Return rule and level of each finding."""
    judged = JUDGE.judge(JUDGE.shown(text, at=at, **more))  # type: ignore[arg-type]
    return {finding.rule: finding.level for finding in judged.findings}


@pytest.mark.parametrize(
    ("days", "level"),
    [(0, "false"), (366, "false"), (367, "doubtful"), (-1096, "false"), (-1097, "doubtful"), (5000, "doubtful")],
)
def test_a_free_number_is_false_near_the_tables_day_alone(days: int, level: str) -> None:
    """Three years before and one year after, to the day; the reason names the table's day."""
    at = DAY + timedelta(days=days)
    found = JUDGE.judge(JUDGE.shown("free", at=at)).findings

    assert [(f.rule, f.level) for f in found] == [("not-allocated", level)]
    assert "2023-03-01" in found[0].reason
    assert "table of 1 March 2023" in found[0].reference


def test_a_number_with_a_provider_and_a_withheld_one_pass() -> None:
    """Nothing speaks against them."""
    assert levels("given", DAY) == {}
    assert levels("anonymous", DAY) == {}


def test_premium_rate_is_forbidden_from_its_day_on() -> None:
    """On 14 May 2023 it is a notice, from 15 May on a doubt."""
    assert levels("premium", datetime(2023, 5, 14, 23, 59, 59)) == {"unusual-range": "notice"}  # noqa: DTZ001
    assert levels("premium", datetime(2023, 5, 15))["premium-caller"] == "doubtful"  # noqa: DTZ001


def test_numbers_from_abroad_by_the_day() -> None:
    """UK network numbers since 2023, presentation numbers since 2025; roaming mobiles pass; trunks say what is abroad."""
    late, early = datetime(2025, 2, 1), datetime(2023, 6, 1)  # noqa: DTZ001
    mobile = {"from_abroad": True, "asserted": 447700900123}

    assert levels("given", late, **mobile) == {}
    assert levels("given", late, from_abroad=True, roaming=False) == {"uk-mobile-from-abroad": "doubtful"}
    assert set(levels("bank", early, trunk="t9", asserted=442079460001)) == {
        "uk-network-from-abroad",
        "brand-elsewhere",
    }
    assert "uk-presentation-from-abroad" in levels("bank", late, trunk="t9")
    assert "uk-presentation-from-abroad" not in levels("bank", late, trunk="t1")


def test_a_brands_number_by_its_source() -> None:
    """The brand's own source passes, a known stranger is a doubt, an unknown source a notice."""
    assert levels("bank", DAY, source="acme") == {}
    assert levels("bank", DAY, source="u1") == {"brand-elsewhere": "doubtful"}
    assert levels("bank", DAY) == {"brand-elsewhere": "notice"}


def test_the_network_number_and_the_number_called() -> None:
    """Another network number is a notice, one of another country a doubt; so are neighbours and the number itself."""
    assert levels("given", DAY, asserted=447700900999) == {"differs-from-asserted": "notice"}
    assert levels("given", DAY, asserted=910000000000) == {"differs-from-asserted": "doubtful"}
    assert levels("given", DAY, called=447700900999) == {"like-called": "notice"}
    assert levels("given", DAY, called="given") == {"like-called": "doubtful"}


def test_a_time_with_a_zone_is_refused() -> None:
    """A call's time is UTC without zone, so that it is not compared with the hours of another."""
    with pytest.raises(TypeError, match="UTC"):
        JUDGE.shown("given", at=DAY.replace(tzinfo=UTC))


def test_a_call_without_a_time_is_judged_by_facts_alone() -> None:
    """No dated rule is applied, and a free number is a doubt."""
    timeless = Shown(PREMIUM, None, "GB", from_abroad=True, asserted_e164=442079460001)
    found = JUDGE.judge(timeless).findings

    assert {f.rule for f in found} == {"unusual-range", "differs-from-asserted"}
    assert JUDGE.judge(Shown(FREE, None, "GB")).verdict == "doubtful"


def test_a_judge_without_a_memory_follows_nothing() -> None:
    """It says so rather than forgetting in silence."""
    with pytest.raises(TypeError, match="memory"):
        JUDGE.follow(JUDGE.shown("given", at=DAY))


def test_the_verdict_is_the_strongest_level() -> None:
    """Notices alone leave a number plausible."""
    made = [Finding("r", level, "", "") for level in ("notice", "doubtful", "false")]

    assert [verdict_of(tuple(made[:n])) for n in range(4)] == ["plausible", "plausible", "doubtful", "false"]
