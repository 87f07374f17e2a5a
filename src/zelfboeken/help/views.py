"""The pages of the help centre: the articles for everybody, what readers answered for the operator."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from urllib.parse import urlencode

import structlog
from allauth.account.adapter import get_adapter
from allauth.core.ratelimit import consume, respond_429
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zelfboeken.access.accounts import Caller, record_account
from zelfboeken.access.models import User
from zelfboeken.access.office import portals_of
from zelfboeken.access.operator import OperatorAccess, operator_access_of
from zelfboeken.access.services import NotAllowed, domains_of
from zelfboeken.help.articles import LANGUAGES, Article, Library, Theme, library, search
from zelfboeken.help.models import Feedback, Outcome, Reason
from zelfboeken.help.pages import (
    AnswerRow,
    AnswersPage,
    ArticlePage,
    Choice,
    FeedbackPane,
    FeedbackState,
    FoundArticle,
    HelpIndex,
    HelpLink,
    HelpProblem,
    HelpShell,
    HelpTheme,
    ScoreRow,
)
from zelfboeken.help.queries import Score, answer_of, scores
from zelfboeken.help.queries import answers as stored_answers
from zelfboeken.help.services import (
    AlreadyHandled,
    AnswerRefused,
    TextTooLong,
    handle,
    say_not_useful,
    say_useful,
    visitor_of,
)
from zelfboeken.runtime.mail import MailNotSent

log = structlog.get_logger()
COOKIE = "help_reader"
_READER = re.compile(r"[A-Za-z0-9_-]{20,64}")
_HOUR = 3600
_YEAR = 365 * 24 * _HOUR
_PLACE = "help:domain"
_OFFICE = "@"
"""In its place: the office, whose name no domain can have."""
_PAGE = 50
_ANSWER_FIELDS = frozenset({"csrfmiddlewaretoken", "useful", "language", "reason", "text", "mail"})
_HANDLE_FIELDS = frozenset({"csrfmiddlewaretoken", "version", "outcome"})


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The articles by theme, or those that a search found."""
    spoken = _language()
    articles = library().articles(spoken)
    typed = request.GET.get("q", "").strip()[:200]
    hits = search(articles, typed)
    found = tuple(
        FoundArticle(
            title=hit.article.title,
            url=_url(hit.article.slug),
            theme=_theme_name(hit.article.theme),
            excerpt=hit.excerpt,
            lang=hit.article.language if hit.article.language != spoken else "",
        )
        for hit in hits
    )
    told = ngettext("%(count)d article", "%(count)d articles", len(found)) % {"count": len(found)}
    page = HelpIndex(
        title=_("Help"),
        text=typed,
        themes=_themes(articles, ""),
        found=found,
        count_text=told if typed else "",
        answers=HelpLink(_("What readers answered"), reverse("help_answers")) if _is_operator(request) else None,
    )
    return render(request, "help/index.html", {"page": page, "shell": _shell(request, _place(request), typed)})


@require_http_methods(["GET", "HEAD", "POST"])
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """An article with the question whether it was useful; a POST answers that."""
    shown = library().article(slug, _language())
    if shown is None:
        raise Http404(slug)
    if request.method != "POST":
        return _article_page(request, shown)
    return _answer(request, shown)


def _answer(request: HttpRequest, shown: Article) -> HttpResponse:
    _check_fields(request, _ANSWER_FIELDS)
    # The text that was read, also when the reader changed his language in another window meanwhile.
    read = library().by_slug[shown.slug].get(request.POST.get("language", ""))
    useful = request.POST.get("useful", "")
    reasons = request.POST.getlist("reason")
    if read is None or useful not in {"yes", "no"} or not set(reasons) <= set(Reason.values):
        raise BadRequest("an answer that our form does not give")
    cookie = _cookie(request) or secrets.token_urlsafe(18)
    user_id = request.user.pk
    visitor = visitor_of(article=read.slug, user_id=user_id, cookie=cookie)
    if not consume(request, action="help_answer", key=str(user_id or cookie)):
        # Once in an hour: whoever keeps sending must not fill the log.
        if cache.add(f"help_refused:{visitor}", True, _HOUR):
            _log_refusal(request, "too_many")
        too_many: HttpResponse = respond_429(request)
        return too_many
    now = timezone.now()
    if useful == "yes":
        say_useful(article=read, visitor=visitor, at=now)
    else:
        wants_mail = bool(request.POST.get("mail")) and user_id is not None
        try:
            say_not_useful(
                article=read,
                visitor=visitor,
                reasons=reasons,
                text=request.POST.get("text", ""),
                mail_to_id=user_id if wants_mail else None,
                at=now,
            )
        except AnswerRefused as no:
            return _article_page(request, read, refused=no)
    response = HttpResponseRedirect(f"{_url(read.slug)}?antwoord=gegeven#feedback", status=303)
    if user_id is None and cookie != _cookie(request):
        response.set_cookie(
            COOKIE,
            cookie,
            max_age=_YEAR,
            path=reverse("help"),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def _article_page(request: HttpRequest, shown: Article, refused: AnswerRefused | None = None) -> HttpResponse:
    spoken = _language()
    articles = library().articles(spoken)
    place = _place(request)
    page = ArticlePage(
        title=shown.title,
        slug=shown.slug,
        lang=shown.language if shown.language != spoken else "",
        theme=_theme_name(shown.theme),
        detail=_detail(shown),
        html=shown.body.html,
        fallback="" if shown.language == spoken else _fallback(shown.language),
        headings=tuple(HelpLink(one.title, f"#{one.id}") for one in shown.body.headings),
        related=tuple(_link_to(library(), slug, spoken) for slug in shown.related),
        do_it=_do_it(shown, place),
        themes=_themes(articles, shown.slug),
        feedback=_feedback(request, shown, refused),
    )
    status = 422 if refused else 200
    return render(request, "help/article.html", {"page": page, "shell": _shell(request, place)}, status=status)


def _feedback(request: HttpRequest, shown: Article, refused: AnswerRefused | None) -> FeedbackPane:
    url = _url(shown.slug)
    asked = request.GET.get("antwoord", "")
    state: FeedbackState = "ASK"
    if refused is not None or asked == "nee":
        state = "NO"
    elif asked != "wijzig":
        visitor = visitor_of(article=shown.slug, user_id=request.user.pk, cookie=_cookie(request))
        given = answer_of(article=shown.slug, visitor=visitor)
        state = "ASK" if given is None else "THANKS" if given else "SENT"
    chosen = request.POST.getlist("reason")
    field = "answer-text" if isinstance(refused, TextTooLong) else f"answer-{Reason.NOT_FOUND.lower()}"
    return FeedbackPane(
        state=state,
        url=url,
        no_url=f"{url}?antwoord=nee#feedback",
        change_url=f"{url}?antwoord=wijzig#feedback",
        language=shown.language,
        reasons=tuple(Choice(one.value, name, one.value in chosen) for one, name in _reason_names().items()),
        text=request.POST.get("text", ""),
        may_have_mail=request.user.pk is not None,
        wants_mail=bool(request.POST.get("mail")),
        problems=(HelpProblem(str(refused), field),) if refused else (),
        next=_link_to(library(), shown.next, _language()) if shown.next else None,
        is_answer=bool(asked) and bool(getattr(request, "htmx", False)),
    )


OperatorView = Callable[..., HttpResponse]


def _operator_page(view: OperatorView) -> OperatorView:
    @wraps(view)
    def wrapped(request: HttpRequest, **kwargs: int) -> HttpResponse:
        if not isinstance(request.user, User):
            return redirect_to_login(request.get_full_path())
        try:
            access = operator_access_of(user_id=request.user.pk)
        except NotAllowed as no:
            doing = f"{request.method} {request.path}"
            log.warning("refused", code=no.code, right=str(no.right), doing=doing, user=request.user.pk)
            _log_refusal(request, str(no.code))
            raise PermissionDenied(str(no)) from no
        return view(request, access=access, **kwargs)

    return wrapped


def _log_refusal(request: HttpRequest, code: str) -> None:
    """Add a refusal to the log of accounts: the help centre belongs to no domain and to no portal (INV-24)."""
    adapter = get_adapter()
    record_account(
        at=timezone.now(),
        user=request.user if isinstance(request.user, User) else None,
        action="help_refused",
        caller=Caller(ip=adapter.get_client_ip(request), device=adapter.get_http_user_agent(request)[:200]),
        detail={"code": code, "doing": f"{request.method} {request.path}"},
    )


def _reader(request: HttpRequest) -> User | None:
    """Who may see more than the articles: no stranger, and no staff that still owes a second factor."""
    user = request.user
    return user if isinstance(user, User) and not user.owes_second_factor else None


def _is_operator(request: HttpRequest) -> bool:
    reader = _reader(request)
    if reader is None:
        return False
    try:
        operator_access_of(user_id=reader.pk)
    except NotAllowed:
        return False
    return True


@_operator_page
@require_safe
def answers(request: HttpRequest, *, access: OperatorAccess) -> HttpResponse:
    """How each article is judged in each language, and what readers said who were not helped."""
    return _answers_page(request)


@_operator_page
@require_POST
def handle_answer(request: HttpRequest, *, access: OperatorAccess, feedback_id: int) -> HttpResponse:
    """Mark an answer as handled: read, or the article adapted, which is mailed to who asked for it."""
    _check_fields(request, _HANDLE_FIELDS)
    try:
        outcome = Outcome(request.POST.get("outcome", ""))
        version = datetime.fromisoformat(request.POST.get("version", ""))
    except ValueError as no:
        raise BadRequest("an answer that our form does not give") from no
    try:
        handle(access=access, feedback_id=feedback_id, given_at=version, outcome=outcome, at=timezone.now())
    except AlreadyHandled as no:
        return _answers_page(request, problem=str(no), status=409)
    except MailNotSent as no:
        return _answers_page(request, problem=str(no), status=503)
    messages.success(request, _("Marked as handled."))
    kept = {name: request.GET[name] for name in ("artikel", "taal", "toon") if name in request.GET}
    return HttpResponseRedirect(_answers_url(**kept), status=303)


def _answers_page(request: HttpRequest, problem: str = "", status: int = 200) -> HttpResponse:
    spoken = _language()
    slug, lang, shows_all = (request.GET.get("artikel", ""), request.GET.get("taal", ""), "toon" in request.GET)
    if lang not in {"", *LANGUAGES}:
        raise Http404(lang)
    typed = request.GET.get("bladzijde", "1")
    number = int(typed) if re.fullmatch(r"[1-9][0-9]{0,4}", typed) else 1
    found = stored_answers(
        article=slug, language=lang, with_handled=shows_all, skip=(number - 1) * _PAGE, limit=_PAGE + 1
    )
    kept = {"artikel": slug, "taal": lang, "toon": "alles" if shows_all else ""}
    judged = scores()
    waiting = sum(one.open for one in judged)
    told = ngettext("%(count)d answer to handle", "%(count)d answers to handle", waiting) % {"count": waiting}
    page = AnswersPage(
        title=_("What readers answered"),
        subtitle=told,
        scores=tuple(_score_row(one, spoken, kept) for one in judged),
        rows=tuple(_answer_row(one, spoken, kept) for one in found[:_PAGE]),
        tabs=(
            HelpLink(_("To handle"), _answers_url(**{**kept, "toon": ""}), is_current=not shows_all),
            HelpLink(_("All"), _answers_url(**{**kept, "toon": "alles"}), is_current=shows_all),
        ),
        filter_text=" · ".join(part for part in (_title(slug, spoken) if slug else "", _language_name(lang)) if part),
        all_url=_answers_url(toon=kept["toon"]),
        newer_url=_answers_url(**kept, bladzijde=str(number - 1)) if number > 1 else "",
        older_url=_answers_url(**kept, bladzijde=str(number + 1)) if len(found) > _PAGE else "",
        problem=problem,
    )
    context = {"page": page, "shell": _shell(request, _place(request))}
    return render(request, "help/answers.html", context, status=status)


def _score_row(score: Score, spoken: str, kept: dict[str, str]) -> ScoreRow:
    return ScoreRow(
        title=_title(score.article, spoken),
        url=_url(score.article),
        language=_language_name(score.language),
        useful=str(score.useful),
        not_useful=str(score.not_useful),
        percent=f"{score.percent}{'' if spoken == 'en' else chr(0xA0)}%",
        open=str(score.open) if score.open else "",
        answers_url=_answers_url(artikel=score.article, taal=score.language, toon=kept["toon"]),
        is_current=(score.article, score.language) == (kept["artikel"], kept["taal"]),
    )


def _answer_row(answer: Feedback, spoken: str, kept: dict[str, str]) -> AnswerRow:
    handled = ""
    if answer.handled_at is not None:
        words = {Outcome.ADAPTED.value: _("Article adapted"), Outcome.READ.value: _("Read")}
        handled = f"{words[answer.outcome]} · {answer.handled_by} · {_day(timezone.localdate(answer.handled_at))}"
    names = _reason_names()
    address = reverse("help_handle", args=[answer.id])
    return AnswerRow(
        title=_title(answer.article, spoken),
        url=_url(answer.article),
        language=_language_name(answer.language),
        lang=answer.language,
        on=_day(timezone.localdate(answer.given_at)),
        edition=_("about the text of %(on)s") % {"on": _day(answer.edition_on)},
        reasons=tuple(names[Reason(one)] for one in answer.reasons),
        text=answer.text,
        wants_mail=answer.mail_to_id is not None,
        handled=handled,
        handle_url=_with_query(address, kept),
        version=answer.given_at.isoformat(),
    )


def _check_fields(request: HttpRequest, known: frozenset[str]) -> None:
    """No field that our form does not have, and no zero byte (INV-33)."""
    values = [value for _name, several in request.POST.lists() for value in several]
    if set(request.POST) - known or request.FILES or any("\0" in value for value in values):
        raise BadRequest("a form that is not ours")


def _cookie(request: HttpRequest) -> str:
    found = request.COOKIES.get(COOKIE, "")
    return found if _READER.fullmatch(found) else ""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a reader came from: a domain, or the office he works for, which has no address."""

    name: str
    slug: str = ""

    @property
    def url(self) -> str:
        return reverse("start", args=[self.slug]) if self.slug else reverse("office")


def _place(request: HttpRequest) -> _Place | None:
    """Where the reader came from, else his office, else his first domain by name; kept in his session."""
    reader = _reader(request)
    if reader is None:
        return None
    domains = {one.slug: _Place(one.name, one.slug) for one in domains_of(user_id=reader.pk)}
    asked = request.GET.get("domein", "")
    if asked not in domains:
        asked = _OFFICE if request.GET.get("plaats") == "kantoor" else ""
    if asked and request.session.get(_PLACE) != asked:
        request.session[_PLACE] = asked
    chosen = asked or request.session.get(_PLACE, "")
    if chosen in domains:
        return domains[chosen]
    office = next(iter(portals_of(user_id=reader.pk)), None)
    return _Place(office.name) if office else next(iter(domains.values()), None)


def _shell(request: HttpRequest, place: _Place | None, search_text: str = "") -> HelpShell:
    user = request.user
    return HelpShell(
        user_name=str(user) if isinstance(user, User) else "",
        place=HelpLink(place.name, place.url) if place else None,
        sign_in_url="" if isinstance(user, User) else reverse("account_login"),
        search_text=search_text,
        told=tuple(str(one) for one in messages.get_messages(request)),
    )


def _do_it(shown: Article, place: _Place | None) -> HelpLink | None:
    """To the page the article is about, in the domain of the reader or at his office."""
    if place is None or not shown.screens:
        return None
    try:
        return HelpLink(_("Do it now"), reverse(shown.screens[0], args=[place.slug] if place.slug else []))
    except NoReverseMatch:
        return None  # the page of one document or line, of the other side, or one before signing in


def _themes(articles: list[Article], current: str) -> tuple[HelpTheme, ...]:
    return tuple(
        HelpTheme(
            _theme_name(theme),
            tuple(HelpLink(one.title, _url(one.slug), one.slug == current) for one in articles if one.theme == theme),
        )
        for theme in Theme
        if any(one.theme == theme for one in articles)
    )


def _theme_name(theme: Theme) -> str:
    return {
        Theme.START: _("Getting started"),
        Theme.SELF_BOOKING: _("Zelfboeken"),
        Theme.DOCUMENTS: _("Documents"),
        Theme.BANK: _("Bank"),
        Theme.BOOKS: _("VAT and books"),
        Theme.OFFICES: _("For offices and operators"),
    }[theme]


def _reason_names() -> dict[Reason, str]:
    return {
        Reason.NOT_FOUND: _("I do not find what I am looking for"),
        Reason.DIFFICULT: _("The explanation is difficult"),
        Reason.NOT_TRUE: _("It differs from what I see"),
        Reason.STEP_MISSING: _("A step is missing"),
    }


def _fallback(shown_in: str) -> str:
    return {
        "nl": _("This article is not there in your language yet. You read it in Dutch."),
        "fr": _("This article is not there in your language yet. You read it in French."),
        "en": _("This article is not there in your language yet. You read it in English."),
    }[shown_in]


def _detail(shown: Article) -> str:
    minutes = ngettext("%(count)d minute", "%(count)d minutes", shown.minutes) % {"count": shown.minutes}
    return f"{minutes} · {_('updated on %(on)s') % {'on': _day(shown.updated_on)}}"


def _link_to(articles: Library, slug: str, spoken: str) -> HelpLink:
    return HelpLink(_title(slug, spoken, articles), _url(slug))


def _title(slug: str, spoken: str, articles: Library | None = None) -> str:
    """The title of an article; an answer outlives the article it is about."""
    found = (articles or library()).article(slug, spoken)
    return found.title if found else slug


def _language() -> str:
    spoken = (get_language() or "nl")[:2]
    return spoken if spoken in LANGUAGES else "nl"


def _language_name(code: str) -> str:
    return dict(settings.LANGUAGES).get(code, code)


def _day(on: date) -> str:
    return f"{on:%d/%m/%Y}"


def _url(slug: str) -> str:
    return reverse("help_article", args=[slug])


def _answers_url(**query: str) -> str:
    return _with_query(reverse("help_answers"), query)


def _with_query(url: str, query: dict[str, str]) -> str:
    asked = urlencode({name: value for name, value in query.items() if value})
    return f"{url}?{asked}" if asked else url
