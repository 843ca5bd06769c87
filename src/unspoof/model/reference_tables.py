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

CERTIFICATES = Table(
    "certificates",
    "one certificate or revocation list to judge signed calls with",
    (
        Column("kind", "text", "certificate or crl", nullable=False),
        Column("sha256", "text", "of its DER bytes, hex; of a chain, of its first certificate", nullable=False),
        Column("is_trusted", "bool", "the user trusts it as it stands", nullable=False),
        Column("url", "text", "the address that it stood at; empty for what is trusted"),
        Column("obtained_at", "timestamp", "when it was obtained from there", "UTC"),
        Column("subject", "text", "whose it is; of a revocation list, who issued it", nullable=False),
        Column("pem", "text", "its text; a signer's may be followed by those above it", nullable=False),
        Column("source", "text", "the file that it was loaded from, or who obtained it", nullable=False),
        Column("valid_from", "timestamp", "first moment of its validity; of a list, when it was issued", "UTC"),
        Column("valid_to", "timestamp", "last moment; of a list, when the next was due", "UTC"),
    ),
)

TAGS = Table(
    "tags",
    "one statement by somebody that an address or transaction belongs to a named service or person",
    (
        Column("address", "text", "bitcoin address; empty where the tag is of a transaction"),
        Column("txid", "text", "transaction; empty where the tag is of an address"),
        Column("label", "text", "the tagger's own words", nullable=False),
        Column("actor", "text", "id of the service or person in the table of actors, or empty"),
        Column("service", "text", "whom it is taken to be: the actor, else the label in lower case", nullable=False),
        Column("category", "text", "exchange, mixing_service, coinjoin, ransomware ...; the concept, or empty"),
        Column("abuse", "text", "sort of abuse, or empty"),
        Column(
            "confidence",
            "text",
            "name of the level, as in GraphSense's confidence.csv; unknown if not stated",
            "",
            False,
        ),
        Column("level", "int32", "that level, 0 to 100", "", False),
        Column("is_cluster_definer", "bool", "the tagger means the whole wallet, not the one address", nullable=False),
        Column("is_own", "bool", "the agency's own tag", nullable=False),
        Column("pack", "text", "title of the TagPack, or name of the list", nullable=False),
        Column("creator", "text", "who made the pack"),
        Column("source", "text", "where the tagger has it from", nullable=False),
        Column("tagged_at", "timestamp", "when it was last changed", "UTC"),
    ),
)

ACTORS = Table(
    "actors",
    "one service or person that tags name, with whom to write to",
    (
        Column("actor", "text", "id", nullable=False),
        Column("label", "text", "name", nullable=False),
        Column("legal_name", "text", "the legal entity; empty where the source has none"),
        Column("categories", "text", "semicolon list: exchange, mixing_service ..."),
        Column("jurisdictions", "text", "ISO 3166 codes, semicolon list; empty where the source has none"),
        Column("uri", "text", "its site"),
        Column("pack", "text", "title of the ActorPack", nullable=False),
        Column("source", "text", "where it comes from", nullable=False),
    ),
)

PRICES = Table(
    "prices",
    "what a bitcoin cost in one currency from one moment on",
    (
        Column("from_at", "timestamp", "first moment of the day or hour that the price stands for", "UTC", False),
        Column("span_s", "int32", "how long it stands for: 86400 or 3600", "s", False),
        Column("currency", "text", "ISO 4217", nullable=False),
        Column("price_minor", "int64", "price of one bitcoin", "minor unit of currency", False),
        Column("rule", "text", "which price of the span it is: first-minute, close, mean ...", nullable=False),
        Column("source", "text", "who says so", nullable=False),
    ),
)

RATES = Table(
    "rates",
    "what one euro was in another currency on a day, by a central bank",
    (
        Column("day_at", "timestamp", "the day", "UTC", False),
        Column("currency", "text", "ISO 4217", nullable=False),
        Column("rate_micro", "int64", "units of the currency for one euro", "millionths", False),
        Column("source", "text", "who says so", nullable=False),
    ),
)

ALL_REFERENCE_TABLES: tuple[Table, ...] = (
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
"""Every table of reference facts, by name."""

__all__ = [
    "ACTORS",
    "ALL_REFERENCE_TABLES",
    "BRANDS",
    "CERTIFICATES",
    "DNO",
    "NUMBER_BLOCKS",
    "NUMBER_USES",
    "PRICES",
    "RATES",
    "TAGS",
]
