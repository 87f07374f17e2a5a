"""How a proposal is stored: the JSON forms of its facts and lines, and back, with nothing lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from zelfboeken.booking.habits import Observation
from zelfboeken.booking.rules import DocumentFacts, DraftLine, PrintedVat


@dataclass(frozen=True, slots=True)
class BookingFacts:
    """What a booking takes from its document: the facts the lines must meet, and what the open item will say."""

    document: DocumentFacts
    document_number: str
    due_on: date | None
    structured: str
    sha256: str
    seen: tuple[Observation, ...] = ()
    """The proposed lines as the counting model saw them, to learn from when a person approves."""
    currency: str = "EUR"
    """What the amounts are in; anything but EUR is converted before it is booked."""
    doubts: tuple[str, ...] = ()
    """Dutch sentences about amounts in the file that are no amounts: a person says first that ours are right."""


def facts_to_json(facts: BookingFacts) -> dict[str, Any]:
    """The stored form of the facts."""
    return {
        "side": facts.document.side,
        "kind": facts.document.kind,
        "total": facts.document.total_cents,
        "vat": [
            [None if vat.percent is None else str(vat.percent), vat.base_cents, vat.vat_cents]
            for vat in facts.document.printed_vat
        ],
        "text": facts.document.description,
        "accepts": facts.document.accepts_printed_vat,
        "number": facts.document_number,
        "due": facts.due_on.isoformat() if facts.due_on else None,
        "structured": facts.structured,
        "sha256": facts.sha256,
        "seen": [[one.contact_key, one.description, one.amount_cents, one.tax] for one in facts.seen],
        "currency": facts.currency,
        "doubts": list(facts.doubts),
    }


def facts_from_json(stored: dict[str, Any]) -> BookingFacts:
    """The facts of a stored form."""
    return BookingFacts(
        document=DocumentFacts(
            side=stored["side"],
            kind=stored["kind"],
            total_cents=stored["total"],
            printed_vat=tuple(
                PrintedVat(None if percent is None else Decimal(percent), base, vat)
                for percent, base, vat in stored["vat"]
            ),
            description=stored["text"],
            accepts_printed_vat=stored.get("accepts", False),
        ),
        document_number=stored["number"],
        due_on=date.fromisoformat(stored["due"]) if stored["due"] else None,
        structured=stored["structured"],
        sha256=stored["sha256"],
        seen=tuple(Observation(*one) for one in stored["seen"]),
        currency=stored.get("currency", "EUR"),
        doubts=tuple(stored.get("doubts", ())),
    )


def lines_to_json(lines: tuple[DraftLine, ...]) -> list[list[Any]]:
    """The stored form of draft lines."""
    return [
        [line.gl_code, line.vat_code, line.net_cents, str(line.deductible_percent), line.description] for line in lines
    ]


def lines_from_json(stored: list[list[Any]]) -> tuple[DraftLine, ...]:
    """The draft lines of a stored form."""
    return tuple(
        DraftLine(gl_code, code, cents, Decimal(percent), text) for gl_code, code, cents, percent, text in stored
    )
