"""Documents: the queue, one document beside its booking form, uploading, booking."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import lru_cache
from urllib.parse import quote, urlencode
from uuid import UUID

import structlog
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.booking import services as booking
from zelfboeken.booking.rules import lines_for_document
from zelfboeken.booking.services import Approval, ProposalChanged, RateNotUsable, SomethingToBook
from zelfboeken.booking.stored import facts_from_json, lines_from_json
from zelfboeken.contacts.services import choose_purchase_account
from zelfboeken.documents.models import Arrival, Document
from zelfboeken.documents.services import MAX_BYTES, FileRefused, too_large
from zelfboeken.documents.storage import OriginalLost, read_original
from zelfboeken.inbox.models import Outcome, Reading
from zelfboeken.inbox.queries import (
    QueueCounts,
    QueueRow,
    booked_documents,
    one_document,
    stuck_documents,
    waiting_documents,
    waiting_work,
)
from zelfboeken.inbox.reading import NotRecognised, pdf_pages, pdf_picture
from zelfboeken.inbox.services import Arrived, NothingAsked, read_again, receive_file, say_side
from zelfboeken.invoices.models import Invoice, Side
from zelfboeken.invoices.readers.model import Attachment, ReadInvoice
from zelfboeken.invoices.services import (
    REFUSALS,
    ReasonMissing,
    accept_duplicate,
    book_invoices,
    book_what_can_be,
    correct_invoice,
    proposal_of,
)
from zelfboeken.ledger.queries import chart_of, voucher_of
from zelfboeken.matching.services import propose_for_entries
from zelfboeken.portal.addresses import address
from zelfboeken.portal.booking_form import booking_form, problems_of, read_form
from zelfboeken.portal.booking_lines import SubmittedBooking
from zelfboeken.portal.booking_question import with_answer
from zelfboeken.portal.domain_view import FormNotOurs, NotFound, domain_view
from zelfboeken.portal.errors import refused_page
from zelfboeken.portal.pages import (
    Action,
    DocumentPane,
    DocumentRow,
    DocumentsPage,
    Empty,
    PageImage,
    Problem,
    Tab,
    Upload,
)
from zelfboeken.portal.periods import with_query
from zelfboeken.portal.questions_about import ask_link, question_links
from zelfboeken.portal.rendering import pdf_inside, rendering_of
from zelfboeken.portal.shell import administration_for, of_books, shell_for
from zelfboeken.portal.texts import amount, day, euro, language, short_day
from zelfboeken.portal.tokens import new_key
from zelfboeken.portal.typed import NotUnderstood, read_rate
from zelfboeken.portal.undo import JUST_DONE, remember
from zelfboeken.questions.models import SubjectKind
from zelfboeken.runtime.cage import CageFailed, Refused
from zelfboeken.tenancy.models import Administration

log = structlog.get_logger()
LIMIT = 80
MOST_TOLD = 5
MOST_PAGES = 1_000
Refusals = (NotUnderstood, booking.NotBooked, RateNotUsable, SomethingToBook, ReasonMissing, *REFUSALS)
CONFIRM = "CONFIRM"
"""The answer that the amounts of a document are right as they were read and printed."""
_ACTIONS = frozenset({"book", "save", "complete", "correct", "reverse", "handle", "add", "answer", CONFIRM})
_ON_A_LINE = frozenset({"split", "remove"})
"""What the buttons of the booking form say; anything else is refused, never taken for one of them (INV-33)."""
_COMPLETING = frozenset({"complete", "save", "add", "answer", *_ON_A_LINE})
"""What is done on the way to whole lines, by whoever may complete data; only "complete" stores them for him."""


@domain_view(Right.DOCUMENT_SEE_ALL_USERS)
def documents(request: HttpRequest, *, access: Access) -> HttpResponse:
    """The queue with its first document."""
    return _page(request, access, None)


@domain_view(
    Right.DOCUMENT_SEE_ALL_USERS,
    methods=("GET", "POST"),
    fields=(
        "party|number|issued_on|due_on|on_date|total|structured",
        "reason|answer|action|line_count|rate|correcting|always|always_shown",
        r"line-\d{1,3}-(?:account|vat|deductible|net|text|checked)",
    ),
)
def document(request: HttpRequest, *, access: Access, document_id: UUID) -> HttpResponse:
    """One document beside its booking form; a POST books, computes again, splits, or takes back."""
    if request.method == "POST" and request.POST.get("answer") not in Side.values:
        # The right comes first: who lost it since he opened the form is told so, and not that the document is gone.
        access.require(_right_of(_action_of(request)))
    if request.method != "POST":
        return _page(request, access, named=str(document_id))
    row = one_document(access=access, public_id=str(document_id))
    if row is None:
        raise NotFound(str(document_id))
    if row.proposal_id is None:
        return _say_side(request, access, row)
    return _act(request, access, row)


@domain_view(Right.DOCUMENT_BOOK, methods=("POST",))
def book_ready(request: HttpRequest, *, access: Access) -> HttpResponse:
    """Book every document that is ready, in the order of the list; one that is refused stays and says why."""
    administration = administration_for(request, access)
    rows = waiting_documents(access=access, administration_id=administration.id, ready=True, limit=500)
    approvals = [Approval(row.proposal_id or 0, row.version or 0) for row in rows if row.may_be_booked_at_once]
    url = address("documents", access.domain_slug)
    if not approvals:
        messages.info(request, _("There was nothing ready to book."))
        return HttpResponseRedirect(url, status=303)
    batch = book_what_can_be(access=access, approvals=approvals, at=timezone.now())
    numbers = {row.proposal_id: row for row in rows}
    refused = [f"{numbers[one.proposal_id].number}: {why}" for one, why in batch.refused]
    if not batch.booked:
        problems = tuple(Problem(text) for text in refused[:MOST_TOLD])
        return _page(request, access, None, problems=problems, status=409)
    entries = [one.entry.id for one in batch.booked]
    propose_for_entries(access=access, administration_id=administration.id, entry_ids=entries, at=timezone.now())
    total = sum(numbers[one.proposal_id].total_cents or 0 for one in batch.booked)
    told = ngettext(
        "Booked: %(count)d document, %(total)s", "Booked: %(count)d documents, %(total)s", len(batch.booked)
    )
    text = told % {"count": len(batch.booked), "total": euro(total)}
    remember(request, access, kind="DOCUMENT", ids=[one.proposal_id for one in batch.booked], text=text, url=url)
    messages.success(request, text, extra_tags=JUST_DONE)
    for text in refused[:MOST_TOLD]:
        messages.warning(request, text)
    return HttpResponseRedirect(url, status=303)


@domain_view(Right.DOCUMENT_DELIVER, methods=("POST",), fields=("files",))
def upload(request: HttpRequest, *, access: Access) -> HttpResponse:
    """Take in one or more files; each is told about by itself."""
    administration = administration_for(request, access)
    files = request.FILES.getlist("files")
    url = address("documents", access.domain_slug)
    told = []
    is_well = True
    problem = "" if files else _("Choose one or more files first.")
    for file in files:
        if (file.size or 0) > MAX_BYTES:
            problem = str(too_large())
            continue
        try:
            arrived = receive_file(
                access=access,
                administration=administration,
                name=file.name or "",
                content=file.read(),
                source=Arrival.Source.UPLOAD,
                at=timezone.now(),
            )
        except FileRefused as no:
            problem = str(no)
            continue
        told.append(arrived.text)
        is_well = is_well and arrived.is_well and not any(one.problem for one in arrived.statements)
        url = _where_to_see(access, arrived) or url
    if request.headers.get("Accept") == "application/json":
        if not told:
            return JsonResponse({"text": problem}, status=422)
        text = " ".join([*told, *([problem] if problem else [])])
        return JsonResponse({"text": text, "url": url, "well": is_well and not problem})
    for text in [*told, *([problem] if problem else [])]:
        messages.info(request, text)
    return HttpResponseRedirect(url if len(files) == 1 else address("documents", access.domain_slug), status=303)


@domain_view(Right.DOCUMENT_SEE_ALL_USERS)
def original(request: HttpRequest, *, access: Access, document_id: UUID) -> HttpResponse:
    """The original bytes, as a download that no browser runs (INV-30)."""
    stored = _stored(access, document_id)
    try:
        content = read_original(domain_id=access.domain_id, sha256=stored.sha256)
    except OriginalLost as no:
        return _lost(request, no)
    return _download(content, stored.name)


@domain_view(Right.DOCUMENT_SEE_ALL_USERS)
def attachment(request: HttpRequest, *, access: Access, document_id: UUID, number: int) -> HttpResponse:
    """A file inside an e-invoice, as a download that no browser runs: its kind is only what the sender says."""
    try:
        found = _attachment(access, document_id, number)
    except OriginalLost as no:
        return _lost(request, no)
    return _download(found.content, found.name)


@domain_view(Right.DOCUMENT_SEE_ALL_USERS)
def page_picture(request: HttpRequest, *, access: Access, document_id: UUID, number: int, page: int) -> HttpResponse:
    """The picture of a page, from 1, of the PDF inside an e-invoice: made in the cage, so nothing of it can run."""
    if not 1 <= page <= MOST_PAGES:
        raise NotFound(str(page))
    try:
        content = _attachment(access, document_id, number).content
        picture = pdf_picture(content, page - 1, owner=str(access.domain_id))
    except OriginalLost as no:
        return _lost(request, no)
    except (Refused, CageFailed) as no:
        raise NotFound(str(no)) from no
    response = HttpResponse(picture, content_type="image/png")
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, max-age=3600"
    return response


def _stored(access: Access, document_id: UUID) -> Document:
    if one_document(access=access, public_id=str(document_id)) is None:
        raise NotFound(str(document_id))
    return Document.objects.get(domain_id=access.domain_id, public_id=document_id)


def _attachment(access: Access, document_id: UUID, number: int) -> Attachment:
    try:
        read = read_again(access=access, sha256=_stored(access, document_id).sha256)
    except (NotRecognised, Refused, CageFailed) as no:
        raise NotFound(str(no)) from no
    if not 1 <= number <= len(read.attachments):
        raise NotFound(str(number))
    return read.attachments[number - 1]


def _download(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _lost(request: HttpRequest, no: OriginalLost) -> HttpResponse:
    log.error("original lost", code=no.code, sha256=no.sha256)
    return refused_page(request, status=500, text=str(no))


def _action_of(request: HttpRequest) -> str:
    """What a button of the booking form says."""
    answer = request.POST.get("answer")
    return CONFIRM if answer == CONFIRM else "answer" if answer is not None else request.POST.get("action") or "book"


def _right_of(action: str) -> Right:
    """What a button takes: whatever may store or take back an entry takes the right to book."""
    return Right.DATA_COMPLETE if action.partition(":")[0] in _COMPLETING else Right.DOCUMENT_BOOK


def _act(request: HttpRequest, access: Access, row: QueueRow) -> HttpResponse:
    action = _action_of(request)
    access.require(_right_of(action))
    if action not in _ACTIONS and action.partition(":")[0] not in _ON_A_LINE:
        raise FormNotOurs(f"action {action[:40]!r}")
    submitted = SubmittedBooking(request.POST)
    if action == "add" or action.partition(":")[0] in _ON_A_LINE:
        return _page(request, access, row, submitted=submitted.after(action))
    try:
        if action == "answer":
            return _page(request, access, row, submitted=_answered(request, access, row, submitted))
        # Undone before the page is shown again, so that its form has the version that stands and not that of a try.
        with transaction.atomic():
            told, url = _done(request, access, row, action, submitted)
    except ProposalChanged as no:
        return _page(request, access, row, problems=(Problem(str(no)),), status=409)
    except Refusals as no:
        status = 409 if action in {"reverse", "handle"} else 422
        problems = problems_of(no, submitted)
        return _page(request, access, row, problems=problems, submitted=submitted, status=status)
    if told is None:
        return _page(request, access, row, submitted=submitted)
    if told:
        messages.success(request, told, extra_tags=JUST_DONE if action == "book" else "")
    return HttpResponseRedirect(url, status=303)


def _answered(request: HttpRequest, access: Access, row: QueueRow, submitted: SubmittedBooking) -> SubmittedBooking:
    """The form with the line filled in that a question was about; nothing is stored until it is booked."""
    invoice = Invoice.objects.get(domain_id=access.domain_id, document__public_id=row.document_public_id)
    proposal = proposal_of(access=access, invoice=invoice)
    chart = chart_of(domain_id=access.domain_id, administration_id=proposal.administration_id)
    return submitted.with_lines(with_answer(submitted.lines, request.POST.get("answer", ""), chart))


def _done(
    request: HttpRequest, access: Access, row: QueueRow, action: str, submitted: SubmittedBooking
) -> tuple[str | None, str]:
    """Do what a button says: what is told about it and where to go on; None to show the form again."""
    now, today = timezone.now(), timezone.localdate()
    here = _url_of(access, row.document_public_id) + _here(request)
    following = _next_url(request, access, row)
    invoice = Invoice.objects.select_related("contact").get(
        domain_id=access.domain_id, document__public_id=row.document_public_id
    )
    proposal = proposal_of(access=access, invoice=invoice)
    version = _version(request)
    which = {"access": access, "proposal_id": proposal.id, "version": version}
    name = {"name": row.contact_name, "number": row.number, "total": euro(row.total_cents or 0)}
    if action == "reverse":
        taken_back = [proposal.entry_id] if proposal.entry_id else []
        booking.take_back(**which, on=today, at=now)  # type: ignore[arg-type]
        propose_for_entries(access=access, administration_id=invoice.administration_id, entry_ids=taken_back, at=now)
        return _("Reversed: %(number)s. You can correct and book it now.") % name, here
    if action == "handle":
        booking.handle_without_entry(**which, at=now)  # type: ignore[arg-type]
        return _("Handled without an entry: %(name)s, %(number)s") % name, following
    if action == CONFIRM:
        booking.confirm_amounts(**which, at=now)  # type: ignore[arg-type]
        return _("Confirmed: the amounts of %(number)s are right.") % name, here
    facts = facts_from_json(proposal.facts)
    if action != "complete" and facts.currency != "EUR" and (rate := submitted.rate.strip()):
        booking.convert_to_euro(**which, rate=read_rate(rate), at=now)  # type: ignore[arg-type]
        return _("Converted to euro: %(number)s. Look at it and book it.") % name, here
    chosen = read_form(submitted, today=today, before=lines_from_json(proposal.lines))
    on_date = chosen.on_date or proposal.on_date
    if action == "complete":
        booking.complete_lines(**which, on_date=on_date, lines=chosen.lines, at=now)  # type: ignore[arg-type]
        return _("Data entry done: %(name)s, %(total)s") % name, following
    if action == "save" and (submitted.is_correcting or not access.may(Right.DOCUMENT_BOOK)):
        lines_for_document(facts.document, chosen.lines)
        return None, here
    if submitted.is_correcting:
        before = [proposal.entry_id] if proposal.entry_id else []
        booked = correct_invoice(**which, on=today, on_date=on_date, lines=chosen.lines, at=now)  # type: ignore[arg-type]
        propose_for_entries(
            access=access, administration_id=invoice.administration_id, entry_ids=[*before, booked.entry.id], at=now
        )
        return _("Corrected: %(name)s, %(total)s") % name, here
    if submitted.reason:
        accept_duplicate(access=access, invoice=invoice, reason=submitted.reason, at=now)
    if submitted.lines and chosen.differs_from(proposal):
        changed = booking.change_lines(**which, on_date=on_date, lines=chosen.lines, at=now)  # type: ignore[arg-type]
        version = changed.version
    if action == "save":
        return "", here
    (booked,) = book_invoices(access=access, approvals=[Approval(proposal.id, version)], at=now)
    propose_for_entries(access=access, administration_id=invoice.administration_id, entry_ids=[booked.entry.id], at=now)
    if submitted.always is not None and (chosen.only_account or not submitted.always):
        code = chosen.only_account if submitted.always else ""
        choose_purchase_account(access=access, contact_id=invoice.contact_id, gl_code=code, at=now)
    name["number"] = voucher_of(access=access, entry=booked.entry)
    text = _("Booked: %(name)s, %(total)s (%(number)s)") % name
    url = _url_of(access, row.document_public_id)
    remember(request, access, kind="DOCUMENT", ids=[proposal.id], text=text, url=url)
    return text, following


def _version(request: HttpRequest) -> int:
    """The version the form was opened on; 0, which no proposal has, for what is no number."""
    typed = request.POST.get("version", "")
    return int(typed) if typed.isdecimal() and len(typed) < 10 else 0


def _say_side(request: HttpRequest, access: Access, row: QueueRow) -> HttpResponse:
    # Who may not answer is told so, and not that there is nothing to answer.
    access.require(Right.DATA_COMPLETE)
    answer = request.POST.get("answer", "")
    stored = Document.objects.get(domain_id=access.domain_id, public_id=row.document_public_id)
    if (
        answer not in Side.values
        or not Reading.objects.filter(
            domain_id=access.domain_id, document_id=stored.id, outcome=Outcome.ASK_SIDE
        ).exists()
    ):
        return _page(request, access, row, problems=(Problem(_("Choose purchase or sale.")),), status=422)
    try:
        arrived = say_side(access=access, document=stored, side=Side(answer), at=timezone.now())
    except (NothingAsked, OriginalLost) as no:
        return _page(request, access, row, problems=(Problem(str(no)),), status=409)
    messages.info(request, arrived.text)
    return HttpResponseRedirect(_url_of(access, row.document_public_id), status=303)


def _next_url(request: HttpRequest, access: Access, row: QueueRow) -> str:
    """The document after this one in the list as it is shown, else the list itself. Asked before booking."""
    administration = administration_for(request, access)
    rows = _rows(access, administration, request.GET.get("filter", ""), request.GET.get("q", ""))
    following = _after(rows, row)
    if following is None:
        return address("documents", access.domain_slug)
    return _url_of(access, following.document_public_id) + _here(request)


def _after(rows: list[QueueRow], row: QueueRow | None) -> QueueRow | None:
    """The row after this one, after the last one the first; also for one that is not in the list."""
    ids = [one.document_public_id for one in rows]
    if row is None or row.document_public_id not in ids:
        return rows[0] if rows else None
    place = ids.index(row.document_public_id)
    others = rows[place + 1 :] + rows[:place]
    return others[0] if others else None


def _here(request: HttpRequest) -> str:
    """The part of the address that says which list is shown."""
    return with_query("", {name: request.GET.get(name, "") for name in ("filter", "q")})


def _page(
    request: HttpRequest,
    access: Access,
    chosen: QueueRow | None = None,
    *,
    named: str = "",
    problems: tuple[Problem, ...] = (),
    submitted: SubmittedBooking | None = None,
    status: int = 200,
) -> HttpResponse:
    """The queue with a document beside it: the one chosen, or the one of the address, or the first of the queue."""
    administration = administration_for(request, access)
    view = request.GET.get("filter", "")
    search = request.GET.get("q", "").replace("\0", "")
    work = waiting_work(access=access, administration_id=administration.id)
    counts = work.documents
    rows = _rows(access, administration, view, search, counts)
    here = _here(request)
    if named:
        # Who sees the queue sees what is in it; anything else is looked up.
        listed = (row for row in rows if row.document_public_id == named)
        chosen = next(listed, None) or one_document(access=access, public_id=named)
        if chosen is None:
            raise NotFound(named)
    is_chosen = chosen is not None
    if chosen is None and rows:
        chosen = rows[0]
    ready = [row for row in rows if row.may_be_booked_at_once] if view in {"", "klaar"} else []
    base = address("documents", access.domain_slug)
    may_book = access.may(Right.DOCUMENT_BOOK)
    page = DocumentsPage(
        title=_("Documents"),
        state="NORMAL" if rows or chosen else "EMPTY",
        count=str(counts.waiting + counts.stuck),
        tabs=tuple(
            Tab(label, with_query(base, {"filter": code, "q": search}), count, code == view)
            for code, label, count in (
                ("", _("All"), ""),
                ("klaar", _("Ready"), str(counts.ready) if counts.ready else ""),
                ("kiezen", _("To choose"), str(counts.waiting - counts.ready + counts.stuck or "")),
                ("geboekt", pgettext("tab", "Booked"), ""),
            )
        ),
        rows=_list_rows(access, rows, chosen, here),
        search_url=base,
        search_text=search,
        filter=view,
        book_ready=Action(
            url=of_books(address("book_ready", access.domain_slug), administration),
            label=_("Book %(count)d ready") % {"count": counts.ready},
            key=new_key(),
        )
        if may_book and ready
        else None,
        upload=upload_form(access, administration) if access.may(Right.DOCUMENT_DELIVER) else None,
        document=_pane(request, access, chosen, problems, submitted, _after(rows, chosen)) if chosen else None,
        empty=_empty(access, view, search) if not chosen else None,
        is_chosen=is_chosen,
        list_url=base + here,
    )
    shell = shell_for(request, access, administration, "documents", work=work)
    return render(request, "portal/documents.html", {"shell": shell, "page": page}, status=status)


def upload_form(access: Access, administration: Administration) -> Upload:
    """The form that takes files, on every page where they may be dropped."""
    return Upload(
        url=of_books(address("upload", access.domain_slug), administration),
        key=new_key(),
        title=_("E-invoices and bank files"),
        hint=_("Drop them here or choose them: UBL (xml) and CODA, several at once, 50 MB each."),
        accept=".xml,.cod,.coda,.txt,.pdf",
    )


def _rows(
    access: Access, administration: Administration, view: str, search: str, counts: QueueCounts | None = None
) -> list[QueueRow]:
    """The rows of the list as it is shown; `counts`, where they are known, say that none is stuck."""
    which = {"access": access, "administration_id": administration.id}
    if view == "geboekt":
        return booked_documents(**which, search=search, limit=LIMIT)  # type: ignore[arg-type]
    if view == "klaar":
        return waiting_documents(**which, ready=True, search=search, limit=LIMIT)  # type: ignore[arg-type]
    ready = False if view == "kiezen" else None
    waiting = waiting_documents(**which, ready=ready, search=search, limit=LIMIT)  # type: ignore[arg-type]
    none_stuck = counts is not None and not counts.stuck
    stuck = [] if search or none_stuck else stuck_documents(**which, limit=LIMIT)  # type: ignore[arg-type]
    return [*waiting, *stuck]


def _list_rows(access: Access, rows: list[QueueRow], chosen: QueueRow | None, here: str) -> tuple[DocumentRow, ...]:
    today, current, slug = timezone.localdate(), chosen.document_public_id if chosen else "", access.domain_slug
    shown = language()
    return tuple(_row(row, slug, here, row.document_public_id == current, today, shown) for row in rows)


@lru_cache(maxsize=4_096)
def _row(row: QueueRow, slug: str, here: str, is_current: bool, today: date, _language: str) -> DocumentRow:
    """A row of the list: made of these values alone, so that the list that comes back with each document is kept."""
    state, word, hint = _state(row)
    on = row.issued_on or row.received_on
    return DocumentRow(
        public_id=row.document_public_id,
        url=address("document", slug, row.document_public_id) + here,
        name=row.contact_name or row.document_name,
        amount=_amount_of(row),
        detail=f"{_side_word(row)} · {short_day(on, today)}",
        state=state,  # type: ignore[arg-type]
        state_text=word,
        hint=hint,
        is_current=is_current,
    )


def _amount_of(row: QueueRow) -> str:
    """The total of a document, below zero for a credit note, with its currency where that is not euro."""
    if row.total_cents is None:
        return "–"
    shown = amount(-row.total_cents if row.kind == "CREDIT_NOTE" else row.total_cents)
    return shown if row.currency == "EUR" else f"{row.currency} {shown}"


def _state(row: QueueRow) -> tuple[str, str, str]:
    if row.entry_id is not None:
        return "BOOKED", _("booked"), ""
    if row.is_handled:
        return "BOOKED", _("handled"), _("without an entry")
    if row.outcome == Outcome.UNREADABLE:
        return "FAILED", _("not read"), _("not read")
    if row.outcome == Outcome.ASK_SIDE:
        return "CHOOSE", _("to choose"), _("purchase or sale?")
    if row.is_duplicate:
        return "DUPLICATE", _("looks double"), _("looks double")
    if row.is_ready and row.is_completed:
        return "READY", _("ready"), _("data entry done")
    if row.is_ready:
        return "READY", _("ready"), ""
    return "CHOOSE", _("to check"), _("check")


def _side_word(row: QueueRow) -> str:
    if row.side is None:
        return _("File")
    if row.kind == "CREDIT_NOTE":
        return _("Credit note")
    return _("Purchase") if row.side == Side.PURCHASE else _("Sale")


def _pane(
    request: HttpRequest,
    access: Access,
    row: QueueRow,
    problems: tuple[Problem, ...],
    submitted: SubmittedBooking | None,
    following: QueueRow | None,
) -> DocumentPane:
    form = booking_form(
        access=access,
        row=row,
        problems=problems,
        submitted=submitted,
        today=timezone.localdate(),
        is_correcting=submitted.is_correcting if submitted else "verbeteren" in request.GET,
        here=_here(request),
        skip_url=_url_of(access, following.document_public_id) + _here(request) if following else "",
    )
    pane = DocumentPane(
        public_id=row.document_public_id,
        file_name=row.document_name,
        detail=_("received %(on)s") % {"on": day(row.received_on)},
        download_url=address("original", access.domain_slug, row.document_public_id),
        form=form,
        ask=ask_link(access, name="document", public_id=row.document_public_id),
        questions=question_links(access, kind=SubjectKind.DOCUMENT, subject_id=row.document_id),
    )
    if row.outcome not in {Outcome.INVOICE, Outcome.ASK_SIDE}:
        return pane
    try:
        read = read_again(access=access, sha256=row.sha256)
        return replace(pane, **_look(request, access, row, read))  # type: ignore[arg-type]
    except (OriginalLost, NotRecognised, Refused, CageFailed) as no:
        log.error("document not shown", code=no.code, document=row.document_public_id)
        return replace(pane, trouble=str(no))


def _look(request: HttpRequest, access: Access, row: QueueRow, read: ReadInvoice) -> dict[str, object]:
    """The e-invoice made readable or, when it holds a PDF and that is asked for, the pictures of its pages."""
    number = pdf_inside(read)
    if number is None:
        return {"rendering": rendering_of(access=access, row=row, read=read)}
    here = _url_of(access, row.document_public_id)
    list_shown = {name: request.GET.get(name, "") for name in ("filter", "q")}
    wants_pdf = request.GET.get("beeld") == "pdf"
    looks = (
        Tab(_("Readable"), with_query(here, list_shown), is_current=not wants_pdf),
        Tab(_("PDF"), with_query(here, {**list_shown, "beeld": "pdf"}), is_current=wants_pdf),
    )
    if not wants_pdf:
        return {"rendering": rendering_of(access=access, row=row, read=read), "looks": looks}
    try:
        pages = pdf_pages(read.attachments[number - 1].content, owner=str(access.domain_id))
    except (Refused, CageFailed) as no:
        return {"looks": looks, "trouble": str(no)}
    pictures = tuple(
        PageImage(
            url=reverse("page_picture", args=[access.domain_slug, row.document_public_id, number, n]),
            width=page.width,
            height=page.height,
            label=_("Page %(number)d of %(count)d") % {"number": n, "count": len(pages)},
            text=page.text,
        )
        for n, page in enumerate(pages, start=1)
    )
    return {"looks": looks, "pages": pictures}


def _empty(access: Access, view: str, search: str) -> Empty:
    if search:
        return Empty(_("No document matches"), _("Search for a name, a number or an amount."), icon="search", tone="")
    if view == "geboekt":
        return Empty(_("Nothing is booked yet"), _("What you book appears here, newest first."), tone="")
    return Empty(
        _("Everything is booked"),
        _("No document waits. Drop new e-invoices here when they come in."),
    )


def _url_of(access: Access, public_id: str) -> str:
    return address("document", access.domain_slug, public_id)


def _where_to_see(access: Access, arrived: Arrived) -> str:
    """The page of what was handed in, or nothing when this user may hand it in and not see it."""
    if arrived.outcome == Outcome.BANK:
        if not access.may(Right.LEDGER_SEE):
            return ""
        unknown = next((one.unknown_iban for one in arrived.statements if one.unknown_iban), "")
        if unknown and access.may(Right.BANK_BOOK):
            return f"{reverse('bank_accounts', args=[access.domain_slug])}?{urlencode({'iban': unknown})}"
        return reverse("bank", args=[access.domain_slug])
    public_id = str(arrived.document.public_id)
    return _url_of(access, public_id) if one_document(access=access, public_id=public_id) else ""
