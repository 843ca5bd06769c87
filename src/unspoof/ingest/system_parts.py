"""The parts of a system as frozen dataclasses: what its TOML file says, checked; reading it is system.py's job."""

from __future__ import annotations

from dataclasses import dataclass, field

from unspoof.ingest.container import Options
from unspoof.model.tables import Table

SECRET_WORDS = ("pass", "pwd", "secret", "token", "key", "pin", "cvv", "cc_number", "otp", "digits")
"""A source column whose name holds one of these is a secret unless its system says that it is harmless."""


@dataclass(frozen=True)
class Condition:
    """A test on one source column; an empty text stands for NULL and for nothing."""

    column: str
    values: tuple[str, ...] = ()
    negate: bool = False
    pattern: str = ""
    """A regular expression that must be found in the text, in place of values."""


@dataclass(frozen=True)
class Spec:
    """One way to fill a column of the normal form."""

    columns: tuple[str, ...] = ()
    """Source columns, joined by a blank."""
    formats: tuple[str, ...] = ()
    unit: str = "s"
    mapping: tuple[tuple[str, str], ...] = ()
    default: str | None = None
    """What `map` gives for a value that it does not list."""
    pattern: str = ""
    value: str | None = None
    zone: str = ""
    plus: str = ""
    minus: str = ""
    when: tuple[Condition, ...] = ()
    decimal: str = ""
    home: str = ""

    @property
    def needs(self) -> frozenset[str]:
        """Every source column that this way reads."""
        extra = (self.plus, self.minus)
        return frozenset((*self.columns, *(c.column for c in self.when), *(name for name in extra if name)))


@dataclass(frozen=True)
class Field:
    """One column of the normal form and the ways to fill it: a row takes the first that gives a value."""

    name: str
    specs: tuple[Spec, ...]


@dataclass(frozen=True)
class TableMap:
    """One source table (or the one unnamed table of a text file) mapped to one table of the normal form."""

    table: Table
    source: str
    """Source table; empty: any table that has the columns."""
    fields: tuple[Field, ...]
    where: tuple[Condition, ...] = ()
    key: tuple[str, ...] = ()
    optional: frozenset[str] = frozenset()
    """Source columns that some versions of the product lack."""
    service: str = ""

    @property
    def needs(self) -> frozenset[str]:
        """Every source column that the mapping reads."""
        of_fields = (column for one in self.fields for spec in one.specs for column in spec.needs)
        return frozenset((*of_fields, *(c.column for c in self.where)))


@dataclass(frozen=True)
class Recognise:
    """What tells a file of this system from others."""

    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    columns_any: tuple[tuple[str, ...], ...] = ()
    """Groups of headings; one of each group must be there."""
    count: tuple[int, ...] = ()
    """How many columns a row has, where there is no header."""
    values: tuple[tuple[int, str], ...] = ()
    """Position of a column from 1, and a regular expression for the whole of its values; with `count`."""
    cell: str = ""
    """A regular expression that is found in a cell of every first row: for lines of a log."""


@dataclass(frozen=True)
class System:
    """One product's or body's way of writing records."""

    name: str
    title: str
    containers: tuple[str, ...]
    options: Options
    tables: tuple[TableMap, ...]
    recognise: Recognise = field(default_factory=Recognise)
    zone: str = ""
    home: str = ""
    service: str = ""
    nulls: tuple[str, ...] = ()
    """Texts that stand for nothing, e.g. 'None'."""
    secrets: frozenset[str] = frozenset()
    """Column names, lower case, that are secrets in this system beside those with a SECRET_WORDS name."""
    harmless: frozenset[str] = frozenset()
    """Column names, lower case, that have a SECRET_WORDS name and are none."""
    text: str = field(default="", repr=False, compare=False)
    """The TOML that it was read from; a case keeps it with what was read by it."""
    sha256: str = ""
    """Of that text; the custody log has it with every exhibit."""

    def is_secret(self, column: str) -> bool:
        """Say whether a source column may hold a secret, by its name."""
        name = column.lower()
        return name in self.secrets or (name not in self.harmless and any(word in name for word in SECRET_WORDS))


__all__ = ["SECRET_WORDS", "Condition", "Field", "Recognise", "Spec", "System", "TableMap"]
