"""Containers and systems: from a sealed file to the normal form."""
