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
from zelfboeken.booking.rules import DraftLine, LedgerLine, lines_for_document
from zelfboeken.booking.stored import BookingFacts, facts_from_json, lines_from_json
from zelfboeken.inbox.models import Outcome
from zelfboeken.inbox.queries import QueueRow
from zelfboeken.invoices.models import Invoice
from zelfboeken.invoices.services import SuspectedDuplicate, suspected_duplicate
from zelfboeken.ledger.queries import Chart, UnknownAccount, chart_of
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
from zelfboeken.portal.texts import amount, day, euro, percent
from zelfboeken.portal.tokens import new_key
from zelfboeken.portal.typed import NotUnderstood, read_amount, read_day, read_percent
from zelfboeken.vat.codes import all_codes, codes_for

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
        self._post = post
        if lines is None:
            count = int(post.get("line_count") or 0) if str(post.get("line_count") or "0").isdigit() else 0
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
            if _code_of(typed) == no.gl_code
        )
        if found:
            return found
    return (Problem(str(no)),)


def _read_line(index: int, typed: TypedLine, problems: list[Problem]) -> DraftLine | None:
    """The line, or None with what is wrong with it added to the problems."""
    before = len(problems)
    code, net, deductible = _code_of(typed), 0, Decimal(100)
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


def _code_of(typed: TypedLine) -> str:
    """The account number of what was typed or chosen: its first word."""
    return typed.account.strip().split(" ")[0]


def booking_form(
    *,
    access: Access,
    row: QueueRow,
    problems: tuple[Problem, ...],
    submitted: SubmittedBooking | None,
    today: date,
) -> BookingForm:
    """The right pane for one document, whatever its state."""
    if row.proposal_id is None:
        return _without_proposal(access, row, problems)
    proposal = Proposal.objects.get(domain_id=access.domain_id, id=row.proposal_id)
    invoice = Invoice.objects.select_related("contact").get(domain_id=access.domain_id, id=proposal.subject_id)
    facts = facts_from_json(proposal.facts)
    drafts = lines_from_json(proposal.lines)
    chart = chart_of(domain_id=access.domain_id, administration_id=proposal.administration_id)
    duplicate = None
    if proposal.entry_id is None and not invoice.duplicate_reason:
        duplicate = suspected_duplicate(access=access, invoice=invoice)
    ledger_lines, wrong = _preview(facts, drafts)
    editable = proposal.entry_id is None and access.may(Right.DOCUMENT_BOOK)
    typed = submitted.lines if submitted else tuple(_typed(line, chart) for line in drafts)
    blocked = _blocked(access) if proposal.entry_id is None else ""
    errors = {problem.field_id: problem.text for problem in problems}
    return BookingForm(
        url=_url(access, row),
        key=new_key(),
        version=str(proposal.version),
        head=_head(proposal, duplicate, wrong),
        fields=_fields(invoice, proposal, facts, submitted, editable, errors),
        lines=tuple(_line_row(index, line, proposal, errors) for index, line in enumerate(typed)),
        accounts=tuple(Option(code, f"{code} {name}") for code, name in chart.names.items()) if editable else (),
        vat_codes=tuple(Option(code.code, code.label) for code in codes_for(facts.document.side)) if editable else (),
        reasons=_reasons(proposal, wrong),
        journal_title=_("Booking in the purchase journal")
        if invoice.side == "PURCHASE"
        else _("Booking in the sales journal"),
        journal=tuple(_preview_line(line, chart, invoice) for line in ledger_lines),
        journal_debit=amount(sum(line.debit_cents for line in ledger_lines)),
        journal_credit=amount(sum(line.credit_cents for line in ledger_lines)),
        problems=problems,
        problem_title=_("This booking is not stored"),
        duplicate=_comparison(access, invoice, duplicate) if duplicate else (),
        reason_field=Field("reason", _("Why is this another document?")) if duplicate else None,
        is_editable=editable,
        can_book=editable,
        blocked_text=blocked,
        undo=Action(
            url=_url(access, row),
            label=_("Undo"),
            key=new_key(),
            version=str(proposal.version),
            name="action",
            value="reverse",
        )
        if proposal.entry_id is not None and access.may(Right.DOCUMENT_BOOK)
        else None,
        can_reverse=False,
        skip_url="",
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


def _head(proposal: Proposal, duplicate: SuspectedDuplicate | None, wrong: str) -> Head:
    certainty = _("%(percent)d %% sure") % {"percent": proposal.certainty_percent}
    if proposal.entry_id is not None:
        return Head("ok", "circle-check", _("Booked"), _("This entry stands in the ledger."))
    if duplicate is not None:
        return Head("bad", "copy", _("Looks double"), str(duplicate))
    if wrong:
        return Head("bad", "circle-x", _("Not right yet"), wrong)
    if proposal.is_ready:
        detail = _("Checked by you") if proposal.is_edited else _("All checks are right")
        return Head("ok", "circle-check", _("Ready to book"), detail, "" if proposal.is_edited else certainty)
    return Head("warn", "eye", _("Check this"), proposal.problems[0] if proposal.problems else "", certainty)


def _fields(
    invoice: Invoice,
    proposal: Proposal,
    facts: BookingFacts,
    submitted: SubmittedBooking | None,
    editable: bool,
    errors: Mapping[str, str],
) -> tuple[Field, ...]:
    label = _("Supplier") if invoice.side == "PURCHASE" else _("Customer")
    reference = structured_reference.formatted(facts.structured) if len(facts.structured) == 12 else facts.structured
    typed = submitted.on_date if submitted else ""
    return (
        Field("party", label, invoice.contact.name, is_readonly=True, spot="party"),
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
        Field(
            "total", _("Total incl. VAT"), amount(invoice.total_cents), kind="amount", is_readonly=True, spot="total"
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


def _line_row(index: int, typed: TypedLine, proposal: Proposal, errors: Mapping[str, str]) -> BookingLineRow:
    waits = proposal.entry_id is None and not proposal.is_edited
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
        # The proposal names the lines it is not certain of by their text.
        is_unsure=waits and any(text.startswith(f"“{typed.text[:60]}”") for text in proposal.problems),
    )


def _reasons(proposal: Proposal, wrong: str) -> tuple[Reason, ...]:
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


def _comparison(access: Access, invoice: Invoice, duplicate: SuspectedDuplicate) -> tuple[Comparison, ...]:
    other = duplicate.other
    url = reverse("document", args=[access.domain_slug, str(other.document.public_id)])
    return (
        Comparison(_("Number"), invoice.number, other.number, url),
        Comparison(_("Invoice date"), day(invoice.issued_on), day(other.issued_on)),
        Comparison(_("Total incl. VAT"), euro(invoice.total_cents), euro(other.total_cents)),
    )
