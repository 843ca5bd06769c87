"""The report page: self-contained, deterministic, honest about what it shows, deaf to markup in the data."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser

import pyarrow as pa
import pytest

import ranked_case
from unspoof.act import STEPS, ReportSource, StepRecord, compute, write_report
from unspoof.model.evidence import Acquisition, Exhibit
from unspoof.rank import STEPS as RANK_STEPS

_HOSTILE = "</td><script src=//x.example>alert(1)</script>\u202e'\"&"


def _source(tables: dict[str, pa.Table]) -> ReportSource:
    chosen = ranked_case.settings()
    steps = (*RANK_STEPS, *STEPS)
    engine = ranked_case.run(tables, steps, chosen)
    names = ("suspects", "suspect_parts", "victims", "brands_ranked")
    suspects, parts, victims, brands = (engine.fetch(f"SELECT * FROM {name}") for name in names)
    basis = "request of 8 November"
    sealed = ("2022-11-08T10:00:00Z", "an officer")
    exhibit = Exhibit(1, _HOSTILE, "ab" * 32, 1234, *sealed, Acquisition.STORED_COPY, basis, ("not abroad",))
    records = [StepRecord(step.name, step.meaning, 1, "cd" * 32, step.sql) for step in steps]
    figures = compute(engine.fetch, chosen)
    return ReportSource(chosen, figures, suspects, parts, victims, brands, [exhibit], records, "unspoof 0", "MARKED")


@pytest.fixture(scope="module")
def source() -> ReportSource:
    """A made-up case whose brands are hostile text."""
    tables = ranked_case.tables()
    brands = tables["presented_brands"]
    hostile = pa.array([_HOSTILE if b == "Revenue Office" else b for b in brands["brand"].to_pylist()])
    tables["presented_brands"] = brands.set_column(1, "brand", hostile)
    return _source(tables)


@pytest.fixture(scope="module")
def page(source: ReportSource) -> str:
    """Its report."""
    return write_report(source).decode()


class _Tags(HTMLParser):
    """Tags, attributes and ids of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep one tag."""
        self.seen.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def tags(page: str) -> list[tuple[str, dict[str, str | None]]]:
    """All tags of the report."""
    parser = _Tags()
    parser.feed(page)
    return parser.seen


def test_same_source_gives_the_same_bytes(source: ReportSource) -> None:
    """No clock, no chance and no order of a dictionary is in the page."""
    assert write_report(source) == write_report(replace(source))


def test_nothing_is_fetched_or_run(tags: list[tuple[str, dict[str, str | None]]]) -> None:
    """The page has no script, no style attribute, no handler, and links only to places in itself."""
    assert {tag for tag, _ in tags} & {"script", "link", "img", "iframe", "object", "form", "base"} == set()
    for _, held in tags:
        assert not [name for name in held if name.startswith("on") or name in {"style", "src"}]
        assert (held.get("href") or "#").startswith("#")


def test_policy_admits_the_one_style_by_its_hash(page: str) -> None:
    """The hash in the policy is that of the style element, so a browser applies it and nothing else."""
    style = re.search(r"<style>(.*?)</style>", page, re.S)
    wanted = b64encode(sha256(style.group(1).encode()).digest()).decode() if style else ""

    assert f"default-src 'none'; style-src 'sha256-{wanted}'" in page


def test_hostile_text_is_shown_as_text(page: str) -> None:
    """Markup in a brand or a file name is escaped and a mark of direction is made visible."""
    assert "&lt;script src=//x.example&gt;" in page
    assert "<script" not in page
    assert "\u202e" not in page


def test_ids_are_unique_and_links_lead_somewhere(tags: list[tuple[str, dict[str, str | None]]]) -> None:
    """Each reference of the page leads to one place."""
    ids = [held["id"] for _, held in tags if "id" in held]
    targets = {(held["href"] or "")[1:] for tag, held in tags if tag == "a"}

    assert len(ids) == len(set(ids))
    assert targets <= set(ids)


def test_each_figure_stands_with_definition_cut_off_rows_and_query(source: ReportSource, page: str) -> None:
    """The annex has every figure, its queries word for word."""
    from html import escape

    for figure in source.figure.values():
        section = page.split(f'<h3 id="{figure.reference}">')[1].split("<h3")[0]
        for words in (figure.definition, figure.cut_off, f"{figure.rows:,} rows of", figure.key):
            assert escape(words, quote=True).replace("\u202e", "\ufffd") in section
        assert escape(figure.sql.splitlines()[0], quote=True) in section


def test_victims_numbers_are_masked(source: ReportSource, page: str) -> None:
    """No called number stands in the page in full."""
    numbers = {str(number) for number in source.victims["number"].to_pylist()}

    assert not numbers & set(re.findall(r"[0-9]{7,}", page))
    assert "•••" in page


def test_facts_come_before_assessments_and_apart(page: str) -> None:
    """Suspects and links stand in the section of assessments, which says that it finds nobody guilty."""
    facts, assessments = page.split('<h2 id="facts">')[1].split('<h2 id="assessments">')

    assert "Suspects above the selection rule" not in facts
    assert "Suspects above the selection rule" in assessments
    assert "It finds nobody guilty of anything" in assessments


def test_exhibits_state_acquisition_basis_and_restrictions(page: str) -> None:
    """Each exhibit stands with how it was acquired, on what basis, what restricts it and its hash."""
    for words in ("stored-copy", "request of 8 November", "not abroad", "ab" * 32):
        assert words in page


def test_a_live_tap_is_warned_of(source: ReportSource, page: str) -> None:
    """The warning stands where an exhibit is a live tap and nowhere else."""
    tap = replace(source.exhibits[0], number=2, acquired=Acquisition.LIVE_TAP)
    warned = write_report(replace(source, exhibits=[*source.exhibits, tap])).decode()

    assert "live tap is in this report (exhibit 2)" in warned
    assert "live tap is in this report" not in page


def test_an_empty_case_has_a_report() -> None:
    """A case without rows gives a page that says so and does not fail."""
    page = write_report(_source(ranked_case.empty(ranked_case.tables()))).decode()

    assert page.count("<h2") == 6
    assert "The first 0 of 0" in page
