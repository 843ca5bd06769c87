"""The append-only store: exhibits, hashes, custody, the way from a row back to its bytes."""

from unspoof.evidence.custody import Event
from unspoof.evidence.vault import Vault

__all__ = ["Event", "Vault"]
