"""A year of statements through reader and rules, settled as the truth says: nothing that was certain is wrong."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date

from zelfboeken.bank.readers.coda import read_coda
from zelfboeken.bank.readers.model import ReadBankLine
from zelfboeken.demo.customers import CURRENT_IBAN, SAVINGS_IBAN
from zelfboeken.demo.payments import TRADERS
from zelfboeken.demo.score import Outcome, bank_line_outcome, scores
from zelfboeken.demo.truth import Allocation, DocumentTruth, GLAmount, LineTruth, OpeningItem, Year
from zelfboeken.matching.facts import BankLineFacts, Decision, DetailFacts, GLShare, OpenItemFacts
from zelfboeken.matching.habits import lessons
from zelfboeken.matching.items import OpenItems
from zelfboeken.matching.rules import propose

OWN = {CURRENT_IBAN: "550000", SAVINGS_IBAN: "550100"}
CONTACTS = {key: n for n, key in enumerate(TRADERS, start=1)}


class Ledger:
    """What is open, by the keys of the truth."""

    def __init__(self) -> None:
        self.items = OpenItems()
        self.keys: dict[int, str] = {}
        self.ids: dict[str, int] = {}

    def owe(self, key: str, truth: DocumentTruth | OpeningItem, cents: int) -> None:
        number = self.ids[key] = len(self.ids) + 1
        self.keys[number] = key
        self._add(number, truth.contact, cents, truth.number, truth.structured, truth.issued_on, truth.contact_iban)

    def left_open(self, contact: str, cents: int, on: date) -> None:
        """A payment of too much, or what gives it back."""
        for item in self.items.by_contact(CONTACTS[contact]):
            if item.id not in self.keys and item.open_cents == cents:
                self.items.reduce(item.id, cents)
                return
        self._add(100_000 + on.toordinal() + cents, contact, -cents, "", None, on, None)

    def _add(
        self, number: int, contact: str, cents: int, name: str, structured: str | None, on: date, iban: str | None
    ) -> None:
        gl_code = "400000" if contact.startswith("klant") else "440000"
        party = TRADERS[contact].party.name
        ibans = (iban,) if iban else ()
        self.items.add(
            OpenItemFacts(number, CONTACTS[contact], party, gl_code, cents, name, structured, None, on, ibans)
        )


def facts_of(number: int, read: ReadBankLine) -> BankLineFacts:
    return BankLineFacts(
        number,
        read.booked_on,
        read.amount_cents,
        read.counterparty or "",
        read.counter_iban,
        read.communication,
        read.structured,
        read.transaction_code,
        details=tuple(
            DetailFacts(
                one.amount_cents,
                one.counter_iban,
                one.communication,
                one.structured,
                one.counterparty or "",
                one.transaction_code,
            )
            for one in read.details
        ),
    )


def days_of(year: Year, ledger: Ledger) -> Iterator[tuple[date, BankLineFacts, LineTruth]]:
    """The bank lines in order of day; what is owed is open before a line of its day."""
    for item in year.opening_items:
        ledger.owe(item.key, item, item.total_cents * (1 if item.side == "SALE" else -1))
    documents = sorted(year.documents, key=lambda one: one.issued_on)
    number = 0
    for statement in sorted(year.statements, key=lambda one: one.date):
        while documents and documents[0].issued_on <= statement.date:
            one = documents.pop(0)
            sign = (1 if one.side == "SALE" else -1) * (1 if one.truth.kind == "INVOICE" else -1)
            ledger.owe(one.key, one.truth, sign * one.truth.total_cents)
        [read] = read_coda(statement.content).statements
        for line, truth in zip(read.lines, statement.lines, strict=True):
            number += 1
            yield statement.date, facts_of(number, line), truth


def outcome_of(decision: Decision | None, truth: LineTruth, ledger: Ledger) -> Outcome:
    if decision is None:
        return "ASKED"
    settled = [one for one in decision.allocations if one.item_id in ledger.keys]
    left_open = sum(one.cents for one in decision.allocations if one.item_id not in ledger.keys)
    return bank_line_outcome(
        truth,
        [Allocation(ledger.keys[one.item_id], one.cents) for one in settled],
        [GLAmount(one.gl_code, max(0, -one.cents), max(0, one.cents)) for one in decision.shares],
        decision.rest_cents + left_open,
    )


def settle(line: BankLineFacts, truth: LineTruth, ledger: Ledger, counts: dict[str, Counter[str]]) -> None:
    for one in truth.allocations:
        ledger.items.reduce(ledger.ids[one.document], one.cents)
    if truth.on_account_cents:
        ledger.left_open(truth.contact or "", truth.on_account_cents, line.booked_on)
    shares = tuple(GLShare(one.gl_code, one.credit_cents - one.debit_cents, "") for one in truth.gl_lines)
    for feature, gl_code in lessons(line, Decision(truth.kind, shares=shares)):
        counts[feature][gl_code] += 1


def test_no_certain_bank_line_is_wrong_and_after_three_months_92_percent_needs_no_hand(year: Year) -> None:
    ledger, counts = Ledger(), defaultdict[str, Counter[str]](Counter)
    outcomes: list[tuple[str, Outcome]] = []
    for on, line, truth in days_of(year, ledger):
        proposed = propose(line, ledger.items, counts, OWN)
        outcome = outcome_of(None if proposed.group == "CHOOSE" else proposed.decision, truth, ledger)
        outcomes.append(("learnt" if on >= date(2026, 4, 1) else "learning", outcome))
        if proposed.group == "AUTOMATIC":
            # Only an exact reference with the exact amount is booked before anybody saw it.
            assert proposed.decision is not None and line.structured and not line.details
            assert [one.cents for one in proposed.decision.allocations] == [line.amount_cents]
        settle(line, truth, ledger, counts)
    result = scores(outcomes)
    assert {name: score.wrong for name, score in result.items() if score.wrong} == {}
    assert result["learnt"].right_percent >= 92
