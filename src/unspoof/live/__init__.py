"""Judge a call while it rings: an HTTP service over screen and reference; no case is needed, and no call is touched."""

from unspoof.live.running import serve

__all__ = ["serve"]
