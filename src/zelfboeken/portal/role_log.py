"""The role log as a page and as a file: who gave or took what of whom, when and why, with the chain that proves it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.audit.queries import ChainedEvent
from zelfboeken.portal.event_words import event_details, event_text
from zelfboeken.portal.exports import csv_answer
from zelfboeken.portal.pages import Empty, EventRow, LogRow, Notice, RoleLogPage, Tab
from zelfboeken.portal.periods import with_query

LIMIT = 50
_SHOWN = 12
"""So many letters of a hash stand on the page; the file has all of them."""


def asked_before(request: HttpRequest) -> int | None:
    """The link before which the page begins, None for the newest."""
    text = request.GET.get("voor", "")
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 19 else None


def is_about_people(request: HttpRequest) -> bool:
    """Whether only roles and users are asked for, which is what the page opens with."""
    return request.GET.get("toon", "") != "alles"


def role_log_page(
    request: HttpRequest,
    events: Sequence[ChainedEvent],
    differences: Iterable[tuple[str, str]],
    *,
    count: int,
    title: str,
    subtitle: str,
    export_url: str,
) -> RoleLogPage:
    """The page of these events, one more than it shows when there are older ones."""
    shown, only_people = events[:LIMIT], is_about_people(request)
    rest = {} if only_people else {"toon": "alles"}
    broken = next(iter(differences), None)
    return RoleLogPage(
        title=title,
        subtitle=subtitle,
        proof=_proof(broken, count),
        tabs=(
            Tab(_("Roles and users"), request.path, is_current=only_people),
            Tab(_("Everything in the chain"), with_query(request.path, {"toon": "alles"}), is_current=not only_people),
        ),
        rows=tuple(_row(one) for one in shown),
        export_url=export_url,
        older_url=with_query(request.path, {**rest, "voor": str(shown[-1].seq)}) if len(events) > LIMIT else "",
        newest_url=with_query(request.path, rest) if "voor" in request.GET else "",
        empty=Empty(
            _("Nothing was decided yet"), _("Who gets or loses a role stands here, with who did it and why."), tone=""
        ),
    )


def _proof(broken: tuple[str, str] | None, count: int) -> Notice:
    if broken is not None:
        return Notice(
            "bad",
            _("The chain is broken."),
            _("Something was changed outside the portal, first at: %(at)s. Ask whoever runs the installation.")
            % {"at": broken[0]},
        )
    told = ngettext("%(count)d link, each holds the hash of the one before it.",
                    "%(count)d links, each holds the hash of the one before it.", count) % {"count": count}  # fmt: skip
    return Notice("ok", _("The chain is whole."), told)


def _row(one: ChainedEvent) -> LogRow:
    at = timezone.localtime(one.at)
    event = EventRow(f"{at:%d/%m/%Y %H:%M}", one.actor_name, event_text(one.action), event_details(one.detail))
    return LogRow(str(one.seq), event, one.hash[:_SHOWN])


def role_log_file(name: str, events: Sequence[ChainedEvent]) -> HttpResponse:
    """The whole chain as a file, oldest first: `hash` is the SHA-256 of the hash before it and `content`."""
    head = (
        "seq", "at", "actor", "action", "what", "user", "role", "from", "to", "reason", "event", "prev_hash", "hash",
        "content",
    )  # fmt: skip
    rows = [
        (
            str(one.seq),
            one.at.isoformat(),
            one.actor_name,
            one.action,
            event_text(one.action),
            _text(one, "user", "email"),
            _text(one, "role"),
            _text(one, "from"),
            _text(one, "to"),
            _text(one, "reason"),
            str(one.event_id),
            one.prev_hash,
            one.hash,
            one.content,
        )
        for one in reversed(events)
    ]
    return csv_answer(name, head, rows)


def _text(one: ChainedEvent, *names: str) -> str:
    return next((str(one.detail[name]) for name in names if one.detail.get(name) not in (None, "")), "")
