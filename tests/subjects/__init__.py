"""Pairwise identifiers."""
