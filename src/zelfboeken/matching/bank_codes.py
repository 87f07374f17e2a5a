"""What the bank's own transaction code says of a line: costs, interest, loans (rules §4.1, booking pattern 22).

Eight digits: type, family (2), transaction (2), category (3).
"""

from dataclasses import dataclass

from zelfboeken.matching.facts import BankLineFacts, Choice, Decision, GLShare, LineProposal, Reason

LOAN_WITHIN_A_YEAR = "423000"
INTEREST_PAID, INTEREST_RECEIVED = "650000", "751000"
BANK_COSTS = "657000"
TAX_TO_RECOVER, INCOME_TAX = "412500", "670000"

_CREDITS, _CLOSING, _SEPARATE_COSTS = "13", "35", "80"
_COSTS, _COSTS_REFUNDED = "37", "87"
_CANCELLATIONS = frozenset({"49", "99"})
_INTEREST = frozenset({"001", "002"})
_CAPITAL, _WITHHOLDING_TAX = "055", "051"


@dataclass(frozen=True, slots=True)
class Meaning:
    """The account a transaction code stands for, and its name for people."""

    gl_code: str
    text: str


def meaning_of(line: BankLineFacts) -> Meaning | None:
    """Costs or interest, paid or received, when the code says so beyond doubt; a cancellation is for a person."""
    family, operation, category = _parts_of(line)
    is_paid = line.amount_cents < 0
    if operation in _CANCELLATIONS or category == _WITHHOLDING_TAX:
        return None
    if category in _INTEREST and (family == _CLOSING or (family == _CREDITS and is_paid)):
        return Meaning(INTEREST_PAID, "Interest") if is_paid else Meaning(INTEREST_RECEIVED, "Ontvangen interest")
    if family == _CREDITS:
        return None
    if is_paid and (family in {_CLOSING, _SEPARATE_COSTS} or operation in {_COSTS, _COSTS_REFUNDED}):
        return Meaning(BANK_COSTS, "Bankkosten")
    if not is_paid and operation == _COSTS_REFUNDED:
        return Meaning(BANK_COSTS, "Bankkosten terug")
    return None


def is_capital(line: BankLineFacts) -> bool:
    """Whether the code says that this is the capital of a loan being paid off."""
    family, operation, category = _parts_of(line)
    is_paid = line.amount_cents < 0
    return is_paid and family == _CREDITS and category == _CAPITAL and operation not in _CANCELLATIONS


def by_bank_code(line: BankLineFacts) -> LineProposal | None:
    """A proposal from the code alone; for a loan and for tax withheld on interest a person chooses."""
    family, _, category = _parts_of(line)
    meaning = meaning_of(line)
    if meaning is not None:
        reason = Reason("landmark", "ok", f"Code van de bank: {meaning.text.lower()}")
        title = f"{meaning.gl_code} {meaning.text}"
        decision = booked(line, meaning.gl_code, meaning.text)
        return LineProposal("READY", decision, "REGEL", 92, (reason,), "Er is geen stuk", title=title)
    if line.amount_cents < 0 and family == _CLOSING and category == _WITHHOLDING_TAX:
        why = "Code van de bank: roerende voorheffing"
        text = "Roerende voorheffing"
        choices = (
            Choice(f"Voorheffing {TAX_TO_RECOVER}", "te verrekenen", booked(line, TAX_TO_RECOVER, text)),
            Choice(f"Belasting {INCOME_TAX}", "niet te verrekenen", booked(line, INCOME_TAX, text)),
        )
        return LineProposal("CHOOSE", None, "REGEL", 40, (Reason("landmark", "ok", why),), why, choices)
    if family == _CREDITS:
        reason = Reason("landmark", "warn", "Verrichting van een krediet: kapitaal en interest staan niet apart")
        capital = booked(line, LOAN_WITHIN_A_YEAR, "Aflossing lening")
        choices = (
            Choice(f"Kapitaal {LOAN_WITHIN_A_YEAR}", "lening binnen het jaar", capital),
            Choice(f"Interest {INTEREST_PAID}", "alleen interest", booked(line, INTEREST_PAID, "Interest lening")),
        )
        return LineProposal("CHOOSE", None, "REGEL", 40, (reason,), reason.text, choices)
    return None


def booked(line: BankLineFacts, gl_code: str, description: str) -> Decision:
    """The whole line on one account."""
    return Decision("BOOK", shares=(GLShare(gl_code, line.amount_cents, description),))


def _parts_of(line: BankLineFacts) -> tuple[str, str, str]:
    code = line.transaction_code or ""
    return code[1:3], code[3:5], code[5:8]
