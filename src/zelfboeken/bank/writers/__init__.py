"""Frozen values out to the formats of banks."""
