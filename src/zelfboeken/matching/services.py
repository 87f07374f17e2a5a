"""Bank lines meet what they pay: proposals, settling, and taking back. One transaction each, set-based."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import structlog
from django.db import transaction

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.audit.services import Happened
from zelfboeken.bank.models import BankAccount, BankLine, StatementState
from zelfboeken.bank.services import ImportedStatement
from zelfboeken.booking.learning import add_counts, counts_for
from zelfboeken.contacts.models import Contact
from zelfboeken.ledger.queries import Chart, UnknownAccount, chart_of, first_open_day
from zelfboeken.ledger.rules import EntryRefused, NewEntry, NewLine
from zelfboeken.ledger.services import PeriodNotOpen, PostedEntry, post_entries, read_entry, reverse_entry
from zelfboeken.matching.batches import parts_of
from zelfboeken.matching.facts import (
    BankLineFacts,
    Decision,
    DetailFacts,
    LineProposal,
    OpenItemFacts,
    proposal_from_json,
    proposal_to_json,
)
from zelfboeken.matching.habits import features_of, lessons
from zelfboeken.matching.items import OpenItems, number_key
from zelfboeken.matching.missing import follow_lines
from zelfboeken.matching.models import LineProposal as StoredProposal
from zelfboeken.matching.models import Match
from zelfboeken.matching.posting import SettlementLine, lines_for_settlement
from zelfboeken.matching.queries import open_item_facts
from zelfboeken.matching.rows import (
    NewMatch,
    TakenBack,
    bookable_statements,
    is_match_only,
    items_of_entries,
    lines_for_entries,
    lines_waiting_for,
    lock_items,
    point_lines,
    raise_items,
    recount_line,
    sides_of_transfers,
    signs_of,
    store_matches,
    store_proposals,
    taken_back,
    within,
)
from zelfboeken.matching.rules import INTERNAL_TRANSFERS, propose
from zelfboeken.matching.transfers import paired
from zelfboeken.workload.services import changed

log = structlog.get_logger()


class UnknownLine(LookupError):
    """There is no such bank line in this domain."""

    code = "unknown"


class LineChanged(ValueError):
    """The bank line is no longer as it was shown."""

    code = "line_changed"

    def __init__(self, *, is_booked: bool) -> None:
        super().__init__(
            "Iemand anders boekte deze verrichting intussen. Ga verder met de volgende."
            if is_booked
            else "Dit voorstel is intussen gewijzigd. Kijk het opnieuw na."
        )
        self.is_booked = is_booked


class LineNotBookable(ValueError):
    """The line's statement waits: one before it is missing."""

    code = "statement_gap"

    def __init__(self) -> None:
        super().__init__("Voor dit afschrift ontbreekt er een. Lever het aan, of aanvaard het met een reden.")


class ItemNotOpen(ValueError):
    """An open item was settled meanwhile, or is not of this administration."""

    code = "item_not_open"

    def __init__(self) -> None:
        super().__init__("Dit stuk staat niet meer open voor dit bedrag. Kies een ander stuk of een kleiner bedrag.")


class AccountNotForBankLine(ValueError):
    """A bank line is booked on an account that would spoil the bank's balance or that of the contacts."""

    code = "account_not_for_bank_line"

    def __init__(self, gl_code: str, *, is_bank: bool) -> None:
        super().__init__(
            f"Rekening {gl_code} is die van een bankrekening. Kies {INTERNAL_TRANSFERS} voor een overboeking."
            if is_bank
            else f"Op rekening {gl_code} boek je geen verrichting zonder stuk. Kies het open stuk zelf."
        )


class UnknownContact(LookupError):
    """What is left of a line would stay open on a contact who is not of this domain."""

    code = "unknown"


class UnknownMatch(LookupError):
    """There is no such match on this bank line."""

    code = "unknown"


class NotSettled(ValueError):
    """The bank line, or the match, has nothing to take back."""

    code = "not_settled"

    def __init__(self) -> None:
        super().__init__("Hier is niets om ongedaan te maken.")


@dataclass(frozen=True, slots=True)
class Settlement:
    """A bank line and what to do with it. `version` is that of the proposal the person saw, None for none.

    `on_date` is the later day the person saw for a line whose own month is closed (`day_offered`); None is its own.
    """

    bank_line_id: int
    decision: Decision
    version: int | None = None
    on_date: date | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """A booked bank line and its entry."""

    bank_line_id: int
    entry: PostedEntry


def propose_for_lines(*, access: Access, statements: Sequence[ImportedStatement], at: datetime) -> int:
    """Propose for the new lines of these statements, and of those they released, and settle what may be settled by
    itself. How many were settled.

    Only an exact reference with the exact amount, and transfers between own accounts, are settled without a person,
    and only when the one who delivers the file may match bank lines (rules, chapter 6).
    """
    ids = [one.statement.id for one in statements if one.statement is not None and one.new_lines]
    ids += [statement.id for one in statements for statement in one.released]
    if not ids:
        return 0
    lines = _waiting(access, statement_id__in=ids)
    return sum(_propose(access, administration_id, group, at) for administration_id, group in _by_books(lines))


def propose_again(*, access: Access, administration_id: int, at: datetime) -> int:
    """Propose anew for every line that waits in an administration; what may be settled by itself is settled."""
    lines = _waiting(access, administration_id=administration_id)
    return _propose(access, administration_id, lines, at) if lines else 0


def propose_for_entries(*, access: Access, administration_id: int, entry_ids: Sequence[int], at: datetime) -> int:
    """Propose anew for the waiting lines that documents concern which were just booked or taken back.

    A payment may be here before its document. How many lines were settled by that.
    """
    ids = lines_for_entries(access.domain_id, administration_id, entry_ids) if entry_ids else []
    lines = _waiting(access, id__in=ids) if ids else []
    return _propose(access, administration_id, lines, at) if lines else 0


def settle(*, access: Access, settlements: Sequence[Settlement], at: datetime, method: str = "") -> list[Settled]:
    """Book bank lines as decided, match what they pay, all or none (INV-17).

    Raises:
        NotAllowed: the user may not match, or not book, bank lines.
        UnknownLine, LineChanged, LineNotBookable, ItemNotOpen: the line or item is not, or no longer, as shown.
        UnknownContact, AccountNotForBankLine, UnknownAccount: where a part of it would go is not for this line.
        SettlementDoesNotAddUp, MatchTooLarge: the decision is not the line's amount.
        EntryRefused: the books refuse it, for one because the period is closed.
    """
    if not settlements:
        return []
    access.require(Right.BANK_MATCH)
    if any(one.decision.kind != "MATCH" or one.decision.shares for one in settlements):
        access.require(Right.BANK_BOOK)
    lines = _lock_lines(access, settlements)
    wanted = {allocation.item_id for one in settlements for allocation in one.decision.allocations}
    items = _lock_items(access, settlements, lines, wanted)
    accounts = _bank_accounts(access, lines.values())
    _refuse_foreign_targets(access, settlements, lines, accounts)
    planned = [
        (one, lines[one.bank_line_id], _plan(one, lines[one.bank_line_id], items, accounts)) for one in settlements
    ]
    _refuse_overdrawn(settlements, items)
    reversals = taken_back(access.domain_id, lines)
    entries = [
        _entry(access, line, plan, accounts, reversals.get(line.id), items, on_date=one.on_date)
        for one, line, plan in planned
    ]
    posted = post_entries(access=access, entries=entries, at=at)
    _match(access, planned, posted, method=method, at=at)
    follow_lines(access=access, line_ids=lines, at=at)
    _learn(access, planned)
    propose_without(access, {line.administration_id for line in lines.values()}, wanted, at)
    return [Settled(line.id, entry) for (_, line, _), entry in zip(planned, posted, strict=True)]


def undo_match(*, access: Access, match_id: int, bank_line_id: int | None = None, at: datetime) -> Match:
    """Undo one match: both items are open again for its amount; the entry of the payment stands.

    Raises:
        NotAllowed: the user may not match bank lines.
        UnknownMatch: not of this domain, or not of the bank line it is said to be of.
        NotSettled: undone before.
    """
    access.require(Right.BANK_MATCH)
    own = Match.objects.filter(domain_id=access.domain_id, id=match_id)
    found = own.first()
    if found is None or not access.reaches(found.administration_id) or bank_line_id not in {None, found.bank_line_id}:
        raise UnknownMatch(match_id)
    if found.bank_line_id is not None:
        # Lines before matches before items, as everywhere: two who undo at the same time wait and never block.
        list(BankLine.objects.select_for_update().filter(domain_id=access.domain_id, id=found.bank_line_id))
    match = own.select_for_update().get()
    if match.undone_at is not None:
        raise NotSettled
    _release(access, [match], at)
    return match


def take_back(*, access: Access, bank_line_id: int, on: date, at: datetime, entry_id: int | None = None) -> PostedEntry:
    """Undo a bank line whole: its matches are undone, its entry reversed, and it waits with a new proposal.

    It is reversed on the day it was booked on, so that the ledger's balance of each day stays that of the bank; on
    `on` when that month takes no entry any more. `entry_id` is the entry the person saw, None for whichever stands.

    Raises:
        NotAllowed: the user may not match, or not book, bank lines.
        UnknownLine: as `settle`.
        NotSettled: the line is not booked.
        LineChanged: it was taken back meanwhile and booked again, which is not what the person saw.
        ItemsAreMatched: what it left open was matched with something else; undo that first.
    """
    access.require(Right.BANK_MATCH)
    line = BankLine.objects.select_for_update().filter(domain_id=access.domain_id, id=bank_line_id).first()
    if line is None or not access.reaches(line.administration_id):
        raise UnknownLine(bank_line_id)
    if line.entry_id is None:
        raise NotSettled
    if entry_id is not None and entry_id != line.entry_id:
        raise LineChanged(is_booked=True)
    if not is_match_only(access.domain_id, line.entry_id):
        access.require(Right.BANK_BOOK)
    matches = list(
        Match.objects.select_for_update()
        .filter(domain_id=access.domain_id, bank_line_id=line.id, undone_at__isnull=True)
        .order_by("id")
    )
    _release(access, matches, at)
    booked = read_entry(domain_id=access.domain_id, entry_id=line.entry_id)
    try:
        with transaction.atomic():
            day = booked.on_date if booked is not None else line.booked_on
            opposite = reverse_entry(access=access, entry_id=line.entry_id, on=day, at=at, also_on=(on,))
    except PeriodNotOpen:
        opposite = reverse_entry(access=access, entry_id=line.entry_id, on=on, at=at)
    BankLine.objects.filter(domain_id=access.domain_id, id=line.id).update(entry_id=None)
    changed("bank")
    line.entry_id = None
    _propose(access, line.administration_id, [line], at, automatic=False)
    return opposite


def day_offered(*, access: Access, line: BankLine) -> date | None:
    """The day to book a line on whose own month is closed for good: the first that is open after it; else None.

    A closed month takes no entry, yet the money moved: the bank would differ from the books for ever.
    """
    reversal = taken_back(access.domain_id, [line.id]).get(line.id)
    return _day_offered(line, reversal.last_on if reversal else line.booked_on)


def _day_offered(line: BankLine, own: date) -> date | None:
    day = first_open_day(domain_id=line.domain_id, administration_id=line.administration_id, on=own)
    return day if day != own else None


def stored_proposal(*, access: Access, bank_line_id: int) -> tuple[LineProposal, int] | None:
    """The proposal of a line with its version, or None."""
    row = StoredProposal.objects.filter(domain_id=access.domain_id, bank_line_id=bank_line_id).first()
    return (proposal_from_json(row.decision), row.version) if row else None


def line_facts(line: BankLine, *, has_other_side: bool = False) -> BankLineFacts:
    """A bank line as the rules see it."""
    return BankLineFacts(
        id=line.id,
        account_id=line.bank_account_id,
        booked_on=line.booked_on,
        amount_cents=line.amount_cents,
        counterparty=line.counterparty,
        counter_iban=line.counter_iban,
        communication=line.communication,
        structured=line.structured,
        transaction_code=line.transaction_code,
        has_other_side=has_other_side,
        details=tuple(
            DetailFacts(
                amount_cents=one["amount"],
                counter_iban=one["iban"],
                communication=one["communication"],
                structured=one["structured"],
                counterparty=one["counterparty"] or "",
                transaction_code=one["code"],
            )
            for one in line.details
        ),
    )


_Planned = tuple[Settlement, BankLine, tuple[SettlementLine, ...]]


def _waiting(access: Access, **which: Any) -> list[BankLine]:
    """The lines that wait, in order of day, ours until the end; those that somebody is booking now are left to him."""
    return list(
        BankLine.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(domain_id=access.domain_id, entry_id__isnull=True, **which)
        .exclude(statement__state=StatementState.QUARANTINED)
        .exclude(amount_cents=0)
        .order_by("booked_on", "id")
    )


def _by_books(lines: Iterable[BankLine]) -> list[tuple[int, list[BankLine]]]:
    groups: dict[int, list[BankLine]] = defaultdict(list)
    for line in lines:
        groups[line.administration_id].append(line)
    return sorted(groups.items())


def _propose(
    access: Access, administration_id: int, lines: Sequence[BankLine], at: datetime, *, automatic: bool = True
) -> int:
    items = OpenItems(open_item_facts(domain_id=access.domain_id, administration_id=administration_id))
    own = dict(
        BankAccount.objects.filter(domain_id=access.domain_id, administration_id=administration_id).values_list(
            "iban", "gl_account__code"
        )
    )
    lines, sides = _with_other_sides(access, administration_id, lines, {number_key(iban) for iban in own})
    facts = {line.id: line_facts(line, has_other_side=line.id in sides) for line in lines}
    needed = sorted(
        {feature for one in facts.values() for each in (one, *parts_of(one)) for feature in features_of(each)}
    )
    history = counts_for(domain_id=access.domain_id, administration_id=administration_id, features=needed)
    settled: set[int] = set()
    refused: dict[int, str] = {}
    may_settle = access.may(Right.BANK_MATCH) and access.may(Right.BANK_BOOK)
    if automatic and may_settle:
        proposals = {line.id: propose(facts[line.id], items, history, own) for line in lines}
        settled, refused = _settle_by_itself(access, lines, proposals, at)
        for line_id in settled:
            _take(items, proposals[line_id])
    why = "" if may_settle or not automatic else "Wie dit aanleverde mag niet koppelen, daarom niet automatisch"
    rows: list[tuple[Any, ...]] = []
    for line in lines:
        if line.id in settled:
            continue
        # What a line before it most likely settles is not open for this one.
        proposal = propose(facts[line.id], items, history, own)
        if proposal.group == "AUTOMATIC":
            proposal = replace(proposal, group="READY", why_not_automatic=refused.get(line.id, why))
        if proposal.group == "READY":
            _take(items, proposal)
        stored = json.dumps(proposal_to_json(proposal))
        # As a text: of lists of numbers the driver would send now one type, now another.
        ids = f"{{{','.join(map(str, proposal.item_ids))}}}"
        certainty = proposal.certainty_percent
        rows.append((access.domain_id, administration_id, line.id, proposal.group, stored, ids, certainty))
    store_proposals(rows)
    return len(settled)


def propose_without(access: Access, administrations: set[int], item_ids: set[int], at: datetime) -> None:
    """Propose anew for the other lines that wait with a proposal for these items: less is open of them now."""
    if not item_ids:
        return
    lines = _waiting(access, id__in=lines_waiting_for(access.domain_id, administrations, item_ids))
    for administration_id, group in _by_books(lines):
        _propose(access, administration_id, group, at, automatic=False)


def _take(items: OpenItems, proposal: LineProposal) -> None:
    """What a proposal settles is no longer open for the lines after it."""
    for allocation in proposal.decision.allocations if proposal.decision else ():
        items.reduce(allocation.item_id, allocation.cents)


def _settle_by_itself(
    access: Access, lines: Sequence[BankLine], proposals: Mapping[int, LineProposal], at: datetime
) -> tuple[set[int], dict[int, str]]:
    """Settle what needs no person: the ids of those lines, and why each of the others of that kind is left waiting.

    A file is never refused for what it says inside, so a refusal here must not reach the intake.
    """
    automatic = [line for line in lines if proposals[line.id].group == "AUTOMATIC"]
    bookable = bookable_statements(access.domain_id, {line.statement_id for line in automatic})
    wanted: list[Settlement] = []
    refused: dict[int, str] = {}
    drawn: set[int] = set()
    for line in automatic:
        decision = proposals[line.id].decision
        if line.statement_id not in bookable:
            refused[line.id] = "Er ontbreekt een afschrift, daarom niet automatisch"
            continue
        # Two lines with one reference for one document: the second is for a person to judge.
        ids = {allocation.item_id for allocation in decision.allocations} if decision else set()
        if decision is not None and not ids & drawn:
            wanted.append(Settlement(line.id, decision))
            drawn |= ids
    settled: set[int] = set()
    for first in range(0, len(wanted), _BATCH):
        batch = wanted[first : first + _BATCH]
        if not (why := _try_to_settle(access, batch, at)):
            settled |= {one.bank_line_id for one in batch}
            continue
        for one in batch:
            if len(batch) > 1:
                why = _try_to_settle(access, [one], at)
            if why:
                refused[one.bank_line_id] = why
            else:
                settled.add(one.bank_line_id)
    return settled, refused


_BATCH = 500


def _try_to_settle(access: Access, batch: Sequence[Settlement], at: datetime) -> str:
    """Settle these lines, or none of them when the books or somebody else stand in the way: then why.

    We may hold the books already, so an open item that somebody else has is left to him and never waited for.
    """
    wanted = {allocation.item_id for one in batch for allocation in one.decision.allocations}
    try:
        with transaction.atomic():
            if lock_items(access.domain_id, wanted, waits=False) != wanted:
                raise ItemNotOpen
            settle(access=access, settlements=batch, at=at, method="AUTOMATIC")
    except (EntryRefused, UnknownAccount, ItemNotOpen, LineChanged) as no:
        log.info("not settled by itself", lines=[one.bank_line_id for one in batch], code=no.code)
        return f"Niet automatisch: {no}"
    return ""


def _with_other_sides(
    access: Access, administration_id: int, lines: Sequence[BankLine], own: set[str]
) -> tuple[list[BankLine], set[int]]:
    """The lines with the other sides of their transfers that wait too, and the ids of all that have another side."""
    own_lines = [line for line in lines if line.counter_iban and number_key(line.counter_iban) in own]
    if not own_lines:
        return list(lines), set()
    found = sides_of_transfers(
        access.domain_id,
        administration_id,
        amounts={line.amount_cents for line in own_lines},
        days=[line.booked_on for line in own_lines],
        gl_code=INTERNAL_TRANSFERS,
    )
    pairs = paired(side for side, _ in found)
    waiting = {side.line_id for side, waits in found if waits}
    others = {pairs[line.id] for line in own_lines if line.id in pairs} & waiting - {line.id for line in lines}
    return [*lines, *(_waiting(access, id__in=others) if others else ())], set(pairs)


def _lock_lines(access: Access, settlements: Sequence[Settlement]) -> dict[int, BankLine]:
    ids = [one.bank_line_id for one in settlements]
    lines = {
        line.id: line
        for line in BankLine.objects.select_for_update().filter(domain_id=access.domain_id, id__in=ids).order_by("id")
        if access.reaches(line.administration_id)
    }
    states = dict(BankLine.objects.filter(domain_id=access.domain_id, id__in=ids).values_list("id", "statement__state"))
    versions = dict(
        StoredProposal.objects.filter(domain_id=access.domain_id, bank_line_id__in=ids).values_list(
            "bank_line_id", "version"
        )
    )
    for one in settlements:
        line = lines.get(one.bank_line_id)
        if line is None:
            raise UnknownLine(one.bank_line_id)
        if line.entry_id is not None:
            raise LineChanged(is_booked=True)
        if one.version is not None and versions.get(line.id) != one.version:
            raise LineChanged(is_booked=False)
        if states[line.id] != StatementState.ACCEPTED:
            raise LineNotBookable
    return lines


def _lock_items(
    access: Access, settlements: Sequence[Settlement], lines: Mapping[int, BankLine], wanted: set[int]
) -> dict[int, OpenItemFacts]:
    """Lock the open items in order of id and give them as they are now."""
    if not wanted:
        return {}
    lock_items(access.domain_id, wanted)
    items: dict[int, OpenItemFacts] = {}
    for administration_id in {line.administration_id for line in lines.values()}:
        found = open_item_facts(domain_id=access.domain_id, administration_id=administration_id, ids=sorted(wanted))
        own = {item.id for item in found}
        items.update((item.id, item) for item in found)
        for one in settlements:
            # Each line settles what is open in its own books only.
            if lines[one.bank_line_id].administration_id == administration_id and not own.issuperset(
                allocation.item_id for allocation in one.decision.allocations
            ):
                raise ItemNotOpen
    return items


@dataclass(frozen=True, slots=True)
class _OwnAccount:
    gl_code: str
    journal_id: int


def _bank_accounts(access: Access, lines: Iterable[BankLine]) -> dict[int, _OwnAccount]:
    """The bank accounts of the books of these lines, by id."""
    rows = BankAccount.objects.filter(
        domain_id=access.domain_id, administration_id__in={line.administration_id for line in lines}
    ).values_list("id", "gl_account__code", "journal_id")
    return {row[0]: _OwnAccount(row[1], row[2]) for row in rows}


def _refuse_foreign_targets(
    access: Access,
    settlements: Sequence[Settlement],
    lines: Mapping[int, BankLine],
    accounts: Mapping[int, _OwnAccount],
) -> None:
    """Each other side of a bank account has a line of its own, and each line of a control account its contact."""
    banks = {one.gl_code for one in accounts.values()}
    for one in settlements:
        chart = chart_of(domain_id=access.domain_id, administration_id=lines[one.bank_line_id].administration_id)
        for share in one.decision.shares:
            if share.gl_code in banks or chart.is_control(share.gl_code):
                raise AccountNotForBankLine(share.gl_code, is_bank=share.gl_code in banks)
    rests = [one.decision for one in settlements if one.decision.rest_cents]
    contacts = {decision.contact_id for decision in rests if decision.contact_id is not None}
    if contacts and Contact.objects.filter(domain_id=access.domain_id, id__in=contacts).count() != len(contacts):
        raise UnknownContact(sorted(contacts))


def _plan(
    settlement: Settlement, line: BankLine, items: Mapping[int, OpenItemFacts], accounts: Mapping[int, _OwnAccount]
) -> tuple[SettlementLine, ...]:
    return lines_for_settlement(
        bank_gl_code=accounts[line.bank_account_id].gl_code,
        amount_cents=line.amount_cents,
        decision=settlement.decision,
        items=items,
    )


def _refuse_overdrawn(settlements: Sequence[Settlement], items: Mapping[int, OpenItemFacts]) -> None:
    """Several lines together must not settle an item above what is open; the database says so too."""
    drawn: Counter[int] = Counter()
    for one in settlements:
        for allocation in one.decision.allocations:
            drawn[allocation.item_id] += allocation.cents
    for item_id, cents in drawn.items():
        open_cents = items[item_id].open_cents
        if abs(cents) > abs(open_cents) or (cents > 0) != (open_cents > 0):
            raise ItemNotOpen


def _entry(
    access: Access,
    line: BankLine,
    plan: Sequence[SettlementLine],
    accounts: Mapping[int, _OwnAccount],
    reversal: TakenBack | None,
    items: Mapping[int, OpenItemFacts],
    *,
    on_date: date | None,
) -> NewEntry:
    """The entry of a line on its own day; of one that was taken back, on the day of that.

    When its own month took no reversal any more it takes no new entry either: both then meet on one later day, and the
    balance of no day in between is another than the bank's. Any other day only when it is the one that is offered.
    """
    own = reversal.last_on if reversal else line.booked_on
    if on_date is not None and on_date != _day_offered(line, own):
        raise LineChanged(is_booked=False)
    chart: Chart = chart_of(domain_id=access.domain_id, administration_id=line.administration_id)
    text = " ".join(part for part in (line.counterparty, line.communication) if part)[:200] or "Bankverrichting"
    return NewEntry(
        administration_id=line.administration_id,
        journal_id=accounts[line.bank_account_id].journal_id,
        on_date=on_date or own,
        subject=f"BANK:{line.id}",
        description=text,
        lines=tuple(
            NewLine(
                gl_account_id=chart.account_id(one.gl_code),
                debit_cents=one.debit_cents,
                credit_cents=one.credit_cents,
                description=one.description,
                contact_id=one.contact_id,
                document_number=items[one.item_id].document_number if one.item_id is not None else "",
            )
            for one in plan
        ),
        attempt=reversal.times + 1 if reversal else 1,
    )


def _match(
    access: Access, planned: Sequence[_Planned], posted: Sequence[PostedEntry], *, method: str, at: datetime
) -> None:
    """Match each settled item with the line that settles it, and point the bank lines to their entries."""
    made = items_of_entries(access.domain_id, [entry.id for entry in posted])
    matches: list[NewMatch] = []
    raised: Counter[int] = Counter()
    pointed: list[tuple[int, int, int]] = []
    for (settlement, line, plan), entry in zip(planned, posted, strict=True):
        matched = 0
        for n, one in enumerate(plan, start=1):
            if one.item_id is None:
                continue
            against = made[(entry.id, n)]
            cents = one.debit_cents - one.credit_cents
            raised[one.item_id] -= cents
            raised[against] += cents
            matched -= cents
            how = method or settlement.decision.kind
            matches.append(NewMatch(line.administration_id, line.id, one.item_id, against, abs(cents), how))
        # A credit note set off in the same payment counts against the invoices. Costs taken off make the matches more
        # than what came in: the line is then matched whole, and the entry's own balance accounts for the rest.
        pointed.append((line.id, entry.id, within(matched, line.amount_cents)))
    raise_items(access.domain_id, raised)
    store_matches(access.domain_id, matches, at=at, user_id=access.user_id)
    point_lines(access.domain_id, pointed)


def _release(access: Access, matches: Sequence[Match], at: datetime) -> None:
    lowered: Counter[int] = Counter()
    signs = signs_of(access.domain_id, {one.item_id for one in matches} | {one.against_id for one in matches})
    lines = {match.bank_line_id for match in matches if match.bank_line_id is not None}
    for match in matches:
        lowered[match.item_id] -= signs[match.item_id] * match.amount_cents
        lowered[match.against_id] -= signs[match.against_id] * match.amount_cents
    raise_items(access.domain_id, lowered)
    Match.objects.filter(domain_id=access.domain_id, id__in=[match.id for match in matches]).update(
        undone_at=at, undone_by=access.user_id
    )
    for line_id in sorted(lines):
        recount_line(access.domain_id, line_id)
    follow_lines(access=access, line_ids=lines, at=at)
    access.log(
        at=at,
        events=[
            Happened("match.undone", f"{match.item_id}:{match.against_id}", {"cents": match.amount_cents})
            for match in matches
        ],
    )


def _learn(access: Access, planned: Sequence[_Planned]) -> None:
    """Count where lines, or their parts, without an open item went, so that the next one alike is proposed."""
    raised: Counter[tuple[int, str, str]] = Counter()
    for settlement, line, _ in planned:
        if settlement.decision.shares:
            for feature, outcome in lessons(line_facts(line), settlement.decision):
                raised[(line.administration_id, feature, outcome)] += 1
    add_counts(domain_id=access.domain_id, raised=raised)
