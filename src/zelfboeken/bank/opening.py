"""Adding a bank account to an administration, with its GL account and its own journal."""

from zelfboeken.access.services import Access
from zelfboeken.bank.models import BankAccount
from zelfboeken.belgium import iban as ibans
from zelfboeken.ledger.models import GLAccount, Journal, JournalKind
from zelfboeken.ledger.queries import forget_chart


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
