"""Dated, sourced facts: numbering plans, number blocks, uses of ranges, do-not-originate lists, brands."""

from unspoof.model.reference_tables import ALL_REFERENCE_TABLES, BRANDS, DNO, NUMBER_BLOCKS, NUMBER_USES
from unspoof.reference.catalogue import TABLES, ReferenceTable
from unspoof.reference.number_book import BOOK_TABLES, NumberBook
from unspoof.reference.numbering import load as load_number_ranges
from unspoof.reference.store import (
    ReferenceStore,
    Version,
    default_folder,
    read_reference,
    read_version,
    shipped_version,
    table_name,
)

__all__ = [
    "ALL_REFERENCE_TABLES",
    "BOOK_TABLES",
    "BRANDS",
    "DNO",
    "NUMBER_BLOCKS",
    "NUMBER_USES",
    "TABLES",
    "NumberBook",
    "ReferenceStore",
    "ReferenceTable",
    "Version",
    "default_folder",
    "load_number_ranges",
    "read_reference",
    "read_version",
    "shipped_version",
    "table_name",
]
