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

__all__ = ["BRANDS"]
