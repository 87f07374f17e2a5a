"""Who runs this installation: the portal that was made first, by its Portaalbeheerders."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from zelfboeken.access.office import PortalAccess
from zelfboeken.access.rights import PortalRole, Right
from zelfboeken.access.services import NotAllowed
from zelfboeken.tenancy.models import Portal


@dataclass(frozen=True, slots=True)
class OperatorAccess:
    """A Portaalbeheerder of the operator's own portal, on a page that belongs to no portal."""

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


def is_operator(office: PortalAccess) -> bool:
    """Whether this member of the staff runs the installation: he sets its prices and sends its statements."""
    first = Portal.objects.order_by("id").values_list("id", flat=True).first()
    return office.may(Right.PORTAL_MANAGE) and office.portal_id == first


def require_operator(office: PortalAccess) -> None:
    """Go on only for the operator.

    Raises:
        NotAllowed: he is no Portaalbeheerder, or of another portal than the operator's.
    """
    office.require(Right.PORTAL_MANAGE)
    if not is_operator(office):
        raise NotAllowed(
            right=Right.PORTAL_MANAGE,
            code="not_operator",
            reason="Prijzen, limieten en de afzender van de afrekeningen horen bij de beheerder van dit platform. "
            "Vraag het aan hem.",
        )
