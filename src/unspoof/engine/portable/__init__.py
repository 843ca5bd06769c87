"""The SQL that both engines answer alike."""

from unspoof.engine.portable.render import to_spark

__all__ = ["to_spark"]
