"""The portable subset of SQL: what was proven equal on DuckDB and Spark, a lint that refuses the rest, and the rendering.

Nothing here runs a query; no engine is needed to ask whether a query is portable.
"""

from unspoof.engine.portable.allowed import ALLOWED
from unspoof.engine.portable.allowing import Allowed
from unspoof.engine.portable.lint import refusals
from unspoof.engine.portable.refusing import Refusal
from unspoof.engine.portable.render import to_spark
from unspoof.engine.portable.rules import RULES

__all__ = ["ALLOWED", "RULES", "Allowed", "Refusal", "refusals", "to_spark"]
