"""`zelfboeken export`: the zip of a domain, written to a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.utils import timezone

from zelfboeken.access.models import User
from zelfboeken.access.rights import Right
from zelfboeken.access.services import AdministrationNotReached, UnknownDomain, open_domain
from zelfboeken.config.whose import NotThere, user_for_command
from zelfboeken.reports.export import export_domain
from zelfboeken.reports.exported import begun, completed, require_still, sight_of
from zelfboeken.tenancy.models import Domain


@dataclass(frozen=True, slots=True)
class Written:
    """Where the zip is, how large, and whether nothing of the domain was left out."""

    file: str
    bytes: int
    is_whole: bool


def write_export(*, slug: str, email: str | None, out: Path) -> Written:
    """Write what this user may export (without one the owner, else the first who may) to a new file at this path.

    Raises:
        NotThere: no such domain or user.
        NotAllowed: he may not export it.
        OSError: it cannot be written.
    """
    user = user_for_command(slug, email, right=Right.EXPORT_ALL)
    try:
        return _write(user, slug, out)
    except (UnknownDomain, AdministrationNotReached):
        # From the start, or no more: his way in was closed while it ran.
        raise NotThere(f"Er is geen domein {slug} voor {user.email}.") from None


def _write(user: User, slug: str, out: Path) -> Written:
    doing, at = f"export {slug}", timezone.localtime()
    with open_domain(user_id=user.id, slug=slug, at=at, doing=doing) as access:
        access.require(Right.EXPORT_ALL)
        sight = sight_of(access)
        access.log(at=at, events=[begun(slug, sight)])
        domain = Domain.objects.get(id=access.domain_id)

    @contextmanager
    def opening() -> Iterator[None]:
        with open_domain(user_id=user.id, slug=slug, at=timezone.now(), doing=doing) as now:
            require_still(now, access)
            yield

    handle, temporary = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            for part in export_domain(opening=opening, domain_id=domain.id, name=domain.name, sight=sight, at=at):
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(out)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    with open_domain(user_id=user.id, slug=slug, at=timezone.now(), doing=doing) as now:
        now.log(at=timezone.now(), events=completed(slug, sight))
    return Written(str(out), out.stat().st_size, sight.is_whole)
