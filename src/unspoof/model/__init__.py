"""The nouns and the tables; no I/O, no SQL."""
