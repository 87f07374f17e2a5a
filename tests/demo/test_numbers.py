"""The made-up numbers pass the same checks as real ones."""

from stdnum import iban as iban_check
from stdnum.be import iban as belgian_iban_check
from stdnum.be import vat as belgian_vat
from stdnum.eu import vat as eu_vat

from zelfboeken.demo.customers import BAKERY, CURRENT_IBAN, CUSTOMERS, SAVINGS_IBAN
from zelfboeken.demo.numbers import belgian_iban, enterprise_number, structured_communication
from zelfboeken.demo.suppliers import SUPPLIERS

TRADERS = (*SUPPLIERS, *CUSTOMERS)


def test_the_first_number_is_the_one_of_the_bakery() -> None:
    assert enterprise_number(1) == "0999000129" == BAKERY.enterprise


def test_every_made_up_enterprise_number_and_account_passes_its_checksum() -> None:
    assert all(belgian_vat.is_valid(enterprise_number(n)) for n in range(1, 700))
    assert all(belgian_iban_check.is_valid(belgian_iban(n)) for n in range(1, 700))


def test_a_structured_communication_ends_in_its_remainder_and_97_stands_for_nought() -> None:
    assert structured_communication(1234567890) == "123456789002"
    assert structured_communication(97) == "000000009797"


def test_every_trader_has_a_valid_account_and_vat_number_and_no_two_share_one() -> None:
    accounts = [trader.iban for trader in TRADERS if trader.iban] + [CURRENT_IBAN, SAVINGS_IBAN]
    assert all(iban_check.is_valid(account) for account in accounts)
    assert len(set(accounts)) == len(accounts)
    numbers = [t.party.vat for t in TRADERS if t.party.vat and t.party.country not in ("GB", "CH")]
    assert [number for number in numbers if not eu_vat.is_valid(number)] == []
    assert len(set(numbers)) == len(numbers)


def test_there_are_at_least_25_suppliers_and_40_customers_with_keys_of_their_own() -> None:
    assert len(SUPPLIERS) >= 25
    assert len(CUSTOMERS) == 40
    assert len({trader.key for trader in TRADERS}) == len(TRADERS)
