"""Work that passes by all domains: what goes wrong in one of them stops it there, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import connection

log = structlog.get_logger()


@contextmanager
def apart(slug: str, *, doing: str, failed: list[str]) -> Iterator[None]:
    """Run the block for one domain. An error in it is logged and told in `failed`, and who calls goes on to the next.

    Raises: what the block raises where the database itself is gone, since every next domain would fail alike.
    """
    try:
        yield
    except Exception:
        if not connection.is_usable():
            raise
        log.exception("failed_in_a_domain", domain=slug, doing=doing)
        failed.append(f"{slug} {doing}")
