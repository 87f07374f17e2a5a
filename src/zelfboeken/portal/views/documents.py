"""Documents: the queue, one document beside its booking form, uploading, booking."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access, NotAllowed
from zelfboeken.booking import services as booking
from zelfboeken.booking.rules import NothingToBook, TotalDiffers, VatDiffers, WrongSide
from zelfboeken.booking.services import Approval, ProposalChanged
from zelfboeken.documents.models import Arrival, Document
from zelfboeken.documents.services import FileRefused
from zelfboeken.documents.storage import read_original
from zelfboeken.inbox.models import Outcome, Reading
from zelfboeken.inbox.queries import (
    QueueRow,
    booked_documents,
    one_document,
    queue_counts,
    stuck_documents,
    waiting_documents,
)
from zelfboeken.inbox.services import receive_file, say_side
from zelfboeken.invoices.models import Invoice, Side
from zelfboeken.invoices.services import SuspectedDuplicate, accept_duplicate, book_invoices, proposal_of
from zelfboeken.ledger.queries import UnknownAccount, chart_of, voucher_of
from zelfboeken.ledger.rules import EntryRefused
from zelfboeken.portal.booking_form import booking_form, problems_of, read_form
from zelfboeken.portal.booking_lines import SubmittedBooking
from zelfboeken.portal.booking_question import with_answer
from zelfboeken.portal.domain_view import NotFound, domain_view
from zelfboeken.portal.pages import Action, DocumentPane, DocumentRow, DocumentsPage, Empty, Problem, Tab, Upload
from zelfboeken.portal.periods import with_query
from zelfboeken.portal.rendering import rendering_of
from zelfboeken.portal.shell import administration_for, shell_for
from zelfboeken.portal.texts import amount, day, euro, short_day
from zelfboeken.portal.tokens import new_key
from zelfboeken.portal.typed import NotUnderstood
from zelfboeken.portal.undo import JUST_DONE, remember
from zelfboeken.tenancy.models import Administration
from zelfboeken.vat.rules import NotForThisDocument

LIMIT = 80
Refusals = (
    NotUnderstood,
    UnknownAccount,
    VatDiffers,
    TotalDiffers,
    NothingToBook,
    WrongSide,
    NotForThisDocument,
    EntryRefused,
    SuspectedDuplicate,
)


@domain_view(Right.DOCUMENT_SEE_ALL_USERS)
def documents(request: HttpRequest, *, access: Access) -> HttpResponse:
    """The queue with its first document."""
    return _page(request, access, None)


@domain_view(Right.DOCUMENT_SEE_ALL_USERS)
def document(request: HttpRequest, *, access: Access, document_id: UUID) -> HttpResponse:
    """One document beside its booking form; a POST books, computes again, splits, or takes back."""
    if request.method == "POST" and request.POST.get("answer") not in Side.values:
        # The right comes first: who lost it since he opened the form is told so, and not that the document is gone.
        access.require(Right.DOCUMENT_BOOK)
    row = one_document(access=access, public_id=str(document_id))
    if row is None:
        raise NotFound(str(document_id))
    if request.method != "POST":
        return _page(request, access, row)
    if row.proposal_id is None:
        return _say_side(request, access, row)
    return _act(request, access, row)


@domain_view(Right.DOCUMENT_BOOK)
def book_ready(request: HttpRequest, *, access: Access) -> HttpResponse:
    """Book every document that is ready, in the order of the list; one that is refused stays and says why."""
    administration = administration_for(request, access)
    rows = waiting_documents(access=access, administration_id=administration.id, ready=True, limit=500)
    approvals = [Approval(row.proposal_id or 0, row.version or 0) for row in rows if row.may_be_booked_at_once]
    url = reverse("documents", args=[access.domain_slug])
    if not approvals:
        messages.info(request, _("There was nothing ready to book."))
        return HttpResponseRedirect(url, status=303)
    try:
        booked = book_invoices(access=access, approvals=approvals, at=timezone.now())
    except (*Refusals, ProposalChanged) as no:
        return _page(request, access, None, problems=(Problem(str(no)),), status=409)
    total = sum(row.total_cents or 0 for row in rows if row.may_be_booked_at_once)
    told = ngettext("Booked: %(count)d document, %(total)s", "Booked: %(count)d documents, %(total)s", len(booked))
    text = told % {"count": len(booked), "total": euro(total)}
    remember(request, access, kind="DOCUMENT", ids=[one.proposal_id for one in booked], text=text, url=url)
    messages.success(request, text, extra_tags=JUST_DONE)
    return HttpResponseRedirect(url, status=303)


@domain_view(Right.DOCUMENT_DELIVER)
def upload(request: HttpRequest, *, access: Access) -> HttpResponse:
    """Take in one or more files; each is told about by itself."""
    administration = administration_for(request, access)
    files = request.FILES.getlist("files")
    url = reverse("documents", args=[access.domain_slug])
    told = []
    problem = "" if files else _("Choose one or more files first.")
    for file in files:
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
        url = _url_of(access, str(arrived.document.public_id)) if arrived.outcome != Outcome.BANK else _bank_url(access)
    if request.headers.get("Accept") == "application/json":
        if problem:
            return JsonResponse({"text": problem}, status=422)
        return JsonResponse({"text": " ".join(told), "url": url})
    for text in [*told, *([problem] if problem else [])]:
        messages.info(request, text)
    return HttpResponseRedirect(url if len(files) == 1 else reverse("documents", args=[access.domain_slug]), status=303)


@domain_view(Right.DOCUMENT_SEE_ALL_USERS)
def original(request: HttpRequest, *, access: Access, document_id: UUID) -> HttpResponse:
    """The original bytes, as a download that no browser runs (INV-30)."""
    row = one_document(access=access, public_id=str(document_id))
    if row is None:
        raise NotFound(str(document_id))
    stored = Document.objects.get(domain_id=access.domain_id, public_id=document_id)
    response = HttpResponse(
        read_original(domain_id=access.domain_id, sha256=stored.sha256), content_type="application/octet-stream"
    )
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(stored.name)}"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _act(request: HttpRequest, access: Access, row: QueueRow) -> HttpResponse:
    action = request.POST.get("action") or ("answer" if "answer" in request.POST else "book")
    invoice = Invoice.objects.select_related("contact").get(
        domain_id=access.domain_id, document__public_id=row.document_public_id
    )
    proposal = proposal_of(access=access, invoice=invoice)
    now, today = timezone.now(), timezone.localdate()
    if action == "reverse":
        try:
            booking.take_back(access=access, proposal_id=proposal.id, on=today, at=now)
        except (EntryRefused, booking.NotBooked) as no:
            return _page(request, access, row, problems=(Problem(str(no)),), status=409)
        messages.success(request, _("Reversed: %(number)s. You can correct and book it now.") % {"number": row.number})
        return HttpResponseRedirect(_url_of(access, row.document_public_id), status=303)
    submitted = SubmittedBooking(request.POST)
    if action == "add" or action.partition(":")[0] in {"split", "remove"}:
        return _page(request, access, row, submitted=submitted.after(action))
    access.require(Right.DOCUMENT_BOOK)
    try:
        if action == "answer":
            chart = chart_of(domain_id=access.domain_id, administration_id=proposal.administration_id)
            answered = with_answer(submitted.lines, request.POST.get("answer", ""), chart)
            return _page(request, access, row, submitted=submitted.with_lines(answered))
        chosen = read_form(submitted, today=today)
        version = int(request.POST.get("version") or 0)
        if reason := request.POST.get("reason", ""):
            accept_duplicate(access=access, invoice=invoice, reason=reason, at=now)
        if chosen.lines and chosen.differs_from(proposal):
            proposal = booking.change_lines(
                access=access,
                proposal_id=proposal.id,
                version=version,
                on_date=chosen.on_date or proposal.on_date,
                lines=chosen.lines,
                at=now,
            )
            version = proposal.version
        if action == "save":
            return HttpResponseRedirect(_url_of(access, row.document_public_id) + _here(request), status=303)
        following = _next_url(request, access, row)
        (booked,) = book_invoices(access=access, approvals=[Approval(proposal.id, version)], at=now)
    except ProposalChanged as no:
        return _page(request, access, row, problems=(Problem(str(no)),), status=409)
    except (*Refusals, ValueError) as no:
        if isinstance(no, NotAllowed):
            raise
        return _page(request, access, row, problems=problems_of(no, submitted), submitted=submitted, status=422)
    text = _("Booked: %(name)s, %(total)s (%(number)s)") % {
        "name": row.contact_name,
        "total": euro(row.total_cents or 0),
        "number": voucher_of(access=access, entry=booked.entry),
    }
    url = _url_of(access, row.document_public_id)
    remember(request, access, kind="DOCUMENT", ids=[proposal.id], text=text, url=url)
    messages.success(request, text, extra_tags=JUST_DONE)
    return HttpResponseRedirect(following, status=303)


def _say_side(request: HttpRequest, access: Access, row: QueueRow) -> HttpResponse:
    answer = request.POST.get("answer", "")
    stored = Document.objects.get(domain_id=access.domain_id, public_id=row.document_public_id)
    if (
        answer not in Side.values
        or not Reading.objects.filter(
            domain_id=access.domain_id, document_id=stored.id, outcome=Outcome.ASK_SIDE
        ).exists()
    ):
        return _page(request, access, row, problems=(Problem(_("Choose purchase or sale.")),), status=422)
    arrived = say_side(access=access, document=stored, side=Side(answer), at=timezone.now())
    messages.info(request, arrived.text)
    return HttpResponseRedirect(_url_of(access, row.document_public_id), status=303)


def _next_url(request: HttpRequest, access: Access, row: QueueRow) -> str:
    """The document after this one in the list as it is shown, else the list itself. Asked before booking."""
    administration = administration_for(request, access)
    rows = _rows(access, administration, request.GET.get("filter", ""), request.GET.get("q", ""))
    following = _after(rows, row)
    if following is None:
        return reverse("documents", args=[access.domain_slug])
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
    chosen: QueueRow | None,
    *,
    problems: tuple[Problem, ...] = (),
    submitted: SubmittedBooking | None = None,
    status: int = 200,
) -> HttpResponse:
    administration = administration_for(request, access)
    view = request.GET.get("filter", "")
    search = request.GET.get("q", "")
    rows = _rows(access, administration, view, search)
    counts = queue_counts(access=access, administration_id=administration.id)
    is_chosen = chosen is not None
    if chosen is None and rows:
        chosen = rows[0]
    ready = [row for row in rows if row.may_be_booked_at_once] if view in {"", "klaar"} else []
    base = reverse("documents", args=[access.domain_slug])
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
                ("geboekt", _("Booked"), ""),
            )
        ),
        rows=tuple(_row(access, row, chosen, _here(request)) for row in rows),
        search_url=base,
        search_text=search,
        filter=view,
        book_ready=Action(
            url=reverse("book_ready", args=[access.domain_slug]),
            label=_("Book %(count)d ready") % {"count": counts.ready},
            key=new_key(),
        )
        if may_book and ready
        else None,
        upload=upload_form(access) if access.may(Right.DOCUMENT_DELIVER) else None,
        document=_pane(request, access, chosen, problems, submitted, _after(rows, chosen)) if chosen else None,
        empty=_empty(access, view, search) if not chosen else None,
        is_chosen=is_chosen,
        list_url=base + _here(request),
    )
    shell = shell_for(request, access, administration, "documents")
    return render(request, "portal/documents.html", {"shell": shell, "page": page}, status=status)


def upload_form(access: Access) -> Upload:
    """The form that takes files, on every page where they may be dropped."""
    return Upload(
        url=reverse("upload", args=[access.domain_slug]),
        key=new_key(),
        title=_("E-invoices and bank files"),
        hint=_("Drop them here or choose them: UBL (xml) and CODA, several at once, 50 MB each."),
        accept=".xml,.cod,.coda,.txt,.pdf",
    )


def _rows(access: Access, administration: Administration, view: str, search: str) -> list[QueueRow]:
    which = {"access": access, "administration_id": administration.id}
    if view == "geboekt":
        return booked_documents(**which, search=search, limit=LIMIT)  # type: ignore[arg-type]
    if view == "klaar":
        return waiting_documents(**which, ready=True, search=search, limit=LIMIT)  # type: ignore[arg-type]
    ready = False if view == "kiezen" else None
    waiting = waiting_documents(**which, ready=ready, search=search, limit=LIMIT)  # type: ignore[arg-type]
    stuck = [] if search else stuck_documents(**which, limit=LIMIT)  # type: ignore[arg-type]
    return [*waiting, *stuck]


def _row(access: Access, row: QueueRow, chosen: QueueRow | None, here: str) -> DocumentRow:
    state, word, hint = _state(row)
    today = timezone.localdate()
    on = row.issued_on or timezone.localtime(row.received_at).date()
    total = row.total_cents or 0
    return DocumentRow(
        public_id=row.document_public_id,
        url=_url_of(access, row.document_public_id) + here,
        name=row.contact_name or row.document_name,
        amount=amount(-total if row.kind == "CREDIT_NOTE" else total) if row.total_cents is not None else "–",
        detail=f"{_side_word(row)} · {short_day(on, today)}",
        state=state,  # type: ignore[arg-type]
        state_text=word,
        hint=hint,
        is_current=chosen is not None and chosen.document_public_id == row.document_public_id,
    )


def _state(row: QueueRow) -> tuple[str, str, str]:
    if row.entry_id is not None:
        return "BOOKED", _("booked"), ""
    if row.outcome == Outcome.UNREADABLE:
        return "FAILED", _("not read"), _("not read")
    if row.outcome == Outcome.ASK_SIDE:
        return "CHOOSE", _("to choose"), _("purchase or sale?")
    if row.is_duplicate:
        return "DUPLICATE", _("looks double"), _("looks double")
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
    return DocumentPane(
        public_id=row.document_public_id,
        file_name=row.document_name,
        detail=_("received %(on)s") % {"on": day(timezone.localtime(row.received_at).date())},
        download_url=reverse("original", args=[access.domain_slug, row.document_public_id]),
        rendering=rendering_of(access=access, row=row),
        form=booking_form(
            access=access,
            row=row,
            problems=problems,
            submitted=submitted,
            today=timezone.localdate(),
            here=_here(request),
            skip_url=_url_of(access, following.document_public_id) + _here(request) if following else "",
        ),
    )


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
    return reverse("document", args=[access.domain_slug, public_id])


def _bank_url(access: Access) -> str:
    return reverse("bank", args=[access.domain_slug])
