"""What stands around every page of an office, and at the head of a domain's sheet."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from zelfboeken.access.models import Member
from zelfboeken.access.office import PortalAccess, portals_of
from zelfboeken.access.rights import Right
from zelfboeken.portal.office_words import role_name, status_tag
from zelfboeken.portal.pages import NavGroup, NavItem, Option, SheetHead, Shell, Tab, Tag
from zelfboeken.portal.periods import with_query
from zelfboeken.portal.shell import account_links, help_link, told_toast
from zelfboeken.portal.switcher import domain_places, initials, office_place
from zelfboeken.portal.texts import language
from zelfboeken.tenancy.models import Domain, Lifecycle

ENTERED = frozenset({Lifecycle.STARTUP, Lifecycle.ACTIVE, Lifecycle.BLOCKED, Lifecycle.ARCHIVED})


def office_shell(request: HttpRequest, office: PortalAccess, here: str) -> Shell:
    """The shell of a page of an office; `here` is the url name of its menu item."""

    def item(name: str, label: str, icon: str, chord: str = "") -> NavItem:
        return NavItem(label=label, url=reverse(name), icon=icon, chord=chord, is_current=name == here)

    questions = item("office_questions", _("Questions"), "message-circle-question-mark", "v")
    work = [item("office_monitor", _("Backoffice monitor"), "list-checks", "m"), questions]
    manage = [item("office_domains", _("Domains"), "building-2")]
    if office.may(Right.PORTAL_MANAGE):
        manage.append(item("office_staff", _("Users"), "users"))
        manage.append(item("office_prices", _("Bundles and prices"), "wallet"))
    return Shell(
        place=office_place(office.portal_slug, office.portal_name, is_current=True),
        places=(
            *(
                office_place(one.slug, one.name, is_current=one.slug == office.portal_slug)
                for one in portals_of(user_id=office.user_id)
            ),
            *domain_places(user_id=office.user_id, but=""),
        ),
        groups=(NavGroup(_("Work"), tuple(work)), NavGroup(_("Management"), tuple(manage))),
        tabs=(item("office_monitor", _("Monitor"), "list-checks"), questions, *manage[:2]),
        user_name=office.user_name,
        user_detail=", ".join(sorted(role_name(role) for role in office.roles)),
        user_initials=initials(office.user_name),
        start_url=reverse("office"),
        search_url=reverse("office_domains"),
        search_text=request.GET.get("q", "") if here == "office_domains" else "",
        account_links=account_links(),
        sign_out_url=reverse("account_logout"),
        language_url=reverse("language"),
        languages=tuple(Option(code, name, code == language()) for code, name in settings.LANGUAGES),
        help=help_link(request),
        here_url=request.get_full_path() if request.method == "GET" else request.path,
        toast=told_toast(request, None),
        is_office=True,
    )


def here_in(request: HttpRequest, office: PortalAccess) -> str:
    """Where a form of this page goes: to the portal it was shown for, also when another was opened beside it."""
    return with_query(request.path, {"kantoor": office.portal_slug})


def sheet_head(office: PortalAccess, domain: Domain, here: str, *, is_editing: bool = False) -> SheetHead:
    """The head of a page of the sheet; `here` is the url name of its tab."""
    slug = domain.slug
    users = Member.objects.filter(domain=domain, is_active=True, user__is_active=True).count()

    def tab(name: str, label: str, count: int = 0) -> Tab:
        return Tab(label, reverse(name, args=[slug]), str(count) if count else "", is_current=name == here)

    is_erased = domain.erased_at is not None
    tabs = [tab("office_domain", _("Data and working"))]
    if not is_erased:
        tabs.append(tab("office_domain_users", _("Users"), users))
        tabs.append(tab("office_domain_books", _("Administrations and years")))
    if office.may(Right.PORTAL_MANAGE):
        tabs.append(tab("office_domain_billing", _("Billing")))
    if office.may(Right.LOG_READ) and not is_erased:
        tabs.append(tab("office_domain_history", _("History")))
        if here == "office_domain_role_log":
            tabs.append(tab("office_domain_role_log", _("Role log")))
    is_entered = domain.lifecycle in ENTERED
    return SheetHead(
        list_url=reverse("office_domains"),
        name=domain.name,
        tags=(
            Tag(_("Erased")) if is_erased else status_tag(domain.lifecycle),
            *((Tag(_("You are editing")),) if is_editing else ()),
        ),
        tabs=tuple(tabs),
        open_url=reverse("start", args=[slug]) if is_entered else "",
        edit_url=reverse("office_domain_edit", args=[slug])
        if office.may(Right.DOMAIN_EDIT) and here == "office_domain" and not is_editing and not is_erased
        else "",
    )
