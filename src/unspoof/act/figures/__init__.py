"""Every figure of a case once: its key, meaning, SQL and the rows behind it."""

import pyarrow as pa

from unspoof.act.figures import computing
from unspoof.act.figures.accounts import ACCOUNT_FIGURES, INCOME_FIGURES
from unspoof.act.figures.calls import CALL_FIGURES, DUPLICATE_FIGURES
from unspoof.act.figures.computing import FIGURES_TABLE, LEFT_OUT, Fetch, differences, figures_json, left_out
from unspoof.act.figures.figure import Figure
from unspoof.act.figures.money import MONEY_FIGURES
from unspoof.act.figures.people import PEOPLE_FIGURES, SUSPECT_FIGURES
from unspoof.act.figures.reports import LOSS_FIGURES, REPORT_FIGURES
from unspoof.act.figures.screening import SCREENING_FIGURES
from unspoof.act.figures.signed import SIGNED_FIGURES
from unspoof.act.figures.steps import STEPS
from unspoof.config import CaseSettings

FIGURES: tuple[Figure, ...] = (
    *ACCOUNT_FIGURES,
    *CALL_FIGURES,
    *SCREENING_FIGURES,
    *SIGNED_FIGURES,
    *PEOPLE_FIGURES,
    *INCOME_FIGURES,
    *MONEY_FIGURES,
    *REPORT_FIGURES,
    *LOSS_FIGURES,
    *SUSPECT_FIGURES,
    *DUPLICATE_FIGURES,
)
"""Every figure, in the order of the report; docs/figures.md has a row for each."""


def compute(fetch: Fetch, settings: CaseSettings) -> pa.Table:
    """Work out every figure; see computing.compute for what must stand in the engine."""
    return computing.compute(fetch, settings, FIGURES)


__all__ = [
    "FIGURES",
    "FIGURES_TABLE",
    "LEFT_OUT",
    "STEPS",
    "Fetch",
    "Figure",
    "compute",
    "differences",
    "figures_json",
    "left_out",
]
