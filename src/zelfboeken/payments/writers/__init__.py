"""Writing payment files."""
