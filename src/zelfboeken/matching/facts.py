"""What matching looks at and what it proposes, as plain values without a database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

DecisionKind = Literal["MATCH", "BOOK", "TRANSFER"]
Group = Literal["AUTOMATIC", "READY", "CHOOSE"]
Method = Literal["REGEL", "MEDEDELING", "GEWOONTE", "BEREKENING"]
Tone = Literal["ok", "warn"]


@dataclass(frozen=True, slots=True)
class DetailFacts:
    """One part of a line that the bank booked as a whole."""

    amount_cents: int
    counter_iban: str | None = None
    communication: str = ""
    structured: str | None = None
    counterparty: str = ""
    transaction_code: str | None = None


@dataclass(frozen=True, slots=True)
class BankLineFacts:
    """One line of a statement; ``amount_cents`` is positive for money in, ``details`` are its parts where it has them.

    ``account_id`` is the own bank account of its statement, 0 where that is not known. ``has_other_side`` tells of a
    transfer between own accounts whether the line on the other account is there too.
    """

    id: int
    booked_on: date
    amount_cents: int
    counterparty: str = ""
    counter_iban: str | None = None
    communication: str = ""
    structured: str | None = None
    transaction_code: str | None = None
    has_other_side: bool = False
    details: tuple[DetailFacts, ...] = ()
    account_id: int = 0


@dataclass(frozen=True, slots=True)
class OpenItemFacts:
    """What is still open; ``open_cents`` is debit less credit: a customer's invoice is +, a supplier's is −."""

    id: int
    contact_id: int
    contact_name: str
    gl_code: str
    open_cents: int
    document_number: str
    structured: str | None
    due_on: date | None
    on_date: date
    ibans: tuple[str, ...] = ()
    payment_file: str = ""
    """The reference under which the bank knows the approved payment file that pays this item."""
    payment_account_id: int = 0
    """The own bank account from which that file pays."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """The part of an open item that a line settles, signed like the open amount it reduces."""

    item_id: int
    cents: int


@dataclass(frozen=True, slots=True)
class GLShare:
    """A part of a line that goes to an account, signed like the bank line: + is money in, so a credit there."""

    gl_code: str
    cents: int
    description: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done with a bank line: allocations + shares + ``rest_cents`` equal its amount.

    The rest stays open with ``contact_id`` and is signed like the bank line.
    """

    kind: DecisionKind
    allocations: tuple[Allocation, ...] = ()
    shares: tuple[GLShare, ...] = ()
    contact_id: int | None = None
    rest_cents: int = 0

    def to_json(self) -> dict[str, Any]:
        """A value for a JSON column."""
        return {
            "kind": self.kind,
            "allocations": [[part.item_id, part.cents] for part in self.allocations],
            "shares": [[share.gl_code, share.cents, share.description] for share in self.shares],
            "contact_id": self.contact_id,
            "rest_cents": self.rest_cents,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Decision":
        """The decision that ``to_json`` wrote; KeyError when a field is missing."""
        return cls(
            kind=data["kind"],
            allocations=tuple(Allocation(*part) for part in data["allocations"]),
            shares=tuple(GLShare(*share) for share in data["shares"]),
            contact_id=data["contact_id"],
            rest_cents=data["rest_cents"],
        )


@dataclass(frozen=True, slots=True)
class Reason:
    """A fact that speaks for (ok) or against (warn) a proposal, with the name of its lucide icon."""

    icon: str
    tone: Tone
    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One numbered answer to a line that needs a person."""

    title: str
    hint: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class LineProposal:
    """What a bank line most likely is, why, and why it was not done without a person."""

    group: Group
    decision: Decision | None
    method: Method
    certainty_percent: int
    reasons: tuple[Reason, ...] = ()
    why_not_automatic: str = ""
    choices: tuple[Choice, ...] = ()
    title: str = ""

    @property
    def item_ids(self) -> list[int]:
        """The open items that this or one of its choices would settle, each once, in order."""
        decisions = [choice.decision for choice in self.choices]
        if self.decision:
            decisions.append(self.decision)
        return sorted({part.item_id for one in decisions for part in one.allocations})

    def to_json(self) -> dict[str, Any]:
        """A value for a JSON column."""
        return {
            "group": self.group,
            "decision": self.decision.to_json() if self.decision else None,
            "method": self.method,
            "certainty_percent": self.certainty_percent,
            "reasons": [[reason.icon, reason.tone, reason.text] for reason in self.reasons],
            "why_not_automatic": self.why_not_automatic,
            "title": self.title,
            "choices": [[choice.title, choice.hint, choice.decision.to_json()] for choice in self.choices],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "LineProposal":
        """The proposal that ``to_json`` wrote; KeyError when a field is missing."""
        return cls(
            group=data["group"],
            decision=Decision.from_json(data["decision"]) if data["decision"] else None,
            method=data["method"],
            certainty_percent=data["certainty_percent"],
            reasons=tuple(Reason(*reason) for reason in data["reasons"]),
            why_not_automatic=data["why_not_automatic"],
            title=data["title"],
            choices=tuple(Choice(title, hint, Decision.from_json(own)) for title, hint, own in data["choices"]),
        )


def proposal_to_json(proposal: LineProposal) -> dict[str, Any]:
    """As ``LineProposal.to_json``."""
    return proposal.to_json()


def proposal_from_json(data: Mapping[str, Any]) -> LineProposal:
    """The stored proposal; a line about which nothing is stored yet is to be chosen by a person."""
    return LineProposal.from_json(data) if data else LineProposal("CHOOSE", None, "BEREKENING", 0)
