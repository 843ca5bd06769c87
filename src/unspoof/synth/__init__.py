"""A made-up case with known truth; it makes records, never calls."""

from unspoof.synth.howto import SeizedFile
from unspoof.synth.seizure import Seizure, make

__all__ = ["SeizedFile", "Seizure", "make"]
