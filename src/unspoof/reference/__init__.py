"""Dated, sourced facts: numbering plans, brands."""
