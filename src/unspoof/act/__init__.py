"""Figures, reports and charts; whatever leaves a case says what it was made from."""

from unspoof.act.figures import FIGURES, FIGURES_TABLE, STEPS, Figure, compute, differences, figures_json
from unspoof.act.report import ReportSource, StepRecord, write_report

__all__ = [
    "FIGURES",
    "FIGURES_TABLE",
    "STEPS",
    "Figure",
    "ReportSource",
    "StepRecord",
    "compute",
    "differences",
    "figures_json",
    "write_report",
]
