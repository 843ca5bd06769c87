"""A case keeps the reference tables that it was judged with; providers are made up, numbers drama numbers."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from unspoof.case import Case, references, update_reference
from unspoof.case.references import case_book
from unspoof.case.session import open_session
from unspoof.errors import BadRequest
from unspoof.reference import ReferenceStore, shipped_version

S7 = (
    "NMS Number Block: Number Block,Block Status,CP Name,Non Geo Number Length,Allocation Date\n"
    "7700 90,Allocated,Example Mobile,10 digit numbers,20/11/2026\n"
)
CALLED = dt.datetime(2027, 1, 1)  # noqa: DTZ001  times are zoneless UTC here


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    """An empty case that was run once, with a reference folder of its own."""
    monkeypatch.setenv("UNSPOOF_REFERENCE_DIR", str(tmp_path / "facts"))
    made = Case.new(tmp_path / "case", reference="TEST 1", home="GB", currency="GBP")
    made.run()
    return made


def loaded(case: Case) -> list[tuple[str, str]]:
    """Return name and origin of every reference table that the case took."""
    return [(str(e.body["name"]), str(e.body["origin"])) for e in case.vault.events("reference-loaded")]


def test_a_case_takes_what_ships(case: Case) -> None:
    """At its first run a case copies the shipped tables by their hash; its steps can read them as views."""
    shipped = shipped_version("number_blocks")
    assert shipped is not None

    names = ("actors", "number_blocks", "number_uses", "rates", "tags")
    assert loaded(case) == [(name, "comes with unspoof") for name in names]
    assert (case.folder / f"reference/number_blocks-{shipped.sha256[:12]}.parquet").is_file()
    with open_session(case.vault, case.settings, case.machine) as session:
        counts = {
            name: session.engine.fetch(f"SELECT count(*) AS n FROM {name}").to_pylist()[0]["n"]
            for name in ("brands", "dno", "number_blocks", "number_uses")
        }
    assert (counts["brands"], counts["dno"], counts["number_blocks"]) == (0, 0, shipped.rows)
    assert counts["number_uses"] > 800
    case.run()
    assert len(loaded(case)) == 5


def test_an_update_changes_no_case_until_its_next_run(case: Case, tmp_path: Path) -> None:
    """What a case says of a number follows its own copies: a newer table counts from the next run on, and only for calls
    of its day and later.
    """
    before = case_book(case.vault, "GB")
    (tmp_path / "s7.csv").write_text(S7, "utf-8")
    update_reference("ofcom", tmp_path / "s7.csv", "GB", "2026-11-20")
    after = case_book(case.vault, "GB")
    case.run()
    newer = case_book(case.vault, "GB")
    earlier_call = CALLED.replace(year=2021)

    assert after.versions == before.versions
    assert after.facts("07700 900123", CALLED) == before.facts("07700 900123", CALLED)
    assert newer.versions["number_blocks"] != before.versions["number_blocks"]
    assert newer.facts("07700 900123", CALLED).operator == "Example Mobile"
    assert newer.facts("07700 900123", earlier_call).operator is None
    assert [fault for fault in case.verify() if fault.kind == "fault"] == []


def test_a_table_of_the_case_itself_holds_against_others(case: Case, tmp_path: Path) -> None:
    """A list that was loaded into the case stays whatever the user's folder gets; manifests name path, hash and source."""
    (tmp_path / "one.csv").write_text("number,brand,source\n+447700900123,Northgate Bank,letter\n", "utf-8")
    (tmp_path / "two.csv").write_text("number,brand,source\n+447700900123,Southgate Bank,letter\n", "utf-8")
    body = case.load_reference("brands", tmp_path / "one.csv")
    update_reference("brands", tmp_path / "two.csv", "GB")
    case.run()
    manifest = json.loads((case.folder / "findings/presented_brands/manifest.json").read_text("utf-8"))

    assert case_book(case.vault, "GB").facts("07700 900123", CALLED).brand == "Northgate Bank"
    assert manifest["reference"] == {
        "brands": {"path": body["path"], "sha256": body["sha256"], "source": "one.csv"},
    }
    assert pq.read_table(case.folder / str(body["path"])).num_rows == 1


def test_the_list_says_what_is_in_use(case: Case, tmp_path: Path) -> None:
    """Every table is listed with rows, day, source, hash and whose it is; the loaded one is in use, not the shipped one."""
    (tmp_path / "s7.csv").write_text(S7, "utf-8")
    update_reference("ofcom", [tmp_path / "s7.csv"], "GB", "2026-11-20")
    rows = [row for row in references() if row["name"] == "number_blocks"]

    assert [(row["in_use"], row["date"], bool(row["loaded_at"])) for row in rows] == [
        (True, "2026-11-20", True),
        (False, "2023-03-01", False),
    ]
    assert rows[1]["acknowledgement"] == "© Ofcom, National Numbering Scheme, 1 March 2023"
    assert all(len(row["sha256"]) == 64 and row["rows"] > 0 for row in references())
    assert ReferenceStore().current("brands") is None


@pytest.mark.parametrize("date", ["20/11/2026", "2026-13-01", "soon"])
def test_a_day_that_is_none_is_refused(case: Case, tmp_path: Path, date: str) -> None:
    """The day of files is written as 2026-11-20; anything else is refused before a file is read."""
    with pytest.raises(BadRequest, match="is no day"):
        update_reference("ofcom", tmp_path / "absent.csv", "GB", date)
