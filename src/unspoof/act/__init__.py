"""Figures, reports and charts."""
