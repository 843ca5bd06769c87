"""Following the money of a made-up case from its files to verdicts, wallets and services, held against what is true.

Expectations are those of a reader who knows what co-spends can show: where the truth lies deeper (a peel chain that comes back
to the treasury, a booking that cites a transaction which no chain has) the test says what must be printed instead.
"""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from made_up_case import stated_files

from unspoof import synth
from unspoof.case import Case
from unspoof.cli import cli

Row = dict[str, Any]


class Followed:
    """A made-up seizure, the case made of it, and its truth."""

    def __init__(self, folder: Path, calls: int, seed: int) -> None:
        made = synth.make(folder / "seizure", calls=calls, seed=seed)
        self.truth_folder = made.truth
        self.case = Case.new(folder / "case", reference="MONEY 1", home="GB", currency="GBP")
        self.case.load_reference("brands", made.brands)
        for path, stated in stated_files(made):
            self.case.add([path], stated)
        for name, path in made.references:
            self.case.load_reference(name, path)
        self.case.run()

    def found(self, step: str) -> list[Row]:
        """Return the rows of a finding, kept or not."""
        rows: list[Row] = self.case.query(f"SELECT * FROM {step}").to_pylist()
        return rows

    def true(self, name: str) -> list[Row]:
        """Return the rows of one file of the truth."""
        with (self.truth_folder / f"{name}.csv").open(encoding="utf-8", newline="") as sheet:
            return list(csv.DictReader(sheet))

    def payment_refs(self) -> dict[int, str]:
        """Return the shop's own key of each payment."""
        tables = sorted((self.case.folder / "tables" / "payments").rglob("*.parquet"))
        rows = [row for file in tables for row in pq.read_table(file).select(["payment_id", "payment_ref"]).to_pylist()]
        return {row["payment_id"]: row["payment_ref"] for row in rows}

    def account_refs(self) -> dict[int, str]:
        """Return the shop's own key of each account."""
        tables = sorted((self.case.folder / "tables" / "accounts").rglob("*.parquet"))
        rows = [row for file in tables for row in pq.read_table(file).select(["account_id", "account_ref"]).to_pylist()]
        return {row["account_id"]: row["account_ref"] for row in rows}

    def figure(self, key: str) -> Any:
        """Return the value of a figure."""
        return {f["key"]: f["value"] for f in self.case.figures_json()["figures"]}[key]

    def true_money(self) -> dict[str, dict[str, int]]:
        """Return what the shop took in by the chain."""
        made: dict[str, dict[str, int]] = json.loads((self.truth_folder / "figures.json").read_text("utf-8"))["money"]
        return made


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Followed:
    """A case of some three hundred payments."""
    return Followed(tmp_path_factory.mktemp("money"), calls=300_000, seed=1)


@pytest.fixture(scope="module")
def verdicts(followed: Followed) -> list[tuple[Row, Row]]:
    """Each true booking beside its row of the reconciliation."""
    refs = followed.payment_refs()
    rows = {refs[row["payment_id"]]: row for row in followed.found("reconciliation") if row["payment_id"] is not None}
    return [(row, rows[row["payment_ref"]]) for row in followed.true("payments_chain") if row["payment_ref"]]


@pytest.mark.slow
def test_every_booking_has_the_verdict_that_is_true(verdicts: list[tuple[Row, Row]]) -> None:
    """Every planted kind of booking is recognised, each of them by the right key, transaction and output."""
    planted = Counter((true["kind"], true["verdict"]) for true, _ in verdicts)
    keys = {"forged": "", "gift": "", "mistyped": "amount-time, other txid", "no-txid": "amount-time"}
    for true, row in verdicts:
        assert row["key"] == keys.get(true["kind"], "txid")
        if true["txid"] and true["kind"] != "split":
            found = row["txid"], row["place"], row["chain_sat"]
            assert found == (true["txid"], int(true["place"]), int(true["chain_sat"]))
        assert ("one digit off this one" in row["because"]) == (true["kind"] == "mistyped")

    assert Counter((true["kind"], row["verdict"]) for true, row in verdicts) == planted
    assert {kind for kind, _ in planted} == {
        "plain",
        "split",
        "amount",
        "late",
        "mistyped",
        "no-txid",
        "forged",
        "gift",
    }


@pytest.mark.slow
def test_payments_near_midnight_are_flagged(verdicts: list[tuple[Row, Row]]) -> None:
    """A payment is flagged exactly if its block's time is within two hours of midnight."""
    flagged = [(row["near_midnight"], true["near_midnight"] == "true") for true, row in verdicts if row["block_at"]]

    assert all(one == other for one, other in flagged)
    assert 0 < sum(one for one, _ in flagged) < len(flagged)


@pytest.mark.slow
def test_takings_that_were_never_booked_are_found(followed: Followed) -> None:
    """Every unbooked payment is a row of the chain alone; nothing else is, but what came back to the shop in peel chains."""
    alone = {(row["txid"], row["place"]) for row in followed.found("reconciliation") if row["verdict"] == "chain-only"}
    unbooked = {(row["txid"], int(row["place"])) for row in followed.true("payments_chain") if not row["payment_ref"]}
    back = {(row["txid"], int(row["place"])) for row in followed.true("flows") if row["what"] == "returned"}

    assert unbooked <= alone
    assert alone - unbooked <= back


@pytest.mark.slow
def test_what_comes_back_round_a_peel_chain_is_no_income(followed: Followed) -> None:
    """Most of what comes back is told from takings by the way that it went, and no takings are taken for it."""
    verdict = {(row["txid"], row["place"]): row["verdict"] for row in followed.found("reconciliation")}
    back = {(row["txid"], int(row["place"])) for row in followed.true("flows") if row["what"] == "returned"}
    own = {place for place, one in verdict.items() if one == "maybe-own"}

    assert own <= back
    assert len(own) >= 3 / 4 * len(back & set(verdict)) > 0
    assert max(row["hops"] for row in followed.found("own_returns") if row["txid"] in {txid for txid, _ in own}) > 1


@pytest.mark.slow
def test_the_shops_own_moves_are_no_income(followed: Followed) -> None:
    """Change, moves of the shop's own and dust at its receiving addresses are told from takings; refunds are found."""
    verdict = {(row["txid"], row["place"]): row["verdict"] for row in followed.found("reconciliation")}
    kinds = defaultdict(list)
    for row in followed.true("flows"):
        kinds[row["what"]].append(verdict.get((row["txid"], int(row["place"]))))

    assert set(kinds["change"]) == {"internal"}
    assert set(kinds["internal"]) == {"internal"}
    assert set(kinds["refund"]) == {"refund"}
    assert Counter(verdict.values())["dust"] == 3


@pytest.mark.slow
def test_income_is_true_to_the_satoshi_and_the_penny(followed: Followed) -> None:
    """Reconciled income is the true one and what came back in peel chains, which is listed row by row, and nothing else.

    A deposit that two bookings share is valued in two parts, so that it may be a minor unit off.
    """
    true, rows = followed.true_money(), followed.found("reconciliation")
    back = {(row["txid"], int(row["place"])) for row in followed.true("flows") if row["what"] == "returned"}
    counted = [row for row in rows if row["is_income"] and (row["txid"], row["place"]) in back]

    assert followed.figure("income.reconciled_sat") == true["reconciled"]["sat"] + sum(r["chain_sat"] for r in counted)
    shared = sum(row["kind"] == "split" for row in followed.true("payments_chain")) // 2
    whole = true["reconciled"]["minor"] + sum(r["home_base_minor"] for r in counted)
    assert abs(followed.figure("income.reconciled") - whole) <= shared
    for currency in ("usd", "eur"):
        values = sum(row[f"{currency}_base_minor"] or 0 for row in rows if row["is_income"] and row not in counted)
        assert abs(values - true["reconciled"][f"{currency}_minor"]) <= shared
    assert len(counted) <= true["returned"]["deposits"]


@pytest.mark.slow
def test_every_coinjoin_is_left_out_of_wallets(followed: Followed) -> None:
    """All three shapes are found, and nothing that is none."""
    true = {row["txid"]: row["shape"] for row in followed.true("coinjoins")}

    assert {row["txid"] for row in followed.found("coinjoins")} == set(true)
    assert set(true.values()) == {"whirlpool", "joinmarket", "wabisabi"}


@pytest.mark.slow
def test_no_wallet_holds_two_holders(followed: Followed) -> None:
    """Co-spends join no two holders here; of a payer's wallet they find a part, of a service's hot wallet nearly all."""
    held = {row["address"]: row for row in followed.true("wallets")}
    whose: dict[str, Counter[str]] = defaultdict(Counter)
    for row in followed.found("wallet_addresses"):
        whose[row["wallet"]][held[row["holder"]]["wallet"]] += 1
    most: dict[str, int] = defaultdict(int)
    for count in whose.values():
        (holder, many), *_ = count.items()
        most[holder] = max(most[holder], many)

    assert all(len(count) == 1 for count in whose.values())
    assert any(most[holder] > 1 for holder in most if holder.startswith("W"))
    assert all(most[service] > 50 for service in ("quillmarket", "harrowdesk", "tolvex", "brambit"))


@pytest.mark.slow
def test_services_are_told_from_people(followed: Followed) -> None:
    """Every exchange's hot wallet is a service's, tagged or not; no payer's wallet is, whatever a heuristic tag says."""
    held = {row["address"]: row for row in followed.true("wallets")}
    big: dict[str, Row] = {}
    for row in followed.found("wallets"):
        owner = held[row["wallet"]]
        assert not (row["is_service"] and owner["held_by"] == "person")
        assert not (row["is_service"] and owner["held_by"] == "shop")
        if owner["held_by"] == "service" and row["holders"] > big.get(owner["wallet"], {"holders": 0})["holders"]:
            big[owner["wallet"]] = row

    assert all(big[name]["is_service"] for name in big if name != "whorlpond")
    assert all(big[name]["service"] == name for name in big if name not in ("whorlpond", "pennyfold"))
    assert big["pennyfold"]["service"] is None
    # The wrong tag is of one address and of low level: it neither splits the exchange nor names it, and is listed.
    assert followed.found("wallet_conflicts") == []
    listed = {held[row["wallet"]]["wallet"] for row in followed.found("wallets") if "tolvex" in row["address_tags"]}
    assert "harrowdesk" in listed


@pytest.mark.slow
def test_services_are_reached(followed: Followed) -> None:
    """Withdrawals with which people paid straight are all found, and most of the rest; a wrong name has a low level.

    Where a service pays out of change that nothing joins to its wallet, the payment of that change is found, one step on.
    """
    true = {(row["txid"], int(row["place"])): row for row in followed.true("services")}
    reached = {(row["txid"], int(row["place"])): row for row in followed.found("service_reaches")}
    straight = [place for place, row in true.items() if row["about"] == "payment"]
    cash = [place for place, row in true.items() if row["about"] == "cash-out"]

    begun = {row["start_txid"] for row in reached.values()}
    assert all(place in reached or place[0] in begun for place in straight)
    assert sum(place in reached for place in straight) > 0.95 * len(straight)
    assert sum(place in reached for place in cash) > 0.6 * len(cash)
    assert sum(place in reached for place in true) > 0.8 * len(true)
    misnamed = set()
    for place in set(true) & set(reached):
        assert reached[place]["direction"] == true[place]["direction"]
        assert reached[place]["value_sat"] == int(true[place]["value_sat"])
        if reached[place]["service"] not in (true[place]["service"], None):
            misnamed.add((true[place]["service"], reached[place]["service"], reached[place]["tag_level"]))
    # One tag is wrong; what stands on it says so by its level, and the conflict is listed.
    assert misnamed <= {("harrowdesk", "tolvex", 20)}


@pytest.mark.slow
def test_accounts_that_pay_from_one_wallet_are_found(followed: Followed) -> None:
    """Accounts that one personal wallet pays for, as far as co-spends show it, belong together in truth: by person or crew.

    Strangers who were paid out of an exchange's untagged change look like one wallet's too; these are told, and all of them.
    """
    held = {row["address"]: row for row in followed.true("wallets")}
    refs = followed.account_refs()
    wallets: dict[str, set[str]] = defaultdict(set)
    rows = {row["wallet"]: row for row in followed.found("account_wallets")}
    for row in followed.found("account_wallets"):
        wallets[row["wallet"]].add(refs[row["account_id"]])
    true: dict[str, set[str]] = defaultdict(set)
    for row in followed.true("account_wallets"):
        true[row["wallet"]].add(row["account_ref"])
    several = {wallet for wallet, accounts in wallets.items() if len(accounts) > 1}
    linked = {wallet for wallet in several if rows[wallet]["is_personal"] and not rows[wallet]["doubt"]}
    people = {wallet for wallet in several if held[wallet]["held_by"] == "person"}
    change = {wallet for wallet in several if "hold" in rows[wallet]["why"] + rows[wallet]["doubt"]}

    assert linked == people
    assert all(any(wallets[wallet] <= whole for whole in true.values()) for wallet in linked)
    assert {held[wallet]["held_by"] for wallet in change} == {"service"}
    assert {rows[wallet]["is_personal"] for wallet in change} == {True, False}


@pytest.mark.slow
def test_the_list_of_what_nobody_tagged_is_every_reach_without_a_service(followed: Followed, tmp_path: Path) -> None:
    """The spreadsheet has each such output once, the largest first, and what the line below the requests counts."""
    sheet = tmp_path / "whose.csv"
    done = CliRunner().invoke(cli, ["requests", str(followed.case.folder), "--unattributed", "--csv", str(sheet)])
    with sheet.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    reached = {
        (r["direction"], r["txid"], str(r["place"])) for r in followed.found("service_reaches") if not r["service"]
    }

    assert done.exit_code == 0
    assert {(r["direction"], r["txid"], r["output_index"]) for r in rows} == reached
    assert [int(r["value_sat"]) for r in rows] == sorted((int(r["value_sat"]) for r in rows), reverse=True)
    assert all(r["address"] and r["why"] for r in rows)
    assert len(reached) == sum(followed.case.requests()[1].values())
