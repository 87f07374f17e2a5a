"""The key a form carries, so that sending it twice does it once."""

import secrets


def new_key() -> str:
    """A fresh idempotency key."""
    return secrets.token_urlsafe(12)
