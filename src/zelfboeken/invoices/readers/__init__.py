"""E-invoices: bytes in, one frozen value out, whatever the syntax."""
