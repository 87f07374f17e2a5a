"""The booking form of a document: what it shows, and what a person sent back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access, NotAllowed
from zelfboeken.belgium import structured_reference
from zelfboeken.booking.models import Proposal
from zelfboeken.booking.rules import DraftLine, LedgerLine, NothingToBook, VatDiffers, lines_for_document
from zelfboeken.booking.services import ForeignCurrency
from zelfboeken.booking.stored import BookingFacts, facts_from_json, lines_from_json
from zelfboeken.inbox.models import Outcome
from zelfboeken.inbox.queries import QueueRow
from zelfboeken.invoices.models import Invoice
from zelfboeken.invoices.services import SuspectedDuplicate, suspected_duplicate
from zelfboeken.ledger.queries import Chart, chart_of
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
    PreviewLine,
    Problem,
    Question,
    Reason,
)
from zelfboeken.portal.texts import NotUnderstood, amount, day, euro, percent, read_amount, read_day, read_percent
from zelfboeken.portal.tokens import new_key
from zelfboeken.vat.codes import all_codes, codes_for
from zelfboeken.vat.decisions import code_for_account

_MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class TypedLine:
    """A line of the form as typed."""

    account: str
    vat: str
    deductible: str
    net: str
    text: str


class SubmittedBooking:
    """The fields of the form as they came in, kept as typed so that nothing is lost when one is refused."""

    def __init__(self, post: Mapping[str, str], lines: tuple[TypedLine, ...] | None = None) -> None:
        self.on_date = post.get("on_date", "")
        self.rate = post.get("rate", "")
        self.reason = post.get("reason", "")
        self.is_correcting = bool(post.get("correcting"))
        self.always = bool(post.get("always")) if post.get("always_shown") else None
        """Whether the supplier's documents always go to this account; None when that was not asked."""
        self._post = post
        if lines is None:
            typed = str(post.get("line_count") or "0")
            count = int(typed) if typed.isdecimal() and len(typed) < 6 else 0
            lines = tuple(
                TypedLine(
                    *(post.get(f"line-{n}-{name}", "") for name in ("account", "vat", "deductible", "net", "text"))
                )
                for n in range(min(count, _MOST_LINES))
            )
        self.lines = lines

    def after(self, action: str) -> SubmittedBooking:
        """The form after one of its own buttons: add a line, split one, remove one."""
        verb, _sep, place = action.partition(":")
        index = int(place) if place.isdigit() and int(place) < len(self.lines) else 0
        lines = list(self.lines)
        if verb == "add":
            last = lines[-1] if lines else TypedLine("", "", "100", "", "")
            lines.append(replace(last, account="", net="0,00"))
        elif verb == "split" and lines:
            lines.insert(index + 1, replace(lines[index], net="0,00"))
        elif verb == "remove" and len(lines) > 1:
            del lines[index]
        return SubmittedBooking(self._post, tuple(lines))


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


def read_form(submitted: SubmittedBooking, *, today: date, before: tuple[DraftLine, ...]) -> ChosenBooking:
    """The lines and the date of the form; a line whose account is other than `before` gets the VAT code that fits it.

    Raises:
        NotUnderstood: the first field that is no amount, date, account or percentage.
    """
    lines = []
    for number, typed in enumerate(submitted.lines, start=1):
        code = typed.account.strip().split(" ")[0]
        if not code.isdigit():
            raise NotUnderstood(f"Kies een rekening voor lijn {number}.")
        net = read_amount(typed.net or "0")
        if net == 0:
            continue
        deductible = read_percent(typed.deductible) if typed.deductible.strip() else Decimal(100)
        vat = typed.vat
        stood = before[number - 1] if len(before) == len(submitted.lines) else None
        if stood is not None and stood.vat_code == vat:
            vat = code_for_account(vat, before=stood.gl_code, after=code)
        lines.append(DraftLine(code, vat, net, deductible, typed.text[:200]))
    return ChosenBooking(read_day(submitted.on_date, today) if submitted.on_date.strip() else None, tuple(lines))


def booking_form(
    *,
    access: Access,
    row: QueueRow,
    problems: tuple[Problem, ...],
    submitted: SubmittedBooking | None,
    today: date,
    is_correcting: bool = False,
) -> BookingForm:
    """The right pane for one document, whatever its state. `is_correcting`: the entry of a booked one is to change."""
    if row.proposal_id is None:
        return _without_proposal(access, row, problems)
    proposal = Proposal.objects.get(domain_id=access.domain_id, id=row.proposal_id)
    invoice = Invoice.objects.select_related("contact").get(domain_id=access.domain_id, id=proposal.subject_id)
    facts = facts_from_json(proposal.facts)
    chart = chart_of(domain_id=access.domain_id, administration_id=proposal.administration_id)
    may_book = access.may(Right.DOCUMENT_BOOK)
    is_booked = proposal.entry_id is not None
    is_waiting = not is_booked and proposal.handled_at is None
    is_correcting = is_correcting and is_booked and may_book
    duplicate = None
    if is_waiting and not invoice.duplicate_reason:
        duplicate = suspected_duplicate(access=access, invoice=invoice)
    drafts = lines_from_json(proposal.lines)
    typed = submitted.lines if submitted else tuple(_typed(line, chart) for line in drafts)
    if submitted and is_correcting:
        drafts = _understood(submitted, today, drafts) or drafts
    preview = _preview(facts, drafts)
    editable = may_book and (is_waiting or is_correcting)
    book_action, book_label = _button(preview, is_correcting=is_correcting)
    return BookingForm(
        url=_url(access, row),
        key=new_key(),
        version=str(proposal.version),
        head=_head(proposal, duplicate, preview, is_correcting=is_correcting),
        fields=_fields(invoice, proposal, facts, submitted, editable),
        lines=tuple(_line_row(index, line) for index, line in enumerate(typed)),
        accounts=tuple(
            Option(code, f"{code} {name}") for code, name in chart.names.items() if not chart.is_control(code)
        )
        if editable
        else (),
        vat_codes=tuple(Option(code.code, code.label) for code in codes_for(facts.document.side)) if editable else (),
        reasons=_reasons(proposal),
        journal_title=_("Booking in the purchase journal")
        if invoice.side == "PURCHASE"
        else _("Booking in the sales journal"),
        journal=tuple(_preview_line(line, chart, invoice) for line in preview.lines),
        journal_debit=amount(sum(line.debit_cents for line in preview.lines)),
        journal_credit=amount(sum(line.credit_cents for line in preview.lines)),
        problems=problems,
        problem_title=_("This booking is not stored"),
        question=_question(facts, preview) if editable and not is_correcting else None,
        duplicate=_comparison(access, invoice, duplicate) if duplicate else (),
        reason_field=Field("reason", _("Why is this another document?")) if duplicate else None,
        always=_always(invoice, submitted) if editable else None,
        is_editable=editable,
        can_book=editable,
        blocked_text=_blocked(access) if is_waiting else "",
        undo=Action(
            url=_url(access, row),
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
        correct_url=f"{_url(access, row)}?verbeteren" if may_book and is_booked and not is_correcting else "",
        is_correcting=is_correcting,
        skip_url="",
    )


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
    )


def _without_proposal(access: Access, row: QueueRow, problems: tuple[Problem, ...]) -> BookingForm:
    asks = row.outcome == Outcome.ASK_SIDE and access.may(Right.DATA_COMPLETE)
    title = row.reason.partition(". ")[0]
    return BookingForm(
        url=_url(access, row),
        key=new_key(),
        version="",
        head=Head("warn", "circle-question-mark", title) if asks else Head("bad", "circle-x", title),
        fields=(),
        lines=(),
        accounts=(),
        vat_codes=(),
        reasons=(Reason(row.reason, tone="warn", icon="info"),),
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
    )


def _url(access: Access, row: QueueRow) -> str:
    return reverse("document", args=[access.domain_slug, row.document_public_id])


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


def _head(proposal: Proposal, duplicate: SuspectedDuplicate | None, preview: _Preview, *, is_correcting: bool) -> Head:
    certainty = _("%(percent)d %% sure") % {"percent": proposal.certainty_percent}
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
    if proposal.is_ready:
        detail = _("Checked by you") if proposal.is_edited else _("All checks are right")
        return Head("ok", "circle-check", _("Ready to book"), detail, "" if proposal.is_edited else certainty)
    return Head("warn", "eye", _("Check this"), proposal.problems[0] if proposal.problems else "", certainty)


def _fields(
    invoice: Invoice, proposal: Proposal, facts: BookingFacts, submitted: SubmittedBooking | None, editable: bool
) -> tuple[Field, ...]:
    label = _("Supplier") if invoice.side == "PURCHASE" else _("Customer")
    reference = structured_reference.formatted(facts.structured) if len(facts.structured) == 12 else facts.structured
    typed = submitted.on_date if submitted else ""
    total = amount(invoice.total_cents)
    if invoice.currency != "EUR":
        total = f"{invoice.currency} {total}"
    return (
        Field("party", label, invoice.contact.name, is_readonly=True, spot="party"),
        Field("number", _("Number"), invoice.number, is_readonly=True, spot="number"),
        Field("issued_on", _("Invoice date"), day(invoice.issued_on), is_readonly=True, spot="issued_on"),
        Field("due_on", _("Due date"), day(invoice.due_on), is_readonly=True, spot="due_on"),
        Field("on_date", _("Booking date"), typed or day(proposal.on_date), kind="date", is_readonly=not editable),
        Field("total", _("Total incl. VAT"), total, is_readonly=True, spot="total"),
        *(
            [Field("rate", _("Euro for one %(currency)s") % {"currency": facts.currency}, hint=_("For example 0,92"))]
            if editable and facts.currency != "EUR"
            else []
        ),
        *(
            [Field("structured", _("Structured message"), reference, is_readonly=True, spot="reference")]
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


def _line_row(index: int, typed: TypedLine) -> BookingLineRow:
    return BookingLineRow(
        index=index,
        account=typed.account,
        vat=typed.vat,
        vat_label=all_codes()[typed.vat].label if typed.vat in all_codes() else typed.vat,
        deductible=typed.deductible,
        net=typed.net,
        text=typed.text,
    )


def _reasons(proposal: Proposal) -> tuple[Reason, ...]:
    reasons = [Reason(text) for text in proposal.reasons]
    if proposal.entry_id is None and not proposal.is_edited:
        reasons += [Reason(text, tone="warn", icon="triangle-alert") for text in proposal.problems]
    return tuple(reasons)


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
