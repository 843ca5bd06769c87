"""docs/links.md gives the weights that are used."""

from __future__ import annotations

from pathlib import Path

import pytest

from unspoof.link import account_weights, report_weights

DOC = (Path(__file__).parents[3] / "docs" / "links.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("weight", report_weights.WEIGHTS, ids=lambda weight: f"{weight.part} {weight.grade}")
def test_each_weight_of_a_report_stands_in_the_page(weight: report_weights.Weight) -> None:
    """Whoever is asked for a weight finds it in docs/links.md as it is used."""
    timed = weight.part in ("moment", "span", "unstated")
    other = "time" if timed else "case" if weight.u_ppm is None else f"{weight.u_ppm:,}"

    assert f"| {weight.part} | {weight.grade} | {weight.m_ppm:,} | {other} |" in DOC


@pytest.mark.parametrize("weight", account_weights.WEIGHTS, ids=lambda weight: weight.kind)
def test_each_weight_of_an_account_stands_in_the_page(weight: account_weights.ThingWeight) -> None:
    """Whoever is asked for a weight finds it in docs/links.md as it is used."""
    cap = "" if weight.cap_milli is None else f"{weight.cap_milli:,}"
    whom = "a person" if weight.personal else "a crew"

    model = f"{weight.m_ppm:,} | {weight.c_ppm:,} | {weight.fall} | {weight.more_milli:,} | {cap}"

    assert f"| {weight.kind} | {model} | {whom} |" in DOC
