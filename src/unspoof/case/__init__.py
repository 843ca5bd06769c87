"""The Python door and the only orchestrator."""

from unspoof.case.adding import Added, Stated
from unspoof.case.case import Case, Ran
from unspoof.case.exporting import EXPORT_NAMES
from unspoof.case.fetching import Fetched, FetchOptions
from unspoof.case.fitting import Lack, Need
from unspoof.case.growth import MEASURED, Measured
from unspoof.case.identities import IdentityOptions, verify_identities
from unspoof.case.listing import LINK_KINDS
from unspoof.case.looking import Concluded, Source
from unspoof.case.references import REFERENCE_NAMES, references, update_reference
from unspoof.case.serving import serve_live
from unspoof.case.showing import Demo, make_synthetic, run_demo
from unspoof.case.sizing import Status
from unspoof.trace.reconciliation import VERDICTS

__all__ = [
    "EXPORT_NAMES",
    "LINK_KINDS",
    "MEASURED",
    "REFERENCE_NAMES",
    "VERDICTS",
    "Added",
    "Case",
    "Concluded",
    "Demo",
    "FetchOptions",
    "Fetched",
    "IdentityOptions",
    "Lack",
    "Measured",
    "Need",
    "Ran",
    "Source",
    "Stated",
    "Status",
    "make_synthetic",
    "references",
    "run_demo",
    "serve_live",
    "update_reference",
    "verify_identities",
]
