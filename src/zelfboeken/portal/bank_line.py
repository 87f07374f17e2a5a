"""The chosen bank line: what is proposed and why, what a person may answer, what was booked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.bank.models import BankLine
from zelfboeken.belgium import iban as ibans
from zelfboeken.belgium import structured_reference
from zelfboeken.ledger.queries import chart_of
from zelfboeken.matching.facts import Allocation, Decision, GLShare, LineProposal, OpenItemFacts
from zelfboeken.matching.listing import LineRow, earlier_payments, matches_of
from zelfboeken.matching.posting import SettlementDoesNotAddUp, lines_for_settlement
from zelfboeken.matching.queries import open_item_facts
from zelfboeken.matching.services import NotSettled, day_offered, stored_proposal
from zelfboeken.portal.domain_view import NotFound
from zelfboeken.portal.pages import (
    Action,
    Choice,
    LinePane,
    Link,
    Notice,
    OpenItemOption,
    Option,
    OtherBooking,
    PastPayment,
    PreviewLine,
    Problem,
    Reason,
)
from zelfboeken.portal.texts import amount, day, euro, signed
from zelfboeken.portal.tokens import new_key
from zelfboeken.portal.typed import NotUnderstood, read_id
from zelfboeken.reports.queries import entries_by_id

_MOST_OPTIONS = 60


def line_pane(
    *,
    access: Access,
    row: LineRow,
    proposal: LineProposal | None,
    problems: tuple[Problem, ...],
    url: str,
    later_url: str,
) -> LinePane:
    """The right pane of the bank page for one line."""
    version = str(row.version or "")
    may = access.may(Right.BANK_MATCH) and row.waits
    line = BankLine.objects.select_related("bank_account__gl_account").get(domain_id=access.domain_id, id=row.id)
    names = chart_of(domain_id=access.domain_id, administration_id=line.administration_id).names
    matches = matches_of(access=access, bank_line_id=row.id) if row.entry_id is not None else []
    moved = day_offered(access=access, line=line) if may else None
    name, value = ("on_date", moved.isoformat()) if moved else ("", "")
    first_document = next((one for one in matches if one.document_public_id), None)
    # Where nothing is proposed, choosing oneself is all there is to do: that stands open.
    has_answer = proposal is not None and (proposal.decision is not None or bool(proposal.choices))
    return LinePane(
        public_id=row.public_id,
        counterparty=row.counterparty or _("Bank"),
        detail=" · ".join(part for part in (day(row.booked_on), _iban(row.counter_iban)) if part),
        amount=signed(row.amount_cents),
        is_income=row.amount_cents > 0,
        communication=row.communication or _reference(row.structured),
        heading=_("Proposal: %(what)s") % {"what": with_account_name(proposal.title, names)}
        if proposal and proposal.title
        else _("No proposal"),
        reasons=_reasons(proposal),
        booking=_booking(access, line, proposal) if proposal else _booked(access, line),
        history=tuple(
            PastPayment(
                day(on),
                _("matched") if is_booked else _("waits"),
                signed(cents),
                reverse("bank_line", args=[access.domain_slug, public_id]),
            )
            for on, cents, is_booked, public_id in earlier_payments(
                access=access, administration_id=line.administration_id, line=row
            )
        ),
        choices=tuple(
            Choice(str(n), str(n), with_account_name(choice.title, names), choice.hint)
            for n, choice in enumerate(proposal.choices, start=1)
        )
        if proposal and may
        else (),
        choices_title=_("You choose"),
        choose=Action(url, _("Choose"), new_key(), version, name, value) if proposal and may else None,
        accept=Action(url, _("Accept"), new_key(), version, name, value)
        if proposal and proposal.decision is not None and may
        else None,
        unmatch=Action(
            url=url, label=_("Undo"), key=new_key(), version=str(row.entry_id), name="action", value="unmatch"
        )
        if row.entry_id is not None and access.may(Right.BANK_MATCH)
        else None,
        other=replace(_other(access, line, row, url, version), name=name, value=value, is_open=not has_answer)
        if may
        else None,
        matched_text=_matched_text(
            row, [f"{one.document_number} ({one.contact_name}) {amount(one.amount_cents)}" for one in matches]
        ),
        document=Link(
            first_document.document_number,
            reverse("document", args=[access.domain_slug, first_document.document_public_id]),
        )
        if first_document
        else None,
        later_url=later_url,
        problems=problems,
        notice=_moved_notice(line.booked_on, moved) if moved else None,
    )


def _moved_notice(own: date, moved: date) -> Notice:
    text = _("The month of %(own)s is closed for good. This line is booked on %(moved)s.")
    return Notice("warn", _("Another day"), text % {"own": day(own), "moved": day(moved)})


def chosen_decision(*, access: Access, row: LineRow, post: QueryDict) -> Decision:
    """What a person answered: the proposal, one of its choices, ticked items, or an account.

    Raises:
        NotSettled: there is no proposal to accept.
        NotUnderstood: no such choice, or documents of several contacts.
        NotFound: a document that is not of these books.
    """
    if post.get("account") or post.getlist("items"):
        return _other_decision(access, row, post)
    stored = stored_proposal(access=access, bank_line_id=row.id)
    if stored is None:
        raise NotSettled
    proposal, _version = stored
    answer = post.get("answer", "")
    if answer:
        chosen = read_id(answer)
        if not 1 <= chosen <= len(proposal.choices):
            raise NotUnderstood(_("That choice is not there any more. Choose again."))
        return proposal.choices[chosen - 1].decision
    if proposal.decision is None:
        raise NotUnderstood(_("Choose what this line is first."))
    return proposal.decision


def with_account_name(title: str, names: Mapping[str, str]) -> str:
    """An account number with its name behind it; any other title as it is."""
    return f"{title} {names[title]}" if title in names else title


def _other_decision(access: Access, row: LineRow, post: QueryDict) -> Decision:
    line = BankLine.objects.get(domain_id=access.domain_id, id=row.id)
    ids = {read_id(value) for value in post.getlist("items")}
    if ids:
        found = open_item_facts(domain_id=access.domain_id, administration_id=line.administration_id, ids=sorted(ids))
        if len(found) != len(ids):
            raise NotFound("items")
        if len({item.contact_id for item in found}) > 1:
            raise NotUnderstood(_("Choose open documents of one contact."))
        return _spread(row.amount_cents, found)
    code = post.get("account", "").strip().split(" ")[0]
    if not code.isdigit():
        raise NotUnderstood(_("Choose an account from the list."))
    chart_of(domain_id=access.domain_id, administration_id=line.administration_id).account_id(code)
    return Decision("BOOK", shares=(GLShare(code, row.amount_cents, post.get("text", "")[:200]),))


def _spread(amount_cents: int, items: list[OpenItemFacts]) -> Decision:
    """The ticked items in full, the last one in part; what is left stays open on the contact."""
    against = [item for item in items if (item.open_cents > 0) != (amount_cents > 0)]
    along = [item for item in items if (item.open_cents > 0) == (amount_cents > 0)]
    allocations = [Allocation(item.id, item.open_cents) for item in against]
    left = amount_cents - sum(one.cents for one in allocations)
    for item in along:
        cents = item.open_cents if abs(item.open_cents) <= abs(left) else left
        if cents and (cents > 0) == (item.open_cents > 0):
            allocations.append(Allocation(item.id, cents))
            left -= cents
    return Decision("MATCH", tuple(allocations), contact_id=items[0].contact_id, rest_cents=left)


def _reasons(proposal: LineProposal | None) -> tuple[Reason, ...]:
    if proposal is None:
        return ()
    reasons = [Reason(one.text, tone=one.tone, icon=one.icon) for one in proposal.reasons]
    if proposal.why_not_automatic and all(one.text != proposal.why_not_automatic for one in proposal.reasons):
        reasons.append(Reason(proposal.why_not_automatic, tone="", icon="info"))
    return tuple(reasons)


def _booking(access: Access, line: BankLine, proposal: LineProposal) -> tuple[PreviewLine, ...]:
    decision = proposal.decision
    if decision is None:
        return ()
    ids = [one.item_id for one in decision.allocations]
    items = {
        item.id: item
        for item in open_item_facts(domain_id=access.domain_id, administration_id=line.administration_id, ids=ids)
    }
    chart = chart_of(domain_id=access.domain_id, administration_id=line.administration_id)
    try:
        lines = lines_for_settlement(
            bank_gl_code=line.bank_account.gl_account.code,
            amount_cents=line.amount_cents,
            decision=decision,
            items=items,
        )
    except (SettlementDoesNotAddUp, ValueError, KeyError):
        return ()
    return tuple(
        PreviewLine(
            one.gl_code,
            items[one.item_id].contact_name if one.item_id in items else chart.names.get(one.gl_code, ""),
            amount(one.debit_cents) if one.debit_cents else "",
            amount(one.credit_cents) if one.credit_cents else "",
        )
        for one in lines
    )


def _booked(access: Access, line: BankLine) -> tuple[PreviewLine, ...]:
    if line.entry_id is None:
        return ()
    entries = entries_by_id(access=access, administration_id=line.administration_id, ids=[line.entry_id])
    return tuple(
        PreviewLine(
            one.gl_code,
            one.contact_name or one.name,
            amount(one.debit_cents) if one.debit_cents else "",
            amount(one.credit_cents) if one.credit_cents else "",
        )
        for entry in entries
        for one in entry.lines
    )


def _other(access: Access, line: BankLine, row: LineRow, url: str, version: str) -> OtherBooking:
    items = open_item_facts(domain_id=access.domain_id, administration_id=line.administration_id)
    # The nearest amounts first: what a person looks for is most often among them.
    nearest = sorted(items, key=lambda item: (abs(item.open_cents - row.amount_cents), item.on_date))[:_MOST_OPTIONS]
    chart = chart_of(domain_id=access.domain_id, administration_id=line.administration_id)
    return OtherBooking(
        url=url,
        key=new_key(),
        version=version,
        items=tuple(
            OpenItemOption(
                str(item.id),
                item.document_number or item.contact_name,
                f"{item.contact_name} · {day(item.on_date)}",
                euro(item.open_cents),
            )
            for item in nearest
        ),
        accounts=tuple(Option(code, f"{code} {name}") for code, name in chart.bookable),
        vat_codes=(),
    )


def _matched_text(row: LineRow, matched: list[str]) -> str:
    if row.entry_id is None:
        return "" if row.waits else _("Nothing to book")
    if matched:
        return _("Matched with %(what)s") % {"what": ", ".join(matched)}
    return _("Booked in the ledger.")


def _iban(text: str) -> str:
    return ibans.formatted(text) if ibans.is_valid(text) else text


def _reference(text: str) -> str:
    return structured_reference.formatted(text) if structured_reference.is_valid(text) else text
