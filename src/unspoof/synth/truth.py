"""What is true of a made-up seizure, counted from the arrays that it is made of and never from its files.

It is kept apart, in `truth/`, and is no exhibit: tests and people compare with it what unspoof found.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from unspoof.config import BY_NAME
from unspoof.synth.calls import ANSWERED, Calls
from unspoof.synth.holders.identity import Identity
from unspoof.synth.holders.logins import Logins
from unspoof.synth.holders.money import Payments
from unspoof.synth.holders.users import Users
from unspoof.synth.places import Region
from unspoof.synth.plan import Plan
from unspoof.synth.reports.events import Events
from unspoof.synth.shown import Shown

Figure = int | list[dict[str, int | str | float]]


def _default(name: str) -> int:
    return int(BY_NAME[name].default)


@dataclass(frozen=True)
class Told:
    """One report file's truth: the events, each report's event, its reference and the call's own name."""

    events: Events
    event: np.ndarray
    """int64 place of each report's event, in the order of the rows."""
    references: pa.StringArray
    call_refs: pa.StringArray
    """By report; empty where the shop has no such call."""


class Tally:
    """Counts calls batch by batch; keeps the long ones."""

    def __init__(self, users: Users, regions: tuple[Region, ...], shown: Shown) -> None:
        self._shown = shown
        self.answered = 0
        self.by_region = np.zeros(len(regions), dtype=np.int64)
        self.by_brand = np.zeros(len(shown.directory.brands) + 1, dtype=np.int64)
        self.long_by_account = np.zeros(len(users.person), dtype=np.int64)
        self._long: list[Calls] = []
        self._numbers: list[np.ndarray] = []

    def add(self, calls: Calls, numbers: np.ndarray) -> None:
        """Count a batch of distinct calls with their called numbers."""
        self.answered += int((calls.cause == ANSWERED).sum())
        self.by_region += np.bincount(calls.region, minlength=len(self.by_region))
        self.by_brand += np.bincount(self._shown.brand(calls.text, calls.at) + 1, minlength=len(self.by_brand))
        long = np.flatnonzero(calls.duration_s > _default("long_call_s"))
        self.long_by_account += np.bincount(calls.account[long], minlength=len(self.long_by_account))
        self._long.append(calls.where(long))
        self._numbers.append(numbers[long])

    def long(self) -> tuple[Calls, np.ndarray]:
        """Return all long calls and their called numbers."""
        return Calls.together(self._long), np.concatenate(self._numbers)


@dataclass(frozen=True)
class Truth:
    """Everything that is known of a seizure."""

    plan: Plan
    users: Users
    identity: Identity
    payments: Payments
    logins: Logins
    regions: tuple[Region, ...]
    shown: Shown
    tally: Tally
    long: Calls
    numbers: np.ndarray
    home: Told
    partner: Told | None
    money: Mapping[str, Mapping[str, int]]
    """What the shop took in by the chain: see chain/truth.py money_figures."""


def _listed(name: str, counts: Mapping[str, int], total: int) -> list[dict[str, int | str | float]]:
    order = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [{name: key, "calls": calls, "share": round(calls / total, 6)} for key, calls in order if calls]


def _home_mask(truth: Truth, region: np.ndarray) -> np.ndarray:
    mask: np.ndarray = np.array([one.country == truth.plan.home for one in truth.regions])[region]
    return mask


def _selected(truth: Truth) -> np.ndarray:
    """Return by crew whether it meets the default rule: users of the home country who spent enough."""
    users, spend = truth.users, truth.payments.spend_minor(len(truth.users.person))
    total = np.bincount(users.crew, weights=spend, minlength=users.crews)
    at_home = np.zeros(users.crews, dtype=bool)
    at_home[users.crew] = _home_mask(truth, users.country)
    chosen: np.ndarray = at_home & (total >= _default("suspect_min_spend_minor"))
    return chosen


def true_figures(truth: Truth) -> dict[str, Figure]:
    """Return the true values of the figures of DESIGN.md at default settings, duplicates counted once."""
    plan, users, tally = truth.plan, truth.users, truth.tally
    countries: dict[str, int] = {}
    for region, calls in zip(truth.regions, tally.by_region.tolist(), strict=True):
        countries[region.country] = countries.get(region.country, 0) + calls
    brands = {brand.name: int(n) for brand, n in zip(truth.shown.directory.brands, tally.by_brand[1:], strict=True)}
    spend = truth.payments.spend_minor(len(users.person))
    at_home = _home_mask(truth, truth.long.region)
    chosen = _selected(truth)
    by_suspect = at_home & chosen[users.crew[truth.long.account]]
    losses = truth.home.events.loss_minor
    return {
        "accounts.total": len(users.person),
        "accounts.paying": int((spend > 0).sum()),
        "calls.total": plan.calls,
        "calls.answered": tally.answered,
        "calls.long": len(truth.long),
        "calls.by_country": _listed("country", countries, plan.calls),
        "calls.by_brand": _listed("brand", brands, plan.calls),
        "people.long": len(np.unique(truth.numbers)),
        "people.home": len(np.unique(truth.numbers[at_home])),
        "people.linked_suspect": len(np.unique(truth.numbers[by_suspect])),
        "income.total": int(spend.sum()),
        "income.reconciled": truth.money["reconciled"]["minor"],
        "reports.total": len(truth.home.event),
        "reports.linked": int((truth.home.events.call[truth.home.event] >= 0).sum()),
        "loss.gross": int(losses.sum()),
        "loss.mean": int(losses.sum() // max(len(losses), 1)),
        "loss.max": int(losses.max(initial=0)),
        "suspects.selected": int(chosen.sum()),
    }


def _names(lead: str, values: np.ndarray) -> pa.StringArray:
    return pc.binary_join_element_wise(
        pa.scalar(lead), pc.utf8_lpad(pc.cast(pa.array(values + 1), pa.string()), 7, "0"), ""
    )


def _people(truth: Truth) -> pa.Table:
    users = truth.users
    home = pa.array([region.country for region in truth.regions]).take(pa.array(users.country))
    return pa.table(
        {
            "person_id": _names("P", users.person),
            "crew_id": _names("C", users.crew),
            "account_ref": pa.array(users.ids),
            "username": truth.identity.username,
            "home": home,
        }
    )


def _suspects(truth: Truth, holder: np.ndarray, holders: int, lead: str) -> pa.Table:
    """Return spend, calls, long calls and people reached by long calls, by person or by crew."""
    users = truth.users
    spend = truth.payments.spend_minor(len(users.person))
    pairs = np.unique(np.stack([holder[truth.long.account].astype(np.int64), truth.numbers], axis=1), axis=0)
    total = {
        "accounts": np.ones(len(holder)),
        "spend_minor": spend,
        "calls": users.calls,
        "long_calls": truth.tally.long_by_account,
    }
    columns = {
        name: np.bincount(holder, weights=values, minlength=holders).astype(np.int64) for name, values in total.items()
    }
    columns["people"] = np.bincount(pairs[:, 0], minlength=holders)
    return pa.table({f"{lead}_id": _names(lead[0].upper(), np.arange(holders)), **columns})


def _report_calls(told: Told) -> pa.Table:
    return pa.table({"report_ref": told.references, "call_ref": told.call_refs, "event_id": _names("E", told.event)})


def _shared(truth: Truth) -> pa.Table:
    """Return what several accounts of one person or crew have in common: kind, a number for the thing, account."""
    tokens = dict(truth.identity.shares)
    parts = [(kind, token[token >= 0], np.flatnonzero(token >= 0)) for kind, token in tokens.items()]
    parts.append(("login-ip", *truth.logins.shared()))
    deposit, account = truth.payments.deposit, truth.payments.account
    twice = np.flatnonzero(
        (np.bincount(deposit[deposit >= 0], minlength=1) > 1)[np.maximum(deposit, 0)] & (deposit >= 0)
    )
    parts.append(("deposit", deposit[twice], account[twice]))
    kinds = [kind for kind, token, _ in parts for _ in range(len(token))]
    token = np.concatenate([token for _, token, _ in parts]).astype(np.int64)
    ids = truth.users.ids[np.concatenate([account for _, _, account in parts])]
    return pa.table({"kind": pa.array(kinds, pa.string()), "thing": token, "account_ref": ids})


def write_truth(folder: Path, truth: Truth, planted: Mapping[str, int]) -> None:
    """Write what is true into a folder that exists.

    Args:
        folder: gets figures.json, people.csv, suspects.csv, crews.csv, report_calls.csv, shared.csv, and
            partner_calls.csv where there is a partner's file.
        truth: everything.
        planted: counts of duplicates planted, by name.

    """
    users = truth.users
    csv.write_csv(_people(truth), folder / "people.csv")
    csv.write_csv(_suspects(truth, users.person, users.persons, "person"), folder / "suspects.csv")
    csv.write_csv(_suspects(truth, users.crew, users.crews, "crew"), folder / "crews.csv")
    csv.write_csv(_report_calls(truth.home), folder / "report_calls.csv")
    csv.write_csv(_shared(truth), folder / "shared.csv")
    partner: dict[str, int] = {}
    if truth.partner:
        csv.write_csv(_report_calls(truth.partner), folder / "partner_calls.csv")
        partner = {"reports.total": len(truth.partner.event), "loss.gross": int(truth.partner.events.loss_minor.sum())}
    plan = truth.plan
    made = {
        "calls": plan.calls,
        "accounts": plan.accounts,
        "reports": plan.reports,
        "seed": plan.seed,
        "home": plan.home,
    }
    document = {
        "made": made,
        "figures": true_figures(truth),
        "planted": dict(planted),
        "partner": partner,
        "money": {name: dict(part) for name, part in truth.money.items()},
    }
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    (folder / "figures.json").write_text(text, encoding="utf-8", newline="\n")


__all__ = ["Tally", "Told", "Truth", "true_figures", "write_truth"]
