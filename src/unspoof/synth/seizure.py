"""Makes a whole seizure in a folder: the shop's dump, the victims' reports, the brand directory, and the truth beside.

It writes records only. Nothing here can place a call, and no number in it is anybody's (places.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from unspoof.errors import BadRequest
from unspoof.synth.brands import make_directory
from unspoof.synth.calls import Calls, make_calls, make_lists
from unspoof.synth.campaigns import OWN_NUMBERS, make_campaigns
from unspoof.synth.chain import Money, make_money
from unspoof.synth.chain.files import write_chain
from unspoof.synth.chain.tags import write_actors, write_tags
from unspoof.synth.chain.truth import money_figures, write_money_truth
from unspoof.synth.holders.identity import Identity, make_identity
from unspoof.synth.holders.logins import Logins, make_logins
from unspoof.synth.holders.money import Payments, make_payments
from unspoof.synth.holders.users import Users, make_users
from unspoof.synth.howto import SeizedFile, howto
from unspoof.synth.places import COUNTRIES, Region, make_regions
from unspoof.synth.plan import Plan, make_plan
from unspoof.synth.reports.events import LongCalls, make_events
from unspoof.synth.reports.sheet import in_order_of_report, write_home, write_partner
from unspoof.synth.shop.call_rows import CallBook, unique_ids
from unspoof.synth.shop.database import Database, write_database
from unspoof.synth.shop.money_rows import plan_of
from unspoof.synth.shown import Shown, make_shown
from unspoof.synth.truth import Tally, Told, Truth, write_truth

COMPRESSIONS = {"": "", "gz": "gzip", "zst": "zstd"}
"""Suffix of the dump's name -> Arrow's name of the codec."""
_PARTNER_SHARE = 40
"""The partner abroad has one report where the home country has this many."""
_FEWEST_PARTNER = 5


@dataclass(frozen=True)
class Seizure:
    """A made-up seizure on disk."""

    folder: Path
    files: tuple[SeizedFile, ...]
    """What the figures in truth/figures.json are true of, in the order of adding."""
    partner: SeizedFile | None
    """A partner country's reports in a format of their own; None if nobody there was called for long."""
    brands: Path
    references: tuple[tuple[str, Path], ...]
    """Names of reference tables and the files of the case's own that go there: tags, actors, prices."""
    truth: Path
    home: str
    currency: str


@dataclass(frozen=True)
class _Shop:
    """All that is made before the first call."""

    plan: Plan
    regions: tuple[Region, ...]
    users: Users
    identity: Identity
    payments: Payments
    money: Money
    logins: Logins
    shown: Shown


def _open_shop(plan: Plan) -> _Shop:
    regions = make_regions(plan.home)
    users = make_users(plan, regions)
    shown = make_shown(make_directory(plan.home), plan.home, users.crews * OWN_NUMBERS)
    identity, payments = make_identity(plan, users), make_payments(plan, users)
    money = make_money(plan, users, payments)
    return _Shop(plan, regions, users, identity, payments, money, make_logins(plan, users), shown)


def _write_shop(shop: _Shop, path: Path, compress: str) -> tuple[Tally, dict[str, int]]:
    """Make the calls and write the database; returns what was counted and what was planted."""
    campaigns = make_campaigns(shop.plan, shop.users, shop.regions, shop.shown)
    lists = make_lists(shop.plan, shop.users, campaigns, shop.regions)
    tally = Tally(shop.users, shop.regions, shop.shown)
    plans = plan_of(shop.payments, len(shop.users.person))
    book = CallBook(shop.users.ids, plans, shop.identity.username, shop.regions, shop.shown)
    database = Database(shop.plan, shop.users, shop.identity, shop.payments, shop.money, shop.logins, book)
    twice = write_database(
        path, COMPRESSIONS[compress], database, make_calls(shop.plan, shop.users, campaigns, lists), tally.add
    )
    return tally, {"pkg_cdr": twice, "pkg_refill": int((shop.payments.copies - 1).sum())}


def _long_calls(shop: _Shop, long: Calls, numbers: np.ndarray, country: str) -> LongCalls:
    here = np.flatnonzero(np.array([region.country == country for region in shop.regions])[long.region])
    calls = long.where(here)
    return LongCalls(calls, numbers[here], shop.shown.brand(calls.text, calls.at), shop.shown.number[calls.text])


def _write_reports(shop: _Shop, path: Path, long: LongCalls, country: str, total: int) -> Told:
    """Write one country's reports; the partner's have a stream and a form of their own."""
    at_home = country == shop.plan.home
    stream = shop.plan.stream("reports" if at_home else "partner")
    people = next(region.people for region in shop.regions if region.country == country)
    events, event = make_events(shop.plan, stream, long, people.strangers(total), total)
    told, event, reported = in_order_of_report(events, event, stream)
    names = [brand.name for brand in shop.shown.directory.brands]
    write = write_home if at_home else write_partner
    references = write(path, told, reported, names, COUNTRIES[country], stream)
    unique = pa.concat_arrays([unique_ids(long.calls), pa.array([""])])
    # Place -1, no call of this shop, takes the empty text at the end.
    return Told(events, event, references, unique.take(pa.array(told.call % len(unique))))


def make(
    folder: Path,
    *,
    calls: int,
    seed: int,
    accounts: int | None = None,
    reports: int | None = None,
    home: str = "GB",
    compress: str = "",
) -> Seizure:
    """Make a seized spoofing shop with known truth.

    Writes shop/magnusbilling.sql, chain/transactions.jsonl with tags.yaml, actors.yaml and prices.csv,
    reports/action_fraud.csv, reports/partner.csv with partner.toml, brands.csv, HOWTO.txt and
    truth/. Same arguments, same bytes (with the same version of NumPy and of the time-zone tables).

    Args:
        folder: new, or empty.
        calls: distinct calls, answered or not, 1,000 to 100 million.
        seed: any whole number from 0.
        accounts: None takes one for 170 calls.
        reports: None takes 4,785 for 10 million calls in proportion, 60 at least.
        home: ISO 3166 code of the country that works the case, one of places.HOMES.
        compress: '' for plain text, 'gz' or 'zst' for a packed dump and chain.

    Returns:
        the files, and how each should be added to a case.

    Raises:
        BadRequest: an argument out of range, or a folder that holds something.

    """
    plan = make_plan(calls, seed, accounts, reports, home)
    dump = _prepare(folder, compress)
    shop = _open_shop(plan)
    tally, planted = _write_shop(shop, dump, compress)
    long, numbers = tally.long()
    brands = folder / "brands.csv"
    shop.shown.directory.write(brands)
    sheet = folder / "reports" / "action_fraud.csv"
    chain, references = _write_money(shop, folder, compress)
    told = _write_reports(shop, sheet, _long_calls(shop, long, numbers, home), home, plan.reports)
    partner_told, partner = _partner(shop, folder, long, numbers)
    people = (shop.users, shop.identity, shop.payments, shop.logins, shop.regions, shop.shown)
    truth = Truth(plan, *people, tally, long, numbers, told, partner_told, money_figures(shop.money, plan))
    write_truth(folder / "truth", truth, planted | {"reports": len(told.event) - len(told.events.at)})
    write_money_truth(folder / "truth", shop.money, plan, shop.users, shop.payments)
    files = (
        SeizedFile(dump, "", "stored-copy", "made-up warrant 1/2022, server copied in the data centre"),
        SeizedFile(sheet, COUNTRIES[home].zone, "voluntary", "made-up statements by victims"),
        SeizedFile(chain, "", "open-source", "extract of a made-up public chain"),
    )
    currency = COUNTRIES[home].currency
    text = howto(folder, files, references, partner, home, currency)
    (folder / "HOWTO.txt").write_text(text, encoding="utf-8", newline="\n")
    return Seizure(folder, files, partner, brands, references, folder / "truth", home, currency)


def _prepare(folder: Path, compress: str) -> Path:
    """Make the folders of a new seizure; returns where the dump goes."""
    if compress not in COMPRESSIONS:
        raise BadRequest(f"unknown compression {compress!r}", where="synth", hint="One of: gz, zst, or none.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        hint = "Name a new folder for the made-up seizure."
        raise BadRequest("there is something already", where=str(folder), hint=hint)
    for name in ("shop", "chain", "reports", "truth"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return folder / "shop" / ("magnusbilling.sql" + (f".{compress}" if compress else ""))


def _write_money(shop: _Shop, folder: Path, compress: str) -> tuple[Path, tuple[tuple[str, Path], ...]]:
    """Write the chain and what is loaded beside it; returns the chain's file and the reference tables' files."""
    chain = folder / "chain" / ("transactions.jsonl" + (f".{compress}" if compress else ""))
    write_chain(shop.money, chain, COMPRESSIONS[compress])
    tags, actors, prices = (folder / "chain" / name for name in ("tags.yaml", "actors.yaml", "prices.csv"))
    write_tags(shop.money, tags)
    write_actors(actors)
    shop.money.prices.write(prices)
    return chain, (("tags", tags), ("actors", actors), ("prices", prices))


def _partner(shop: _Shop, folder: Path, long: Calls, numbers: np.ndarray) -> tuple[Told | None, SeizedFile | None]:
    """Write the reports of a country abroad, if anybody there was called for long."""
    country = "NL" if shop.plan.home != "NL" else "DE"
    theirs = _long_calls(shop, long, numbers, country)
    if not len(theirs.numbers):
        return None, None
    path = folder / "reports" / "partner.csv"
    told = _write_reports(shop, path, theirs, country, max(_FEWEST_PARTNER, shop.plan.reports // _PARTNER_SHARE))
    return told, SeizedFile(path, "", "production-order", "made-up letter of request", path.with_suffix(".toml"))


__all__ = ["Seizure", "make"]
