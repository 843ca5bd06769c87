"""One file per command; calls Case only."""
