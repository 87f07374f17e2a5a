"""Who may what: the one table of rights (invariants, chapter 2)."""

from enum import StrEnum


class Role(StrEnum):
    """A role in a domain. Roles add up and hold for every administration the user reaches."""

    VIEWER = "VIEWER"
    SALES = "SALES"
    PURCHASE = "PURCHASE"
    HRM = "HRM"
    FINANCE = "FINANCE"
    EXTERNAL_ACCOUNTANT = "EXTERNAL_ACCOUNTANT"
    PROCURATION = "PROCURATION"
    SECURITY_MANAGER = "SECURITY_MANAGER"
    MANAGEMENT = "MANAGEMENT"
    BACKOFFICE = "BACKOFFICE"


class PortalRole(StrEnum):
    """A role of office staff; it reaches assigned domains only, the portal administrator all of the portal."""

    DATA_ENTRY = "DATA_ENTRY"
    PORTAL_BACKOFFICE = "PORTAL_BACKOFFICE"
    CONTROLLER = "CONTROLLER"
    PORTAL_ADMIN = "PORTAL_ADMIN"
    GUEST = "GUEST"


ROLE_NAMES = {
    Role.VIEWER: "Kijkgebruiker",
    Role.SALES: "Verkoop",
    Role.PURCHASE: "Aankoop",
    Role.HRM: "HRM",
    Role.FINANCE: "Financiële administratie",
    Role.EXTERNAL_ACCOUNTANT: "Externe accountant",
    Role.PROCURATION: "Procuratie",
    Role.SECURITY_MANAGER: "Security manager",
    Role.MANAGEMENT: "Directie",
    Role.BACKOFFICE: "Backoffice",
    PortalRole.DATA_ENTRY: "Portaal data-entry",
    PortalRole.PORTAL_BACKOFFICE: "Portaal backoffice",
    PortalRole.CONTROLLER: "Portaal backoffice controller",
    PortalRole.PORTAL_ADMIN: "Portaalbeheerder",
    PortalRole.GUEST: "Portaal gastgebruiker",
}


class Right(StrEnum):
    """One thing somebody may do in a domain."""

    DOMAIN_ENTER = "domain.enter"
    DOCUMENT_DELIVER = "document.deliver"
    DOCUMENT_SEE_ALL_USERS = "document.see_all_users"
    DOCUMENT_SEE_SALES = "document.see_sales"
    DOCUMENT_SEE_PURCHASE = "document.see_purchase"
    DOCUMENT_SEE_PERSONNEL = "document.see_personnel"
    LEDGER_SEE = "ledger.see"
    SALES_INVOICE_SEND = "sales_invoice.send"
    DATA_COMPLETE = "data.complete"
    DOCUMENT_BOOK = "document.book"
    BANK_MATCH = "bank.match"
    BANK_BOOK = "bank.book"
    BANK_SPLIT = "bank.split"
    PAYMENT_PREPARE = "payment.prepare"
    PAYMENT_APPROVE = "payment.approve"
    BLOCKED_PERIOD_BOOK = "period.book_blocked"
    PERIOD_CLOSE = "period.close"
    VAT_APPROVE = "vat.approve"
    ROLE_GIVE = "role.give"
    LOG_READ = "log.read"
    PORTAL_MANAGE = "portal.manage"
    DOMAIN_CREATE = "domain.create"
    DOMAIN_EDIT = "domain.edit"
    EXPORT_ALL = "export.all"


class Condition(StrEnum):
    """On what a right still depends."""

    ALWAYS = "ALWAYS"
    SELF_BOOKING = "SELF_BOOKING"
    """Only while the self-booking right is effective (INV-20)."""
    TICKED = "TICKED"
    """Only when the office ticked it for this domain."""


EVERYBODY = "EVERYBODY"
"""A user of the domain, with or without a role. Viewer alone is narrower."""

_Y, _E, _T = Condition.ALWAYS, Condition.SELF_BOOKING, Condition.TICKED
_COLUMNS: tuple[str, ...] = (
    EVERYBODY,
    Role.VIEWER,
    Role.SALES,
    Role.PURCHASE,
    Role.HRM,
    Role.FINANCE,
    Role.EXTERNAL_ACCOUNTANT,
    Role.PROCURATION,
    Role.SECURITY_MANAGER,
    Role.MANAGEMENT,
    Role.BACKOFFICE,
    PortalRole.DATA_ENTRY,
    PortalRole.PORTAL_BACKOFFICE,
    PortalRole.CONTROLLER,
    PortalRole.PORTAL_ADMIN,
)
_TABLE: dict[Right, str] = {
    #                               –  KU VK AK HR FA EA PR SM DI BO PD PB PC PA
    Right.DOMAIN_ENTER:            "Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y",
    Right.DOCUMENT_DELIVER:        "Y  .  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y",
    Right.DOCUMENT_SEE_ALL_USERS:  "Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y",
    Right.DOCUMENT_SEE_SALES:      ".  Y  Y  .  .  Y  Y  .  .  Y  Y  Y  Y  Y  Y",
    Right.DOCUMENT_SEE_PURCHASE:   ".  Y  .  Y  .  Y  Y  Y  .  Y  Y  Y  Y  Y  Y",
    Right.DOCUMENT_SEE_PERSONNEL:  ".  .  .  .  Y  .  t  .  .  Y  t  .  t  Y  Y",
    Right.LEDGER_SEE:              ".  Y  .  .  .  Y  Y  .  .  Y  Y  .  Y  Y  Y",
    Right.SALES_INVOICE_SEND:      ".  .  Y  .  .  Y  .  .  .  Y  e  .  Y  Y  Y",
    Right.DATA_COMPLETE:           ".  .  .  .  .  Y  Y  .  .  .  e  Y  Y  Y  Y",
    Right.DOCUMENT_BOOK:           ".  .  .  .  .  .  Y  .  .  .  e  .  Y  Y  Y",
    Right.BANK_MATCH:              ".  .  .  .  .  Y  Y  .  .  .  e  Y  Y  Y  Y",
    Right.BANK_BOOK:               ".  .  .  .  .  Y  Y  .  .  .  e  .  Y  Y  Y",
    Right.BANK_SPLIT:              ".  .  .  .  .  .  .  .  .  .  e  .  Y  Y  Y",
    Right.PAYMENT_PREPARE:         ".  .  .  Y  .  Y  .  .  .  Y  e  .  Y  Y  Y",
    Right.PAYMENT_APPROVE:         ".  .  .  .  .  .  .  Y  .  Y  .  .  .  .  .",
    Right.BLOCKED_PERIOD_BOOK:     ".  .  .  .  .  .  Y  .  .  .  .  .  .  Y  .",
    Right.PERIOD_CLOSE:            ".  .  .  .  .  .  t  .  .  .  t  .  Y  Y  Y",
    Right.VAT_APPROVE:             ".  .  .  .  .  .  .  .  .  Y  .  .  .  .  .",
    Right.ROLE_GIVE:               ".  .  .  .  .  .  .  .  .  Y  .  .  .  .  .",
    Right.LOG_READ:                ".  .  .  .  .  .  .  .  Y  Y  .  .  .  .  Y",
    Right.PORTAL_MANAGE:           ".  .  .  .  .  .  .  .  .  .  .  .  .  .  Y",
    Right.DOMAIN_CREATE:           ".  .  .  .  .  .  .  .  .  .  .  .  Y  Y  Y",
    Right.DOMAIN_EDIT:             ".  .  .  .  .  .  .  .  .  Y  .  .  .  .  Y",
    Right.EXPORT_ALL:              ".  .  .  .  .  Y  Y  .  .  Y  e  .  Y  Y  Y",
}  # fmt: skip
_CONDITIONS = {"Y": _Y, "e": _E, "t": _T}

GRANTS: dict[str, dict[Right, Condition]] = {
    column: {right: _CONDITIONS[cells.split()[index]] for right, cells in _TABLE.items() if cells.split()[index] != "."}
    for index, column in enumerate(_COLUMNS)
}
"""Per role (and `EVERYBODY`): the rights it gives and on what each still depends."""

TICKABLE: frozenset[tuple[str, Right]] = frozenset(
    (str(role), right) for role, rights in GRANTS.items() for right, condition in rights.items() if condition is _T
)
"""The cells marked `t`: which role may get which right when the office ticks it for a domain."""

RIGHT_NAMES = {
    Right.DOMAIN_ENTER: "dit domein te openen",
    Right.DOCUMENT_DELIVER: "documenten aan te leveren",
    Right.DOCUMENT_SEE_ALL_USERS: "documenten te bekijken",
    Right.DOCUMENT_SEE_SALES: "verkoopfacturen te bekijken",
    Right.DOCUMENT_SEE_PURCHASE: "aankoopfacturen te bekijken",
    Right.DOCUMENT_SEE_PERSONNEL: "personeelsdocumenten te bekijken",
    Right.LEDGER_SEE: "de boekhouding te bekijken",
    Right.SALES_INVOICE_SEND: "verkoopfacturen te maken of te versturen",
    Right.DATA_COMPLETE: "gegevens aan te vullen",
    Right.DOCUMENT_BOOK: "documenten te boeken",
    Right.BANK_MATCH: "bankverrichtingen te koppelen",
    Right.BANK_BOOK: "bankverrichtingen te boeken",
    Right.BANK_SPLIT: "bankverrichtingen te splitsen of bankregels te maken",
    Right.PAYMENT_PREPARE: "betalingen klaar te zetten",
    Right.PAYMENT_APPROVE: "betalingen goed te keuren",
    Right.BLOCKED_PERIOD_BOOK: "te boeken in een geblokkeerde periode",
    Right.PERIOD_CLOSE: "te nummeren, periodes te blokkeren of af te sluiten, of de btw-aangifte in te dienen",
    Right.VAT_APPROVE: "de btw-aangifte goed te keuren",
    Right.ROLE_GIVE: "rollen te geven of een bundel te kiezen",
    Right.LOG_READ: "het logboek te lezen",
    Right.PORTAL_MANAGE: "het portaal te beheren",
    Right.DOMAIN_CREATE: "een domein te maken",
    Right.DOMAIN_EDIT: "de gegevens van het domein te wijzigen",
    Right.EXPORT_ALL: "het hele domein te exporteren",
}
"""What each right lets somebody do, to go after "Je rol laat niet toe om"."""


def granted_rights(
    roles: frozenset[str], *, self_booking: bool, ticked: frozenset[tuple[str, Right]] = frozenset()
) -> frozenset[Right]:
    """The rights these roles give together. An unknown role gives nothing (INV-33).

    `self_booking` says whether the self-booking right of this user is effective now; `ticked` which cells marked `t`
    the office ticked. A user whose only role is Kijkgebruiker delivers nothing (architecture §6).
    """
    columns = set(roles) if roles == {Role.VIEWER} else {EVERYBODY, *roles}
    held = set()
    for column in columns:
        for right, condition in GRANTS.get(column, {}).items():
            if (
                condition is _Y
                or (condition is _E and self_booking)
                or (condition is _T and (str(column), right) in ticked)
            ):
                held.add(right)
    return frozenset(held)
