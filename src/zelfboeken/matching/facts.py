"""What matching looks at and what it answers: frozen values, with the form in which an answer is stored."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

Group = Literal["AUTOMATIC", "READY", "CHOOSE"]
Method = Literal["REGEL", "MEDEDELING", "GEWOONTE", "BEREKENING"]


@dataclass(frozen=True, slots=True)
class BankLineFacts:
    """A bank line. `amount_cents` is signed: + is money in. `structured` is an OGM of 12 digits, an RF, or empty."""

    id: int
    booked_on: date
    amount_cents: int
    counterparty: str = ""
    counter_iban: str = ""
    communication: str = ""
    structured: str = ""
    transaction_code: str = ""


@dataclass(frozen=True, slots=True)
class OpenItemFacts:
    """An open item. `open_cents` is debit − credit: a customer's invoice +, a supplier's −."""

    id: int
    contact_id: int
    contact_name: str
    gl_code: str
    open_cents: int
    document_number: str
    structured: str
    due_on: date | None
    on_date: date
    ibans: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Allocation:
    """How much of an open item is settled, signed like its open amount."""

    item_id: int
    cents: int


@dataclass(frozen=True, slots=True)
class GLShare:
    """A part that goes to a GL account, signed like the bank line: −18,50 is a cost of 18,50."""

    gl_code: str
    cents: int
    description: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a bank line becomes. Allocations, shares and rest add up to the line's amount.

    `rest_cents` stays open on `contact_id`, to be used or paid back later.
    """

    kind: Literal["MATCH", "BOOK", "TRANSFER"]
    allocations: tuple[Allocation, ...] = ()
    shares: tuple[GLShare, ...] = ()
    contact_id: int | None = None
    rest_cents: int = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """A fact that speaks for the proposal (`ok`) or asks for a look (`warn`)."""

    text: str
    tone: Literal["ok", "warn"] = "ok"
    icon: str = "check"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of at most four answers a person may give with a digit."""

    title: str
    hint: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class LineProposal:
    """What is proposed for a bank line, why, and why not by itself."""

    group: Group
    method: Method
    title: str
    decision: Decision | None
    certainty_percent: int
    reasons: tuple[Reason, ...]
    why_not_automatic: str = ""
    choices: tuple[Choice, ...] = ()


def proposal_to_json(proposal: LineProposal) -> dict[str, Any]:
    """The stored form of a proposal."""
    return asdict(proposal)


def proposal_from_json(stored: dict[str, Any] | str) -> LineProposal:
    """The proposal of a stored form."""
    told: dict[str, Any] = json.loads(stored) if isinstance(stored, str) else stored
    return LineProposal(
        group=told["group"],
        method=told["method"],
        title=told["title"],
        decision=_decision(told["decision"]) if told["decision"] else None,
        certainty_percent=told["certainty_percent"],
        reasons=tuple(Reason(**reason) for reason in told["reasons"]),
        why_not_automatic=told["why_not_automatic"],
        choices=tuple(
            Choice(choice["title"], choice["hint"], _decision(choice["decision"])) for choice in told["choices"]
        ),
    )


def _decision(told: dict[str, Any]) -> Decision:
    return Decision(
        kind=told["kind"],
        allocations=tuple(Allocation(**one) for one in told["allocations"]),
        shares=tuple(GLShare(**one) for one in told["shares"]),
        contact_id=told["contact_id"],
        rest_cents=told["rest_cents"],
    )
