"""Whether a presented number can be the caller's: rules with dates, and signed calls."""
