"""What a figure is: a key, what it means, the SQL that gives it and the rows behind it; it computes nothing itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Source = Literal["calls", "accounts", "payments", "reports", "logins", "transactions"]


@dataclass(frozen=True)
class Figure:
    """One figure of a case.

    Every SQL text is a constant over the views of a case, so it can be run by hand and give the same.
    """

    key: str
    label: str
    unit: str
    """What is counted; `{currency}` stands for the case's currency."""
    definition: str
    """A sentence; `{name}` stands for a setting's value, `{home}` and `{currency}` for facts of the case."""
    step: str
    """The step that it is read from."""
    value_sql: str
    """One row with the one column `value`, or a list: one row an entry, in order. A column `x_ppm` is shown as the
    fraction `x` with six decimals."""
    rows_table: str
    """The table that `rows_sql` gives ids of."""
    rows_sql: str
    """The ids of the rows behind it, one column."""
    count_sql: str
    """How many they are, one column `rows`; from a table of counts where counting the ids themselves takes long."""
    sources: tuple[Source, ...]
    """What its cut-off is the last moment of."""
    settings: tuple[str, ...] = ()
    """Settings that it depends on; each is printed in the definition with its reason."""
    note_sql: str = ""
    """One column `note`: what was left out, in words; NULL where nothing was."""
    is_assessment: bool = False
    """It rests on links or rankings, which are likely or chosen, not recorded; printed apart from the facts."""
    unit_sql: str = ""
    """One column `unit`, where the unit depends on the data."""
    needs_sql: str = ""
    """One column: how many rows the case has of what the figure cannot do without. Where it gives 0, the figure is left
    out with its reason in computing.LEFT_OUT, since a zero would be taken for a result."""


def tally(source: str, rows_sql: str) -> str:
    """Return the query that counts the ids of `rows_sql`, a constant of this package; `source` names what it counts."""
    return "SELECT count(*) AS rows FROM (<ids>) AS <source>".replace("<ids>", rows_sql).replace("<source>", source)


__all__ = ["Figure", "Source", "tally"]
