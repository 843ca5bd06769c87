"""Tables of reference facts that SQL steps read beside the normal form; not how they are loaded."""

from __future__ import annotations

from unspoof.model.tables import Column, Table

BRANDS = Table(
    "brands",
    "one number or range of numbers that a brand publishes as its own, as a dated source says",
    (
        Column("number_from", "int64", "first number of the range as E.164 digits", nullable=False),
        Column("number_to", "int64", "last number, inclusive; equal to number_from for one number", nullable=False),
        Column("brand", "text", "whose number it is", nullable=False),
        Column("sector", "text", "what the brand does: bank, tax, delivery"),
        Column("source", "text", "who says so and where", nullable=False),
        Column("valid_from", "timestamp", "first moment at which it holds; empty for always", "UTC"),
        Column("valid_to", "timestamp", "first moment at which it no longer holds; empty while it does", "UTC"),
    ),
)

NUMBER_BLOCKS = Table(
    "number_blocks",
    "one block of numbers as a regulator's table gives it, on the day that the table describes",
    (
        Column("number_from", "int64", "first number of the block as E.164 digits", nullable=False),
        Column("number_to", "int64", "last number, inclusive; as many digits as the first", nullable=False),
        Column("country", "text", "ISO 3166 code of the country whose regulator made the table", nullable=False),
        Column("operator", "text", "communications provider that the block was given to; empty where to none"),
        Column("allocated", "bool", "the block was given to a provider and may be in use", nullable=False),
        Column("service", "text", "what the table says the block is for: geographic, mobile, freephone"),
        Column("source", "text", "name of the table with the day that it describes", nullable=False),
        Column("block_date", "timestamp", "the day that the table describes", "UTC", False),
    ),
)

NUMBER_USES = Table(
    "number_uses",
    "one number, short code or range whose use says something about showing it as a caller ID",
    (
        Column("number_from", "int64", "first number as E.164 digits; of a short code, its own digits", nullable=False),
        Column("number_to", "int64", "last number, inclusive; as many digits as the first", nullable=False),
        Column("is_short", "bool", "a short code (999, 159): its digits mean it within `country` only", nullable=False),
        Column("country", "text", "ISO 3166 code of the country whose plan says so", nullable=False),
        Column("use", "text", "one of model/screening.py RANGE_USES", nullable=False),
        Column("owner", "text", "who uses the number, where it is one user's"),
        Column("source", "text", "who says so and where", nullable=False),
        Column("valid_from", "timestamp", "first moment at which it holds; empty for always", "UTC"),
        Column("valid_to", "timestamp", "first moment at which it no longer holds; empty while it does", "UTC"),
    ),
)

DNO = Table(
    "dno",
    "one number or range that its owner says never originates calls (do not originate)",
    (
        Column("number_from", "int64", "first number of the range as E.164 digits", nullable=False),
        Column("number_to", "int64", "last number, inclusive; equal to number_from for one number", nullable=False),
        Column("owner", "text", "who said so", nullable=False),
        Column("source", "text", "which list, and of what day", nullable=False),
        Column("valid_from", "timestamp", "first moment at which it holds; empty for always", "UTC"),
        Column("valid_to", "timestamp", "first moment at which it no longer holds; empty while it does", "UTC"),
    ),
)

ALL_REFERENCE_TABLES: tuple[Table, ...] = (BRANDS, DNO, NUMBER_BLOCKS, NUMBER_USES)
"""Every table of reference facts, by name."""

__all__ = ["ALL_REFERENCE_TABLES", "BRANDS", "DNO", "NUMBER_BLOCKS", "NUMBER_USES"]
