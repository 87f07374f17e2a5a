"""For whom a command works: a user of the domain, through the same door as a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from zelfboeken.access.models import Member, User
from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access, UnknownDomain, access_of, open_domain
from zelfboeken.tenancy.models import Administration


class NotThere(LookupError):
    """A command names a domain, a user or an administration that is not there."""

    code = "not_there"


@contextmanager
def open_for_command(
    slug: str, email: str | None, administration: str | None, *, right: Right, doing: str
) -> Iterator[tuple[Access, Administration]]:
    """Open a domain in the name of this user, at one administration (by public id or name), else the default.

    Without a user it is done in the name of the owner, or when he may not do it, of the first user who may.

    Raises:
        NotThere: the domain, user or administration is not there.
        NotAllowed: the user does not hold the right.
    """
    user = user_for_command(slug, email, right=right)
    try:
        with open_domain(user_id=user.id, slug=slug, at=timezone.now(), doing=doing) as access:
            access.require(right)
            yield access, _administration(access, administration)
    except UnknownDomain:
        raise NotThere(f"Er is geen domein {slug} voor {user.email}.") from None


def user_for_command(slug: str, email: str | None, *, right: Right) -> User:
    """In whose name a command works: who is named, else the owner, or when he may not do it the first user who may.

    Raises:
        NotThere: there is no such user, or the domain has none.
    """
    return _named(slug, email) if email else _who_may(slug, right)


def _administration(access: Access, wanted: str | None) -> Administration:
    own = Administration.objects.filter(domain_id=access.domain_id).order_by("-is_default", "id")
    reached = [one for one in own if access.reaches(one.id)]
    found = next((one for one in reached if wanted is None or wanted in {str(one.public_id), one.name}), None)
    if found is None:
        raise NotThere(f"Er is geen administratie {wanted or ''} in {access.domain_slug}.".replace("  ", " "))
    return found


def _named(slug: str, email: str) -> User:
    user = User.objects.filter(email=email.lower(), is_active=True).first()
    if user is None:
        raise NotThere(f"Er is geen gebruiker {email} voor domein {slug}.")
    return user


def _who_may(slug: str, right: Right) -> User:
    members = Member.objects.filter(domain__slug=slug, is_active=True, user__is_active=True)
    users = [member.user for member in members.select_related("user").order_by("-is_owner", "id")]
    if not users:
        raise NotThere(f"Er is geen domein {slug}, of het heeft geen gebruikers. Noem er een met --user.")
    for user in users:
        try:
            if access_of(user_id=user.id, slug=slug, on=timezone.localdate()).may(right):
                return user
        except UnknownDomain:
            continue
    return users[0]
