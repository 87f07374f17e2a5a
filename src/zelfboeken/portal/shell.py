"""What stands around every page of a domain, and which administration it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache, lru_cache

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from zelfboeken.access.rights import ROLE_NAMES, Right
from zelfboeken.access.services import Access
from zelfboeken.help.articles import slug_of_screen
from zelfboeken.inbox.queries import WaitingWork, waiting_work
from zelfboeken.portal.addresses import address
from zelfboeken.portal.domain_view import NotFound
from zelfboeken.portal.pages import Action, Link, NavGroup, NavItem, Option, Place, Shell, Toast
from zelfboeken.portal.periods import with_query
from zelfboeken.portal.switcher import domain_places, initials, office_places
from zelfboeken.portal.texts import day, grouped_enterprise_number, language
from zelfboeken.portal.undo import JUST_DONE, undo_action
from zelfboeken.tenancy.models import Administration
from zelfboeken.tenancy.reading import rows_where


def administration_for(request: HttpRequest, access: Access) -> Administration:
    """The administration the page is about: the one the address asks for, else the one chosen in this session, else
    the default one.

    Raises:
        NotFound: the domain has none this user reaches, or he does not reach the one asked for.
    """
    reachable = administrations_of(request, access)
    if not reachable:
        raise NotFound("administration")
    by_id = {str(one.public_id): one for one in reachable}
    kept = f"administration:{access.domain_slug}"
    if wanted := request.GET.get("administratie"):
        if wanted not in by_id:
            raise NotFound("administration")
        request.session[kept] = wanted
        return by_id[wanted]
    return by_id.get(request.session.get(kept, ""), reachable[0])


def administrations_of(request: HttpRequest, access: Access) -> tuple[Administration, ...]:
    """The administrations that this user reaches, the default one first; asked for once in a request."""
    kept: tuple[Administration, ...] | None = getattr(request, _ADMINISTRATIONS, None)
    if kept is None:
        found = rows_where(Administration, "domain_id = %s ORDER BY is_default DESC, name, id", [access.domain_id])
        kept = tuple(one for one in found if access.reaches(one.id))
        setattr(request, _ADMINISTRATIONS, kept)
    return kept


_ADMINISTRATIONS = "zelfboeken_administrations"


def of_books(url: str, administration: Administration) -> str:
    """The address of a form that is about these books, whichever another tab chose meanwhile."""
    return with_query(url, {"administratie": str(administration.public_id)})


def shell_for(
    request: HttpRequest,
    access: Access,
    administration: Administration,
    here: str,
    *,
    work: WaitingWork | None = None,
) -> Shell:
    """The shell of a page; `here` is the url name of its menu item, `work` what waits where the page knows it."""
    waits = work or waiting_work(access=access, administration_id=administration.id)
    menu = _menu(
        access.domain_slug,
        here,
        _Seen(
            documents=access.may(Right.DOCUMENT_SEE_ALL_USERS),
            books=access.may(Right.LEDGER_SEE),
            purchases=access.may(Right.DOCUMENT_SEE_PURCHASE),
            bundle=access.may(Right.ROLE_GIVE),
            export=access.may(Right.EXPORT_ALL),
        ),
        waits,
        language(),
    )
    start_url = address("start", access.domain_slug)
    undo = undo_action(request, access)
    own = _place(administration.name, administration.enterprise_number, start_url, current=True)
    others: tuple[Place, ...] = tuple(
        # The same page of the other books.
        _place(one.name, one.enterprise_number, of_books(address(here, access.domain_slug), one), current=False)
        for one in administrations_of(request, access)
        if one.id != administration.id
    )
    if access.has_other_places:
        others = (
            *others,
            *office_places(user_id=access.user_id),
            *domain_places(user_id=access.user_id, but=access.domain_slug),
        )
    return Shell(
        place=own,
        places=(own, *others),
        groups=menu.groups,
        tabs=menu.tabs,
        user_name=access.user_name,
        user_detail=_user_detail(access),
        user_initials=initials(access.user_name),
        start_url=start_url,
        search_url=address("search", access.domain_slug),
        search_text=request.GET.get("q", "") if here == "search" else "",
        account_links=account_links(),
        sign_out_url=address("account_logout"),
        language_url=address("language"),
        languages=_languages(language()),
        help=help_link(request, domain=access.domain_slug),
        here_url=request.get_full_path() if request.method == "GET" else request.path,
        is_railed=here in {"documents", "bank"},
        toast=told_toast(request, undo),
        undo=undo,
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a user may do, as far as it decides what stands in his menu."""

    documents: bool
    books: bool
    purchases: bool
    bundle: bool
    export: bool


@dataclass(frozen=True, slots=True)
class _Menu:
    groups: tuple[NavGroup, ...]
    tabs: tuple[NavItem, ...]


@lru_cache(maxsize=1_024)
def _menu(slug: str, here: str, sees: _Seen, waits: WaitingWork, _language: str) -> _Menu:
    """The menu and the bar at the foot of a phone: made of these values alone."""

    def item(name: str, label: str, icon: str, chord: str = "", count: int = 0) -> NavItem:
        return NavItem(
            label=label,
            url=address(name, slug),
            icon=icon,
            count=str(count) if count else "",
            chord=chord,
            is_current=name == here,
        )

    start = item("start", _("Start"), "house", "s")
    documents = item("documents", _("Documents"), "file-text", "d", waits.documents.waiting + waits.documents.stuck)
    bank_item = item("bank", _("Bank"), "landmark", "b", waits.bank.ready + waits.bank.to_choose)
    vat = item("vat", _("VAT"), "receipt-text", "t")
    asked = waits.questions
    questions = item("questions", _("Questions"), "message-circle-question-mark", "v", asked.questions)
    missing = item("missing", _("Missing invoices"), "file-input", count=asked.missing)
    tabs = [start, *([documents] if sees.documents else []), *([bank_item] if sees.books else [])]
    tabs += [questions] if sees.documents else []
    payments = item("payments", _("Payments"), "euro", "p")
    daily = [
        *tabs,
        *([payments] if sees.purchases else []),
        *([missing] if sees.books or asked.missing else []),
        *([vat] if sees.books else []),
    ]
    books = [
        item("contacts", _("Contacts"), "book-user"),
        item("journal", _("Journals"), "notebook-text"),
        item("trial_balance", _("Trial balance"), "chart-column"),
        item("months", _("Periods"), "calendar"),
    ]
    groups = [NavGroup(_("Work"), tuple(daily))]
    if sees.books:
        groups.append(NavGroup(_("Books"), tuple(books)))
    domain_items = [item("users", _("Users and roles"), "users")]
    if sees.bundle:
        domain_items.append(item("bundle", _("Bundle"), "wallet"))
    if sees.export:
        domain_items.append(item("domain_export", _("Take along"), "download"))
    groups.append(NavGroup(_("Domain"), tuple(domain_items)))
    return _Menu(tuple(groups), tuple(tabs))


@cache
def _languages(chosen: str) -> tuple[Option, ...]:
    return tuple(Option(code, name, code == chosen) for code, name in settings.LANGUAGES)


def _user_detail(access: Access) -> str:
    """The roles of a user, and until when his old access stands."""
    roles = sorted(ROLE_NAMES.get(role, role) for role in access.roles)  # type: ignore[call-overload]
    if access.legacy_until is not None:
        last = day(access.legacy_until - timedelta(days=1))
        roles.append(_("Backoffice access until %(last)s") % {"last": last})
    return ", ".join(roles)


def account_links() -> tuple[Link, ...]:
    """What stands under one's own name, beside the languages."""
    return (Link(_("Your account"), address("account"), "user"),)


def help_link(request: HttpRequest, *, domain: str = "") -> Link:
    """The article about this page, which then leads back to this domain, or to the office when it is a page of that."""
    screen = request.resolver_match.url_name if request.resolver_match else None
    slug = slug_of_screen(screen or "")
    url = address("help_article", slug) if slug else address("help")
    return Link(_("Help"), f"{url}?domein={domain}" if domain else f"{url}?plaats=kantoor")


def told_toast(request: HttpRequest, undo: Action | None) -> Toast | None:
    """What was just done, from the messages of the request."""
    told = list(messages.get_messages(request))
    if not told:
        return None
    return Toast(
        text=" ".join(str(message) for message in told),
        undo=undo if any(JUST_DONE in message.tags for message in told) else None,
        tone="warn" if any(message.level == messages.WARNING for message in told) else "ok",
    )


def _place(name: str, enterprise_number: str, url: str, *, current: bool) -> Place:
    detail = f"BE {grouped_enterprise_number(enterprise_number)}" if enterprise_number else ""
    return Place(name=name, detail=detail, url=url, initials=initials(name), is_current=current)
