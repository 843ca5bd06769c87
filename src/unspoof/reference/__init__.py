"""Dated, sourced facts: numbering plans, brands."""

from unspoof.model.reference_tables import BRANDS
from unspoof.reference.catalogue import TABLES, ReferenceTable
from unspoof.reference.numbering import load as load_number_ranges
from unspoof.reference.store import ReferenceStore, Version, default_folder, read_reference

__all__ = [
    "BRANDS",
    "TABLES",
    "ReferenceStore",
    "ReferenceTable",
    "Version",
    "default_folder",
    "load_number_ranges",
    "read_reference",
]
