"""Statements come in: checked against themselves and against the one before, each line stored once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.audit.services import Happened
from zelfboeken.bank.models import BankAccount, Statement, StatementState
from zelfboeken.bank.readers.model import ReadBankFile, ReadBankLine, ReadStatement
from zelfboeken.bank.rules import StatementFacts, continuity, with_occurrences
from zelfboeken.documents.models import Document
from zelfboeken.tenancy.bulk import insert_rows


class GapNeedsReason(ValueError):
    """A missing statement is accepted with a reason only."""

    code = "gap_needs_reason"

    def __init__(self) -> None:
        super().__init__("Schrijf in enkele woorden waarom het ontbrekende afschrift niet komt.")


@dataclass(frozen=True, slots=True)
class ImportedStatement:
    """What became of one statement of a file; `problem` is the Dutch sentence when it is not bookable."""

    statement: Statement | None
    new_lines: int
    known_lines: int
    problem: str


def import_statements(
    *, access: Access, document: Document, read: ReadBankFile, at: datetime
) -> tuple[ImportedStatement, ...]:
    """Store the statements of a bank file, in the order of the file.

    A statement of an account that is not ours is told and not stored. One with a wrong sum or opening balance is
    stored in quarantine; one behind a gap is shown and waits. A line that is there already is never stored twice.

    Raises:
        NotAllowed: the user may not deliver documents.
    """
    access.require(Right.DOCUMENT_DELIVER)
    return tuple(_import(access, document, statement, at) for statement in read.statements)


def accept_gap(*, access: Access, statement: Statement, reason: str, at: datetime) -> None:
    """Make a statement bookable although one before it is missing; the reason is kept and logged.

    Raises:
        NotAllowed: the user may not book bank lines.
        GapNeedsReason: no reason worth the name was given.
    """
    access.require(Right.BANK_BOOK)
    if len(reason.strip()) < 5:
        raise GapNeedsReason
    Statement.objects.filter(domain_id=access.domain_id, id=statement.id, state=StatementState.GAP).update(
        state=StatementState.ACCEPTED, gap_reason=reason.strip()
    )
    access.log(at=at, events=[Happened("statement.gap_accepted", str(statement.public_id), {"reason": reason.strip()})])


def _import(access: Access, document: Document, read: ReadStatement, at: datetime) -> ImportedStatement:
    account = BankAccount.objects.filter(domain_id=access.domain_id, iban=read.iban or "").first()
    if account is None or not access.reaches(account.administration_id):
        return ImportedStatement(
            None,
            0,
            0,
            f"Rekening {read.iban or 'zonder nummer'} is niet van jou. Voeg ze toe of kies een ander bestand.",
        )
    previous = _previous(access, account, read)
    findings = [*read.findings, *continuity(previous, read)]
    state, problem = _judge(read, [finding.rule for finding in findings])
    year = read.date.year if read.date else at.year
    if state != StatementState.QUARANTINED and read.number is not None:
        known = Statement.objects.filter(
            domain_id=access.domain_id, bank_account_id=account.id, year=year, number=read.number
        ).exclude(state=StatementState.QUARANTINED)
        if same := known.first():
            return ImportedStatement(
                same, 0, len(read.lines), f"Afschrift {read.number} van {year} is al ontvangen. Er is niets dubbel."
            )
    statement = Statement.objects.create(
        domain_id=access.domain_id,
        administration_id=account.administration_id,
        bank_account_id=account.id,
        document_id=document.id,
        year=year,
        number=read.number,
        on_date=read.date or at.date(),
        opening_cents=read.opening_cents or 0,
        closing_cents=read.closing_cents or 0,
        state=state,
        findings=[
            {"rule": one.rule, "severity": one.severity, "line": one.line, "column": one.column, "text": one.text}
            for one in findings
        ],
    )
    stored = _store_lines(access, statement, read.lines) if state != StatementState.QUARANTINED else 0
    access.log(
        at=at,
        events=[
            Happened(
                "statement.imported", str(statement.public_id), {"state": state, "lines": stored, "number": read.number}
            )
        ],
    )
    return ImportedStatement(statement, stored, len(read.lines) - stored, problem)


_QUARANTINE = {"WRONG_OPENING"}


def _judge(read: ReadStatement, rules: Sequence[str]) -> tuple[StatementState, str]:
    if read.must_be_quarantined:
        first = next((one.text for one in read.findings if one.severity == "ERROR"), "Het afschrift klopt niet.")
        return StatementState.QUARANTINED, f"Afschrift {read.number or '?'} is niet ingelezen: {first}"
    if _QUARANTINE & set(rules):
        return (
            StatementState.QUARANTINED,
            f"Afschrift {read.number or '?'} is niet ingelezen: het beginsaldo is niet het vorige eindsaldo.",
        )
    if "NUMBER_GAP" in rules or "NO_NUMBER" in rules:
        return (
            StatementState.GAP,
            f"Voor afschrift {read.number or '?'} ontbreekt er een. Lever het aan, of aanvaard het met een reden.",
        )
    return StatementState.ACCEPTED, ""


def _previous(access: Access, account: BankAccount, read: ReadStatement) -> StatementFacts | None:
    before = (
        Statement.objects.filter(domain_id=access.domain_id, bank_account_id=account.id)
        .exclude(state=StatementState.QUARANTINED)
        .order_by("-on_date", "-id")
    )
    if read.date:
        before = before.filter(on_date__lte=read.date)
    last = before.first()
    if last is None:
        return None
    return StatementFacts(number=last.number, year=last.year, closing_cents=last.closing_cents, on_date=last.on_date)


def _store_lines(access: Access, statement: Statement, lines: Sequence[ReadBankLine]) -> int:
    """Insert the lines that are not there yet, in one statement; how many were new."""
    rows: list[list[Any]] = []
    for n, (line, (digest, occurrence)) in enumerate(zip(lines, with_occurrences(lines), strict=True), start=1):
        rows.append(
            [
                access.domain_id,
                statement.administration_id,
                statement.bank_account_id,
                statement.id,
                n,
                line.booked_on or statement.on_date,
                line.value_on,
                line.amount_cents,
                line.counterparty or "",
                line.counter_iban or "",
                line.communication or "",
                line.structured or "",
                line.transaction_code or "",
                line.bank_reference or "",
                json.dumps([_detail(detail) for detail in line.details]),
                digest,
                occurrence,
            ]
        )
    return insert_rows(
        "INSERT INTO bank_bankline (domain_id, public_id, administration_id, bank_account_id, statement_id, n, "
        "booked_on, value_on, amount_cents, counterparty, counter_iban, communication, structured, "
        "transaction_code, bank_reference, details, content_hash, occurrence, matched_cents) VALUES ",
        rows,
        " ON CONFLICT (domain_id, bank_account_id, content_hash, occurrence) DO NOTHING",
        row="{}, gen_random_uuid()" + ", {}" * 16 + ", 0",
    )


def _detail(detail: Any) -> dict[str, Any]:
    return {
        "amount": detail.amount_cents,
        "counterparty": detail.counterparty,
        "iban": detail.counter_iban,
        "communication": detail.communication,
        "structured": detail.structured,
    }
