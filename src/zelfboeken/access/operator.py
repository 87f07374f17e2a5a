"""Who runs this installation: the portal that was made first, by its Portaalbeheerders."""

from __future__ import annotations

from zelfboeken.access.office import PortalAccess
from zelfboeken.access.rights import Right
from zelfboeken.access.services import NotAllowed
from zelfboeken.tenancy.models import Portal


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
