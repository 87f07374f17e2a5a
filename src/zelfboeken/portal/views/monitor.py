"""The Backoffice monitor: what waits in each domain of the office, the most urgent first (product A11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.office import PortalAccess
from zelfboeken.access.rights import Right, granted_rights
from zelfboeken.access.saved_views import UnknownView, ViewRefused, forget_view, keep_view, views_of
from zelfboeken.access.self_booking import Activation
from zelfboeken.portal.addresses import address
from zelfboeken.portal.domain_view import FormNotOurs, NotFound
from zelfboeken.portal.monitor_texts import (
    STEP_ICONS,
    active_text,
    age_text,
    age_tone,
    documents_text,
    domains_text,
    lines_text,
    reasons_of,
    step_text,
    vat_tag,
)
from zelfboeken.portal.office_shell import office_shell
from zelfboeken.portal.office_words import bundle_text, regime_name
from zelfboeken.portal.pages import Action, Empty, Link, Tab, Tag, Tone
from zelfboeken.portal.pages.monitor import (
    AutomationBlock,
    MonitorFigure,
    MonitorLine,
    MonitorPage,
    MonitorPane,
    QueueLink,
    SelfBookerLine,
    ViewForm,
    ViewLink,
)
from zelfboeken.portal.periods import read_number, with_query
from zelfboeken.portal.portal_view import portal_view
from zelfboeken.portal.switcher import initials
from zelfboeken.portal.texts import day_name, long_day, share, short_day
from zelfboeken.portal.tokens import new_key
from zelfboeken.portal.vat_texts import period_short
from zelfboeken.portal.views.sheet import read_row
from zelfboeken.reports.automation import automation
from zelfboeken.reports.monitor import (
    OF_EVERY_WORKFLOW,
    Monitor,
    MonitorFilter,
    MonitorRow,
    Only,
    Step,
    VatTurn,
    Whose,
    monitor,
)
from zelfboeken.tenancy.models import VatRegime

LIMIT = 60
REFRESH = "refresh"
"""The html id of what asks for the page again by itself."""
_WHOSE = {"": Whose.ALL, "mijn": Whose.MINE, "zonder": Whose.NOBODYS}
_WORKFLOWS = {"": False, "zelfboekers": True}
_ONLY = {
    "": Only.EVERYTHING,
    "gisteren": Only.YESTERDAY,
    "vandaag": Only.TODAY,
    "morgen": Only.TOMORROW,
    "bank": Only.BANK,
    "vragen": Only.QUESTIONS,
    "btw": Only.VAT,
}
_KEPT = ("wie", "werk", "toon", "q", "bij")
"""The fields of the address that say what is shown; where somebody is in it stands in `domein` and `blad`."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the address asks for."""

    wanted: MonitorFilter
    kept: Mapping[str, str]
    chosen: str
    number: int

    def url(self, **changes: str) -> str:
        """The address with other fields; the place in the list is left when what is shown changes."""
        return with_query(reverse("office_monitor"), {**self.kept, **changes})

    def row_url(self, slug: str) -> str:
        """The address that chooses a domain."""
        blad = str(self.number) if self.number > 1 else ""
        return self.url(blad=blad, domein=slug)


@portal_view(Right.DOMAIN_ENTER)
def office_monitor(request: HttpRequest, *, office: PortalAccess) -> HttpResponse:
    """The monitor; the address holds its filter, the chosen domain and the page."""
    return _shown(request, office, _asked(request))


@portal_view(Right.DOMAIN_ENTER, methods=("POST",), fields=("action", "name", "query", "view"))
def office_views(request: HttpRequest, *, office: PortalAccess) -> HttpResponse:
    """Keep what is shown as a view of one's own, or forget one."""
    post = request.POST
    if post.get("action") == "forget":
        try:
            name = forget_view(office=office, view_id=read_row(post.get("view", "")))
        except UnknownView:
            raise NotFound("view") from None
        messages.success(request, _("View “%(name)s” forgotten.") % {"name": name})
        return HttpResponseRedirect(reverse("office_monitor"), status=303)
    if post.get("action") != "keep":
        raise FormNotOurs("action")
    query = _plain(post.get("query", ""))
    try:
        kept = keep_view(office=office, name=post.get("name", ""), query=urlencode(query))
    except ViewRefused as no:
        asked = _Asked(_filter(query), {name: query.get(name, "") for name in _KEPT}, "", 1)
        return _shown(request, office, asked, refused=no, status=422)
    messages.success(request, _("View “%(name)s” kept.") % {"name": kept.name})
    return HttpResponseRedirect(with_query(reverse("office_monitor"), query), status=303)


def _plain(query: str) -> dict[str, str]:
    """What a stored or sent address of the monitor asks for, and nothing else it may hold.

    Raises:
        FormNotOurs: it asks for what is not there.
    """
    fields = {name: value[:80] for name, value in parse_qsl(query[:500]) if name in _KEPT and value}
    try:
        _filter(fields)
    except NotFound:
        raise FormNotOurs("query") from None
    return fields


def _filter(fields: Mapping[str, str]) -> MonitorFilter:
    whose, workflow, only = (fields.get(name, "") for name in ("wie", "werk", "toon"))
    if whose not in _WHOSE or workflow not in _WORKFLOWS or only not in _ONLY or fields.get("bij", "") not in {"", "1"}:
        raise NotFound("monitor")
    return MonitorFilter(
        whose=_WHOSE[whose],
        is_excluded=_WORKFLOWS[workflow],
        only=_ONLY[only],
        search=fields.get("q", ""),
        with_done=bool(fields.get("bij")) or _WORKFLOWS[workflow],
    )


def _asked(request: HttpRequest) -> _Asked:
    kept = {name: request.GET.get(name, "").replace("\0", "")[:80] for name in _KEPT}
    chosen = request.GET.get("domein", "")
    return _Asked(_filter(kept), kept, chosen, read_number(request.GET.get("blad", "")))


def _shown(
    request: HttpRequest, office: PortalAccess, asked: _Asked, *, refused: ViewRefused | None = None, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    today = timezone.localdate(now)
    found = monitor(office=office, wanted=asked.wanted, on=today)
    pages = max(1, -(-len(found.rows) // LIMIT))
    number = min(asked.number, pages)
    rows = found.rows[(number - 1) * LIMIT : number * LIMIT]
    chosen = next((one for one in rows if one.work.domain.slug == asked.chosen), rows[0] if rows else None)
    rights = granted_rights(office.roles, self_booking=False)
    own = asked.kept["wie"]
    is_light = asked.wanted.is_excluded and asked.wanted.only not in OF_EVERY_WORKFLOW
    here = asked.row_url(asked.chosen) if asked.chosen else asked.url(blad=str(number) if number > 1 else "")
    page = MonitorPage(
        title=_("Backoffice monitor"),
        date_text=long_day(today),
        counted_text=_("counters of %(time)s") % {"time": _time(now)},
        promise=_promise(found, today),
        here_url=here,
        stale_text=_("The counters are of %(time)s. Refreshing did not work; you can go on, we try again every minute.")
        % {"time": _time(now)},
        calendar_url=reverse("office_calendar") if office.may(Right.PORTAL_MANAGE) else "",
        start=_start(rows, rights),
        figures=() if is_light else _figures(found, asked, today),
        whose=_whose(office, found, asked),
        workflows=(
            Tab(_("Normal"), asked.url(werk="", toon="", bij=""), str(found.normal), not asked.wanted.is_excluded),
            Tab(
                _("Self-bookers"),
                asked.url(werk="zelfboekers", toon="", bij=""),
                str(found.excluded),
                asked.wanted.is_excluded,
            ),
        ),
        views=_views(office, asked),
        view_form=ViewForm(
            url=reverse("office_views"),
            key=new_key(),
            query=urlencode({name: value for name, value in asked.kept.items() if value}),
            name=request.POST.get("name", "") if refused else "",
            error=str(refused) if refused else "",
        ),
        search_url=reverse("office_monitor"),
        search_text=asked.kept["q"],
        kept=tuple((name, value) for name, value in asked.kept.items() if value and name != "q"),
        rows=() if is_light else tuple(_line(one, asked, one is chosen, rights, today) for one in rows),
        self_bookers=tuple(_self_booker(one, asked, one is chosen, today) for one in rows) if is_light else (),
        is_light=is_light,
        count_text=_count_text(found, asked),
        order_text=_("Most urgent first: VAT date, then question, then oldest document"),
        pane=_pane(chosen, rights, office, today, is_asked_for=chosen.work.domain.slug == asked.chosen)
        if chosen
        else None,
        done=_done(found, asked),
        attention=_attention(found, asked),
        attention_links=_attention_links(own) if _attention(found, asked) else (),
        newer_url=asked.url(blad=str(number - 1) if number > 2 else "") if number > 1 else "",
        older_url=asked.url(blad=str(number + 1)) if number < pages else "",
        empty=None if rows else _empty(found, asked),
        arrives=bool(asked.chosen) and request.headers.get("HX-Trigger") != REFRESH,
    )
    shell = office_shell(request, office, "office_monitor")
    return render(request, "office/monitor.html", {"shell": shell, "page": page}, status=status)


def _time(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%H:%M}"


def _promise(found: Monitor, today: date) -> str:
    """What is promised for which day, in a sentence."""
    hour = f"{found.today.calendar.cut_off_hour}:00"
    tomorrow = day_name(found.today.tomorrow)
    if not found.today.is_working_day:
        return _("The office does not work today. What comes in now is for %(day)s.") % {"day": tomorrow}
    told = _("What comes in before %(hour)s is for today, what comes in later for %(day)s.")
    return told % {"hour": hour, "day": tomorrow}


def _start(rows: tuple[MonitorRow, ...], rights: frozenset[Right]) -> Link | None:
    first = next((one for one in rows if one.step is not Step.NOTHING), None)
    url = _step_url(first, rights) if first else ""
    return Link(_("Begin with the most urgent"), url, "list-checks") if url else None


def _figures(found: Monitor, asked: _Asked, today: date) -> tuple[MonitorFigure, ...]:
    figures = found.figures

    def figure(word: str, label: str, value: int, detail: str, tone: Tone = "", of: str = "") -> MonitorFigure:
        is_current = asked.kept["toon"] == word
        changes = {"toon": "" if is_current else word, "bij": ""}
        return MonitorFigure(label, str(value), asked.url(**changes), detail, tone, of, is_current)

    promised, domains = figures.promised, figures.promised_domains
    tomorrow = found.today.tomorrow
    is_next_day = (tomorrow - today).days == 1
    told_today = domains_text(domains.today) if found.today.is_working_day else _("no working day")
    quiet = ngettext("%(count)d without statements", "%(count)d without statements", figures.quiet_domains) % {
        "count": figures.quiet_domains
    }
    next_on = f"{figures.next_vat_on:%d/%m}" if figures.next_vat_on else ""
    return (
        figure(
            "gisteren",
            _("For yesterday"),
            promised.yesterday,
            domains_text(domains.yesterday),
            "bad" if promised.yesterday else "",
        ),
        figure("vandaag", _("For today"), promised.today, told_today),
        figure(
            "morgen",
            _("For tomorrow") if is_next_day else _("For %(day)s") % {"day": day_name(tomorrow)},
            promised.tomorrow,
            domains_text(domains.tomorrow),
        ),
        figure(
            "bank",
            _("Bank lines to match"),
            figures.bank_lines,
            quiet if figures.quiet_domains else domains_text(figures.bank_domains),
            "bad" if figures.quiet_domains else "",
        ),
        figure(
            "vragen",
            _("Questions"),
            figures.questions,
            domains_text(figures.question_domains),
            "ask" if figures.questions else "",
        ),
        figure(
            "btw",
            _("VAT this week, ready"),
            figures.vat_ready,
            _("next on %(on)s") % {"on": next_on} if next_on else _("no returns"),
            "warn" if figures.vat_soon > figures.vat_ready else "",
            of=_("of %(count)d") % {"count": figures.vat_soon} if figures.vat_soon else "",
        ),
    )


def _whose(office: PortalAccess, found: Monitor, asked: _Asked) -> tuple[Tab, ...]:
    """All, his own, nobody's; who reaches only his own has no choice."""
    if not office.reaches_all:
        return ()
    labels = {"": _("All"), "mijn": _("My domains"), "zonder": _("Unassigned")}
    return tuple(
        Tab(label, asked.url(wie=word), str(found.counts[_WHOSE[word]]), is_current=asked.kept["wie"] == word)
        for word, label in labels.items()
    )


def _views(office: PortalAccess, asked: _Asked) -> tuple[ViewLink, ...]:
    here = {name: value for name, value in asked.kept.items() if value}
    url = reverse("office_views")
    return tuple(
        ViewLink(
            name=one.name,
            url=with_query(reverse("office_monitor"), dict(parse_qsl(one.query))),
            forget=Action(url, _("Forget"), new_key(), name="view", value=str(one.id), text=one.name),
            is_current=dict(parse_qsl(one.query)) == here,
        )
        for one in views_of(office=office)
    )


def _tags(row: MonitorRow, *, says_excluded: bool) -> tuple[Tag, ...]:
    tags = []
    if row.work.domain.activation is Activation.ON and not row.is_excluded:
        tags.append(Tag(_("Self")))
    if says_excluded and row.is_excluded:
        tags.append(Tag(_("Self-booker")))
    return tuple(tags)


def _line(row: MonitorRow, asked: _Asked, is_current: bool, rights: frozenset[Right], today: date) -> MonitorLine:
    waiting, domain = row.waiting, row.work.domain
    # The documents and bank lines of an excluded domain are its own; it stands here for its question or its return.
    is_theirs = row.is_excluded
    questions, more = _questions(row)
    return MonitorLine(
        slug=domain.slug,
        name=domain.name,
        url=asked.row_url(domain.slug),
        is_current=is_current,
        tags=_tags(row, says_excluded=True),
        documents="" if is_theirs else str(waiting.documents),
        age=age_text(row.age_days) if waiting.documents and not is_theirs else "",
        age_tone=age_tone(row.age_days),
        yesterday=_count(row.promised.yesterday, is_theirs),
        today=_count(row.promised.today, is_theirs),
        tomorrow=_count(row.promised.tomorrow, is_theirs),
        bank_lines="" if is_theirs else str(waiting.bank_lines),
        statement=short_day(waiting.statement_on, today) if waiting.statement_on and not is_theirs else "",
        statement_tone="bad" if row.is_quiet else "",
        questions=questions,
        more_questions=more,
        vat_on=f"{row.vat.due_on:%d/%m}" if row.vat else "",
        is_vat_soon=row.is_soon,
        vat=vat_tag(row.vat) if row.vat else None,
        step=step_text(row),
        step_icon=STEP_ICONS[row.step],
        step_url=_step_url(row, rights),
        summary=_summary(row, is_theirs=is_theirs),
    )


def _count(count: int, is_theirs: bool) -> str:
    return str(count) if count and not is_theirs else ""


def _self_booker(row: MonitorRow, asked: _Asked, is_current: bool, today: date) -> SelfBookerLine:
    waiting, domain = row.waiting, row.work.domain
    questions, more = _questions(row)
    return SelfBookerLine(
        slug=domain.slug,
        name=domain.name,
        url=asked.row_url(domain.slug),
        is_current=is_current,
        tags=(Tag(_("Self")),) if domain.activation is Activation.ON else (),
        documents=str(waiting.documents),
        bank_lines=str(waiting.bank_lines),
        oldest_line=age_text(row.line_age_days) if waiting.bank_lines else "",
        oldest_tone="bad" if row.line_age_days >= 60 else "warn" if row.line_age_days > 30 else "",
        active=active_text(row, today),
        questions=questions,
        more_questions=more,
        vat_on=f"{row.vat.due_on:%d/%m}" if row.vat else "",
        is_vat_soon=row.is_soon,
        vat=vat_tag(row.vat) if row.vat else None,
        summary=_summary(row, is_theirs=False),
    )


def _questions(row: MonitorRow) -> tuple[Tag | None, str]:
    new, waiting = row.waiting.questions_to_office, row.waiting.questions_to_client
    tag = Tag(_("%(count)d new") % {"count": new}, "ask") if new else None
    more = ""
    if waiting:
        more = (_("+ %(count)d open") if new else _("%(count)d open")) % {"count": waiting}
    return tag, more


def _summary(row: MonitorRow, *, is_theirs: bool) -> str:
    waiting = row.waiting
    parts = []
    if waiting.documents and not is_theirs:
        parts.append(f"{documents_text(waiting.documents)}, {age_text(row.age_days)}")
    if waiting.bank_lines and not is_theirs:
        parts.append(lines_text(waiting.bank_lines))
    if waiting.questions_to_office:
        parts.append(
            ngettext("%(count)d question", "%(count)d questions", waiting.questions_to_office)
            % {"count": waiting.questions_to_office}
        )
    return " · ".join(parts) or _("Nothing to do")


def _step_url(row: MonitorRow, rights: frozenset[Right]) -> str:
    """Where the next step is done, "" where his role does not let him in."""
    slug = row.work.domain.slug
    if row.step is Step.ANSWER and Right.DOCUMENT_SEE_ALL_USERS in rights:
        return address("questions", slug)
    if row.step is Step.BOOK and Right.DOCUMENT_SEE_ALL_USERS in rights:
        return address("documents", slug)
    if row.step in {Step.MATCH, Step.ASK_STATEMENTS} and Right.LEDGER_SEE in rights:
        return address("bank", slug)
    if row.step in {Step.CHECK_VAT, Step.HAND_IN} and Right.LEDGER_SEE in rights and row.vat is not None:
        return _vat_url(row, row.vat)
    return ""


def _vat_url(row: MonitorRow, turn: VatTurn) -> str:
    return f"{address('vat', row.work.domain.slug)}{turn.period.code}/"


def _queues(row: MonitorRow, rights: frozenset[Right]) -> tuple[QueueLink, ...]:
    """The queues of a domain that he may open, each under its key."""
    slug, waiting = row.work.domain.slug, row.waiting
    found = []
    if Right.DOCUMENT_SEE_ALL_USERS in rights:
        parts = []
        if waiting.documents_ready:
            parts.append(_("%(count)d ready") % {"count": waiting.documents_ready})
        if to_choose := waiting.documents - waiting.documents_ready - waiting.documents_stuck:
            parts.append(_("%(count)d to choose") % {"count": to_choose})
        found.append(QueueLink(_("Documents"), address("documents", slug), "file-text", "d", " · ".join(parts)))
    if Right.LEDGER_SEE in rights:
        parts = []
        if waiting.bank_lines_ready:
            parts.append(_("%(count)d ready") % {"count": waiting.bank_lines_ready})
        if to_choose := waiting.bank_lines - waiting.bank_lines_ready:
            parts.append(_("%(count)d to choose") % {"count": to_choose})
        found.append(QueueLink(_("Bank"), address("bank", slug), "landmark", "b", " · ".join(parts)))
    if Right.DOCUMENT_SEE_ALL_USERS in rights:
        tag, more = _questions(row)
        text = " ".join(part for part in (tag.text if tag else "", more) if part)
        found.append(QueueLink(_("Questions"), address("questions", slug), STEP_ICONS[Step.ANSWER], "v", text))
    if Right.LEDGER_SEE in rights and row.vat is not None:
        found.append(
            QueueLink(
                _("VAT %(period)s") % {"period": period_short(row.vat.period)},
                _vat_url(row, row.vat),
                "receipt-text",
                "t",
                vat_tag(row.vat).text,
            )
        )
    return tuple(found)


def _pane(
    row: MonitorRow, rights: frozenset[Right], office: PortalAccess, today: date, *, is_asked_for: bool
) -> MonitorPane:
    domain, waiting = row.work.domain, row.waiting
    regimes = {1: VatRegime.MONTHLY, 3: VatRegime.QUARTERLY}
    returns = sorted(set(waiting.returns.values()))
    told = [bundle_text(domain.facts), *(regime_name(regimes[one].value) for one in returns)]
    facts = [
        (_("Responsible"), domain.responsible or _("Nobody")),
        (_("Last activity"), active_text(row, today)),
    ]
    if waiting.statement_on:
        facts.append((_("Last statement"), short_day(waiting.statement_on, today)))
    if waiting.documents and not row.is_excluded:
        promised = row.promised
        columns = (
            (_("yesterday"), promised.yesterday),
            (_("today"), promised.today),
            (_("later"), promised.tomorrow),
        )
        facts.append((_("Promised for"), " · ".join(f"{label} {count}" for label, count in columns if count)))
    return MonitorPane(
        name=domain.name,
        initials=initials(domain.name),
        subtitle=" · ".join(told),
        why=reasons_of(row, today),
        queues=_queues(row, rights),
        facts=tuple(facts),
        open_url=reverse("start", args=[domain.slug]),
        sheet_url=reverse("office_domain", args=[domain.slug]),
        is_asked_for=is_asked_for,
        automation=_automation(office, domain.slug, today),
    )


def _automation(office: PortalAccess, slug: str, today: date) -> AutomationBlock | None:
    """Of the chosen domain alone: one question to its own rows, and nothing where nothing was done."""
    found = automation(office=office, slug=slug, on=today)
    if found is None or not found.done:
        return None
    out_of = _("%(part)d of %(whole)d")
    told = share(Decimal(100 * found.without_a_hand // found.done))
    facts = []
    if found.lines:
        facts.append((_("Matched by itself"), out_of % {"part": found.lines_by_itself, "whole": found.lines}))
    if found.documents:
        facts.append(
            (_("Booked as proposed"), out_of % {"part": found.documents_as_proposed, "whole": found.documents})
        )
    if found.lines_by_itself + found.undone:
        facts.append((_("Automatic match undone"), str(found.undone)))
    return AutomationBlock(
        part=str(found.without_a_hand),
        whole=str(found.done),
        text=_("%(share)s without a hand") % {"share": told},
        facts=tuple(facts),
    )


def _count_text(found: Monitor, asked: _Asked) -> str:
    total = found.excluded if asked.wanted.is_excluded else found.normal
    if asked.wanted.only in OF_EVERY_WORKFLOW:
        total = found.normal + found.excluded
    return ngettext("%(shown)d of %(total)d domain", "%(shown)d of %(total)d domains", total) % {
        "shown": len(found.rows),
        "total": total,
    }


def _done(found: Monitor, asked: _Asked) -> Link | None:
    if asked.wanted.is_excluded or asked.wanted.search or not found.done:
        return None
    if asked.wanted.with_done:
        return Link(_("Hide domains that are up to date"), asked.url(bij=""))
    told = ngettext(
        "Show %(count)d domain that is up to date", "Show %(count)d domains that are up to date", found.done
    )
    return Link(told % {"count": found.done}, asked.url(bij="1"))


def _attention(found: Monitor, asked: _Asked) -> str:
    """That a domain whose work is its own asks the office all the same."""
    if asked.wanted.is_excluded or asked.wanted.only in OF_EVERY_WORKFLOW or not found.attention:
        return ""
    return ngettext(
        "%(count)d self-booker asks your attention: a question or a VAT date.",
        "%(count)d self-bookers ask your attention: a question or a VAT date.",
        found.attention,
    ) % {"count": found.attention}


def _attention_links(whose: str) -> tuple[Link, ...]:
    url = reverse("office_monitor")
    return (
        Link(_("Questions"), with_query(url, {"wie": whose, "toon": "vragen"})),
        Link(_("VAT this week"), with_query(url, {"wie": whose, "toon": "btw"})),
    )


def _empty(found: Monitor, asked: _Asked) -> Empty:
    if asked.wanted.search or asked.wanted.only is not Only.EVERYTHING:
        return Empty(
            _("No domain matches"),
            _("Search for another name, or take a filter away."),
            icon="search",
            tone="",
            links=(Link(_("Show all"), reverse("office_monitor")),),
        )
    if asked.wanted.is_excluded:
        return Empty(
            _("Nobody keeps his books himself yet"),
            _("A domain comes here when Zelfboeken is switched on with the workflow Excluded."),
            icon="user-check",
            links=(Link(_("Domains"), reverse("office_domains")),),
        )
    if not found.normal:
        return Empty(
            _("No domains here"),
            _("No domain with the workflow Normal is in this selection."),
            icon="building-2",
            tone="",
            links=(Link(_("Domains"), reverse("office_domains")),),
        )
    links = (
        *((Link(one.label, one.url),) if (one := _done(found, asked)) else ()),
        *((Link(_("Self-bookers"), asked.url(werk="zelfboekers")),) if found.excluded else ()),
    )
    return Empty(
        _("All domains are up to date"),
        ngettext(
            "No documents, bank lines or questions wait in the %(count)d domain of this selection.",
            "No documents, bank lines or questions wait in the %(count)d domains of this selection.",
            found.normal,
        )
        % {"count": found.normal},
        links=links,
    )


assert set(_ONLY.values()) == set(Only)
