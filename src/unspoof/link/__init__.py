"""One file per kind of link; each link has a score and its reasons."""

from unspoof.engine.step import Step
from unspoof.link import duplicates, presented_brands

FOUNDATIONS: tuple[Step, ...] = (*duplicates.STEPS, *presented_brands.STEPS)
"""What every link and ranking stands on, in an order in which each step finds what it reads."""

__all__ = ["FOUNDATIONS"]
