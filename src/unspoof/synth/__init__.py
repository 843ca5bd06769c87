"""A made-up case with known truth; it makes records, never calls."""
