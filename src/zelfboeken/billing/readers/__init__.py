"""Readers of files about who uses what: bytes to frozen values."""
