"""For whom a command works: a user of the domain, through the same door as a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from zelfboeken.access.models import Member, User
from zelfboeken.access.services import Access, UnknownDomain, open_domain
from zelfboeken.tenancy.models import Administration


@contextmanager
def open_for_command(
    slug: str, email: str | None, administration: str | None, *, doing: str
) -> Iterator[tuple[Access, Administration]]:
    """Open a domain as this user, or as its owner, at one administration (by public id or name), else the default.

    Raises:
        SystemExit: with a Dutch sentence, when the domain, user or administration is not there.
    """
    user = _user(slug, email)
    try:
        with open_domain(user_id=user.id, slug=slug, at=timezone.now(), doing=doing) as access:
            own = Administration.objects.filter(domain_id=access.domain_id).order_by("-is_default", "id")
            found = next(
                (one for one in own if administration is None or administration in {str(one.public_id), one.name}), None
            )
            if found is None or not access.reaches(found.id):
                raise SystemExit(f"Er is geen administratie {administration or ''} in {slug}.")
            yield access, found
    except UnknownDomain:
        raise SystemExit(f"Er is geen domein {slug} voor {user.email}.") from None


def _user(slug: str, email: str | None) -> User:
    if email:
        user = User.objects.filter(email=email.lower(), is_active=True).first()
    else:
        owner = Member.objects.filter(domain__slug=slug, is_owner=True, is_active=True).select_related("user").first()
        user = owner.user if owner else None
    if user is None:
        raise SystemExit(f"Er is geen gebruiker {email or 'die eigenaar is'} voor domein {slug}.")
    return user
