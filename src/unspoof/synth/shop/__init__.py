"""The made-up shop's database as it was seized: a MagnusBilling dump. It writes files and reads none."""
