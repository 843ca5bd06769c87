"""Every table of reference facts that a user can load; one file of code and one line here each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from unspoof.model.reference_tables import (
    ACTORS,
    BRANDS,
    CERTIFICATES,
    DNO,
    NUMBER_BLOCKS,
    NUMBER_USES,
    PRICES,
    RATES,
    TAGS,
)
from unspoof.model.tables import Column, Table
from unspoof.reference import actors, brands, certificates, dno, number_uses, ofcom, prices, tags
from unspoof.reference.given import Given


@dataclass(frozen=True)
class ReferenceTable:
    """A kind of reference facts."""

    name: str
    """As in `unspoof reference update NAME FILE`."""
    meaning: str
    columns: tuple[Column, ...]
    """What the user's file holds; those that are not nullable must be there."""
    gives: Table
    """What becomes of it; versions are kept under this table's name."""
    load: Callable[[Given], pa.Table]
    """From what the user gives to rows of `gives`, in one total order; raises BadReference naming file, row and column."""
    adds: bool = False
    """Whether new rows are put beside the earlier ones, and files may be several, rather than taking their place."""


def _one_file(load: Callable[[bytes, str], pa.Table]) -> Callable[[Given], pa.Table]:
    """Return a loader of tables that one file holds whole."""

    def loaded(given: Given) -> pa.Table:
        (file,) = given.files
        with file.named():
            return load(file.data, given.home)

    return loaded


TABLES: tuple[ReferenceTable, ...] = (
    ReferenceTable(
        "brands", "numbers that brands publish as their own", brands.COLUMNS, BRANDS, _one_file(brands.load_brands)
    ),
    ReferenceTable("dno", "numbers whose owners say that they never call", dno.COLUMNS, DNO, _one_file(dno.load_dno)),
    ReferenceTable(
        "ofcom", "number blocks of the United Kingdom, as Ofcom publishes them", ofcom.COLUMNS, NUMBER_BLOCKS,
        ofcom.load_ofcom, adds=True,
    ),
    ReferenceTable(
        "trust", "certificates and revocation lists that are trusted; each load takes the place of the one before",
        certificates.TRUST_COLUMNS, CERTIFICATES, certificates.load_trust, adds=True,
    ),
    ReferenceTable(
        "certificates", "signers' certificates by address, with the moment at which they were obtained",
        certificates.COLUMNS, CERTIFICATES, certificates.load_certificates, adds=True,
    ),
    ReferenceTable(
        "uses", "what ranges and short codes are for", number_uses.COLUMNS, NUMBER_USES, _one_file(number_uses.load_uses)
    ),
    ReferenceTable(
        "tags", "who is said to own an address: TagPacks (*.yaml) and an agency's own tags (*.csv)", tags.COLUMNS, TAGS,
        tags.load_tags, adds=True,
    ),
    ReferenceTable(
        "ofac", "bitcoin addresses that the US Treasury lists, one a line", tags.OFAC_COLUMNS, TAGS, tags.load_ofac,
        adds=True,
    ),
    ReferenceTable(
        "actors", "services that tags name, with legal entity and jurisdiction (ActorPacks)", actors.COLUMNS, ACTORS,
        actors.load_actors, adds=True,
    ),
    ReferenceTable("prices", "what a bitcoin cost", prices.COLUMNS, PRICES, _one_file(prices.load_prices)),
    ReferenceTable(
        "rates", "what a euro cost, as the European Central Bank publishes it", prices.RATE_COLUMNS, RATES,
        _one_file(prices.load_rates),
    ),
)  # fmt: skip

__all__ = ["TABLES", "ReferenceTable"]
