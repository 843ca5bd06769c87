"""Whether a presented number can be the caller's: rules, one file each, for one number at once or a whole case."""

from unspoof.screen.judging import Book, Judge, Judged
from unspoof.screen.limits import Limits
from unspoof.screen.memory import Memory
from unspoof.screen.rule import Law, Rule
from unspoof.screen.rules import RULES
from unspoof.screen.steps import STEPS

__all__ = ["RULES", "STEPS", "Book", "Judge", "Judged", "Law", "Limits", "Memory", "Rule"]
