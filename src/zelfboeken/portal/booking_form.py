"""The booking form of a document: what it shows, and what a person sent back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access, NotAllowed
from zelfboeken.belgium import structured_reference
from zelfboeken.booking.models import Proposal
from zelfboeken.booking.rules import DraftLine, LedgerLine, lines_for_document
from zelfboeken.booking.stored import BookingFacts, facts_from_json, lines_from_json
from zelfboeken.inbox.models import Outcome
from zelfboeken.inbox.queries import QueueRow
from zelfboeken.invoices.models import Invoice
from zelfboeken.invoices.services import SuspectedDuplicate, suspected_duplicate
from zelfboeken.ledger.queries import Chart, UnknownAccount, chart_of
from zelfboeken.portal.booking_lines import SubmittedBooking, TypedLine
from zelfboeken.portal.booking_question import is_about, is_unsure, question_for
from zelfboeken.portal.pages import (
    Action,
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
from zelfboeken.portal.texts import amount, day, euro, percent, share
from zelfboeken.portal.tokens import new_key
from zelfboeken.portal.typed import NotUnderstood, read_amount, read_day, read_percent
from zelfboeken.vat.codes import all_codes, codes_for


@dataclass(frozen=True, slots=True)
class ChosenBooking:
    """What a person chose, understood."""

    on_date: date | None
    lines: tuple[DraftLine, ...]

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


def read_form(submitted: SubmittedBooking, *, today: date) -> ChosenBooking:
    """The lines and the date of the form.

    Raises:
        FieldsNotUnderstood: every field that is no amount, date, account, VAT code or percentage.
    """
    problems: list[Problem] = []
    lines = [line for index, typed in enumerate(submitted.lines) if (line := _read_line(index, typed, problems))]
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


def _read_line(index: int, typed: TypedLine, problems: list[Problem]) -> DraftLine | None:
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
    return DraftLine(code, typed.vat, net, deductible, typed.text[:200]) if len(problems) == before else None


def booking_form(
    *,
    access: Access,
    row: QueueRow,
    problems: tuple[Problem, ...],
    submitted: SubmittedBooking | None,
    today: date,
    here: str = "",
    skip_url: str = "",
) -> BookingForm:
    """The right pane for one document, whatever its state. `here` is the query that keeps the list as it is shown."""
    url = _url(access, row) + here
    if row.proposal_id is None:
        return _without_proposal(access, row, problems, url=url, skip_url=skip_url)
    proposal = Proposal.objects.get(domain_id=access.domain_id, id=row.proposal_id)
    invoice = Invoice.objects.select_related("contact").get(domain_id=access.domain_id, id=proposal.subject_id)
    facts = facts_from_json(proposal.facts)
    chart = chart_of(domain_id=access.domain_id, administration_id=proposal.administration_id)
    duplicate = None
    if proposal.entry_id is None and not invoice.duplicate_reason:
        duplicate = suspected_duplicate(access=access, invoice=invoice)
    ledger_lines, wrong = _preview(facts, _drafts(proposal, submitted, today))
    editable = proposal.entry_id is None and access.may(Right.DOCUMENT_BOOK)
    typed = submitted.lines if submitted else tuple(_typed(line, chart) for line in lines_from_json(proposal.lines))
    blocked = _blocked(access) if proposal.entry_id is None else ""
    errors = {problem.field_id: problem.text for problem in problems}
    question = question_for(access=access, proposal=proposal, lines=typed, chart=chart) if editable else None
    unsure = sum(is_unsure(proposal, line) for line in typed)
    return BookingForm(
        url=url,
        key=new_key(),
        version=str(proposal.version),
        head=_head(proposal, duplicate, wrong, unsure, is_sent=submitted is not None),
        fields=_fields(invoice, proposal, facts, submitted, editable, errors),
        lines=tuple(_line_row(index, line, proposal, errors) for index, line in enumerate(typed)),
        accounts=tuple(Option(code, f"{code} {name}") for code, name in chart.names.items()) if editable else (),
        vat_codes=tuple(Option(code.code, code.label) for code in codes_for(facts.document.side)) if editable else (),
        has_deduction=facts.document.side == "PURCHASE",
        reasons=_reasons(proposal, typed, has_question=question is not None),
        journal_title=_("Booking in the purchase journal")
        if invoice.side == "PURCHASE"
        else _("Booking in the sales journal"),
        journal=tuple(_preview_line(line, chart, invoice) for line in ledger_lines),
        journal_debit=amount(sum(line.debit_cents for line in ledger_lines)),
        journal_credit=amount(sum(line.credit_cents for line in ledger_lines)),
        problems=problems,
        problem_title=_("This booking is not stored"),
        question=question,
        duplicate=_comparison(access, invoice, duplicate) if duplicate else (),
        reason_field=Field("reason", _("Why is this another document?")) if duplicate else None,
        is_editable=editable,
        can_book=editable,
        blocked_text=blocked,
        undo=Action(
            url=url,
            label=_("Undo"),
            key=new_key(),
            version=str(proposal.version),
            name="action",
            value="reverse",
        )
        if proposal.entry_id is not None and access.may(Right.DOCUMENT_BOOK)
        else None,
        can_reverse=False,
        skip_url=skip_url if proposal.entry_id is None else "",
    )


def _without_proposal(
    access: Access, row: QueueRow, problems: tuple[Problem, ...], *, url: str, skip_url: str
) -> BookingForm:
    asks = row.outcome == Outcome.ASK_SIDE and access.may(Right.DATA_COMPLETE)
    title = row.reason.partition(". ")[0]
    return BookingForm(
        url=url,
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
        skip_url=skip_url,
    )


def _url(access: Access, row: QueueRow) -> str:
    return reverse("document", args=[access.domain_slug, row.document_public_id])


def _drafts(proposal: Proposal, submitted: SubmittedBooking | None, today: date) -> tuple[DraftLine, ...]:
    """The lines as sent where they can be read, else as stored."""
    if submitted is not None:
        try:
            return read_form(submitted, today=today).lines
        except NotUnderstood:
            pass
    return lines_from_json(proposal.lines)


def _preview(facts: BookingFacts, drafts: tuple[DraftLine, ...]) -> tuple[tuple[LedgerLine, ...], str]:
    try:
        return lines_for_document(facts.document, drafts), ""
    except (ValueError, LookupError) as no:
        return (), str(no)


def _blocked(access: Access) -> str:
    try:
        access.require(Right.DOCUMENT_BOOK)
    except NotAllowed as no:
        return str(no)
    return ""


def _head(proposal: Proposal, duplicate: SuspectedDuplicate | None, wrong: str, unsure: int, *, is_sent: bool) -> Head:
    """The line above the form; `unsure` lines wait for an answer, and `is_sent` says that a person changed the form."""
    certainty = _("%(percent)s sure") % {"percent": share(proposal.certainty_percent)}
    if proposal.entry_id is not None:
        return Head("ok", "circle-check", _("Booked"), _("This entry stands in the ledger."))
    if duplicate is not None:
        return Head("bad", "copy", _("Looks double"), str(duplicate))
    if wrong:
        return Head("bad", "circle-x", _("Not right yet"), wrong)
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
    reference = structured_reference.formatted(facts.structured) if len(facts.structured) == 12 else facts.structured
    typed = submitted.on_date if submitted else ""
    total = amount(invoice.total_cents)
    return (
        Field("party", label, invoice.contact.name, is_readonly=True, spot=spot),
        Field("total", _("Total incl. VAT"), total, kind="amount", is_readonly=True, spot="total"),
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
    if proposal.entry_id is None and not proposal.is_edited:
        told = [
            Reason(text, tone="warn", icon="triangle-alert")
            for text in proposal.problems
            if not any(is_about(text, line.text) and (has_question or line.checked) for line in typed)
        ]
    return (*told, *(Reason(text) for text in proposal.reasons))


def _preview_line(line: LedgerLine, chart: Chart, invoice: Invoice) -> PreviewLine:
    name = invoice.contact.name if line.is_open_item else chart.names.get(line.gl_code, "")
    return PreviewLine(
        line.gl_code,
        name,
        amount(line.debit_cents) if line.debit_cents else "",
        amount(line.credit_cents) if line.credit_cents else "",
    )


def _comparison(access: Access, invoice: Invoice, duplicate: SuspectedDuplicate) -> tuple[Comparison, ...]:
    other = duplicate.other
    url = reverse("document", args=[access.domain_slug, str(other.document.public_id)])
    return (
        Comparison(_("Number"), invoice.number, other.number, url),
        Comparison(_("Invoice date"), day(invoice.issued_on), day(other.issued_on)),
        Comparison(_("Total incl. VAT"), euro(invoice.total_cents), euro(other.total_cents)),
    )
