"""Invoices that are missing: handed on, talked about, said not to exist, and closed by themselves when they arrive.

What a bank line is, and whether it is matched, is known further out: who knows it calls `follow`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import timezone

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.audit.services import Happened
from zelfboeken.questions.models import MissingEvent, MissingInvoice
from zelfboeken.questions.people import people_of
from zelfboeken.questions.rules import Person, one_line
from zelfboeken.questions.services import QuestionRefused

MOST_REASON = 500
Kind = MissingEvent.Kind
State = MissingInvoice.State


class UnknownMissing(LookupError):
    """There is no such missing invoice for this user."""

    code = "unknown"


def may_manage(access: Access) -> bool:
    """Whether somebody asks for invoices and decides about all of them: who sees the bank and may work on it."""
    return access.may(Right.LEDGER_SEE) and access.may(Right.BANK_MATCH)


def visible_missing(access: Access) -> QuerySet[MissingInvoice]:
    """The missing invoices this user may see: all for who sees the bank, else those that are asked of him."""
    found = MissingInvoice.objects.filter(domain_id=access.domain_id)
    if access.administration_ids is not None:
        found = found.filter(administration_id__in=access.administration_ids)
    if not access.may(Right.DOCUMENT_SEE_ALL_USERS):
        return found.none()
    return found if access.may(Right.LEDGER_SEE) else found.filter(owner_id=access.user_id)


def missing_of(*, access: Access, public_id: str) -> MissingInvoice:
    """One missing invoice. Raises UnknownMissing."""
    found = visible_missing(access).filter(public_id=public_id).first()
    if found is None:
        raise UnknownMissing(public_id)
    return found


def owners_for(*, access: Access, administration_id: int, on: date) -> list[Person]:
    """Everybody who may be asked for an invoice: he sees of the bank only the payments he is asked about."""
    people = people_of(domain_id=access.domain_id, on=on, administration_id=administration_id)
    return [one for one in people if one.may_see]


def owner_named(*, access: Access, administration_id: int, user_id: int, on: date) -> Person:
    """The person with this id, if he may be asked.

    Raises:
        QuestionRefused: he may not hand anything in here.
    """
    found = next(
        (
            one
            for one in owners_for(access=access, administration_id=administration_id, on=on)
            if one.user_id == user_id
        ),
        None,
    )
    if found is None:
        raise QuestionRefused("owner", "may_not_see", "Deze persoon kan hier niets aanleveren. Kies iemand anders.")
    return found


def say_none_exists(*, access: Access, item: MissingInvoice, reason: str, at: datetime) -> MissingInvoice:
    """Close it: there is no invoice, and why. Who is asked for it may say so, and who works on the bank.

    Raises:
        NotAllowed, UnknownMissing: not his to decide.
        QuestionRefused: without a reason, or not open any more.
    """
    locked = _locked(access, item)
    _open_or_refuse(locked)
    why = reason.replace("\0", "").strip()
    if not why:
        raise QuestionRefused(
            "reason", "reason_missing", "Schrijf waarom er geen factuur is, bijvoorbeeld: kasticket verloren."
        )
    if len(why) > MOST_REASON:
        raise QuestionRefused("reason", "text_too_long", f"Houd de reden onder {MOST_REASON} tekens.")
    locked.state, locked.reason, locked.changed_at = State.NONE_EXISTS, why, at
    locked.save(update_fields=["state", "reason", "changed_at"])
    _happened(access, locked, Kind.NONE_EXISTS, at, text=why)
    return locked


def ask_again(*, access: Access, item: MissingInvoice, at: datetime) -> MissingInvoice:
    """Open one of which was said that it does not exist.

    Raises:
        NotAllowed, UnknownMissing: not his to decide.
        QuestionRefused: it is open, or its invoice is there.
    """
    locked = _locked(access, item)
    if locked.state != State.NONE_EXISTS:
        raise QuestionRefused("", "not_closed", "Deze factuur staat niet op “bestaat niet”. Herlaad de pagina.")
    locked.state, locked.reason, locked.changed_at = State.OPEN, "", at
    locked.save(update_fields=["state", "reason", "changed_at"])
    _happened(access, locked, Kind.REOPENED, at)
    return locked


def say_about(*, access: Access, item: MissingInvoice, text: str, at: datetime) -> None:
    """Add a remark to its history.

    Raises:
        NotAllowed, UnknownMissing: not his.
        QuestionRefused: nothing was said, or too much.
    """
    locked = _locked(access, item)
    plain = text.replace("\0", "").strip()
    if not plain or len(plain) > MOST_REASON:
        raise QuestionRefused("text", "text_missing", f"Schrijf een opmerking van hoogstens {MOST_REASON} tekens.")
    _happened(access, locked, Kind.SAID, at, text=plain)


def change_missing(
    *, access: Access, item: MissingInvoice, owner_id: int, due_on: date, at: datetime
) -> MissingInvoice:
    """Ask somebody else for it, or by another day.

    Raises:
        NotAllowed, UnknownMissing: the user does not work on the bank.
        QuestionRefused: not open, a day in the past, or somebody who may not be asked.
    """
    access.require(Right.BANK_MATCH)
    locked = _locked(access, item)
    _open_or_refuse(locked)
    today = timezone.localtime(at).date()
    to = owner_named(access=access, administration_id=locked.administration_id, user_id=owner_id, on=today)
    refuse_past(due_on, today)
    if (locked.owner_id, locked.due_on) == (to.user_id, due_on):
        return locked
    locked.owner_id, locked.due_on, locked.changed_at = to.user_id, due_on, at
    locked.save(update_fields=["owner", "due_on", "changed_at"])
    _happened(access, locked, Kind.CHANGED, at, text=to.name, due_on=due_on)
    return locked


def refuse_past(due_on: date, today: date) -> None:
    """Go on only with a day that can still be met.

    Raises:
        QuestionRefused: it is over, or more than a year away.
    """
    if due_on < today or (due_on - today).days > 366:
        raise QuestionRefused("due", "due_wrong", "Kies een dag vanaf vandaag, binnen het jaar.")


def follow(
    *, domain_id: int, is_matched: Mapping[int, bool], user_id: int, user_name: str, at: datetime
) -> list[MissingInvoice]:
    """Close what is asked for these bank lines when they are matched whole, open it again when they no longer are.

    Called in the transaction that matches, with the lines locked. Gives the items that changed.
    """
    rows = (
        MissingInvoice.objects.select_for_update()
        .filter(domain_id=domain_id, bank_line_id__in=list(is_matched))
        .order_by("id")
    )
    changed = []
    for item in rows:
        matched = is_matched[item.bank_line_id]
        if matched == (item.state == State.ARRIVED):
            continue
        item.state, item.reason, item.changed_at = (State.ARRIVED if matched else State.OPEN), "", at
        item.save(update_fields=["state", "reason", "changed_at"])
        add_event(item, Kind.ARRIVED if matched else Kind.REOPENED, author_id=user_id, author_name=user_name, at=at)
        changed.append(item)
    return changed


def add_event(
    item: MissingInvoice,
    kind: str,
    *,
    author_id: int | None,
    author_name: str,
    at: datetime,
    text: str = "",
    due_on: date | None = None,
    stage: int | None = None,
) -> None:
    """Add to the history of a missing invoice."""
    MissingEvent.objects.create(
        domain_id=item.domain_id,
        item_id=item.id,
        kind=kind,
        text=text,
        author_id=author_id,
        author_name=author_name,
        due_on=due_on,
        stage=stage,
        happened_at=at,
    )


def _locked(access: Access, item: MissingInvoice) -> MissingInvoice:
    """The item, ours until the end, of who is asked for it or works on the bank."""
    found = visible_missing(access).filter(id=item.id).select_for_update(of=("self",)).first()
    if found is None:
        raise UnknownMissing(item.id)
    access.require(Right.DOCUMENT_DELIVER if found.owner_id == access.user_id else Right.BANK_MATCH)
    return found


def _open_or_refuse(item: MissingInvoice) -> None:
    if item.state == State.ARRIVED:
        raise QuestionRefused("", "arrived", "De factuur is er intussen, en gekoppeld aan de betaling.")
    if item.state != State.OPEN:
        raise QuestionRefused("", "closed", "Iemand anders sloot dit intussen. Herlaad de pagina.")


def _happened(
    access: Access, item: MissingInvoice, kind: str, at: datetime, *, text: str = "", due_on: date | None = None
) -> None:
    add_event(
        item, kind, author_id=access.user_id, author_name=access.user_name, at=at, text=text, due_on=due_on
    )  # fmt: skip
    detail = {"text": one_line(text, 200)} if text else {}
    access.log(at=at, events=[Happened(f"missing.{kind.lower()}", f"missing:{item.public_id}", detail)])
