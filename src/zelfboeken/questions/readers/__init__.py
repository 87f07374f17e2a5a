"""Mails as they come in."""
