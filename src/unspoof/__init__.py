"""Take a caller-ID spoofing operation apart; it reads records and never places, relays or alters a call."""

__version__ = "0.1.0"

__all__ = ["__version__"]
