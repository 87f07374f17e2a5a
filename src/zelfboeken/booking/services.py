"""Proposals become entries: approve, change, take back, correct. One transaction each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.db import connection

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.audit.services import Happened
from zelfboeken.booking.habits import Outcome, features_of, ranked
from zelfboeken.booking.learning import counts_for, learn, unlearn
from zelfboeken.booking.models import Proposal, SubjectKind
from zelfboeken.booking.packed import unpacked
from zelfboeken.booking.proposal import (
    ContactDefault,
    History,
    InvoiceFacts,
    currency_problem,
    features_needed,
    observation_of,
    propose,
)
from zelfboeken.booking.rules import (
    DocumentFacts,
    DraftLine,
    LedgerLine,
    NothingToBook,
    TotalDiffers,
    VatDiffers,
    WrongSide,
    in_euro,
    lines_for_document,
)
from zelfboeken.booking.stored import BookingFacts, facts_from_json, facts_to_json, lines_from_json, lines_to_json
from zelfboeken.ledger.models import JournalKind
from zelfboeken.ledger.queries import Chart, UnknownAccount, chart_of
from zelfboeken.ledger.rules import EntryRefused, NewEntry, NewLine
from zelfboeken.ledger.services import PeriodNotOpen, PostedEntry, post_entries, read_entry, reverse_entry
from zelfboeken.money.texts import rate_text
from zelfboeken.tenancy.reading import one_of
from zelfboeken.tenancy.scope import pipelined
from zelfboeken.vat.codes import UnknownVatCode
from zelfboeken.vat.rules import NotForThisDocument
from zelfboeken.workload.services import changed


class UnknownProposal(LookupError):
    """There is no such proposal in this domain."""

    code = "unknown"


class ProposalChanged(ValueError):
    """The proposal is no longer as it was shown; `by_entry` tells whether it was booked meanwhile."""

    code = "proposal_changed"

    def __init__(self, *, is_booked: bool) -> None:
        super().__init__(
            "Iemand anders boekte dit stuk intussen. Ga verder met het volgende."
            if is_booked
            else "Dit voorstel is intussen gewijzigd. Kijk het opnieuw na en boek het dan."
        )
        self.is_booked = is_booked


class NotBooked(ValueError):
    """The document has no entry that could be taken back."""

    code = "not_booked"

    def __init__(self) -> None:
        super().__init__("Dit stuk is niet geboekt, er is niets om terug te draaien.")


class ControlAccountChosen(EntryRefused):
    """A line of a document on an account of customers or suppliers, where only its open item belongs."""

    code = "line_needs_contact"

    def __init__(self, *, number: int, gl_code: str) -> None:
        super().__init__(
            f"Op rekening {gl_code} komt het openstaande bedrag van het stuk vanzelf. "
            f"Kies voor lijn {number} een andere rekening."
        )


class ForeignCurrency(ValueError):
    """The amounts are in another currency and were not converted yet: never booked as euro in silence."""

    code = "foreign_currency"

    def __init__(self, currency: str) -> None:
        super().__init__(
            f"De bedragen zijn in {currency}, niet in euro. Vul de koers in, dan worden ze omgerekend en kan je boeken."
        )
        self.currency = currency


class AmountsDoubted(ValueError):
    """The file has something that is no amount where one belongs; a person says first that ours are right."""

    code = "amounts_doubted"

    def __init__(self, doubt: str) -> None:
        super().__init__(f"{doubt} Kijk de bedragen na op het document en bevestig ze.")
        self.doubt = doubt


class RateNotUsable(ValueError):
    """An exchange rate that turns nothing into euro."""

    code = "rate_not_usable"

    def __init__(self) -> None:
        super().__init__("Met deze koers valt niet om te rekenen. Schrijf hoeveel euro één eenheid waard is: 0,92.")


class SomethingToBook(ValueError):
    """A document that has amounts is booked, not put aside."""

    code = "something_to_book"

    def __init__(self) -> None:
        super().__init__("Op dit stuk staan bedragen. Boek het, het kan niet zonder boeking afgehandeld worden.")


REFUSALS = (
    ProposalChanged,
    ForeignCurrency,
    AmountsDoubted,
    VatDiffers,
    TotalDiffers,
    NothingToBook,
    WrongSide,
    NotForThisDocument,
    UnknownVatCode,
    UnknownAccount,
    EntryRefused,
)
"""What booking may refuse, each with a Dutch sentence that says how to go on."""


@dataclass(frozen=True, slots=True)
class Approval:
    """A proposal to book, as the person saw it."""

    proposal_id: int
    version: int


@dataclass(frozen=True, slots=True)
class ProposedDocument:
    """A document that a booking is to be proposed for."""

    administration_id: int
    subject_kind: SubjectKind
    subject_id: int
    contact_id: int
    purchase_account_code: str
    on_date: date
    received_at: datetime
    invoice: InvoiceFacts
    booking: BookingFacts


@dataclass(frozen=True, slots=True)
class Booked:
    """A booked proposal and its entry."""

    proposal_id: int
    entry: PostedEntry


def propose_booking(*, access: Access, document: ProposedDocument) -> Proposal:
    """Store the proposal for a document: what earlier bookings, the contact and the words of its lines suggest."""
    history = History(
        own=counts_for(
            domain_id=access.domain_id,
            administration_id=document.administration_id,
            features=features_needed(document.invoice),
        ),
        chosen=ContactDefault(document.purchase_account_code) if document.purchase_account_code else None,
    )
    proposed = propose(document.invoice, history)
    key = document.invoice.contact_key or document.invoice.contact_name
    facts = replace(document.booking, seen=tuple(observation_of(key, line) for line in proposed.lines))
    changed("documents")
    return Proposal.objects.create(
        domain_id=access.domain_id,
        administration_id=document.administration_id,
        subject_kind=document.subject_kind,
        subject_id=document.subject_id,
        contact_id=document.contact_id,
        on_date=document.on_date,
        received_at=document.received_at,
        facts=facts_to_json(facts),
        lines=lines_to_json(tuple(line.draft for line in proposed.lines)),
        reasons=[*dict.fromkeys(reason for line in proposed.lines for reason in line.reasons), *proposed.reasons],
        problems=list(proposed.problems),
        certainty_percent=int(proposed.certainty * 100),
        is_ready=proposed.ready,
    )


def approve(*, access: Access, approvals: Sequence[Approval], at: datetime) -> list[Booked]:
    """Book proposals as they were shown, all or none, in the order given.

    Raises:
        NotAllowed: the user may not book (again checked now, INV-20).
        UnknownProposal: an id that is not of this domain, or of an administration the user does not reach.
        ProposalChanged: another version, or booked meanwhile.
        ForeignCurrency, AmountsDoubted: a person must say something first.
        VatDiffers, TotalDiffers, NothingToBook, WrongSide: the lines do not make up the document.
        EntryRefused: the books refuse it, for one because the period is closed.
    """
    access.require(Right.DOCUMENT_BOOK)
    proposals = _lock(access, [approval.proposal_id for approval in approvals])
    for approval in approvals:
        _require_waiting(proposals[approval.proposal_id], approval.version)
    ordered = [proposals[approval.proposal_id] for approval in approvals]
    attempts = _attempts(access.domain_id, ordered)
    entries = [_entry(access, proposal, attempts[proposal.id]) for proposal in ordered]
    posted = post_entries(access=access, entries=entries, at=at)
    with pipelined():
        learn(domain_id=access.domain_id, proposals=ordered)
        _remember_entries(access.domain_id, [(one.id, entry.id) for one, entry in zip(ordered, posted, strict=True)])
    changed("documents")
    return [Booked(proposal.id, entry) for proposal, entry in zip(ordered, posted, strict=True)]


def change_lines(
    *, access: Access, proposal_id: int, version: int, on_date: date, lines: tuple[DraftLine, ...], at: datetime
) -> Proposal:
    """Store the lines a person chose, and the date; proven against the document before they are kept.

    Raises: as `approve`, and ControlAccountChosen; nothing is kept then.
    """
    access.require(Right.DOCUMENT_BOOK)
    proposal = _lock(access, [proposal_id])[proposal_id]
    _require_waiting(proposal, version)
    return _change(access, proposal, on_date=on_date, lines=lines, at=at)


def complete_lines(
    *, access: Access, proposal_id: int, version: int, on_date: date, lines: tuple[DraftLine, ...], at: datetime
) -> Proposal:
    """Store the lines and the date for whoever books it: what is asked of somebody who completes data and does not
    book. Proven against the document as for him.

    Raises:
        NotAllowed: the user may not complete data. Else as `change_lines`; nothing is kept then.
    """
    access.require(Right.DATA_COMPLETE)
    proposal = _lock(access, [proposal_id])[proposal_id]
    _require_waiting(proposal, version)
    return _change(access, proposal, on_date=on_date, lines=lines, at=at, is_completed=True)


def _change(
    access: Access,
    proposal: Proposal,
    *,
    on_date: date,
    lines: tuple[DraftLine, ...],
    at: datetime,
    is_completed: bool = False,
) -> Proposal:
    lines_for_document(facts_from_json(proposal.facts).document, lines)
    chart = chart_of(domain_id=access.domain_id, administration_id=proposal.administration_id)
    for number, line in enumerate(lines, start=1):
        chart.account_id(line.gl_code)
        if chart.is_control(line.gl_code):
            raise ControlAccountChosen(number=number, gl_code=line.gl_code)
    proposal.lines = lines_to_json(lines)
    proposal.on_date = on_date
    proposal.version += 1
    proposal.is_edited = True
    proposal.is_ready = True
    proposal.completed_at = at if is_completed else None
    Proposal.objects.filter(domain_id=access.domain_id, id=proposal.id).update(
        lines=proposal.lines,
        on_date=on_date,
        version=proposal.version,
        is_edited=True,
        is_ready=True,
        completed_at=proposal.completed_at,
    )
    changed("documents")
    action = "proposal.completed" if is_completed else "proposal.changed"
    access.log(at=at, events=[Happened(action, _subject(proposal), {"version": proposal.version})])
    return proposal


def take_back(*, access: Access, proposal_id: int, version: int, on: date, at: datetime) -> PostedEntry | None:
    """Reverse the entry of a document; its proposal waits again with the same lines, ready to be corrected.

    The reversal has the date of the entry while that period takes entries, so that a month does not show a cost twice
    and the next one less; else the date given. What the booking taught is unlearned. A document that was handled
    without an entry just waits again.

    Raises:
        NotAllowed, UnknownProposal: as `approve`.
        ProposalChanged: another version: somebody else took it back, and perhaps booked it again.
        NotBooked: nothing stands.
        ItemsAreMatched: a payment is matched with it; undo that first.
    """
    access.require(Right.DOCUMENT_BOOK)
    proposal = _lock(access, [proposal_id])[proposal_id]
    if proposal.handled_at is None:
        return _reverse(access, proposal, version=version, on=on, at=at)
    _require_version(proposal, version)
    Proposal.objects.filter(domain_id=access.domain_id, id=proposal.id).update(
        handled_at=None, version=proposal.version + 1
    )
    changed("documents")
    access.log(at=at, events=[Happened("proposal.reopened", _subject(proposal), {"version": proposal.version + 1})])
    return None


def correct(
    *,
    access: Access,
    proposal_id: int,
    version: int,
    on: date,
    on_date: date,
    lines: tuple[DraftLine, ...],
    at: datetime,
) -> Booked:
    """Reverse the entry of a document and book it again with other lines, as one step: both or neither.

    Raises: as `take_back`, `change_lines` and `approve`.
    """
    access.require(Right.DOCUMENT_BOOK)
    proposal = _lock(access, [proposal_id])[proposal_id]
    _reverse(access, proposal, version=version, on=on, at=at, then_on=on_date)
    proposal.entry_id, proposal.version = None, proposal.version + 1
    changed = _change(access, proposal, on_date=on_date, lines=lines, at=at)
    return approve(access=access, approvals=[Approval(changed.id, changed.version)], at=at)[0]


def handle_without_entry(*, access: Access, proposal_id: int, version: int, at: datetime) -> None:
    """Put a document aside that comes to zero: it moves no account and no grid, so there is no entry.

    Raises:
        NotAllowed, UnknownProposal, ProposalChanged: as `approve`.
        SomethingToBook: it does have amounts.
    """
    access.require(Right.DOCUMENT_BOOK)
    proposal = _lock(access, [proposal_id])[proposal_id]
    _require_waiting(proposal, version)
    try:
        lines_for_document(facts_from_json(proposal.facts).document, lines_from_json(proposal.lines))
    except NothingToBook:
        pass
    else:
        raise SomethingToBook
    Proposal.objects.filter(domain_id=access.domain_id, id=proposal.id).update(
        handled_at=at, version=proposal.version + 1, completed_at=None
    )
    changed("documents")
    access.log(at=at, events=[Happened("proposal.handled", _subject(proposal), {"version": proposal.version + 1})])


def confirm_amounts(*, access: Access, proposal_id: int, version: int, at: datetime) -> None:
    """A person's word that the amounts are right: those read beside one that is none, and the VAT as printed.

    Raises:
        NotAllowed, UnknownProposal, ProposalChanged: as `approve`.
    """
    access.require(Right.DOCUMENT_BOOK)
    proposal = _lock(access, [proposal_id])[proposal_id]
    _require_waiting(proposal, version)
    facts = facts_from_json(proposal.facts)
    answered = set(facts.doubts)
    try:
        lines_for_document(facts.document, lines_from_json(proposal.lines))
    except VatDiffers as asked:
        answered.add(str(asked))
    except (TotalDiffers, NothingToBook):
        pass
    confirmed = replace(facts, document=replace(facts.document, accepts_printed_vat=True), doubts=())
    Proposal.objects.filter(domain_id=access.domain_id, id=proposal.id).update(
        facts=facts_to_json(confirmed),
        problems=[text for text in proposal.problems if text not in answered],
        version=proposal.version + 1,
    )
    access.log(at=at, events=[Happened("proposal.confirmed", _subject(proposal), {"asked": sorted(answered)})])


def convert_to_euro(*, access: Access, proposal_id: int, version: int, rate: Decimal, at: datetime) -> None:
    """Turn the amounts of a document in another currency into euro, at what one unit of it is worth.

    Raises:
        NotAllowed, UnknownProposal, ProposalChanged: as `approve`.
        RateNotUsable: the rate is not above zero, or beyond a million.
    """
    access.require(Right.DOCUMENT_BOOK)
    proposal = _lock(access, [proposal_id])[proposal_id]
    _require_waiting(proposal, version)
    facts = facts_from_json(proposal.facts)
    if not 0 < rate <= 1_000_000:
        raise RateNotUsable
    if facts.currency == "EUR":
        return
    document, lines = in_euro(facts.document, lines_from_json(proposal.lines), rate)
    # A cent of rounding in its own currency may be euros here: what was near enough there is taken as it is.
    document = replace(document, accepts_printed_vat=_is_proven(facts.document, lines_from_json(proposal.lines)))
    asked = currency_problem(facts.currency)
    Proposal.objects.filter(domain_id=access.domain_id, id=proposal.id).update(
        facts=facts_to_json(replace(facts, document=document, currency="EUR")),
        lines=lines_to_json(lines),
        reasons=[*proposal.reasons, f"Omgerekend uit {facts.currency} aan {rate_text(rate)} euro."],
        problems=[text for text in proposal.problems if text != asked],
        version=proposal.version + 1,
    )
    access.log(
        at=at,
        events=[
            Happened("proposal.converted", _subject(proposal), {"currency": facts.currency, "rate": rate_text(rate)})
        ],
    )


def outcomes_for_line(*, access: Access, proposal: Proposal, index: int, limit: int = 4) -> tuple[Outcome, ...]:
    """What a person may choose for one proposed line: what is proposed, then what the counts know, likeliest first.

    Only what the document can be booked with: an outcome its VAT contradicts is left out.
    """
    facts, lines = facts_from_json(proposal.facts), lines_from_json(proposal.lines)
    if index >= len(lines) or index >= len(facts.seen):
        return ()
    line, seen = lines[index], facts.seen[index]
    counts = counts_for(
        domain_id=access.domain_id, administration_id=proposal.administration_id, features=features_of(seen)
    )
    chart = chart_of(domain_id=access.domain_id, administration_id=proposal.administration_id)
    found = [Outcome(line.gl_code, line.vat_code, line.deductible_percent)]
    for outcome in ranked(seen, counts):
        if len(found) == limit:
            break
        is_new = all(outcome.text != one.text for one in found)
        if is_new and outcome.gl_code in chart.accounts and _fits(facts, lines, index, outcome):
            found.append(outcome)
    return tuple(found)


def _fits(facts: BookingFacts, lines: tuple[DraftLine, ...], index: int, outcome: Outcome) -> bool:
    changed = replace(
        lines[index],
        gl_code=outcome.gl_code,
        vat_code=outcome.vat_code,
        deductible_percent=outcome.deductible_percent,
    )
    try:
        lines_for_document(facts.document, (*lines[:index], changed, *lines[index + 1 :]))
    except (ValueError, LookupError):
        return False
    return True


def preview(*, facts: BookingFacts, lines: tuple[DraftLine, ...]) -> tuple[LedgerLine, ...]:
    """The entry these lines would become, without storing anything. Raises as `lines_for_document`."""
    return lines_for_document(facts.document, lines)


_COLUMNS = (
    "id, administration_id, subject_kind, subject_id, contact_id, version, on_date, received_at, facts, lines, "
    "certainty_percent, is_ready, is_edited, entry_id, handled_at, completed_at, reasons, problems"
)


def _lock(access: Access, proposal_ids: Sequence[int]) -> dict[int, Proposal]:
    """The proposals, locked in order of id. Plain SQL: composing the same query anew costs more than running it."""
    is_asked, ids = one_of(proposal_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM booking_proposal WHERE domain_id = %s AND id {is_asked} ORDER BY id FOR UPDATE",
            [access.domain_id, ids],
        )
        rows = cursor.fetchall()
    names = _COLUMNS.split(", ")
    found = {}
    for row in rows:
        values = dict(zip(names, row, strict=True))
        for name in ("facts", "lines", "reasons", "problems"):
            values[name] = unpacked(values[name])
        if access.reaches(values["administration_id"]):
            found[values["id"]] = Proposal(domain_id=access.domain_id, **values)
    missing = set(proposal_ids) - set(found)
    if missing:
        raise UnknownProposal(min(missing))
    return found


def _is_proven(document: DocumentFacts, lines: tuple[DraftLine, ...]) -> bool:
    """Whether these lines make up the document."""
    try:
        lines_for_document(document, lines)
    except (ValueError, LookupError):
        return False
    return True


def _require_version(proposal: Proposal, version: int) -> None:
    if proposal.version != version:
        raise ProposalChanged(is_booked=proposal.entry_id is not None)


def _require_waiting(proposal: Proposal, version: int) -> None:
    """Go on only with a proposal that waits, as it was shown."""
    if proposal.entry_id is not None or proposal.handled_at is not None or proposal.version != version:
        raise ProposalChanged(is_booked=proposal.entry_id is not None)


def _reverse(
    access: Access, proposal: Proposal, *, version: int, on: date, at: datetime, then_on: date | None = None
) -> PostedEntry:
    if proposal.entry_id is None:
        raise NotBooked
    _require_version(proposal, version)
    booked_on = read_entry(domain_id=access.domain_id, entry_id=proposal.entry_id)
    try:
        day = booked_on.on_date if booked_on is not None else on
        opposite = reverse_entry(
            access=access, entry_id=proposal.entry_id, on=day, at=at, also_on=(on, *([then_on] if then_on else []))
        )
    except PeriodNotOpen:
        opposite = reverse_entry(access=access, entry_id=proposal.entry_id, on=on, at=at)
    unlearn(domain_id=access.domain_id, proposal=proposal)
    Proposal.objects.filter(domain_id=access.domain_id, id=proposal.id).update(
        entry_id=None, version=proposal.version + 1, completed_at=None
    )
    changed("documents")
    return opposite


def _subject(proposal: Proposal) -> str:
    return f"{proposal.subject_kind}:{proposal.subject_id}"


def _attempts(domain_id: int, proposals: Sequence[Proposal]) -> dict[int, int]:
    """The attempt each proposal is posted as: one more than it was reversed. The ledger refuses a standing one."""
    in_books, books = one_of({proposal.administration_id for proposal in proposals})
    is_named, subjects = one_of({_subject(proposal) for proposal in proposals})
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT subject, max(attempt) FROM ledger_entry WHERE domain_id = %s AND administration_id {in_books} "
            f"AND subject {is_named} AND is_reversal GROUP BY subject",
            [domain_id, books, subjects],
        )
        undone = dict(cursor.fetchall())
    return {proposal.id: undone.get(_subject(proposal), 0) + 1 for proposal in proposals}


def _entry(access: Access, proposal: Proposal, attempt: int) -> NewEntry:
    facts = facts_from_json(proposal.facts)
    if facts.currency != "EUR":
        raise ForeignCurrency(facts.currency)
    if facts.doubts:
        raise AmountsDoubted(facts.doubts[0])
    chart = chart_of(domain_id=access.domain_id, administration_id=proposal.administration_id)
    kind = JournalKind.PURCHASE if facts.document.side == "PURCHASE" else JournalKind.SALES
    return NewEntry(
        administration_id=proposal.administration_id,
        journal_id=chart.journals[kind],
        on_date=proposal.on_date,
        subject=_subject(proposal),
        description=facts.document.description,
        lines=tuple(
            _new_line(chart, line, facts, proposal.contact_id)
            for line in lines_for_document(facts.document, lines_from_json(proposal.lines))
        ),
        attempt=attempt,
        document_sha256=bytes.fromhex(facts.sha256) if facts.sha256 else None,
    )


def _new_line(chart: Chart, line: LedgerLine, facts: BookingFacts, contact_id: int) -> NewLine:
    if not line.is_open_item:
        return NewLine(
            gl_account_id=chart.account_id(line.gl_code),
            debit_cents=line.debit_cents,
            credit_cents=line.credit_cents,
            description=line.description,
            grids=line.grids,
        )
    return NewLine(
        gl_account_id=chart.account_id(line.gl_code),
        debit_cents=line.debit_cents,
        credit_cents=line.credit_cents,
        description=line.description,
        contact_id=contact_id,
        grids=line.grids,
        due_on=facts.due_on,
        document_number=facts.document_number,
        structured=facts.structured,
    )


def _remember_entries(domain_id: int, pairs: Sequence[tuple[int, int]]) -> None:
    with connection.cursor() as cursor:
        values: list[int] = []
        for proposal_id, entry_id in pairs:
            values += [proposal_id, entry_id]
        rows = ", ".join(["(%s::bigint, %s::bigint)"] * len(pairs))
        cursor.execute(
            "UPDATE booking_proposal p SET entry_id = v.entry_id, version = p.version + 1, completed_at = NULL "
            f"FROM (VALUES {rows}) AS v (proposal_id, entry_id) WHERE p.domain_id = %s AND p.id = v.proposal_id",
            [*values, domain_id],
        )
