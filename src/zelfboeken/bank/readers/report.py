"""A read bank file as the one JSON object that ``zelfboeken read`` prints (architecture §3)."""

from datetime import date
from typing import Any

from zelfboeken.bank.readers.model import BankDetail, Finding, ReadBankFile, ReadBankLine, ReadStatement


def as_read_json(file: ReadBankFile, name: str) -> dict[str, Any]:
    """The facts as plain JSON values: signed whole cents, dates in ISO form, what isn't there null."""
    return {
        "file": name,
        "kind": "bank",
        "format": file.format,
        "statements": [_statement(statement) for statement in file.statements],
        "findings": [_finding(finding) for finding in file.findings],
    }


def _statement(statement: ReadStatement) -> dict[str, Any]:
    return {
        "iban": statement.iban or None,
        "currency": statement.currency or None,
        "number": statement.number,
        "date": _day(statement.date),
        "opening_cents": statement.opening_cents,
        "closing_cents": statement.closing_cents,
        "lines": [_line(line) for line in statement.lines],
        "findings": [_finding(finding) for finding in statement.findings],
    }


def _line(line: ReadBankLine) -> dict[str, Any]:
    return {
        "booked_on": _day(line.booked_on),
        "value_on": _day(line.value_on),
        "amount_cents": line.amount_cents,
        "counterparty": line.counterparty,
        "counter_iban": line.counter_iban,
        "communication": line.communication or None,
        "structured": line.structured,
        "bank_reference": line.bank_reference,
        "details": [_detail(detail) for detail in line.details],
    }


def _detail(detail: BankDetail) -> dict[str, Any]:
    return {
        "amount_cents": detail.amount_cents,
        "counterparty": detail.counterparty,
        "counter_iban": detail.counter_iban,
        "communication": detail.communication or None,
        "structured": detail.structured,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "line": finding.line,
        "column": finding.column,
        "text": finding.text,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
