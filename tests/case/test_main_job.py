"""The main job end to end: a seized database and reports in, figures with known truth out."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest
from made_up_case import Worked

EXACT = (
    "accounts.total",
    "accounts.paying",
    "calls.total",
    "calls.answered",
    "calls.long",
    "people.long",
    "people.home",
    "income.total",
    "reports.total",
    "loss.max",
)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("key", EXACT)
def test_a_figure_is_the_truth(worked: Worked, key: str) -> None:
    """A figure that needs no judgement equals what the maker of the case knows, duplicates counted once."""
    assert worked.figures()[key] == worked.true_figures()[key]


def test_calls_by_country_are_the_truth(worked: Worked) -> None:
    """Each called country has its true count, and shares are of all calls."""
    said = {r["country"]: r["calls"] for r in worked.figures()["calls.by_country"]}
    true = {r["country"]: r["calls"] for r in worked.true_figures()["calls.by_country"]}

    assert {k: v for k, v in said.items() if k in true} == {k: v for k, v in true.items() if k in said}
    assert sum(said.values()) == worked.true_figures()["calls.total"]


def test_reports_are_linked_to_their_calls(worked: Worked) -> None:
    """Of the links said, 9 in 10 are right to the call; of the reports that have a call, 8 in 10 are linked.

    Redials within the hour are told apart by nothing that a report says, so each link's own probability must know it:
    the mean score is within 0.08 of the share that is right.
    """
    truth = {r["report_ref"]: r["call_ref"] for r in _rows(worked.truth / "report_calls.csv")}
    links = worked.case.links("report-call")
    said = {link["left_ref"]: link["right_ref"] for link in links}
    right = sum(truth.get(report) == call for report, call in said.items())

    assert right / len(said) >= 0.9
    assert right / sum(1 for call in truth.values() if call) >= 0.8
    assert abs(sum(link["score"] for link in links) / len(links) - right / len(said)) < 0.08


def test_crews_are_people(worked: Worked) -> None:
    """Of the account pairs said to belong together, 8 in 10 do, and half of those that share a personal thing are found.

    118 accounts are few: rarity is counted in the case, so a chance meeting looks rarer than it is. At 59,000 accounts
    precision is above 0.99 (docs/links.md).
    """
    crew = {r["account_ref"]: r["crew_id"] for r in _rows(worked.truth / "people.csv")}
    members = defaultdict(list)
    for account, name in crew.items():
        members[name].append(account)
    true = {tuple(sorted(p)) for group in members.values() for p in combinations(group, 2)}
    said = {tuple(sorted((link["left_ref"], link["right_ref"]))) for link in worked.case.links("account-account")}

    personal = _sharing_a_personal_thing(worked) & true
    assert len(said & true) / len(said) >= 0.8
    assert len(said & personal) / len(personal) >= 0.5


def _sharing_a_personal_thing(worked: Worked) -> set[tuple[str, ...]]:
    """Return pairs of accounts for which a mail address, handle, password or deposit was planted in both."""
    holders: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in _rows(worked.truth / "shared.csv"):
        if row["kind"] != "login-ip":
            holders[(row["kind"], row["thing"])].add(row["account_ref"])
    return {tuple(sorted(p)) for group in holders.values() if len(group) <= 20 for p in combinations(group, 2)}


def test_suspects_have_scores_that_add_up(worked: Worked) -> None:
    """A suspect's score is the sum of its named parts, ranks have no gap, and every reason is a sentence."""
    suspects = worked.case.suspects()

    assert [s["rank"] for s in suspects] == list(range(1, len(suspects) + 1))
    for suspect in suspects[:200]:
        assert suspect["score"] == pytest.approx(sum(r["points"] for r in suspect["reasons"]), abs=1e-9)
        assert all(r["because"] for r in suspect["reasons"])
        assert suspect["account_ids"]


def test_the_biggest_payers_with_many_victims_come_first(worked: Worked) -> None:
    """The ten people who paid most and reached most are among the first hundred suspects."""
    truth = _rows(worked.truth / "suspects.csv")
    top = sorted(truth, key=lambda r: -int(r["long_calls"]))[:10]
    accounts = {r["account_ref"]: r["person_id"] for r in _rows(worked.truth / "people.csv")}
    named = defaultdict(set)
    for row in _rows(worked.truth / "people.csv"):
        named[row["username"]].add(accounts[row["account_ref"]])
    first = {p for s in worked.case.suspects(top=100) for u in s["usernames"] for p in named[u]}

    assert sum(r["person_id"] in first for r in top) >= 9


def test_victims_to_warn_are_those_with_a_long_call(worked: Worked) -> None:
    """There is one row a number, as many as the figure says, each with a long call."""
    victims = worked.case.victims()

    assert len(victims) == worked.figures()["people.long"]
    assert len({v["number"] for v in victims}) == len(victims)
    assert all(v["long_calls"] > 0 and v["longest_s"] > 60 and v["number"].startswith("+") for v in victims)


def test_every_report_leads_back_to_its_bytes(worked: Worked) -> None:
    """The bytes that a report's row came from hold the report's own reference."""
    for link in worked.case.links("report-call", top=5):
        found = worked.case.source("reports", link["left_ref"])

        assert len(found) == 1
        assert link["left_ref"].encode() in found[0].content


def test_every_call_leads_back_to_its_bytes(worked: Worked) -> None:
    """The bytes of a call are its tuple in the dump: number shown, number called and reference as they stand there."""
    for link in worked.case.links("report-call", top=5):
        found = worked.case.source("calls", str(link["right"]))[0]

        assert found.content.startswith(b"(")
        assert found.content.endswith(b")")
        assert found.row["call_ref"].encode() in found.content
        assert found.row["called_raw"].encode() in found.content
        dump = next(worked.seizure.glob("shop/*.sql*"))
        if dump.suffix == ".sql":
            assert found.content in dump.read_bytes()


def test_no_secret_of_the_seizure_stands_outside_the_exhibit(worked: Worked) -> None:
    """No password of the seized database is in any table, finding, log or output."""
    passwords = _passwords(worked)
    assert len(passwords) > 20
    for path in worked.case.folder.rglob("*"):
        if path.is_file() and "exhibits" not in path.parts and path.suffix != ".parquet":
            text = path.read_bytes()
            assert not any(p in text for p in passwords), path.name
    accounts = worked.case.query("SELECT * FROM accounts").to_pylist()
    said = {str(v).encode() for row in accounts for v in row.values()}
    assert not said & passwords


def _passwords(worked: Worked) -> set[bytes]:
    text = next(worked.seizure.glob("shop/*.sql")).read_text("utf-8")
    create = text[text.index("CREATE TABLE `pkg_user`") :]
    names = [line.split("`")[1] for line in create.split("\n")[1:] if line.startswith("  `")]
    body = text[text.index("INSERT INTO `pkg_user` VALUES\n") :]
    body = body[: body.index(");\n")]
    place = names.index("password")
    rows = body.removeprefix("INSERT INTO `pkg_user` VALUES\n").split("),\n(")
    return {r.split(",")[place].strip("'").encode() for r in rows if len(r.split(",")) == len(names)} - {b""}


def test_figures_say_how_they_were_made(worked: Worked) -> None:
    """Each figure has definition, cut-off, SQL that gives its value again, and as many row ids as it says."""
    table = worked.case.figures().to_pylist()
    assert {"accounts.total", "people.linked_suspect", "loss.by_brand", "suspects.selected"} <= {
        r["key"] for r in table
    }
    for row in table:
        assert row["definition"]
        assert row["sql"]
        assert row["cut_off"]
    for key in ("calls.long", "reports.linked", "loss.gross", "suspects.selected"):
        row = next(r for r in table if r["key"] == key)
        assert len(worked.case.figure_rows(key)) == row["rows"]


def test_a_second_run_does_nothing(worked: Worked) -> None:
    """What has not changed is not done again, and the custody log does not grow."""
    before = (worked.case.folder / "custody.jsonl").read_bytes()

    ran = worked.case.run()

    assert all(made.reused for made in ran.made)
    assert (worked.case.folder / "custody.jsonl").read_bytes() == before


def test_the_case_verifies(worked: Worked) -> None:
    """Everything is hashed and worked out again, and nothing is wrong."""
    assert worked.case.verify() == []


def test_the_report_stands_alone(worked: Worked) -> None:
    """The report loads nothing from elsewhere, runs no script, and holds the figures."""
    page = (worked.case.folder / "outputs/report.html").read_text("utf-8")

    assert "<script" not in page
    assert "src=" not in page
    assert 'href="http' not in page
    assert f"{worked.figures()['calls.total']:,}" in page
    json.loads((worked.case.folder / "outputs/figures.json").read_text("utf-8"))
