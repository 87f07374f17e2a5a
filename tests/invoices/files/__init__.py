"""Small e-invoices written by hand for these tests."""

from pathlib import Path

FILES = Path(__file__).parent


def content_of(name: str) -> bytes:
    """The bytes of one of the files in this folder."""
    return (FILES / name).read_bytes()
