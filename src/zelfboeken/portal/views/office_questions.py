"""The questions of all domains that somebody of the office looks after."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zelfboeken.access.office import PortalAccess
from zelfboeken.access.portal_work import portal_work
from zelfboeken.access.rights import Right
from zelfboeken.access.services import UnknownDomain, access_of
from zelfboeken.portal.office_shell import office_shell
from zelfboeken.portal.pages import Empty, QuestionRow, QuestionsPage, Tab
from zelfboeken.portal.portal_view import portal_view
from zelfboeken.portal.questions_words import rule_text
from zelfboeken.portal.views.questions import question_row
from zelfboeken.questions.models import Question
from zelfboeken.questions.queries import listed, questions_in
from zelfboeken.tenancy.scope import domain_scope
from zelfboeken.workload.queries import calendar_of
from zelfboeken.workload.rules import today_of

MOST_OF_A_DOMAIN = 100


@portal_view(Right.DOMAIN_ENTER)
def office_questions(request: HttpRequest, *, office: PortalAccess) -> HttpResponse:
    """The open questions of the domains he reaches: those that wait for the office first, the oldest on top."""
    shows_all = request.GET.get("toon") == "open"
    rows = _rows(office)
    waiting = [row for row in rows if row.is_for_me]
    base = reverse("office_questions")
    page = QuestionsPage(
        title=_("Questions"),
        subtitle=_("of the domains you look after"),
        tabs=(
            Tab(_("Waits for the office"), base, str(len(waiting) or ""), not shows_all),
            Tab(_("Open"), f"{base}?toon=open", str(len(rows) or ""), shows_all),
        ),
        rows=tuple(rows if shows_all else waiting),
        empty=Empty(_("Nothing waits for the office"), _("Here comes what clients ask, and what they answered."))
        if not (rows if shows_all else waiting)
        else None,
        rule=rule_text(),
        is_office=True,
    )
    shell = office_shell(request, office, "office_questions")
    return render(request, "portal/questions.html", {"shell": shell, "page": page})


def _rows(office: PortalAccess) -> list[QuestionRow]:
    """The open questions of each domain, through its own door: he sees what he would see there.

    Only of the domains of which the counter says that there are any, however many he reaches.
    """
    today = timezone.localdate()
    found: list[tuple[bool, Question, QuestionRow]] = []
    for work in portal_work(office=office, today=today_of(calendar_of(office.portal_id), today)):
        domain, waiting = work.domain, work.waiting
        if not waiting.questions_to_office + waiting.questions_to_client:
            continue
        try:
            access = access_of(user_id=office.user_id, slug=domain.slug, on=today)
        except UnknownDomain:
            continue
        with domain_scope(domain.id):
            questions = list(questions_in(access, "open")[:MOST_OF_A_DOMAIN])
            for one in listed(access, questions) if questions else ():
                url = reverse("question", args=[domain.slug, one.question.public_id])
                found.append((not one.is_for_me, one.question, question_row(one, url=url, domain=domain.name)))
    return [row for _later, _question, row in sorted(found, key=lambda each: (each[0], each[1].changed_at, each[1].id))]
