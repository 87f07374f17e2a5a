"""Who runs this installation: the portal that was made first, by its Portaalbeheerders."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from zelfboeken.access.rights import PortalRole, Right
from zelfboeken.access.services import NotAllowed


@dataclass(frozen=True, slots=True)
class OperatorAccess:
    """A Portaalbeheerder of the operator's own portal. Services that set prices take it first."""

    user_id: int
    user_name: str
    portal_id: int


def operator_access_of(*, user_id: int) -> OperatorAccess:
    """What this user is to the installation, now.

    Raises:
        NotAllowed: he is no active Portaalbeheerder of the operator's portal.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OPERATOR, {"user": user_id, "admin": PortalRole.PORTAL_ADMIN.value})
        row = cursor.fetchone()
    if row is None:
        raise NotAllowed(
            right=Right.PORTAL_MANAGE,
            code="not_operator",
            reason="Alleen een Portaalbeheerder van de beheerder van dit platform mag dit. Vraag het aan hem.",
        )
    return OperatorAccess(*row)


_OPERATOR = """
SELECT u.id, coalesce(nullif(u.name, ''), u.email), pm.portal_id
  FROM access_user u
  JOIN access_portalmember pm ON pm.user_id = u.id AND pm.is_active
  JOIN access_portalroleassignment pr ON pr.member_id = pm.id AND pr.withdrawn_at IS NULL AND pr.role = %(admin)s
 WHERE u.id = %(user)s AND u.is_active
   AND pm.portal_id = (SELECT p.id FROM tenancy_portal p ORDER BY p.id LIMIT 1)
"""


@dataclass(frozen=True, slots=True)
class PortalAdmin:
    """A Portaalbeheerder of the portal in which a domain lies, whatever the life of that domain."""

    user_id: int
    user_name: str


def portal_admin_of(*, user_id: int, domain_id: int) -> PortalAdmin:
    """The user as Portaalbeheerder over this domain, now: also over one that is blocked or inactive.

    Raises:
        NotAllowed: he is none.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PORTAL_ADMIN, {"user": user_id, "domain": domain_id, "admin": PortalRole.PORTAL_ADMIN.value})
        row = cursor.fetchone()
    if row is None:
        raise NotAllowed(
            right=Right.PORTAL_MANAGE,
            code="right_missing",
            reason="Alleen een Portaalbeheerder van het kantoor mag dit. Vraag het aan hem.",
        )
    return PortalAdmin(*row)


_PORTAL_ADMIN = """
SELECT u.id, coalesce(nullif(u.name, ''), u.email)
  FROM access_user u
  JOIN access_portalmember pm ON pm.user_id = u.id AND pm.is_active
  JOIN access_portalroleassignment pr ON pr.member_id = pm.id AND pr.withdrawn_at IS NULL AND pr.role = %(admin)s
  JOIN tenancy_domain d ON d.id = %(domain)s AND d.portal_id = pm.portal_id
 WHERE u.id = %(user)s AND u.is_active
"""
