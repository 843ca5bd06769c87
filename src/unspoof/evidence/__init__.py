"""The append-only store: exhibits, hashes, custody, the way from a row back to its bytes."""
