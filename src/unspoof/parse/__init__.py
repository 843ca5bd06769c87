"""Bytes or text to nouns and columns, without I/O; every byte is an attacker's."""
