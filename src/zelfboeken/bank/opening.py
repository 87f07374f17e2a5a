"""Adding a bank account to an administration, with its GL account and its own journal."""

from __future__ import annotations

from datetime import datetime

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.audit.services import Happened
from zelfboeken.bank.models import BankAccount
from zelfboeken.belgium import iban as ibans
from zelfboeken.ledger.models import GLAccount, Journal, JournalKind
from zelfboeken.ledger.queries import forget_chart
from zelfboeken.tenancy.models import Administration

BANK_GL_CODES = {"CURRENT": "550000", "SAVINGS": "550100"}
"""The account of the starter chart for each kind of bank account: one per IBAN, the next ones follow it."""
_MOST_PER_KIND = 99


class BankAccountRefused(ValueError):
    """A bank account that cannot be added; `field` is the field of the form that is wrong."""

    def __init__(self, field: str, code: str, text: str) -> None:
        super().__init__(text)
        self.field = field
        self.code = code


def add_bank_account(
    *, access: Access, administration_id: int, iban: str, name: str, gl_code: str, journal_code: str
) -> BankAccount:
    """Keep books for this bank account. Raises IbanNotValid, or GLAccount.DoesNotExist for an unknown GL account."""
    gl_account = GLAccount.objects.get(domain_id=access.domain_id, administration_id=administration_id, code=gl_code)
    journal = Journal.objects.create(
        domain_id=access.domain_id,
        administration_id=administration_id,
        code=journal_code,
        kind=JournalKind.BANK,
        name=name,
    )
    forget_chart(domain_id=access.domain_id, administration_id=administration_id)
    return BankAccount.objects.create(
        domain_id=access.domain_id,
        administration_id=administration_id,
        iban=ibans.normalise(iban),
        name=name,
        gl_account_id=gl_account.id,
        journal_id=journal.id,
    )


def open_bank_account(
    *, access: Access, administration: Administration, iban: str, name: str, kind: str, at: datetime
) -> BankAccount:
    """Add a bank account by its number: the GL account and the journal are the next free ones of their kind.

    Raises:
        NotAllowed: the user may not book bank lines.
        BankAccountRefused: a number that is none or that the domain has already, no name, or no such kind.
    """
    access.require(Right.BANK_BOOK)
    access.require_reach(administration.id)
    try:
        number = ibans.normalise(iban)
    except ibans.IbanNotValid as no:
        raise BankAccountRefused("iban", no.code, str(no)) from None
    if not name.strip():
        raise BankAccountRefused("name", "name_missing", "Geef de rekening een naam, zoals Zichtrekening.")
    if kind not in BANK_GL_CODES:
        raise BankAccountRefused("kind", "kind_unknown", "Kies zichtrekening of spaarrekening.")
    # Who adds one to any books of the domain at the same time waits here, and then sees this one. Bookings go on.
    list(Administration.objects.select_for_update(no_key=True).filter(domain_id=access.domain_id).order_by("id"))
    own = list(BankAccount.objects.filter(domain_id=access.domain_id))
    if any(one.iban == number and one.currency == "EUR" for one in own):
        raise BankAccountRefused(
            "iban",
            "bank_account_known",
            f"Rekening {ibans.formatted(number)} staat al in dit domein. "
            "Zie je ze niet, vraag dan de Directie toegang tot haar administratie.",
        )
    made = add_bank_account(
        access=access,
        administration_id=administration.id,
        iban=number,
        name=name.strip()[:100],
        gl_code=_free_gl_account(access, administration.id, kind, number, {one.gl_account_id for one in own}),
        journal_code=_free_journal_code(access, administration.id),
    )
    access.log(
        at=at,
        events=[Happened("bank_account.added", f"administration:{administration.public_id}", {"iban": number})],
    )
    return made


def _free_gl_account(access: Access, administration_id: int, kind: str, iban: str, used: set[int]) -> str:
    """The code of a GL account that no bank account has: the one of the chart, else a new one right behind it."""
    first = int(BANK_GL_CODES[kind])
    books = GLAccount.objects.filter(domain_id=access.domain_id, administration_id=administration_id)
    pattern = books.get(code=str(first))
    if pattern.id not in used:
        return pattern.code
    taken = set(books.values_list("code", flat=True))
    free = next((str(code) for code in range(first + 1, first + 1 + _MOST_PER_KIND) if str(code) not in taken), "")
    if not free:
        raise BankAccountRefused("kind", "no_gl_account_free", "Er zijn al honderd rekeningen van deze soort.")
    tail = iban[-4:]
    GLAccount.objects.create(
        domain_id=access.domain_id,
        administration_id=administration_id,
        code=free,
        type=pattern.type,
        name_nl=f"{pattern.name_nl} {tail}",
        name_fr=f"{pattern.name_fr} {tail}",
        name_en=f"{pattern.name_en} {tail}",
        vat_nature=pattern.vat_nature,
        is_control=pattern.is_control,
    )
    return free


def _free_journal_code(access: Access, administration_id: int) -> str:
    taken = set(
        Journal.objects.filter(domain_id=access.domain_id, administration_id=administration_id).values_list(
            "code", flat=True
        )
    )
    return next(code for code in (f"B{n}" for n in range(1, len(taken) + 2)) if code not in taken)
