"""Figures, reports and charts; whatever leaves a case says what it was made from."""

from unspoof.act.exports import EXPORTS, Export, Facts
from unspoof.act.figures import FIGURES, FIGURES_TABLE, LEFT_OUT, STEPS, Figure, compute, differences, figures_json
from unspoof.act.legal_requests import letter, request_csv
from unspoof.act.report import ReportSource, StepRecord, write_report

__all__ = [
    "EXPORTS",
    "FIGURES",
    "FIGURES_TABLE",
    "LEFT_OUT",
    "STEPS",
    "Export",
    "Facts",
    "Figure",
    "ReportSource",
    "StepRecord",
    "compute",
    "differences",
    "figures_json",
    "letter",
    "request_csv",
    "write_report",
]
