"""Paying suppliers: payment files that one person prepares and another approves (decision 16)."""
