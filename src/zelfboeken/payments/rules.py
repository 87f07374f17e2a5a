"""What of the debts to suppliers can be paid by a file, what speaks against it, and what is ticked beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from zelfboeken.belgium.holidays import holidays

SOON = timedelta(days=7)
"""What falls due within this time is ticked beforehand."""
USUAL_TERM = timedelta(days=30)
"""When a debt without a due date is due: the term between firms when nothing is agreed (rules, chapter 5)."""
FURTHEST = timedelta(days=365)
"""A bank takes an order for at most a year ahead."""
MOST_PAYMENTS = 500
MOST_CENTS = 99_999_999_999
"""The most that one SEPA credit transfer may carry: 999,999,999.99 euro (EPC115-06)."""

SEPA = frozenset(
    {
        "AD", "AL", "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB",
        "GI", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MC", "MD", "ME", "MK",
        "MT", "NL", "NO", "PL", "PT", "RO", "RS", "SE", "SI", "SK", "SM", "VA",
    }
)  # fmt: skip
"""The countries in whose accounts a SEPA credit transfer arrives (EPC409-09)."""


class Obstacle(StrEnum):
    """Why a debt cannot go into a file."""

    NO_ACCOUNT = "NO_ACCOUNT"
    NOT_SEPA = "NOT_SEPA"
    CURRENCY = "CURRENCY"
    TOO_MUCH = "TOO_MUCH"


class Doubt(StrEnum):
    """What a person looks at before he pays a debt: it is not ticked beforehand."""

    NEW_ACCOUNT = "NEW_ACCOUNT"
    OTHER_ACCOUNT = "OTHER_ACCOUNT"
    COLLECTED = "COLLECTED"
    CREDIT = "CREDIT"


@dataclass(frozen=True, slots=True)
class AccountUse:
    """What the statements tell of an account of a contact: how often it was paid on, and who began the last payment."""

    times_paid: int = 0
    is_collected: bool = False
    """Whether the newest movement to it was a direct debit: the supplier fetches his money himself."""


NEVER_USED = AccountUse()


@dataclass(frozen=True, slots=True)
class Debt:
    """What is still owed for one open item, in cents of euro above zero, and on which account.

    `iban` is that of the invoice, else the only one of the contact; `ibans` are all that the contact is known by.
    `credit_cents` is what the same contact owes us on the same account: credit notes, what was paid too much.
    """

    item_id: int
    entry_id: int
    contact_id: int
    contact_public_id: str
    contact_name: str
    document_number: str
    structured: str
    on_date: date
    due_on: date | None
    open_cents: int
    currency: str = "EUR"
    payment_text: str = ""
    """What the supplier asks to be paid with, where he gives no structured reference."""
    iban: str = ""
    ibans: tuple[str, ...] = ()
    use: AccountUse = NEVER_USED
    is_elsewhere_used: bool = False
    """Whether another account of the contact was paid on before."""
    credit_cents: int = 0
    user_ids: frozenset[int] = frozenset()
    """The users of the domain who are paid: it is their own claim."""

    @property
    def falls_due_on(self) -> date:
        """The due date, else the usual term after the date of the document."""
        return self.due_on or self.on_date + USUAL_TERM


def obstacle_of(debt: Debt) -> Obstacle | None:
    """The first reason for which this debt cannot be paid by a file as it stands; None when it can."""
    if debt.currency not in {"", "EUR"}:
        return Obstacle.CURRENCY
    if debt.open_cents > MOST_CENTS:
        return Obstacle.TOO_MUCH
    if not debt.iban:
        return Obstacle.NO_ACCOUNT
    return None if debt.iban[:2] in SEPA else Obstacle.NOT_SEPA


def doubts_of(debt: Debt) -> tuple[Doubt, ...]:
    """What speaks against paying this debt without a look, the worst first.

    An account that nobody was paid on before is how invoices are forged: where the supplier had another one, that is
    said.
    """
    found = []
    if debt.iban and debt.use.is_collected:
        found.append(Doubt.COLLECTED)
    if debt.iban and not debt.use.times_paid and not debt.use.is_collected:
        found.append(Doubt.OTHER_ACCOUNT if debt.is_elsewhere_used else Doubt.NEW_ACCOUNT)
    if debt.credit_cents:
        found.append(Doubt.CREDIT)
    return tuple(found)


def is_ticked(debt: Debt, today: date) -> bool:
    """Whether the debt is proposed for payment: due within a week or late, and nothing speaks against it."""
    return obstacle_of(debt) is None and not doubts_of(debt) and debt.falls_due_on <= today + SOON


def next_bank_day(today: date) -> date:
    """Today or the first day after it that is no weekend and no public holiday: what a payment is dated by default."""
    day = today
    while day.isoweekday() > 5 or day in holidays(day.year):
        day += timedelta(days=1)
    return day
