"""The booking form of a document: what it shows, and what a person sent back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access, NotAllowed
from zelfboeken.belgium import structured_reference
from zelfboeken.booking.models import Proposal
from zelfboeken.booking.proposal import NOTHING_KNOWN
from zelfboeken.booking.rules import DraftLine, LedgerLine, NothingToBook, VatDiffers, lines_for_document
from zelfboeken.booking.services import ForeignCurrency
from zelfboeken.booking.stored import BookingFacts, facts_from_json, lines_from_json
from zelfboeken.contacts.models import Contact
from zelfboeken.inbox.models import Outcome
from zelfboeken.inbox.queries import QueueRow
from zelfboeken.invoices.models import Invoice
from zelfboeken.invoices.services import SuspectedDuplicate, suspected_duplicate
from zelfboeken.ledger.queries import Chart, UnknownAccount, chart_of
from zelfboeken.portal.addresses import address
from zelfboeken.portal.booking_lines import SubmittedBooking, TypedLine
from zelfboeken.portal.booking_question import call_to_choose, is_about, is_unsure, question_for
from zelfboeken.portal.pages import (
    Action,
    Always,
    BookingForm,
    BookingLineRow,
    Choice,
    Comparison,
    Field,
    Head,
    Option,
    Options,
    PreviewLine,
    Problem,
    Question,
    Reason,
)
from zelfboeken.portal.texts import amount, day, euro, percent, share
from zelfboeken.portal.tokens import new_key
from zelfboeken.portal.typed import NotUnderstood, read_amount, read_day, read_percent
from zelfboeken.tenancy.reading import joined_rows
from zelfboeken.vat.codes import all_codes, codes_for
from zelfboeken.vat.decisions import code_for_account


@dataclass(frozen=True, slots=True)
class ChosenBooking:
    """What a person chose, understood."""

    on_date: date | None
    lines: tuple[DraftLine, ...]

    @property
    def only_account(self) -> str:
        """The account that every line goes to, or "" when they go to several."""
        codes = {line.gl_code for line in self.lines}
        return codes.pop() if len(codes) == 1 else ""

    def differs_from(self, proposal: Proposal) -> bool:
        """Whether anything is other than what is stored."""
        return self.lines != lines_from_json(proposal.lines) or (
            self.on_date is not None and self.on_date != proposal.on_date
        )


class FieldsNotUnderstood(NotUnderstood):
    """Fields of the form that cannot be read, each with its sentence."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(" ".join(problem.text for problem in problems))
        self.problems = problems


def read_form(submitted: SubmittedBooking, *, today: date, before: tuple[DraftLine, ...]) -> ChosenBooking:
    """The lines and the date of the form; a line whose account is other than `before` gets the VAT code that fits it.

    Raises:
        FieldsNotUnderstood: every field that is no amount, date, account, VAT code or percentage.
    """
    problems: list[Problem] = []
    stood = before if len(before) == len(submitted.lines) else (None,) * len(submitted.lines)
    lines = [
        line
        for index, (typed, was) in enumerate(zip(submitted.lines, stood, strict=True))
        if (line := _read_line(index, typed, was, problems))
    ]
    on_date = None
    try:
        on_date = read_day(submitted.on_date, today) if submitted.on_date.strip() else None
    except NotUnderstood as no:
        problems.insert(0, Problem(str(no), "field-on_date"))
    if problems:
        raise FieldsNotUnderstood(tuple(problems))
    return ChosenBooking(on_date, tuple(line for line in lines if line.net_cents))


def problems_of(no: Exception, submitted: SubmittedBooking | None = None) -> tuple[Problem, ...]:
    """What a refusal says in the summary, each sentence leading to the field it is about."""
    if isinstance(no, FieldsNotUnderstood):
        return no.problems
    if isinstance(no, UnknownAccount) and submitted is not None:
        found = tuple(
            Problem(str(no), f"line-{index}-account")
            for index, typed in enumerate(submitted.lines)
            if typed.gl_code == no.gl_code
        )
        if found:
            return found
    return (Problem(str(no)),)


def _read_line(index: int, typed: TypedLine, was: DraftLine | None, problems: list[Problem]) -> DraftLine | None:
    """The line, or None with what is wrong with it added to the problems."""
    before = len(problems)
    code, net, deductible = typed.gl_code, 0, Decimal(100)
    if not code.isdigit():
        text = _("Choose an account for line %(number)d.") % {"number": index + 1}
        problems.append(Problem(text, f"line-{index}-account"))
    if typed.vat not in all_codes():
        text = _("Choose a VAT code for line %(number)d.") % {"number": index + 1}
        problems.append(Problem(text, f"line-{index}-vat"))
    try:
        net = read_amount(typed.net or "0")
    except NotUnderstood as no:
        problems.append(Problem(str(no), f"line-{index}-net"))
    try:
        deductible = read_percent(typed.deductible) if typed.deductible.strip() else deductible
    except NotUnderstood as no:
        problems.append(Problem(str(no), f"line-{index}-deductible"))
    if len(problems) > before:
        return None
    vat = typed.vat
    if was is not None and was.vat_code == vat:
        vat = code_for_account(vat, before=was.gl_code, after=code)
    return DraftLine(code, vat, net, deductible, typed.text[:200])


def booking_form(
    *,
    access: Access,
    row: QueueRow,
    problems: tuple[Problem, ...],
    submitted: SubmittedBooking | None,
    today: date,
    is_correcting: bool = False,
    here: str = "",
    skip_url: str = "",
) -> BookingForm:
    """The right pane for one document, whatever its state.

    `is_correcting`: the entry of a booked one is to change. `here` is the query that keeps the list as it is shown.
    """
    url = _url(access, row) + here
    if row.proposal_id is None:
        return _without_proposal(access, row, problems, url=url, skip_url=skip_url)
    ((proposal, invoice, invoice.contact),) = joined_rows(
        {"p": Proposal, "i": Invoice, "c": Contact},
        "booking_proposal p JOIN invoices_invoice i ON i.domain_id = p.domain_id AND i.id = p.subject_id "
        "JOIN contacts_contact c ON c.domain_id = i.domain_id AND c.id = i.contact_id "
        "WHERE p.domain_id = %s AND p.id = %s",
        [access.domain_id, row.proposal_id],
    )
    facts = facts_from_json(proposal.facts)
    chart = chart_of(domain_id=access.domain_id, administration_id=proposal.administration_id)
    may_book = access.may(Right.DOCUMENT_BOOK)
    is_booked = proposal.entry_id is not None
    is_waiting = not is_booked and proposal.handled_at is None
    is_correcting = is_correcting and is_booked and may_book
    duplicate = None
    if is_waiting and row.is_duplicate:
        duplicate = suspected_duplicate(access=access, invoice=invoice)
    drafts = lines_from_json(proposal.lines)
    typed = submitted.lines if submitted else tuple(_typed(line, chart) for line in drafts)
    preview = _preview(facts, (_understood(submitted, today, drafts) if submitted else ()) or drafts)
    # Who completes data leaves to whoever books it what is no line: another currency, a document of zero.
    completes = access.may(Right.DATA_COMPLETE) and not may_book and is_waiting
    completes = completes and facts.currency == "EUR" and not preview.is_nothing
    editable = completes or (may_book and (is_waiting or is_correcting))
    book_action, book_label = (
        ("complete", _("Data entry done")) if completes else _button(preview, is_correcting=is_correcting)
    )
    errors = {problem.field_id: problem.text for problem in problems}
    question = None
    if editable and not is_correcting:
        question = _question(facts, preview) if may_book else None
        question = question or question_for(access=access, proposal=proposal, lines=typed, chart=chart)
    unsure = sum(is_unsure(proposal, line) for line in typed)
    return BookingForm(
        url=url,
        key=new_key(),
        version=str(proposal.version),
        head=_head(proposal, duplicate, preview, unsure, is_correcting=is_correcting, is_sent=submitted is not None),
        fields=_fields(invoice, proposal, facts, submitted, editable, errors),
        lines=tuple(_line_row(index, line, proposal, errors) for index, line in enumerate(typed)),
        accounts=_account_options(chart.bookable) if editable else (),
        vat_codes=_vat_options(facts.document.side) if editable else (),
        has_deduction=facts.document.side == "PURCHASE",
        reasons=_reasons(proposal, typed, has_question=question is not None),
        journal_title=_("Booking in the purchase journal")
        if invoice.side == "PURCHASE"
        else _("Booking in the sales journal"),
        journal=tuple(_preview_line(line, chart, invoice) for line in preview.lines),
        journal_debit=amount(sum(line.debit_cents for line in preview.lines)),
        journal_credit=amount(sum(line.credit_cents for line in preview.lines)),
        problems=problems,
        problem_title=_("This booking is not stored"),
        question=question,
        duplicate=_comparison(access, invoice, duplicate) if duplicate else (),
        reason_field=Field("reason", _("Why is this another document?"), submitted.reason if submitted else "")
        if duplicate and may_book
        else None,
        always=_always(invoice, submitted) if editable and may_book else None,
        is_editable=editable,
        can_book=editable,
        blocked_text=_blocked(access) if is_waiting else "",
        undo=Action(
            url=url,
            label=_("Undo"),
            key=new_key(),
            version=str(proposal.version),
            name="action",
            value="reverse",
        )
        if may_book and not is_waiting and not is_correcting
        else None,
        book_action=book_action,
        book_label=book_label,
        correct_url=f"{url}{'&' if here else '?'}verbeteren" if may_book and is_booked and not is_correcting else "",
        keep_url=url if is_correcting else "",
        is_correcting=is_correcting,
        skip_url=skip_url if is_waiting else "",
    )


@lru_cache(maxsize=64)
def _account_options(bookable: tuple[tuple[str, str], ...]) -> Options:
    return Options(Option(code, f"{code} {name}") for code, name in bookable)


@cache
def _vat_options(side: str) -> Options:
    return Options(Option(code.code, code.label) for code in codes_for(side))


def _always(invoice: Invoice, submitted: SubmittedBooking | None) -> Always | None:
    if invoice.side != "PURCHASE":
        return None
    chosen = bool(invoice.contact.purchase_account_code)
    return Always(
        _("Always this account for %(name)s") % {"name": invoice.contact.name},
        chosen if submitted is None or submitted.always is None else submitted.always,
    )


def _understood(submitted: SubmittedBooking, today: date, before: tuple[DraftLine, ...]) -> tuple[DraftLine, ...]:
    """The lines as typed, or none when a field is not understood: that is told apart."""
    try:
        return read_form(submitted, today=today, before=before).lines
    except NotUnderstood:
        return ()


def _button(preview: _Preview, *, is_correcting: bool) -> tuple[str, str]:
    if is_correcting:
        return "correct", _("Reverse and book again")
    if preview.is_nothing:
        return "handle", _("Handle without an entry")
    return "book", _("Book")


def _question(facts: BookingFacts, preview: _Preview) -> Question | None:
    """What a person must say before this can be booked: that amounts are right which the file does not prove."""
    if facts.doubts:
        detail = facts.doubts[0]
    elif preview.differs_in_vat:
        detail = preview.wrong
    else:
        return None
    return Question(
        title=_("Are the amounts right?"),
        detail=detail,
        choices=(Choice("1", "CONFIRM", _("Yes, as they stand here"), _("I compared them with the document.")),),
        call=call_to_choose(1),
    )


def _without_proposal(
    access: Access, row: QueueRow, problems: tuple[Problem, ...], *, url: str, skip_url: str
) -> BookingForm:
    asks = row.outcome == Outcome.ASK_SIDE and access.may(Right.DATA_COMPLETE)
    title, _stop, what_to_do = row.reason.partition(". ")
    return BookingForm(
        url=url,
        key=new_key(),
        version="",
        head=Head("warn", "circle-question-mark", title) if asks else Head("bad", "circle-x", title),
        fields=(),
        lines=(),
        accounts=(),
        vat_codes=(),
        reasons=(Reason(what_to_do, tone="warn", icon="info"),) if what_to_do and not asks else (),
        journal_title="",
        journal=(),
        journal_debit="",
        journal_credit="",
        problems=problems,
        problem_title=_("Nothing was changed"),
        question=Question(
            title=_("What is this document?"),
            detail="",
            choices=(
                Choice("1", "PURCHASE", _("A purchase"), _("You received this invoice.")),
                Choice("2", "SALE", _("A sale"), _("You sent this invoice.")),
            ),
        )
        if asks
        else None,
        is_editable=False,
        can_book=False,
        skip_url=skip_url,
    )


def _url(access: Access, row: QueueRow) -> str:
    return address("document", access.domain_slug, row.document_public_id)


@dataclass(frozen=True, slots=True)
class _Preview:
    """The entry that the lines would become, or why there is none."""

    lines: tuple[LedgerLine, ...] = ()
    wrong: str = ""
    is_nothing: bool = False
    differs_in_vat: bool = False


def _preview(facts: BookingFacts, drafts: tuple[DraftLine, ...]) -> _Preview:
    if facts.currency != "EUR":
        return _Preview(wrong=str(ForeignCurrency(facts.currency)))
    try:
        return _Preview(lines_for_document(facts.document, drafts))
    except NothingToBook as no:
        return _Preview(wrong=str(no), is_nothing=True)
    except VatDiffers as no:
        return _Preview(wrong=str(no), differs_in_vat=True)
    except (ValueError, LookupError) as no:
        return _Preview(wrong=str(no))


def _blocked(access: Access) -> str:
    try:
        access.require(Right.DOCUMENT_BOOK)
    except NotAllowed as no:
        return str(no)
    return ""


def _head(
    proposal: Proposal,
    duplicate: SuspectedDuplicate | None,
    preview: _Preview,
    unsure: int,
    *,
    is_correcting: bool,
    is_sent: bool,
) -> Head:
    """The line above the form; `unsure` lines wait for an answer, and `is_sent` says that a person changed the form."""
    certainty = _("%(percent)s sure") % {"percent": share(proposal.certainty_percent)}
    if is_correcting:
        return Head("warn", "undo-2", _("Correct this entry"), _("It is reversed and booked again, in one step."))
    if proposal.entry_id is not None:
        return Head("ok", "circle-check", _("Booked"), _("This entry stands in the ledger."))
    if proposal.handled_at is not None:
        return Head("ok", "circle-check", _("Handled without an entry"), _("This document comes to zero."))
    if duplicate is not None:
        return Head("bad", "copy", _("Looks double"), str(duplicate))
    if preview.is_nothing:
        return Head("warn", "eye", _("Comes to zero"), preview.wrong)
    if preview.wrong:
        return Head("bad", "circle-x", _("Not right yet"), preview.wrong)
    if proposal.completed_at is not None and not is_sent:
        return Head("ok", "circle-check", _("Data entry done"), _("The lines are whole; nothing is booked yet."))
    lines = {line.description for line in lines_from_json(proposal.lines)}
    others = [text for text in proposal.problems if not any(is_about(text, line) for line in lines)]
    if unsure:
        title = ngettext("%(count)d line to check", "%(count)d lines to check", unsure) % {"count": unsure}
        return Head("warn", "eye", title, others[0] if others else _("All sums are right"), certainty)
    if proposal.is_ready or (is_sent and not others):
        by_hand = proposal.is_edited or is_sent
        detail = _("Checked by you") if by_hand else _("All checks are right")
        return Head("ok", "circle-check", _("Ready to book"), detail, "" if by_hand else certainty)
    return Head("warn", "eye", _("Check this"), others[0] if others else "", certainty)


def _fields(
    invoice: Invoice,
    proposal: Proposal,
    facts: BookingFacts,
    submitted: SubmittedBooking | None,
    editable: bool,
    errors: Mapping[str, str],
) -> tuple[Field, ...]:
    label, spot = (_("Supplier"), "contact") if invoice.side == "PURCHASE" else (_("Customer"), "customer")
    reference = structured_reference.as_printed(facts.structured)
    typed = submitted.on_date if submitted else ""
    is_euro = invoice.currency == "EUR"
    total = amount(invoice.total_cents) if is_euro else f"{invoice.currency} {amount(invoice.total_cents)}"
    return (
        Field("party", label, invoice.contact.name, is_readonly=True, spot=spot),
        Field(
            "total", _("Total incl. VAT"), total, kind="amount" if is_euro else "text", is_readonly=True, spot="total"
        ),
        Field("number", _("Number"), invoice.number, is_readonly=True, spot="number"),
        Field("issued_on", _("Invoice date"), day(invoice.issued_on), is_readonly=True, spot="issued_on"),
        Field("due_on", _("Due date"), day(invoice.due_on), is_readonly=True, spot="due_on"),
        Field(
            "on_date",
            _("Booking date"),
            typed or day(proposal.on_date),
            kind="date",
            error=errors.get("field-on_date", ""),
            is_readonly=not editable,
        ),
        *(
            [
                Field(
                    "rate",
                    _("Euro for one %(currency)s") % {"currency": facts.currency},
                    submitted.rate if submitted else "",
                    error=errors.get("field-rate", ""),
                    hint=_("For example 0,92"),
                )
            ]
            if editable and facts.currency != "EUR"
            else []
        ),
        *(
            [Field("structured", _("Structured message"), reference, is_readonly=True, spot="structured")]
            if reference
            else []
        ),
    )


def _typed(line: DraftLine, chart: Chart) -> TypedLine:
    name = chart.names.get(line.gl_code, "")
    return TypedLine(
        f"{line.gl_code} {name}".strip(),
        line.vat_code,
        percent(line.deductible_percent),
        amount(line.net_cents),
        line.description,
    )


def _line_row(index: int, typed: TypedLine, proposal: Proposal, errors: Mapping[str, str]) -> BookingLineRow:
    return BookingLineRow(
        index=index,
        account=typed.account,
        vat=typed.vat,
        vat_label=all_codes()[typed.vat].label if typed.vat in all_codes() else typed.vat,
        deductible=typed.deductible,
        net=typed.net,
        text=typed.text,
        account_error=errors.get(f"line-{index}-account", ""),
        vat_error=errors.get(f"line-{index}-vat", ""),
        deductible_error=errors.get(f"line-{index}-deductible", ""),
        net_error=errors.get(f"line-{index}-net", ""),
        is_unsure=is_unsure(proposal, typed),
        is_checked=typed.checked,
    )


def _reasons(proposal: Proposal, typed: Sequence[TypedLine], *, has_question: bool) -> tuple[Reason, ...]:
    """What speaks against the proposal first, then what speaks for it; what a question asks already is not repeated."""
    told: list[Reason] = []
    if proposal.entry_id is None and proposal.handled_at is None and not proposal.is_edited:
        told = [
            Reason(text, tone="warn", icon="triangle-alert")
            for text in proposal.problems
            if not any(is_about(text, line.text) and (has_question or line.checked) for line in typed)
        ]
    return (
        *told,
        *(
            Reason(text, tone="warn", icon="triangle-alert") if text.startswith(NOTHING_KNOWN) else Reason(text)
            for text in proposal.reasons
        ),
    )


def _preview_line(line: LedgerLine, chart: Chart, invoice: Invoice) -> PreviewLine:
    name = invoice.contact.name if line.is_open_item else chart.names.get(line.gl_code, "")
    return PreviewLine(
        line.gl_code,
        name,
        amount(line.debit_cents) if line.debit_cents else "",
        amount(line.credit_cents) if line.credit_cents else "",
    )


def _money(invoice: Invoice) -> str:
    return (
        euro(invoice.total_cents) if invoice.currency == "EUR" else f"{invoice.currency} {amount(invoice.total_cents)}"
    )


def _comparison(access: Access, invoice: Invoice, duplicate: SuspectedDuplicate) -> tuple[Comparison, ...]:
    other = duplicate.other
    url = reverse("document", args=[access.domain_slug, str(other.document.public_id)])
    return (
        Comparison(_("Number"), invoice.number, other.number, url),
        Comparison(_("Invoice date"), day(invoice.issued_on), day(other.issued_on)),
        Comparison(_("Total incl. VAT"), _money(invoice), _money(other)),
    )
