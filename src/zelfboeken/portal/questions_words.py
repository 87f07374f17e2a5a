"""Questions in words: what they are about, whose turn it is, why somebody gets them."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zelfboeken.portal.office_words import role_name
from zelfboeken.portal.pages import Tag
from zelfboeken.questions.models import Message, MissingInvoice, Party, Question, Side, Topic
from zelfboeken.questions.queries import Listed
from zelfboeken.questions.rules import Route


def topic_name(topic: str) -> str:
    """What a question is about."""
    return {
        Topic.BOOKING: _("A booking"),
        Topic.ADMINISTRATION: _("The administration"),
        Topic.SOFTWARE: _("Working with Zelfboeken"),
        Topic.PAYROLL: _("Wages and staff"),
        Topic.COMPLAINT: _("A complaint"),
    }[Topic(topic)]


def state_tag(one: Listed) -> Tag:
    """Whose turn it is, in a few words."""
    question = one.question
    if question.state == Question.State.CLOSED:
        return Tag(_("closed"))
    if one.is_for_me:
        return Tag(_("answered, look at it"), "ok") if question.state == "ANSWERED" else Tag(_("your turn"), "ask")
    if question.state == Question.State.ANSWERED:
        return Tag(_("answered"), "ok")
    side = question.to_side if question.waits_for == Party.RECEIVER else question.asked_side
    return Tag(_("waits for the office") if side == Side.OFFICE else _("waits for the domain"), "warn")


def because_text(because: str) -> str:
    """Why somebody gets a question."""
    if because.startswith("ROLE:"):
        return _("has the role %(role)s") % {"role": role_name(because.removeprefix("ROLE:"))}
    return {
        "CHOSEN": _("chosen by name"),
        "ADMINISTRATION": _("gets the questions about this administration"),
        "OWNER": _("owner of the domain"),
        "MANAGEMENT": _("Directie of the domain"),
        "CONTROLLER": _("controller of this domain at the office"),
        "RESPONSIBLE": _("responsible for this domain at the office"),
        "PORTAL": _("runs the portal, nobody else was assigned"),
    }.get(because, because)


def route_text(route: Route) -> str:
    """Who would get a question, and why."""
    names = ", ".join(one.name for one in route.people)
    because = because_text(f"ROLE:{route.role}" if route.role else route.because)
    return _("%(names)s (%(because)s)") % {"names": names, "because": because}


def rule_text() -> str:
    """How it is decided who gets a question."""
    return _(
        "A question to the office goes to the controller of the domain, else to who is responsible, else to who runs "
        "the portal. A question to the domain goes to who is set here, else to who has the role that fits, else to the "
        "owner. Never to somebody who may not see what it is about."
    )


def event_of(message: Message) -> str:
    """What was done, for a message that is no answer."""
    return {
        Message.Kind.CLOSED: _("closed the question"),
        Message.Kind.REOPENED: _("opened the question again"),
        Message.Kind.HANDED: _("handed the question to %(name)s") % {"name": message.text},
        Message.Kind.NOTE: _("note, only for the office"),
    }.get(Message.Kind(message.kind), "")


def missing_tag(item: MissingInvoice, *, is_late: bool) -> Tag:
    """How far a missing invoice is."""
    if item.state == MissingInvoice.State.ARRIVED:
        return Tag(_("arrived"), "ok")
    if item.state == MissingInvoice.State.NONE_EXISTS:
        return Tag(_("does not exist"))
    return Tag(_("late"), "bad") if is_late else Tag(_("asked"), "warn")


def asker_text(one: Listed) -> str:
    """Who asks whom."""
    return _("%(asker)s to %(receivers)s") % {"asker": one.asker, "receivers": ", ".join(one.receivers) or "–"}
