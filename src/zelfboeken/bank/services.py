"""Statements come in: checked against themselves and against their neighbours, each line stored once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.audit.services import Happened
from zelfboeken.bank.models import BankAccount, BankLine, Statement, StatementState
from zelfboeken.bank.readers.model import BankDetail, Finding, ReadBankFile, ReadBankLine, ReadStatement
from zelfboeken.bank.rules import StatementFacts, continuity, counts_on, line_identity, with_occurrences
from zelfboeken.belgium import iban
from zelfboeken.documents.models import Document
from zelfboeken.tenancy.bulk import insert_rows
from zelfboeken.workload.services import changed


class GapNeedsReason(ValueError):
    """A missing statement is accepted with a reason only."""

    code = "gap_needs_reason"

    def __init__(self) -> None:
        super().__init__("Schrijf in enkele woorden waarom het ontbrekende afschrift niet komt.")


class NoGap(ValueError):
    """There is no gap before this statement, or none any more."""

    code = "no_gap"

    def __init__(self) -> None:
        super().__init__("Voor dit afschrift ontbreekt er geen meer. Ga verder met de verrichtingen.")


@dataclass(frozen=True, slots=True)
class ImportedStatement:
    """What became of one statement of a file; `problem` is the Dutch sentence when it is not bookable.

    `released` are the statements that waited for this one and may be booked from now on.
    """

    statement: Statement | None
    new_lines: int
    known_lines: int
    problem: str
    released: tuple[Statement, ...] = ()
    is_known: bool = False
    """Whether the statement was there already, so that there is nothing to tell."""
    unknown_iban: str = ""
    """The account of the statement, where nobody added it yet."""


def import_statements(
    *, access: Access, document: Document, read: ReadBankFile, at: datetime
) -> tuple[ImportedStatement, ...]:
    """Store the statements of a bank file, in the order of the file.

    A statement of an account that is not ours is told and not stored. One that contradicts itself or a neighbour is
    stored in quarantine, without its lines; one beside a gap is shown and waits, and is released by the one that fills
    the gap. A statement that is there already is never stored twice; the right one takes a quarantined one's place.

    Raises:
        NotAllowed: the user may not deliver documents.
    """
    access.require(Right.DOCUMENT_DELIVER)
    accounts = _lock_accounts(access, {statement.iban for statement in read.statements})
    changed("bank")
    return tuple(_import(access, document, statement, at, accounts) for statement in read.statements)


def accept_gap(*, access: Access, statement: Statement, reason: str, at: datetime) -> None:
    """Make a statement bookable although one beside it is missing; the reason is kept and logged.

    Raises:
        NotAllowed: the user may not book bank lines.
        GapNeedsReason: no reason worth the name was given.
        NoGap: the statement does not wait, or is not of this domain.
    """
    access.require(Right.BANK_BOOK)
    if len(reason.strip()) < 5:
        raise GapNeedsReason
    if not access.reaches(statement.administration_id):
        raise NoGap
    accepted = Statement.objects.filter(domain_id=access.domain_id, id=statement.id, state=StatementState.GAP).update(
        state=StatementState.ACCEPTED, gap_reason=reason.strip()
    )
    if not accepted:
        raise NoGap
    access.log(at=at, events=[Happened("statement.gap_accepted", str(statement.public_id), {"reason": reason.strip()})])


NOT_KNOWN = "is nog niet gekend"
"""What is told of the account of a statement that nobody added yet."""
_Accounts = Mapping[str, Sequence[BankAccount]]


def _lock_accounts(access: Access, ibans: set[str]) -> _Accounts:
    """Our accounts with these numbers, locked in order of id: who comes second sees what the first one stored."""
    found: dict[str, list[BankAccount]] = {}
    for account in (
        BankAccount.objects.select_for_update().filter(domain_id=access.domain_id, iban__in=ibans).order_by("id")
    ):
        if access.reaches(account.administration_id):
            found.setdefault(account.iban, []).append(account)
    return found


def _import(
    access: Access, document: Document, read: ReadStatement, at: datetime, accounts: _Accounts
) -> ImportedStatement:
    account = _account_of(read, accounts)
    if account is None:
        what = read.iban or "zonder nummer"
        wrong = next((one.sentence for one in read.findings if one.severity == "ERROR"), "")
        if wrong:
            # A damaged file may name an account that nobody has.
            return ImportedStatement(None, 0, 0, f"Het afschrift van rekening {what} is niet ingelezen. {wrong}")
        if read.currency not in {"EUR", ""}:
            problem = f"Rekening {what} loopt in {read.currency}. Alleen rekeningen in euro worden geboekt."
            return ImportedStatement(None, 0, 0, problem)
        if not iban.is_valid(read.iban):
            problem = f"Rekening {what} is geen IBAN. Haal bij je bank een bestand op dat het IBAN-nummer noemt."
            return ImportedStatement(None, 0, 0, problem)
        problem = f"Rekening {what} {NOT_KNOWN}. Voeg ze toe bij Bankrekeningen: dan komt dit afschrift mee."
        return ImportedStatement(None, 0, 0, problem, unknown_iban=read.iban)
    chain = _Chain(access.domain_id, account)
    facts = chain.facts(read, timezone.localdate(at))
    name = f"Afschrift {read.number or 'zonder nummer'} van {facts.year}"
    findings = list(read.findings)
    if not read.must_be_quarantined:
        same = chain.same(facts, read)
        if same is not None and _is_the_same(access.domain_id, same, facts, read):
            return ImportedStatement(
                same, 0, len(read.lines), f"{name} is al ontvangen. Er is niets dubbel.", is_known=True
            )
        if same is not None:
            findings.append(_taken(same))
        else:
            findings += chain.judge(facts)
    state = _state(findings)
    identities = [line_identity(line) for line in read.lines] if state != StatementState.QUARANTINED else []
    stored = chain.stored(identities)
    if state == StatementState.GAP and identities and not Counter(identities) - Counter(stored.bookable):
        # Nothing proves that a statement beside a gap is a new one, so lines that are all there already are no news.
        text = "Alle verrichtingen van dit afschrift zijn al ontvangen. Kijk na of het een tweede levering is."
        findings.append(Finding("LINES_KNOWN", "ERROR", 0, 0, text))
        state = StatementState.QUARANTINED
    statement, is_new = _keep_statement(access, document, account, facts, state, findings)
    new_lines = 0
    if state != StatementState.QUARANTINED and (is_new or not _has_lines(statement)):
        new_lines = _store_lines(access, statement, read.lines, with_occurrences(identities, stored.last))
    access.log(
        at=at,
        events=[
            Happened(
                "statement.imported",
                str(statement.public_id),
                {"state": state, "lines": new_lines, "number": read.number},
            )
        ],
    )
    released = _judge_again(access, chain, at) if state != StatementState.QUARANTINED else ()
    return ImportedStatement(statement, new_lines, 0, _problem(name, state, findings), released)


def _account_of(read: ReadStatement, accounts: _Accounts) -> BankAccount | None:
    """The account of a statement; cents of another currency are other cents, so that is another account."""
    same_number = accounts.get(read.iban, ())
    return next((one for one in same_number if read.currency in {one.currency, ""}), None)


def _taken(same: Statement) -> Finding:
    text = (
        f"Afschrift {same.number or 'van deze dag'} van {same.on_date:%d/%m/%Y} is al ontvangen met andere bedragen. "
        "Vraag je bank welk afschrift juist is."
    )
    return Finding("NUMBER_TAKEN", "ERROR", 0, 0, text)


def _is_the_same(domain_id: int, same: Statement, facts: StatementFacts, read: ReadStatement) -> bool:
    """Whether the statement that is there says what this one says, to the cent."""
    if (same.opening_cents, same.closing_cents) != (facts.opening_cents, facts.closing_cents):
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT amount_cents FROM bank_bankline WHERE domain_id = %s AND statement_id = %s", [domain_id, same.id]
        )
        return sorted(row[0] for row in cursor.fetchall()) == sorted(line.amount_cents for line in read.lines)


def _state(findings: Iterable[Finding]) -> StatementState:
    rules = {finding.rule: finding.severity for finding in findings}
    if "ERROR" in rules.values():
        return StatementState.QUARANTINED
    return StatementState.GAP if "NUMBER_GAP" in rules else StatementState.ACCEPTED


def _problem(name: str, state: StatementState, findings: Sequence[Finding]) -> str:
    if state == StatementState.QUARANTINED:
        first = next(one for one in findings if one.severity == "ERROR")
        return f"{name} is niet ingelezen. {first.sentence}"
    if state == StatementState.GAP:
        first = next(one for one in findings if one.rule == "NUMBER_GAP")
        return f"{name} wacht. {first.text} Lever het aan, of aanvaard dit met een reden."
    return ""


def _told(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [
        {"rule": one.rule, "severity": one.severity, "line": one.line, "column": one.column, "text": one.text}
        for one in findings
    ]


@dataclass(frozen=True, slots=True)
class _Stored:
    """Per identity the last occurrence on the account, and how many of them may be, or become, bookable."""

    last: dict[bytes, int]
    bookable: dict[bytes, int]


_NEWEST = 2**63 - 1


class _Chain:
    """The statements of one account in the order of their numbers, or of their days where they have none."""

    _ROW = "SELECT number, year, opening_cents, closing_cents, on_date, state FROM bank_statement "

    def __init__(self, domain_id: int, account: BankAccount) -> None:
        self._own = [domain_id, account.id]
        self._where = "WHERE domain_id = %s AND bank_account_id = %s AND state <> 'QUARANTINED' AND "
        self.account = account

    def facts(self, read: ReadStatement, today: date) -> StatementFacts:
        """The facts of a statement that was read, its year that of its numbering."""
        on_date = read.date or today
        year = on_date.year
        if on_date.month == 1 and read.number is not None:
            last = self._one("year = %s AND number = %s", [year - 1, read.number - 1], "id")
            if last is not None and counts_on(last[0], number=read.number, on_date=on_date):
                year -= 1
        return StatementFacts(read.number, year, read.opening_cents, read.closing_cents, on_date)

    def same(self, facts: StatementFacts, read: ReadStatement) -> Statement | None:
        """The statement with this number; without a number, one of the same day with the same balances and lines."""
        own = Statement.objects.filter(
            domain_id=self._own[0], bank_account_id=self._own[1], year=facts.year, number=facts.number
        ).exclude(state=StatementState.QUARANTINED)
        if facts.number is not None:
            return own.first()
        alike = own.filter(
            on_date=facts.on_date, opening_cents=facts.opening_cents, closing_cents=facts.closing_cents
        ).order_by("id")
        return next((one for one in alike if _is_the_same(int(self._own[0]), one, facts, read)), None)

    def judge(self, facts: StatementFacts, own_id: int = _NEWEST) -> list[Finding]:
        """How a statement stands between the one before and the one after it.

        One after it that waits itself says nothing yet: it is judged when this one is in its place.
        """
        before = after = None
        alike = ""
        if facts.number is not None:
            place = [facts.year, facts.number]
            before = self._one("(year, number) < (%s, %s)", place, "year DESC, number DESC")
            after = self._one("(year, number) > (%s, %s)", place, "year, number")
            alike = "number IS NULL AND "
        moment = [facts.on_date, own_id]
        if before is None:
            before = self._one(f"{alike}(on_date, id) < (%s, %s)", moment, "on_date DESC, id DESC")
        if after is None:
            after = self._one(f"{alike}(on_date, id) > (%s, %s)", moment, "on_date, id")
        return continuity(
            before[0] if before else None, facts, after[0] if after and after[1] != StatementState.GAP else None
        )

    def waiting(self) -> list[Statement]:
        """The statements beside a gap, in order."""
        return list(
            Statement.objects.filter(
                domain_id=self._own[0], bank_account_id=self._own[1], state=StatementState.GAP
            ).order_by("on_date", "year", "number", "id")
        )

    def stored(self, identities: Sequence[bytes]) -> _Stored:
        """What the account has already of lines with these identities."""
        if not identities:
            return _Stored({}, {})
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT l.content_hash, max(l.occurrence), count(*) FILTER (WHERE s.state <> 'QUARANTINED') "
                "FROM bank_bankline l JOIN bank_statement s ON s.domain_id = l.domain_id AND s.id = l.statement_id "
                "WHERE l.domain_id = %s AND l.bank_account_id = %s AND l.content_hash = ANY(%s) GROUP BY 1",
                [*self._own, sorted(set(identities))],
            )
            rows = [(bytes(digest), last, count) for digest, last, count in cursor.fetchall()]
        return _Stored({row[0]: row[1] for row in rows}, {row[0]: row[2] for row in rows})

    def _one(self, where: str, values: Sequence[Any], order: str) -> tuple[StatementFacts, str] | None:
        with connection.cursor() as cursor:
            cursor.execute(f"{self._ROW}{self._where}{where} ORDER BY {order} LIMIT 1", [*self._own, *values])
            row = cursor.fetchone()
        return (StatementFacts(*row[:5]), row[5]) if row else None


def _judge_again(access: Access, chain: _Chain, at: datetime) -> tuple[Statement, ...]:
    """Look again at the statements beside a gap, now that another has come; those that may be booked from now on."""
    released = []
    for statement in chain.waiting():
        facts = StatementFacts(
            statement.number, statement.year, statement.opening_cents, statement.closing_cents, statement.on_date
        )
        kept = [Finding(**one) for one in statement.findings if one["rule"] not in _OF_THE_CHAIN]
        findings = [*kept, *chain.judge(facts, statement.id)]
        state = _state(findings)
        if state == statement.state:
            continue
        statement.state, statement.findings = state, _told(findings)
        Statement.objects.filter(domain_id=access.domain_id, id=statement.id).update(
            state=state, findings=statement.findings
        )
        access.log(at=at, events=[Happened("statement.judged_again", str(statement.public_id), {"state": state})])
        if state == StatementState.ACCEPTED:
            released.append(statement)
    return tuple(released)


_OF_THE_CHAIN = {"NUMBER_GAP", "WRONG_OPENING", "WRONG_CLOSING", "DATE_BACK"}


def _keep_statement(
    access: Access,
    document: Document,
    account: BankAccount,
    facts: StatementFacts,
    state: StatementState,
    findings: Sequence[Finding],
) -> tuple[Statement, bool]:
    """The statement, and whether it is new: a quarantined one of the same file is judged anew in its own row."""
    told = _told(findings)
    again = Statement.objects.filter(
        domain_id=access.domain_id,
        bank_account_id=account.id,
        document_id=document.id,
        state=StatementState.QUARANTINED,
        number=facts.number,
        on_date=facts.on_date,
        opening_cents=facts.opening_cents,
    ).first()
    if again is not None:
        again.state, again.findings, again.year = state, told, facts.year
        Statement.objects.filter(domain_id=access.domain_id, id=again.id).update(
            state=state, findings=told, year=facts.year
        )
        return again, False
    made = Statement.objects.create(
        domain_id=access.domain_id,
        administration_id=account.administration_id,
        bank_account_id=account.id,
        document_id=document.id,
        year=facts.year,
        number=facts.number,
        on_date=facts.on_date,
        opening_cents=facts.opening_cents,
        closing_cents=facts.closing_cents,
        state=state,
        findings=told,
    )
    return made, True


def _has_lines(statement: Statement) -> bool:
    return BankLine.objects.filter(domain_id=statement.domain_id, statement_id=statement.id).exists()


def _store_lines(
    access: Access, statement: Statement, lines: Sequence[ReadBankLine], identities: Sequence[tuple[bytes, int]]
) -> int:
    """Insert the lines of a statement; how many there are.

    The balances prove that every line is a new one, so an equal line of another statement makes it the next occurrence.
    """
    rows: list[list[Any]] = []
    for n, (line, (identity, occurrence)) in enumerate(zip(lines, identities, strict=True), start=1):
        rows.append(
            [
                access.domain_id,
                statement.administration_id,
                statement.bank_account_id,
                statement.id,
                n,
                line.booked_on,
                line.value_on,
                line.amount_cents,
                line.counterparty or "",
                line.counter_iban or "",
                line.communication,
                line.structured or "",
                line.transaction_code or "",
                line.bank_reference or "",
                json.dumps([_detail(detail) for detail in line.details]),
                identity,
                occurrence,
            ]
        )
    return insert_rows(
        "INSERT INTO bank_bankline (domain_id, public_id, administration_id, bank_account_id, statement_id, n, "
        "booked_on, value_on, amount_cents, counterparty, counter_iban, communication, structured, "
        "transaction_code, bank_reference, details, content_hash, occurrence, matched_cents) VALUES ",
        rows,
        row="{}, gen_random_uuid()" + ", {}" * 16 + ", 0",
    )


def _detail(detail: BankDetail) -> dict[str, Any]:
    return {
        "amount": detail.amount_cents,
        "counterparty": detail.counterparty,
        "iban": detail.counter_iban,
        "communication": detail.communication,
        "structured": detail.structured,
        "code": detail.transaction_code,
    }
