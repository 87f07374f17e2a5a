"""A read invoice as the one JSON object that ``zelfboeken read`` prints (architecture §3)."""

from datetime import date
from decimal import Decimal
from typing import Any

from zelfboeken.invoices.readers.model import Party, ReadInvoice

_COMPUTED = {
    "net_cents": ("BR-13",),
    "vat_cents": ("BR-CO-18",),
    "total_cents": ("BR-14",),
    "payable_cents": ("BR-15",),
    "currency": ("BR-05",),
}
"""Findings that say a value was not stated but computed or assumed."""


def as_read_json(read: ReadInvoice, file: str) -> dict[str, Any]:
    """The facts as plain JSON values: amounts in whole cents, dates in ISO form, what isn't there null.

    ``certainty`` is 1 for a field the document states, 0.5 for one that was computed, 0 for one that is null.
    """
    values: dict[str, Any] = {
        "number": read.number,
        "issued_on": _day(read.issued_on),
        "due_on": _day(read.due_on),
        "currency": read.currency,
        "supplier": _party(read.supplier),
        "customer": _party(read.customer),
        "net_cents": read.net_cents,
        "vat_cents": read.vat_cents,
        "total_cents": read.total_cents,
        "payable_cents": read.payable_cents,
        "vat": [
            {
                "category": group.category,
                "percent": _plain(group.percent),
                "base_cents": group.base_cents,
                "vat_cents": group.vat_cents,
            }
            for group in read.vat
        ],
        "lines": sum(1 for line in read.lines if line.kind == "LINE"),
        "reference": read.structured or read.payment_text or read.reference,
    }
    return {
        "file": file,
        "kind": read.kind.lower(),
        "syntax": read.syntax,
        **values,
        "certainty": _certainty(read, values),
        "findings": [
            {"rule": finding.rule, "severity": finding.severity, "at": finding.at, "text": finding.text}
            for finding in read.findings
        ],
        "unread": list(read.unread),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _plain(percent: Decimal | None) -> int | str | None:
    """A whole percentage as a number, another as text, because JSON has no decimals that stay exact."""
    if percent is None:
        return None
    return int(percent) if percent == percent.to_integral_value() else f"{percent.normalize():f}"


def _party(party: Party) -> dict[str, str | None]:
    return {"name": party.name, "vat": party.vat, "enterprise": party.enterprise, "iban": party.iban}


def _certainty(read: ReadInvoice, values: dict[str, Any]) -> dict[str, float]:
    rules = {finding.rule for finding in read.findings}
    certainty: dict[str, float] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            for part, text in value.items():
                certainty[f"{name}.{part}"] = 0.0 if text is None else 1.0
        elif rules.intersection(_COMPUTED.get(name, ())):
            certainty[name] = 0.5
        else:
            certainty[name] = 0.0 if value is None or value == [] else 1.0
    return certainty
