"""Made-up victims' reports: what happened, what the victim remembers of it, and the files as police hand them over."""
