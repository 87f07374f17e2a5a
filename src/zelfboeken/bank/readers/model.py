"""What a bank file says, whatever its format. Amounts are signed whole cents; above zero is money in."""

import datetime
from dataclasses import dataclass
from typing import Literal

Severity = Literal["ERROR", "WARNING", "INFO"]


class NotReadable(ValueError):
    """Nothing in the file can be trusted as a statement; ``code`` is for programs, the text is a Dutch sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Finding:
    """A contradiction in the file. ``line`` and ``column`` count from 1; 0 means that the whole file is meant."""

    rule: str
    severity: Severity
    line: int
    column: int
    text: str

    @property
    def sentence(self) -> str:
        """The text with the place of the record in front, when it has one."""
        return f"Regel {self.line}, kolom {self.column}: {self.text}" if self.line else self.text


@dataclass(frozen=True, slots=True)
class BankDetail:
    """One part of a movement that the bank booked as a whole. Never a movement of its own."""

    amount_cents: int
    counterparty: str | None
    counter_iban: str | None
    counter_bic: str | None
    communication: str
    structured: str | None
    transaction_code: str | None = None


@dataclass(frozen=True, slots=True)
class ReadBankLine:
    """A movement on the account.

    ``structured`` is an OGM in 12 digits or a creditor reference that starts with RF. ``details`` is filled only
    when the parts add up to the amount. ``information`` holds what the bank says about it, each a readable text.
    """

    booked_on: datetime.date
    value_on: datetime.date | None
    amount_cents: int
    counterparty: str | None
    counter_iban: str | None
    counter_bic: str | None
    communication: str
    structured: str | None
    transaction_code: str | None
    bank_reference: str | None
    customer_reference: str | None
    details: tuple[BankDetail, ...]
    information: tuple[str, ...]
    sequence: str
    end_to_end: str | None
    mandate: str | None


@dataclass(frozen=True, slots=True)
class ReadStatement:
    """The movements of one account between two balances. ``iban`` is the national number when there is no IBAN."""

    iban: str
    currency: str
    holder: str | None
    bic: str | None
    number: int | None
    paper_number: str | None
    date: datetime.date | None
    opening_on: datetime.date | None
    opening_cents: int
    closing_cents: int
    lines: tuple[ReadBankLine, ...]
    findings: tuple[Finding, ...]
    free_text: str

    @property
    def must_be_quarantined(self) -> bool:
        """Whether the statement contradicts itself, so that nothing of it may be booked before a person has looked."""
        return any(finding.severity == "ERROR" for finding in self.findings)


@dataclass(frozen=True, slots=True)
class ReadBankFile:
    """A file with its statements in their order; ``findings`` holds only what belongs to none of them."""

    format: str
    statements: tuple[ReadStatement, ...]
    findings: tuple[Finding, ...]
