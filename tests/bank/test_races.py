"""Two people who add a bank account at once: one gets it, the other reads why not."""

from __future__ import annotations

import pytest

from tests.books import NOW, open_new_books
from tests.files import OUR_IBAN
from tests.threads import in_threads
from zelfboeken.bank.models import BankAccount
from zelfboeken.bank.opening import BankAccountRefused, open_bank_account
from zelfboeken.ledger.opening import open_books
from zelfboeken.runtime.roles import Urls
from zelfboeken.tenancy.models import Administration
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.slow


def test_one_number_added_to_two_administrations_at_once_is_added_to_one(own_database: Urls):
    with open_new_books() as books:
        other = Administration.objects.create(domain_id=books.domain.id, name="Tweede BV")
        open_books(access=books.access, administration=other, first_year=2026)
    both = (books.administration, other)

    for iban in (OUR_IBAN, "BE49999000000171", "NL91ABNA0417164300"):

        def add(number: int, iban: str = iban) -> str:
            try:
                with domain_scope(books.domain.id):
                    open_bank_account(
                        access=books.access,
                        administration=both[number],
                        iban=iban,
                        name="Zicht",
                        kind="CURRENT",
                        at=NOW,
                    )
            except BankAccountRefused as no:
                return no.code
            return "added"

        assert sorted(in_threads(2, add)) == ["added", "bank_account_known"]

    with domain_scope(books.domain.id):
        accounts = list(BankAccount.objects.filter(domain_id=books.domain.id))
    assert len(accounts) == 3
    assert len({(one.administration_id, one.gl_account_id) for one in accounts}) == 3
