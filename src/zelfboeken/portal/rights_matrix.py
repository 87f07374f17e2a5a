"""What each role may, as a table that a layman reads: from the one table of rights, with the own roles marked."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from zelfboeken.access.rights import EVERYBODY, GRANTS, TICKABLE, Condition, PortalRole, Right, Role
from zelfboeken.access.ticks import Tick
from zelfboeken.portal.office_words import role_name
from zelfboeken.portal.pages import RightCell, RightGroup, RightRow, RoleHead

COLUMNS: tuple[str, ...] = (
    EVERYBODY,
    *(one for one in Role),
    *(one for one in PortalRole if one in GRANTS),
)
"""The columns of the matrix: a user without a role, the roles of a domain, those of an office."""


def column_name(column: str) -> str:
    """The head of a column."""
    return _("without role") if column == EVERYBODY else role_name(column)


def own_columns(roles: frozenset[str], *, is_member: bool) -> frozenset[str]:
    """The columns that hold for somebody with these roles: his own, and that of everybody unless he only looks."""
    held = frozenset(one for one in COLUMNS if one in roles)
    return held | ({EVERYBODY} if is_member and held != {Role.VIEWER} else frozenset())


def heads(own: frozenset[str]) -> tuple[RoleHead, ...]:
    """The columns with their names."""
    return tuple(RoleHead(column_name(one), one in own, one in {*PortalRole}) for one in COLUMNS)


def groups(own: frozenset[str], *, ticks: frozenset[Tick] | None = None) -> tuple[RightGroup, ...]:
    """Every right with a cell for each role. With `ticks` a cell says what the office ticked in this domain."""
    return tuple(
        RightGroup(heading, tuple(_row(right, own, ticks) for right in rights)) for heading, rights in _groups()
    )


def _row(right: Right, own: frozenset[str], ticks: frozenset[Tick] | None) -> RightRow:
    return RightRow(right.value, right_name(right), tuple(_cell(one, right, one in own, ticks) for one in COLUMNS))


def _cell(column: str, right: Right, is_own: bool, ticks: frozenset[Tick] | None) -> RightCell:
    condition = GRANTS[column].get(right)
    office = column in {*PortalRole}
    if condition is Condition.ALWAYS:
        return RightCell("yes", _("yes"), is_own, office)
    if condition is Condition.SELF_BOOKING:
        return RightCell("self", _("with Zelfboeken"), is_own, office)
    if condition is Condition.TICKED:
        if ticks is not None and (column, right) in ticks:
            return RightCell("yes", _("yes, ticked by the office"), is_own, office)
        return RightCell("tick", _("if the office ticks it"), is_own, office)
    return RightCell("no", _("no"), is_own, office)


def tick_name(role: str, right: Right) -> str:
    """A right that the office ticks for a role, in words."""
    return f"{role_name(role)}: {right_name(right)}"


def tickable() -> tuple[tuple[str, Right], ...]:
    """What the office may tick, in the order of the columns and of the rights."""
    order = list(Right)
    return tuple(sorted(TICKABLE, key=lambda one: (COLUMNS.index(one[0]), order.index(one[1]))))


def right_name(right: Right) -> str:
    """A right as somebody says it who keeps no books."""
    return _names()[right]()


def _names() -> dict[Right, Callable[[], str]]:
    return {
        Right.DOMAIN_ENTER: lambda: _("Enter the domain"),
        Right.DOCUMENT_DELIVER: lambda: _("Hand in documents and ask questions"),
        Right.DOCUMENT_SEE_ALL_USERS: lambda: _("See documents meant for everybody"),
        Right.DOCUMENT_SEE_SALES: lambda: _("See sales invoices"),
        Right.DOCUMENT_SEE_PURCHASE: lambda: _("See purchase invoices"),
        Right.DOCUMENT_SEE_PERSONNEL: lambda: _("See documents about staff"),
        Right.LEDGER_SEE: lambda: _("See books, reports and bank"),
        Right.SALES_INVOICE_SEND: lambda: _("Make and send sales invoices"),
        Right.DATA_COMPLETE: lambda: _("Complete data without booking"),
        Right.DOCUMENT_BOOK: lambda: _("Book and take back documents"),
        Right.BANK_MATCH: lambda: _("Match bank lines with what is open"),
        Right.BANK_BOOK: lambda: _("Book bank lines"),
        Right.BANK_SPLIT: lambda: _("Split bank lines and make bank rules"),
        Right.PAYMENT_PREPARE: lambda: _("Prepare payments"),
        Right.PAYMENT_APPROVE: lambda: _("Approve payments of somebody else"),
        Right.BLOCKED_PERIOD_BOOK: lambda: _("Book in a blocked month"),
        Right.PERIOD_CLOSE: lambda: _("Number, block and close months, file VAT returns"),
        Right.VAT_APPROVE: lambda: _("Approve the VAT return"),
        Right.ROLE_GIVE: lambda: _("Give and take roles, choose the bundle"),
        Right.LOG_READ: lambda: _("Read the log of who did what"),
        Right.PORTAL_MANAGE: lambda: _("Manage the office: Zelfboeken, staff, who looks after which domain"),
        Right.DOMAIN_CREATE: lambda: _("Make a domain"),
        Right.DOMAIN_EDIT: lambda: _("Change the data of the domain"),
        Right.EXPORT_ALL: lambda: _("Export the whole domain"),
    }


def _groups() -> tuple[tuple[str, tuple[Right, ...]], ...]:
    return (
        (
            _("Documents"),
            (
                Right.DOMAIN_ENTER,
                Right.DOCUMENT_DELIVER,
                Right.DOCUMENT_SEE_ALL_USERS,
                Right.DOCUMENT_SEE_SALES,
                Right.DOCUMENT_SEE_PURCHASE,
                Right.DOCUMENT_SEE_PERSONNEL,
            ),
        ),
        (
            _("Books and bank"),
            (
                Right.LEDGER_SEE,
                Right.SALES_INVOICE_SEND,
                Right.DATA_COMPLETE,
                Right.DOCUMENT_BOOK,
                Right.BANK_MATCH,
                Right.BANK_BOOK,
                Right.BANK_SPLIT,
            ),
        ),
        (_("Payments"), (Right.PAYMENT_PREPARE, Right.PAYMENT_APPROVE)),
        (_("Months and VAT"), (Right.BLOCKED_PERIOD_BOOK, Right.PERIOD_CLOSE, Right.VAT_APPROVE)),
        (
            _("Management"),
            (
                Right.ROLE_GIVE,
                Right.LOG_READ,
                Right.EXPORT_ALL,
                Right.DOMAIN_EDIT,
                Right.DOMAIN_CREATE,
                Right.PORTAL_MANAGE,
            ),
        ),
    )
