"""The Python door and the only orchestrator."""

from unspoof.case.adding import Added, Stated
from unspoof.case.case import Case, Ran
from unspoof.case.listing import LINK_KINDS
from unspoof.case.looking import Concluded, Source
from unspoof.case.references import REFERENCE_NAMES, references, update_reference
from unspoof.case.showing import Demo, make_synthetic, run_demo

__all__ = [
    "LINK_KINDS",
    "REFERENCE_NAMES",
    "Added",
    "Case",
    "Concluded",
    "Demo",
    "Ran",
    "Source",
    "Stated",
    "make_synthetic",
    "references",
    "run_demo",
    "update_reference",
]
