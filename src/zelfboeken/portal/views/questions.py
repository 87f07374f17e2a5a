"""Questions: the list, asking, one question with its answers, its files, and the mails that were refused."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.audit.services import Happened
from zelfboeken.documents.models import Document
from zelfboeken.documents.services import MAX_BYTES, too_large
from zelfboeken.documents.storage import OriginalLost, read_original
from zelfboeken.inbox.answers import GivenFile, Taken, answer_with_files, ask_with_files
from zelfboeken.inbox.mail_in import why_text
from zelfboeken.inbox.queries import one_document
from zelfboeken.portal.domain_view import FormNotOurs, NotFound, domain_view
from zelfboeken.portal.errors import refused_page
from zelfboeken.portal.links import link_to_question
from zelfboeken.portal.pages import (
    Action,
    AnswerForm,
    AskPage,
    Empty,
    Field,
    FileRow,
    Link,
    MessageRow,
    Option,
    Problem,
    QuestionPage,
    QuestionRow,
    QuestionsPage,
    ReceiverForm,
    RefusedMail,
    SelectField,
    Tab,
)
from zelfboeken.portal.periods import with_query
from zelfboeken.portal.questions_about import Asked, asked_about, subject_link
from zelfboeken.portal.questions_words import (
    asker_text,
    because_text,
    event_of,
    route_text,
    rule_text,
    state_tag,
    topic_name,
)
from zelfboeken.portal.shell import administration_for, shell_for
from zelfboeken.portal.texts import day, short_day
from zelfboeken.portal.tokens import new_key
from zelfboeken.portal.views.sheet import read_row
from zelfboeken.questions.models import (
    Attachment,
    IncomingMail,
    Message,
    Participant,
    Question,
    Side,
    SubjectKind,
    Topic,
)
from zelfboeken.questions.people import people_of, side_of
from zelfboeken.questions.queries import Listed, Said, counts_for, listed, questions_in, refused_mails, said_in
from zelfboeken.questions.rules import NobodyToAsk, may_close
from zelfboeken.questions.services import (
    Addressee,
    QuestionRefused,
    Routes,
    UnknownQuestion,
    add_note,
    close,
    hand_to,
    party_in,
    question_of,
    receiver_of,
    routes_for,
    set_receiver,
)
from zelfboeken.tenancy.models import Administration

PAGE = 50
TABS = {"": "mine", "open": "open", "gesloten": "closed"}


@domain_view(Right.DOCUMENT_SEE_ALL_USERS, methods=("GET", "POST"), fields=("action", "administration", "user", "mail"))
def questions(request: HttpRequest, *, access: Access) -> HttpResponse:
    """The questions: those that wait for me, the open ones, the closed ones. A POST says who gets those of the office,
    or puts a refused mail aside.
    """
    if request.method != "POST":
        return _list(request, access)
    action = request.POST.get("action", "")
    if action == "settle":
        _settle(access, request.POST.get("mail", ""))
        messages.success(request, _("The mail is put aside. It stays kept."))
        return HttpResponseRedirect(request.path, status=303)
    if action != "receiver":
        raise FormNotOurs("action")
    access.require(Right.DOMAIN_EDIT)
    named = request.POST.get("administration", "")
    own = {str(one.public_id): one for one in Administration.objects.filter(domain_id=access.domain_id)}
    if named not in own:
        raise NotFound("administration")
    chosen = request.POST.get("user", "")
    try:
        set_receiver(
            access=access,
            administration=own[named],
            user_id=read_row(chosen) if chosen else None,
            at=timezone.now(),
        )
    except UnknownQuestion:
        raise NotFound("administration") from None
    except QuestionRefused as no:
        return _list(request, access, problems=(Problem(str(no)),), status=422)
    messages.success(request, _("Kept who gets the questions of the office."))
    return HttpResponseRedirect(request.path, status=303)


@domain_view(
    Right.DOCUMENT_DELIVER,
    methods=("GET", "POST"),
    fields=("title", "text", "topic", "to", "files", "deliver", "document", "lijn"),
)
def ask(request: HttpRequest, *, access: Access) -> HttpResponse:
    """Ask a question, about a document, a bank line or nothing in particular."""
    told = request.POST if request.method == "POST" else request.GET
    asked = asked_about(
        access,
        document=told.get("document", ""),
        line=told.get("lijn", ""),
        administration=administration_for(request, access),
    )
    if request.method != "POST":
        return _ask_page(request, access, asked)
    try:
        files = _files(request)
        with transaction.atomic():
            taken = ask_with_files(
                access=access,
                administration=asked.administration,
                subject=asked.subject,
                topic=told.get("topic", ""),
                title=told.get("title", ""),
                text=told.get("text", ""),
                to=_addressee(told.get("to", "")),
                files=files,
                is_delivered=told.get("deliver") == "1",
                at=timezone.now(),
                link_to=link_to_question,
            )
    except (QuestionRefused, NobodyToAsk) as no:
        return _ask_page(request, access, asked, wrong=no)
    except UnknownQuestion:
        raise NotFound("administration") from None
    _tell(request, _("Asked: %(title)s") % {"title": taken.question.title}, taken)
    return HttpResponseRedirect(_url(access, taken.question), status=303)


@domain_view(
    Right.DOCUMENT_SEE_ALL_USERS,
    methods=("GET", "POST"),
    fields=("action", "text", "files", "deliver", "quick", "user"),
)
def question(request: HttpRequest, *, access: Access, question_id: UUID) -> HttpResponse:
    """One question; a POST answers it, notes something, closes it, or hands it to somebody else."""
    try:
        found = question_of(access=access, public_id=str(question_id))
    except UnknownQuestion:
        raise NotFound(str(question_id)) from None
    if request.method != "POST":
        return _page(request, access, found)
    access.require(Right.DOCUMENT_DELIVER)
    try:
        with transaction.atomic():
            return _act(request, access, found)
    except UnknownQuestion:
        raise NotFound(str(question_id)) from None
    except QuestionRefused as no:
        status = 409 if no.code in {"closed", "not_yours"} else 422
        found = question_of(access=access, public_id=str(question_id))
        return _page(request, access, found, wrong=no, status=status)


@domain_view(Right.DOCUMENT_SEE_ALL_USERS)
def question_file(request: HttpRequest, *, access: Access, question_id: UUID, number: int) -> HttpResponse:
    """A file that went with a question, as a download that no browser runs (INV-30)."""
    try:
        found = question_of(access=access, public_id=str(question_id))
    except UnknownQuestion:
        raise NotFound(str(question_id)) from None
    own = Attachment.objects.filter(domain_id=access.domain_id, question_id=found.id, n=number).first()
    if own is None:
        raise NotFound(str(number))
    stored = Document.objects.get(domain_id=access.domain_id, id=own.document_id)
    try:
        content = read_original(domain_id=access.domain_id, sha256=stored.sha256)
    except OriginalLost as no:
        return refused_page(request, status=500, text=str(no))
    return _download(content, own.name)


@domain_view(Right.DOCUMENT_SEE_ALL_USERS)
def refused_mail(request: HttpRequest, *, access: Access, mail_id: UUID) -> HttpResponse:
    """A mail that was not taken as an answer, as it came in."""
    found = refused_mails(access).filter(public_id=mail_id).first() if _sees_mails(access) else None
    if found is None:
        raise NotFound(str(mail_id))
    try:
        content = read_original(domain_id=access.domain_id, sha256=found.sha256)
    except OriginalLost as no:
        return refused_page(request, status=500, text=str(no))
    return _download(content, "mail.eml")


def file_size(size: int) -> str:
    """12 kB, 3,4 MB."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} kB"
    return f"{size / 1_000_000:.1f} MB".replace(".", ",")


def _act(request: HttpRequest, access: Access, found: Question) -> HttpResponse:
    now, action = timezone.now(), request.POST.get("action", "answer")
    text = request.POST.get("text", "")
    here = HttpResponseRedirect(_url(access, found), status=303)
    if action == "note":
        add_note(access=access, question=found, text=text, at=now)
        messages.success(request, _("Note kept. Only the office reads it."))
        return here
    if action == "close":
        close(access=access, question=found, at=now)
        messages.success(request, _("Closed: %(title)s") % {"title": found.title})
        return here
    if action == "hand":
        hand_to(
            access=access,
            question=found,
            user_id=read_row(request.POST.get("user", "")),
            at=now,
            link_to=link_to_question,
        )
        messages.success(request, _("Handed on: %(title)s") % {"title": found.title})
        return here
    if action == "quick":
        quick = dict(_quick(access, found))
        if (text := quick.get(request.POST.get("quick", ""), "")) == "":
            raise FormNotOurs("quick")
    elif action != "answer":
        raise FormNotOurs("action")
    taken = answer_with_files(
        access=access,
        question=found,
        text=text,
        files=_files(request) if action == "answer" else [],
        is_delivered=request.POST.get("deliver") == "1",
        at=now,
        link_to=link_to_question,
    )
    _tell(request, _("Answered: %(title)s") % {"title": found.title}, taken)
    return here


def _tell(request: HttpRequest, text: str, taken: Taken) -> None:
    messages.success(request, " ".join([text, *(f"{name}: {told}" for name, told in taken.outcomes)]))


def _files(request: HttpRequest) -> list[GivenFile]:
    """The files of the form.

    Raises:
        QuestionRefused: one is too large.
    """
    files = request.FILES.getlist("files")
    if any((one.size or 0) > MAX_BYTES for one in files):
        raise QuestionRefused("files", "file_too_large", str(too_large()))
    return [GivenFile(one.name or "", one.read()) for one in files]


def _addressee(text: str) -> Addressee:
    kind, _colon, number = text.partition(":")
    if kind == "user":
        return Addressee(Side.DOMAIN, read_row(number))
    if text not in Side.values:
        raise QuestionRefused("to", "to_unknown", "Kies wie je vraag krijgt.")
    return Addressee(text)


def _download(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _url(access: Access, found: Question) -> str:
    return reverse("question", args=[access.domain_slug, found.public_id])


def _sees_mails(access: Access) -> bool:
    """Who looks at mails that were refused: the office and the Directie."""
    return side_of(access) == Side.OFFICE or access.may(Right.ROLE_GIVE)


def _settle(access: Access, public_id: str) -> None:
    access.require(Right.DOCUMENT_DELIVER)
    try:
        named = UUID(public_id)
    except ValueError:
        raise NotFound("mail") from None
    found = refused_mails(access).filter(public_id=named).first() if _sees_mails(access) else None
    if found is None:
        raise NotFound("mail")
    now = timezone.now()
    IncomingMail.objects.filter(domain_id=access.domain_id, id=found.id, outcome=IncomingMail.Outcome.REFUSED).update(
        outcome=IncomingMail.Outcome.SETTLED, settled_by_id=access.user_id, settled_at=now
    )
    access.log(at=now, events=[Happened("mail.settled", f"question:{found.question.public_id}", {"code": found.code})])


def question_row(one: Listed, *, url: str, domain: str = "") -> QuestionRow:
    """A question in a list, of a domain or of the office."""
    return QuestionRow(
        url=url,
        title=one.question.title,
        subject=one.question.subject_text or topic_name(one.question.topic),
        who=asker_text(one),
        when=short_day(timezone.localtime(one.question.changed_at).date(), timezone.localdate()),
        state=state_tag(one),
        is_for_me=one.is_for_me,
        domain=domain,
    )


def _list(
    request: HttpRequest, access: Access, *, problems: tuple[Problem, ...] = (), status: int = 200
) -> HttpResponse:
    administration = administration_for(request, access)
    base = reverse("questions", args=[access.domain_slug])
    chosen = request.GET.get("toon", "")
    which = TABS.get(chosen, "mine")
    start = request.GET.get("vanaf", "0")
    first = int(start) if start.isascii() and start.isdigit() and len(start) < 7 else 0
    found = list(questions_in(access, which)[first : first + PAGE + 1])
    counts = counts_for(access)
    may_ask = access.may(Right.DOCUMENT_DELIVER)
    page = QuestionsPage(
        title=_("Questions"),
        subtitle=administration.name,
        tabs=(
            Tab(_("Your turn"), base, str(counts.questions or ""), which == "mine"),
            Tab(_("Open"), f"{base}?toon=open", str(questions_in(access, "open").count() or ""), which == "open"),
            Tab(_("Closed"), f"{base}?toon=gesloten", "", which == "closed"),
        ),
        rows=tuple(
            question_row(one, url=reverse("question", args=[access.domain_slug, one.question.public_id]))
            for one in listed(access, found[:PAGE])
        ),
        empty=_empty(access, which, may_ask=may_ask) if not found else None,
        ask_url=reverse("ask", args=[access.domain_slug]) if may_ask else "",
        missing_url=reverse("missing", args=[access.domain_slug]),
        missing_text=ngettext(
            "%(count)d invoice is asked of you", "%(count)d invoices are asked of you", counts.missing
        )
        % {"count": counts.missing}
        if counts.missing
        else "",
        mails=_mails(access) if which == "open" else (),
        receivers=_receivers(request, access, base) if which == "open" and access.may(Right.DOMAIN_EDIT) else (),
        rule=rule_text(),
        problems=problems,
        newer_url=_paged(base, chosen, first - PAGE) if first else "",
        older_url=_paged(base, chosen, first + PAGE) if len(found) > PAGE else "",
    )
    shell = shell_for(request, access, administration, "questions")
    return render(request, "portal/questions.html", {"shell": shell, "page": page}, status=status)


def _paged(base: str, chosen: str, first: int) -> str:
    return with_query(base, {"toon": chosen, "vanaf": str(max(0, first)) if first > 0 else ""})


def _empty(access: Access, which: str, *, may_ask: bool) -> Empty:
    links = (Link(_("Ask a question"), reverse("ask", args=[access.domain_slug])),) if may_ask else ()
    icon = "message-circle-question-mark"
    if which == "mine":
        return Empty(_("Nothing waits for you"), _("Here comes what you have to answer, or to look at."), links=links)
    if which == "open":
        return Empty(_("No open questions"), _("Ask one here, or with V on a document or bank line."), icon, "", links)
    return Empty(_("No closed questions"), _("A question that is closed stays here, with all that was said."), icon, "")


def _mails(access: Access) -> tuple[RefusedMail, ...]:
    if not _sees_mails(access):
        return ()
    here = reverse("questions", args=[access.domain_slug])
    may = access.may(Right.DOCUMENT_DELIVER)
    return tuple(
        RefusedMail(
            sender=one.sender or _("unknown sender"),
            subject=one.subject,
            when=day(timezone.localtime(one.came_at).date()),
            reason=why_text(one.code),
            question=Link(one.question.title, reverse("question", args=[access.domain_slug, one.question.public_id])),
            url=reverse("refused_mail", args=[access.domain_slug, one.public_id]),
            settle=Action(here, _("Put aside"), new_key(), name="mail", value=str(one.public_id)) if may else None,
        )
        for one in refused_mails(access)[:PAGE]
    )


def _receivers(request: HttpRequest, access: Access, base: str) -> tuple[ReceiverForm, ...]:
    found = []
    for one in Administration.objects.filter(domain_id=access.domain_id).order_by("-is_default", "name", "id"):
        if not access.reaches(one.id):
            continue
        people = people_of(domain_id=access.domain_id, on=timezone.localdate(), administration_id=one.id)
        chosen = receiver_of(domain_id=access.domain_id, administration_id=one.id)
        options = (
            Option("", _("By the rule: who has the role that fits, else the owner"), chosen is None),
            *(
                Option(str(who.user_id), who.name, who.user_id == chosen)
                for who in people
                if who.may_see and who.side == Side.DOMAIN
            ),
        )
        found.append(ReceiverForm(base, new_key(), str(one.public_id), SelectField("user", one.name, options)))
    return tuple(found)


def _ask_page(
    request: HttpRequest, access: Access, asked: Asked, *, wrong: QuestionRefused | NobodyToAsk | None = None
) -> HttpResponse:
    post = request.POST
    topic = post.get("topic", "") or (
        Topic.BOOKING.value if asked.subject.kind != SubjectKind.NONE else Topic.ADMINISTRATION.value
    )
    routes = routes_for(
        access=access,
        administration_id=asked.administration.id,
        subject=asked.subject,
        topic=topic if topic in Topic.values else Topic.ADMINISTRATION,
        on=timezone.now(),
    )
    field = wrong.field if isinstance(wrong, QuestionRefused) else ""
    told = {field: str(wrong)} if wrong and field else {}
    title = post.get("title", asked.title)
    page = AskPage(
        title=_("Ask a question"),
        url=reverse("ask", args=[access.domain_slug]),
        key=new_key(),
        back_url=asked.back_url,
        subject=asked.subject.text,
        question=Field("title", _("Your question, in one sentence"), title, error=told.get("title", "")),
        text=post.get("text", asked.text),
        selects=(
            _to_field(access, routes, post.get("to", ""), told.get("to", "")),
            SelectField(
                "topic",
                _("About"),
                tuple(Option(one.value, topic_name(one), one.value == topic) for one in Topic),
                error=told.get("topic", ""),
            ),
        ),
        rules=(rule_text(), _("About wages only somebody is asked who may see the documents of the staff.")),
        is_delivered=post.get("deliver") == "1" if post else asked.subject.kind == SubjectKind.BANK_LINE,
        text_error=told.get("text", "") or told.get("files", ""),
        problems=(Problem(str(wrong), f"field-{field}" if field else ""),) if wrong else (),
    )
    shell = shell_for(request, access, asked.administration, "questions")
    context = {"shell": shell, "page": page, "subject": _subject_fields(request)}
    return render(request, "portal/ask.html", context, status=422 if wrong else 200)


def _subject_fields(request: HttpRequest) -> tuple[tuple[str, str], ...]:
    """What the question is about, as hidden fields: sent back and looked up again."""
    told = request.POST if request.method == "POST" else request.GET
    return tuple((name, told[name]) for name in ("document", "lijn") if told.get(name))


def _to_field(access: Access, routes: Routes, chosen: str, error: str) -> SelectField:
    sides = [
        (Side.OFFICE, _("The office: %(who)s"), routes.to_office),
        (Side.DOMAIN, _("This domain: %(who)s"), routes.to_domain),
    ]
    if side_of(access) == Side.OFFICE:
        sides.reverse()
    options = [
        Option(side.value, label % {"who": route_text(route)}, chosen == side.value)
        for side, label, route in sides
        if route is not None
    ]
    options += [
        Option(f"user:{one.user_id}", _("Only %(name)s") % {"name": one.name}, chosen == f"user:{one.user_id}")
        for one in routes.people
    ]
    hint = "" if options else _("Nobody else here may see this.")
    return SelectField("to", _("To whom"), tuple(options), error=error, hint=hint)


def _page(
    request: HttpRequest,
    access: Access,
    found: Question,
    *,
    wrong: QuestionRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    [one] = listed(access, [found])
    said = said_in(access, found)
    party, side = party_in(access, found), side_of(access)
    may = access.may(Right.DOCUMENT_DELIVER)
    url = _url(access, found)
    is_closed = found.state == Question.State.CLOSED
    subject = subject_link(access, found)
    facts = [
        (_("Asked by"), one.asker),
        (_("Goes to"), f"{', '.join(one.receivers) or '–'} ({because_text(found.routed_because)})"),
        (_("About"), topic_name(found.topic)),
    ]
    page = QuestionPage(
        title=found.title,
        list_url=reverse("questions", args=[access.domain_slug]),
        state=state_tag(one),
        subject=subject,
        subject_text=found.subject_text,
        facts=tuple(facts),
        messages=tuple(_message(access, found, each) for each in said),
        answer=_answer_form(request, access, found, url, wrong) if may else None,
        note=Action(url, _("Keep the note"), new_key(), name="action", value="note")
        if may and side == Side.OFFICE
        else None,
        close=Action(url, _("Close the question"), new_key(), name="action", value="close")
        if may and may_close(party=party, side=side, state=found.state)
        else None,
        hand=Action(url, _("Hand on"), new_key(), name="action", value="hand") if may and not is_closed else None,
        hand_field=_hand_field(access, found) if may and not is_closed else None,
        problems=(Problem(str(wrong), "field-text" if wrong.field in {"text", "files"} else ""),) if wrong else (),
        blocked="" if may else _("You may read this, not answer it."),
    )
    administration = Administration.objects.get(domain_id=access.domain_id, id=found.administration_id)
    shell = shell_for(request, access, administration, "questions")
    return render(request, "portal/question.html", {"shell": shell, "page": page}, status=status)


def _answer_form(
    request: HttpRequest, access: Access, found: Question, url: str, wrong: QuestionRefused | None
) -> AnswerForm:
    is_closed = found.state == Question.State.CLOSED
    posted = request.POST if wrong else {}
    return AnswerForm(
        url=url,
        key=new_key(),
        label=_("Open it again with what you want to say") if is_closed else _("Your answer"),
        text=str(posted.get("text", "")),
        button=_("Open again") if is_closed else _("Send"),
        hint=_("Who it waits for gets it by mail too, and may answer that mail."),
        is_delivered=posted.get("deliver") == "1" if posted else found.subject_kind == SubjectKind.BANK_LINE,
        quick=tuple(_quick(access, found)) if not is_closed else (),
        error=str(wrong) if wrong and wrong.field in {"text", "files"} else "",
    )


def _quick(access: Access, found: Question) -> list[tuple[str, str]]:
    """Answers of one tap, for who is asked about a payment."""
    if found.subject_kind != SubjectKind.BANK_LINE or side_of(access) != Side.DOMAIN or found.asked_side != Side.OFFICE:
        return []
    return [("1", _("Private")), ("2", _("I have no receipt")), ("3", _("The invoice follows"))]


def _hand_field(access: Access, found: Question) -> SelectField | None:
    people = people_of(
        domain_id=access.domain_id,
        on=timezone.localdate(),
        administration_id=found.administration_id,
        subject_right=found.subject_right,
        topic=found.topic,
    )
    taken = set(
        Participant.objects.filter(domain_id=access.domain_id, question_id=found.id, is_active=True).values_list(
            "user_id", flat=True
        )
    )
    options = tuple(Option(str(one.user_id), one.name) for one in people if one.may_see and one.user_id not in taken)
    return SelectField("user", _("Somebody else answers"), options) if options else None


def _message(access: Access, found: Question, said: Said) -> MessageRow:
    one = said.message
    moment = timezone.localtime(one.said_at)
    way = _("by mail") if one.way == Message.Way.MAIL else ""
    office = _("office") if one.side == Side.OFFICE else ""
    told = ", ".join(part for part in (office, way) if part)
    is_event = one.kind in {Message.Kind.CLOSED, Message.Kind.HANDED}
    return MessageRow(
        who=f"{one.author_name} ({told})" if told else one.author_name,
        when=f"{short_day(moment.date(), timezone.localdate())} {moment:%H:%M}",
        side="memo" if one.kind == Message.Kind.NOTE else "mine" if one.author_id == access.user_id else "other",
        text="" if is_event else one.text,
        event=event_of(one),
        quoted=one.quoted,
        files=tuple(_file(access, found, each) for each in said.files),
    )


def _file(access: Access, found: Question, one: Attachment) -> FileRow:
    url = ""
    if one.outcome:
        stored = Document.objects.filter(domain_id=access.domain_id, id=one.document_id).first()
        if stored is not None and one_document(access=access, public_id=str(stored.public_id)) is not None:
            url = reverse("document", args=[access.domain_slug, stored.public_id])
    return FileRow(
        name=one.name,
        size=file_size(one.size),
        url=reverse("question_file", args=[access.domain_slug, found.public_id, one.n]),
        outcome=one.outcome,
        document_url=url,
    )
