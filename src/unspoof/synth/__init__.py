"""A made-up case with known truth; it makes records, never calls."""

from unspoof.synth.seizure import SeizedFile, Seizure, make

__all__ = ["SeizedFile", "Seizure", "make"]
