"""What a question is about: found from an address, shown as a link, and the questions beside a document or line."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.bank.models import BankLine
from zelfboeken.documents.models import Document
from zelfboeken.inbox.queries import QueueRow, one_document
from zelfboeken.matching.listing import statement_of_line
from zelfboeken.matching.services import stored_proposal
from zelfboeken.portal.addresses import address
from zelfboeken.portal.domain_view import NotFound
from zelfboeken.portal.pages import Link
from zelfboeken.portal.texts import day, euro
from zelfboeken.questions.models import Question, Side, SubjectKind
from zelfboeken.questions.people import side_of
from zelfboeken.questions.services import Subject
from zelfboeken.questions.visibility import about
from zelfboeken.tenancy.models import Administration


@dataclass(frozen=True, slots=True)
class Asked:
    """What a new question is about: the subject, its books, the page it is on, and the words to begin with."""

    subject: Subject
    administration: Administration
    back_url: str
    title: str = ""
    text: str = ""


def asked_about(access: Access, *, document: str, line: str, administration: Administration) -> Asked:
    """What the address names, if this user may see it; else nothing in particular.

    Raises:
        NotFound: it names something that is not there for him.
    """
    if line:
        return _line(access, line)
    if document:
        return _document(access, document)
    return Asked(Subject(), administration, reverse("questions", args=[access.domain_slug]))


def subject_link(access: Access, question: Question) -> Link | None:
    """The page of what a question is about, if this user may see it now."""
    if question.subject_kind == SubjectKind.DOCUMENT:
        stored = Document.objects.filter(domain_id=access.domain_id, id=question.subject_id or 0).first()
        if stored is None or one_document(access=access, public_id=str(stored.public_id)) is None:
            return None
        url = reverse("document", args=[access.domain_slug, stored.public_id])
        return Link(question.subject_text, url, "file-text")
    if question.subject_kind == SubjectKind.BANK_LINE and access.may(Right.LEDGER_SEE):
        line = BankLine.objects.filter(domain_id=access.domain_id, id=question.subject_id or 0).first()
        if line is None or not access.reaches(line.administration_id):
            return None
        return Link(question.subject_text, reverse("bank_line", args=[access.domain_slug, line.public_id]), "landmark")
    return None


def ask_link(access: Access, *, name: str, public_id: str) -> Link | None:
    """The way to ask a question about this (`document` or `lijn`), for who may ask."""
    if not access.may(Right.DOCUMENT_DELIVER):
        return None
    return Link(_("Ask"), f"{address('ask', access.domain_slug)}?{urlencode({name: public_id})}")


def question_links(access: Access, *, kind: str, subject_id: int) -> tuple[Link, ...]:
    """The questions about a document or bank line that this user may see."""
    return tuple(
        Link(
            _("%(title)s (closed)") % {"title": one.title} if one.state == Question.State.CLOSED else one.title,
            reverse("question", args=[access.domain_slug, one.public_id]),
            "message-circle-question-mark",
        )
        for one in about(access, kind=kind, subject_id=subject_id)
    )


def _line(access: Access, public_id: str) -> Asked:
    access.require(Right.LEDGER_SEE)
    if statement_of_line(access=access, line_public_id=_uuid(public_id)) is None:
        raise NotFound(public_id)
    line = BankLine.objects.get(domain_id=access.domain_id, public_id=public_id)
    name = line.counterparty or _("Bank")
    values = {"name": name, "amount": euro(abs(line.amount_cents)), "day": day(line.booked_on)}
    is_paid = line.amount_cents < 0
    title = (
        _("What was the payment of %(amount)s for?") if is_paid else _("What is the receipt of %(amount)s?")
    ) % values
    stored = stored_proposal(access=access, bank_line_id=line.id)
    is_found = line.matched_cents or (stored and stored[0].decision and stored[0].decision.allocations)
    text = ""
    if side_of(access) == Side.OFFICE and not is_found:
        text = _("%(name)s, %(day)s. We find no document for it.") % values
    return Asked(
        Subject(
            SubjectKind.BANK_LINE,
            line.id,
            Right.LEDGER_SEE.value,
            f"{name}, {euro(line.amount_cents)}, {values['day']}",
        ),
        Administration.objects.get(domain_id=access.domain_id, id=line.administration_id),
        reverse("bank_line", args=[access.domain_slug, public_id]),
        title,
        text,
    )


def _document(access: Access, public_id: str) -> Asked:
    row = one_document(access=access, public_id=_uuid(public_id))
    if row is None:
        raise NotFound(public_id)
    stored = Document.objects.get(domain_id=access.domain_id, public_id=public_id)
    return Asked(
        Subject(SubjectKind.DOCUMENT, stored.id, _right_of(row), _document_text(row)),
        Administration.objects.get(domain_id=access.domain_id, id=stored.administration_id),
        reverse("document", args=[access.domain_slug, public_id]),
    )


def _right_of(row: QueueRow) -> str:
    """The right without which nobody sees a document; none for one of which nobody knows yet what it is."""
    if row.outcome == "BANK":
        return Right.LEDGER_SEE.value
    return {"PURCHASE": Right.DOCUMENT_SEE_PURCHASE.value, "SALE": Right.DOCUMENT_SEE_SALES.value}.get(
        row.side or "", ""
    )


def _document_text(row: QueueRow) -> str:
    told = [one for one in (row.contact_name, row.number) if one]
    if row.total_cents is not None and row.currency == "EUR":
        told.append(euro(row.total_cents))
    return ", ".join(told) or row.document_name


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise NotFound(text[:40]) from None
