"""One file per ranking; a score is a sum of named, explained parts, and a person decides what follows from it."""

from unspoof.engine.step import Step
from unspoof.rank import brands, suspects, victims
from unspoof.rank.ranking import Ranking

RANKINGS: tuple[Ranking, ...] = (suspects.RANKING, victims.RANKING, brands.RANKING)
"""Every ranking; a file here that is in no ranking fails the build."""

STEPS: tuple[Step, ...] = tuple({step.name: step for ranking in RANKINGS for step in ranking.steps}.values())
"""Every step of the rankings once, in the order to run them."""

__all__ = ["RANKINGS", "STEPS", "Ranking"]
