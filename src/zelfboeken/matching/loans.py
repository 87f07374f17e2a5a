"""A loan's instalment, told apart into capital and interest by what the bank wrote (booking pattern 26)."""

import re

from zelfboeken.matching.facts import BankLineFacts, Choice, Decision, GLShare, LineProposal, Reason
from zelfboeken.matching.habits import History, features_of

LOAN_OVER_A_YEAR = "173000"
LOAN_WITHIN_A_YEAR = "423000"
INTEREST = "650000"
_LOAN_ACCOUNTS = ("17", "42")
_AMOUNT = r"\D{0,15}?(\d[\d. ]*[.,]\d{2})(?!\d)"
_CAPITAL = re.compile(r"\b(?:kapitaal|capital|aflossing|principal)\b" + _AMOUNT, re.IGNORECASE)
_INTEREST = re.compile(r"\b(?:interest(?:en)?|intrest(?:en)?|rente|int[eé]r[eê]ts?)\b" + _AMOUNT, re.IGNORECASE)
_BALANCES = re.compile(r"oud saldo (\d+,\d{2}), nieuw saldo (\d+,\d{2})")
"""As the reader tells structured communication 125."""


def by_loan(line: BankLineFacts, history: History) -> LineProposal | None:
    """The instalment of a loan when its text names capital and interest that add up to the amount; else None.

    Which account holds the loan is learnt: before the first booking a person chooses.
    """
    split = _capital_and_interest(line)
    if split is None:
        return None
    capital, interest = split
    said = f"Kapitaal {_euro(capital)} en interest {_euro(interest)} zijn samen het bedrag"
    reason = Reason("calculator", "ok", said)
    known = _loan_account(line, history)
    if known is None:
        why = "De rekening van deze lening is nog niet bekend"
        choices = tuple(
            Choice(f"Lening op {gl_code}", text, _instalment(line, gl_code, capital, interest))
            for gl_code, text in ((LOAN_OVER_A_YEAR, "meer dan een jaar"), (LOAN_WITHIN_A_YEAR, "binnen het jaar"))
        )
        return LineProposal("CHOOSE", None, "BEREKENING", 60, (reason,), why, choices)
    gl_code, times = known
    habit = Reason("history", "ok", f"{times} vorige {'keer' if times == 1 else 'keren'}: {gl_code}")
    return LineProposal(
        "READY",
        _instalment(line, gl_code, capital, interest),
        "BEREKENING",
        94,
        (reason, habit),
        "De bank zegt hoeveel kapitaal er in zit, geen stuk",
        title=f"{gl_code} en {INTEREST}",
    )


def _capital_and_interest(line: BankLineFacts) -> tuple[int, int] | None:
    """Cents of capital and of interest in a payment out, proven by their sum; None when the text does not say."""
    paid = -line.amount_cents
    if paid <= 0:
        return None
    capital, interest = _CAPITAL.search(line.communication), _INTEREST.search(line.communication)
    if capital and interest:
        parts = _cents(capital[1]), _cents(interest[1])
        return parts if min(parts) > 0 and sum(parts) == paid else None
    balances = _BALANCES.search(line.communication)
    if balances:
        repaid = abs(_cents(balances[1]) - _cents(balances[2]))
        return (repaid, paid - repaid) if 0 < repaid < paid else None
    return None


def _loan_account(line: BankLineFacts, history: History) -> tuple[str, int] | None:
    for feature in features_of(line):
        counts = {gl: times for gl, times in history.get(feature, {}).items() if gl.startswith(_LOAN_ACCOUNTS)}
        if counts:
            return max(counts.items(), key=lambda one: (one[1], one[0]))
    return None


def _instalment(line: BankLineFacts, gl_code: str, capital: int, interest: int) -> Decision:
    shares = (GLShare(gl_code, -capital, "Kapitaal"), GLShare(INTEREST, -interest, "Interest"))
    return Decision("BOOK", shares=shares)


def _cents(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def _euro(cents: int) -> str:
    return f"€ {cents // 100},{cents % 100:02d}"
