"""Relying parties of other people, as they ship, against this provider."""
