"""A loan's instalment, told apart into capital and interest by what the bank wrote (booking pattern 26)."""

import re
from dataclasses import dataclass

from zelfboeken.matching.bank_codes import INTEREST_PAID, LOAN_WITHIN_A_YEAR, is_capital
from zelfboeken.matching.facts import BankLineFacts, Choice, Decision, GLShare, LineProposal, Reason
from zelfboeken.matching.habits import CERTAIN_PERCENT, History, features_of
from zelfboeken.money.texts import euro_text

LOAN_OVER_A_YEAR = "173000"
_LOAN_ACCOUNTS = ("17", "42")
_HINTS = {LOAN_OVER_A_YEAR: "meer dan een jaar", LOAN_WITHIN_A_YEAR: "binnen het jaar"}
_AMOUNT = r"\D{0,15}?(\d{1,3}(?:[. ]\d{3})*[.,]\d{2}|\d+[.,]\d{2})(?!\d)"
_CAPITAL = re.compile(r"\b(?:kapitaal|capital|aflossing|principal)\b" + _AMOUNT, re.IGNORECASE)
_INTEREST = re.compile(r"\b(?:interest(?:en)?|intrest(?:en)?|rente|int[eé]r[eê]ts?)\b" + _AMOUNT, re.IGNORECASE)
_OLD_BALANCE = re.compile(r"^Krediet: .*?\boud saldo (\d+,\d{2})(?!\d)")
_NEW_BALANCE = re.compile(r"\bnieuw saldo (?:(\d+,\d{2})(?!\d))?")
"""As the reader tells structured communication 125; it leaves out a balance of nothing."""


@dataclass(frozen=True, slots=True)
class _Split:
    """Cents of capital and of interest, and what says so."""

    capital: int
    interest: int
    reason: Reason


def by_loan(line: BankLineFacts, history: History) -> LineProposal | None:
    """The instalment of a loan when the bank says how much of it is capital and that adds up; else None.

    Which account holds the loan is learnt: before the first booking, or after two accounts, a person chooses.
    """
    split = _split_of(line)
    if split is None:
        return None
    seen = _loan_accounts(line, history)
    likely = [*seen, *(gl_code for gl_code in _HINTS if gl_code not in seen)][:4]
    choices = tuple(
        Choice(f"Lening op {gl_code}", _HINTS.get(gl_code, "zoals voordien"), _instalment(gl_code, split))
        for gl_code in likely
    )
    if not seen:
        why = "De rekening van deze lening is nog niet bekend"
        return LineProposal("CHOOSE", None, "BEREKENING", 60, (split.reason,), why, choices)
    gl_code, times = next(iter(seen.items()))
    text = f"{times} vorige {'keer' if times == 1 else 'keren'}: {gl_code}"
    if 100 * times < CERTAIN_PERCENT * sum(seen.values()):
        why = "Deze lening stond al op meer dan een rekening"
        reasons = (split.reason, Reason("history", "warn", text))
        return LineProposal("CHOOSE", None, "BEREKENING", 60, reasons, why, choices)
    return LineProposal(
        "READY",
        _instalment(gl_code, split),
        "BEREKENING",
        94,
        (split.reason, Reason("history", "ok", text)),
        "De bank zegt hoeveel kapitaal dit is, maar er is geen stuk",
        choices[1:],  # next year's part moves to the other account (pattern 26)
        f"{gl_code} en {INTEREST_PAID}" if split.interest else gl_code,
    )


def _split_of(line: BankLineFacts) -> _Split | None:
    """Capital and interest in a payment out, proven by their sum; None when the bank does not say."""
    paid = -line.amount_cents
    if paid <= 0:
        return None
    if is_capital(line):
        return _Split(paid, 0, Reason("landmark", "ok", "Code van de bank: aflossing van kapitaal"))
    capital, interest = _CAPITAL.search(line.communication), _INTEREST.search(line.communication)
    if capital and interest:
        parts = _cents(capital[1]), _cents(interest[1])
        if min(parts) <= 0 or sum(parts) != paid:
            return None
        told = f"Kapitaal {_euro(parts[0])} en interest {_euro(parts[1])} zijn samen het bedrag"
        return _Split(*parts, Reason("calculator", "ok", told))
    repaid = _repaid(line.communication)
    if not 0 < repaid <= paid:
        return None
    told = f"Het saldo van het krediet daalde met {_euro(repaid)}"
    return _Split(repaid, paid - repaid, Reason("calculator", "ok", told))


def _repaid(text: str) -> int:
    """By how many cents the balance of the credit went down, 0 when the text does not tell."""
    old, new = _OLD_BALANCE.search(text), _NEW_BALANCE.search(text)
    if old is None or (new is not None and new[1] is None):
        return 0
    return _cents(old[1]) - (_cents(new[1]) if new else 0)


def _loan_accounts(line: BankLineFacts, history: History) -> dict[str, int]:
    """Where the capital of the most alike lines before went and how often, the most frequent first."""
    for feature in features_of(line):
        counts = {gl: times for gl, times in history.get(feature, {}).items() if gl.startswith(_LOAN_ACCOUNTS)}
        if counts:
            return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))
    return {}


def _instalment(gl_code: str, split: _Split) -> Decision:
    shares = [GLShare(gl_code, -split.capital, "Kapitaal")]
    if split.interest:
        shares.append(GLShare(INTEREST_PAID, -split.interest, "Interest"))
    return Decision("BOOK", shares=tuple(shares))


def _cents(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def _euro(cents: int) -> str:
    return f"€ {euro_text(cents)}"
