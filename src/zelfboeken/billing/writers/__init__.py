"""Statements as files: e-invoice and PDF."""
