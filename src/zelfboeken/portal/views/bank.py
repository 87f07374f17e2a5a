"""The bank page: a statement, its lines, what is proposed for the chosen one, and doing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode
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
from zelfboeken.bank.models import BankAccount, Statement, StatementState
from zelfboeken.bank.readers.model import Finding
from zelfboeken.bank.services import GapNeedsReason, NoGap, accept_gap
from zelfboeken.ledger.queries import UnknownAccount, chart_of
from zelfboeken.ledger.rules import EntryRefused
from zelfboeken.matching.facts import LineProposal, proposal_from_json
from zelfboeken.matching.listing import (
    LineRow,
    StatementFactsRow,
    booked_balance,
    lines_of,
    neighbours,
    statement_of_line,
    statement_shown,
)
from zelfboeken.matching.posting import MatchTooLarge, NothingToSettle, SettlementDoesNotAddUp
from zelfboeken.matching.services import (
    AccountNotForBankLine,
    ItemNotOpen,
    LineChanged,
    LineNotBookable,
    NotSettled,
    Settlement,
    UnknownContact,
    UnknownMatch,
    settle,
    take_back,
    undo_match,
)
from zelfboeken.portal.bank_line import chosen_decision, line_pane, with_account_name
from zelfboeken.portal.domain_view import FormNotOurs, NotFound, domain_view
from zelfboeken.portal.pages import (
    Action,
    BalanceProof,
    BankGroup,
    BankLineRow,
    BankPage,
    Empty,
    Field,
    Notice,
    Problem,
    StatementBar,
    Tab,
)
from zelfboeken.portal.shell import administration_for, shell_for
from zelfboeken.portal.texts import amount, day, euro, short_day, signed
from zelfboeken.portal.tokens import new_key
from zelfboeken.portal.typed import NotUnderstood, read_id
from zelfboeken.portal.undo import JUST_DONE, remember
from zelfboeken.portal.views.documents import upload_form
from zelfboeken.tenancy.models import Administration

Refusals = (
    AccountNotForBankLine,
    ItemNotOpen,
    LineNotBookable,
    NotSettled,
    NothingToSettle,
    SettlementDoesNotAddUp,
    MatchTooLarge,
    EntryRefused,
    UnknownAccount,
    NotUnderstood,
    GapNeedsReason,
)


@domain_view(Right.LEDGER_SEE, methods=("GET", "POST"), fields=("statement", "reason"))
def bank(request: HttpRequest, *, access: Access) -> HttpResponse:
    """A statement: the one asked for, or the oldest that has work left. A POST accepts a gap with a reason."""
    if request.method == "POST":
        statement = _stored(access, request.POST.get("statement", ""))
        if statement is None or not access.reaches(statement.administration_id):
            raise NotFound("statement")
        try:
            accept_gap(access=access, statement=statement, reason=request.POST.get("reason", ""), at=timezone.now())
        except GapNeedsReason as no:
            return _page(request, access, None, problems=(Problem(str(no), "field-reason"),), status=422)
        except NoGap as no:
            return _page(request, access, None, problems=(Problem(str(no)),), status=409)
        return HttpResponseRedirect(_statement_url(access, str(statement.public_id)), status=303)
    return _page(request, access, None)


@domain_view(
    Right.LEDGER_SEE,
    methods=("GET", "POST"),
    fields=("action", "match", "answer", "items", "account", "vat", "text", "on_date"),
)
def bank_line(request: HttpRequest, *, access: Access, line_id: UUID) -> HttpResponse:
    """One bank line with its reasons; a POST accepts, chooses, books otherwise, or takes back."""
    if request.method == "POST":
        # The right comes first: who lost it since he opened the page is told so, whatever he sent.
        access.require(Right.BANK_MATCH)
    if statement_of_line(access=access, line_public_id=str(line_id)) is None:
        raise NotFound(str(line_id))
    if request.method != "POST":
        return _page(request, access, str(line_id))
    return _act(request, access, str(line_id))


@domain_view(Right.BANK_MATCH, methods=("POST",), fields=("statement",))
def bank_accept_all(request: HttpRequest, *, access: Access) -> HttpResponse:
    """Accept every clear proposal of one statement, all or none."""
    statement = _statement(access, _place(request, access, None))
    if statement is None:
        raise NotFound("statement")
    lines = [one for one in lines_of(access=access, statement=statement) if one.group == "READY" and one.decision]
    settlements = []
    for line in lines:
        decision = proposal_from_json(line.decision or {}).decision
        if decision is not None:
            settlements.append(Settlement(line.id, decision, line.version))
    if not settlements:
        messages.info(request, _("There was nothing ready to book."))
        return HttpResponseRedirect(_statement_url(access, statement.public_id), status=303)
    try:
        settled = settle(access=access, settlements=settlements, at=timezone.now())
    except (*Refusals, LineChanged) as no:
        return _page(request, access, None, problems=(Problem(str(no)),), status=409)
    told = ngettext("Matched: %(count)d line", "Matched: %(count)d lines", len(settled)) % {"count": len(settled)}
    url = _statement_url(access, statement.public_id)
    remember(request, access, kind="LINE", ids=[one.bank_line_id for one in settled], text=told, url=url)
    messages.success(request, told, extra_tags=JUST_DONE)
    return HttpResponseRedirect(url, status=303)


def _act(request: HttpRequest, access: Access, public_id: str) -> HttpResponse:
    if (action := request.POST.get("action", "")) not in {"", "unmatch"}:
        raise FormNotOurs(f"action {action[:40]!r}")
    rows = _lines_beside(request, access, public_id)
    row = next(one for one in rows if one.public_id == public_id)
    now = timezone.now()
    try:
        if action == "unmatch":
            seen = read_id(request.POST.get("version", ""))
            # A refusal takes back what was tried, so that the page shows the line as it stands.
            with transaction.atomic():
                take_back(access=access, bank_line_id=row.id, on=timezone.localdate(), at=now, entry_id=seen)
            messages.success(request, _("Undone: %(name)s") % {"name": row.counterparty or _("bank line")})
            return HttpResponseRedirect(_line_url(access, public_id), status=303)
        if match_id := request.POST.get("match", ""):
            undo_match(access=access, match_id=read_id(match_id), bank_line_id=row.id, at=now)
            messages.success(request, _("One match is undone; the rest stands."))
            return HttpResponseRedirect(_line_url(access, public_id), status=303)
        if row.entry_id is not None:
            raise LineChanged(is_booked=True)
        decision = chosen_decision(access=access, row=row, post=request.POST)
        version = read_id(request.POST.get("version", "")) if request.POST.get("version") else None
        with transaction.atomic():
            settle(access=access, settlements=[Settlement(row.id, decision, version, _on_date(request))], at=now)
    except (UnknownMatch, UnknownContact) as no:
        raise NotFound(str(no)) from None
    except LineChanged as no:
        return _page(request, access, public_id, problems=(Problem(str(no)),), status=409)
    except Refusals as no:
        return _page(request, access, public_id, problems=(Problem(str(no)),), status=422)
    name = row.counterparty or _("Bank")
    told = _("Matched: %(name)s, %(amount)s") % {"name": name, "amount": euro(row.amount_cents)}
    remember(request, access, kind="LINE", ids=[row.id], text=told, url=_line_url(access, public_id))
    messages.success(request, told, extra_tags=JUST_DONE)
    following = _next_line(rows, row)
    if following is not None:
        return HttpResponseRedirect(_line_url(access, following.public_id), status=303)
    return HttpResponseRedirect(reverse("bank", args=[access.domain_slug]), status=303)


def _on_date(request: HttpRequest) -> date | None:
    """The later day that the page offered for a line of a closed month."""
    text = request.POST.get("on_date", "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise FormNotOurs(f"on_date {text[:40]!r}") from None


def _next_line(rows: list[LineRow], row: LineRow) -> LineRow | None:
    """The line that waits after this one in the order of the page (clear proposals first), after the last the first."""
    ordered = sorted((one for one in rows if one.waits or one.id == row.id), key=lambda one: one.group != "READY")
    place = ordered.index(row)
    others = ordered[place + 1 :] + ordered[:place]
    return others[0] if others else None


@dataclass(frozen=True, slots=True)
class _Place:
    """The books, the bank account (0 for none) and the statement ("" for the one with work) a request is about."""

    administration: Administration
    bank_account_id: int
    statement: str


def _place(request: HttpRequest, access: Access, line_public_id: str | None) -> _Place:
    """What the address names: a line, a statement or an account; else the first account of the books worked in."""
    if line_public_id:
        found = statement_of_line(access=access, line_public_id=line_public_id)
        if found is None:
            raise NotFound(line_public_id)
        return _Place(_books(access, found[2]), found[1], found[0])
    if wanted := request.POST.get("statement") or request.GET.get("afschrift", ""):
        stored = _stored(access, wanted)
        if stored is None or not access.reaches(stored.administration_id):
            raise NotFound(wanted)
        return _Place(_books(access, stored.administration_id), stored.bank_account_id, wanted)
    administration = administration_for(request, access)
    accounts = _accounts(access, administration)
    chosen = [one for one in accounts if one.iban == request.GET.get("rekening")] or accounts
    return _Place(administration, chosen[0].id if chosen else 0, "")


def _books(access: Access, administration_id: int) -> Administration:
    return Administration.objects.get(domain_id=access.domain_id, id=administration_id)


def _statement(access: Access, place: _Place) -> StatementFactsRow | None:
    return statement_shown(
        access=access,
        administration_id=place.administration.id,
        bank_account_id=place.bank_account_id,
        public_id=place.statement,
    )


def _stored(access: Access, public_id: str) -> Statement | None:
    try:
        wanted = UUID(public_id)
    except ValueError:
        return None
    return Statement.objects.filter(domain_id=access.domain_id, public_id=wanted).first()


def _lines_beside(request: HttpRequest, access: Access, public_id: str) -> list[LineRow]:
    statement = _statement(access, _place(request, access, public_id))
    if statement is None:
        raise NotFound(public_id)
    return lines_of(access=access, statement=statement)


def _accounts(access: Access, administration: Administration) -> list[BankAccount]:
    return list(
        BankAccount.objects.select_related("gl_account")
        .filter(domain_id=access.domain_id, administration_id=administration.id)
        .order_by("id")
    )


def _page(
    request: HttpRequest,
    access: Access,
    line_public_id: str | None,
    *,
    problems: tuple[Problem, ...] = (),
    status: int = 200,
) -> HttpResponse:
    place = _place(request, access, line_public_id)
    administration, statement = place.administration, _statement(access, place)
    rows = lines_of(access=access, statement=statement) if statement else []
    proposals = {row.id: proposal_from_json(row.decision) for row in rows if row.decision}
    ordered = sorted(rows, key=lambda one: (not one.waits, one.group != "READY"))
    chosen = next((row for row in rows if row.public_id == line_public_id), None) or (ordered[0] if ordered else None)
    page = BankPage(
        title=_("Bank"),
        state="NORMAL" if rows else "EMPTY",
        bar=_bar(access, administration, statement, rows) if statement else None,
        groups=_groups(access, statement, rows, proposals, chosen) if statement else (),
        line=line_pane(
            access=access,
            row=chosen,
            proposal=proposals.get(chosen.id),
            problems=problems,
            url=_line_url(access, chosen.public_id),
            later_url=_later_url(access, rows, chosen),
        )
        if chosen
        else None,
        upload=upload_form(access, administration) if access.may(Right.DOCUMENT_DELIVER) else None,
        notice=_notice(statement, problems, chosen),
        accept_gap=_accept_gap(access, statement),
        gap_reason=Field(
            "reason",
            _("Why the missing statement does not come"),
            value=request.POST.get("reason", ""),
            error=next((one.text for one in problems if one.field_id == "field-reason"), ""),
        ),
        empty=_empty(),
        is_chosen=line_public_id is not None,
        accounts_url=reverse("bank_accounts", args=[access.domain_slug]),
        list_url=_statement_url(access, statement.public_id)
        if statement
        else reverse("bank", args=[access.domain_slug]),
    )
    shell = shell_for(request, access, administration, "bank")
    return render(request, "portal/bank.html", {"shell": shell, "page": page}, status=status)


def _bar(
    access: Access, administration: Administration, statement: StatementFactsRow, rows: list[LineRow]
) -> StatementBar:
    before, after = neighbours(access=access, statement=statement)
    accounts = _accounts(access, administration)
    current = next(one for one in accounts if one.id == statement.bank_account_id)
    booked = sum(not row.waits for row in rows)
    ready = sum(row.waits and row.group == "READY" for row in rows)
    total = len(rows) or 1
    base = reverse("bank", args=[access.domain_slug])
    return StatementBar(
        title=_("Statement %(number)s") % {"number": statement.number or "?"},
        detail=_("CODA of %(on)s") % {"on": day(statement.on_date)},
        accounts=tuple(
            Tab(
                f"{one.name} ·· {one.iban[-4:]}",
                f"{base}?{urlencode({'rekening': one.iban})}",
                "",
                one.id == current.id,
            )
            for one in accounts
        ),
        matched=str(booked),
        proposed=str(ready),
        to_choose=str(len(rows) - booked - ready),
        matched_percent=booked * 100 // total,
        proposed_percent=ready * 100 // total,
        choose_percent=100 - booked * 100 // total - ready * 100 // total if rows else 0,
        previous_url=_statement_url(access, before) if before else "",
        next_url=_statement_url(access, after) if after else "",
        balance=_balance(access, current, statement),
    )


def _balance(access: Access, account: BankAccount, statement: StatementFactsRow) -> BalanceProof | None:
    """Whether the books will say what the bank says; a quarantined statement proves nothing."""
    if statement.state == StatementState.QUARANTINED:
        return None
    books = booked_balance(access=access, gl_account_id=account.gl_account_id, statement=statement)
    reasons = []
    if books.opening_cents:
        reasons.append(
            _("The balance before the first statement is not in the ledger as it is at the bank: %(amount)s. Book it.")
            % {"amount": euro(books.opening_cents)}
        )
    if books.other_cents:
        reasons.append(
            _("Other entries than those of bank lines stand on %(code)s: %(amount)s.")
            % {"code": account.gl_account.code, "amount": euro(-books.other_cents)}
        )
    if books.missing_cents:
        reasons.append(
            _("Statements are missing that come to %(amount)s together.") % {"amount": euro(books.missing_cents)}
        )
    return BalanceProof(
        is_right=not reasons,
        opening=amount(statement.opening_cents),
        received=amount(statement.received_cents),
        paid=amount(statement.paid_cents),
        closing=euro(statement.closing_cents),
        difference=euro(books.difference_cents) if reasons else "",
        reason=" ".join(reasons),
    )


def _groups(
    access: Access,
    statement: StatementFactsRow,
    rows: list[LineRow],
    proposals: dict[int, LineProposal],
    chosen: LineRow | None,
) -> tuple[BankGroup, ...]:
    ready = [row for row in rows if row.waits and row.group == "READY"]
    choose = [row for row in rows if row.waits and row.group != "READY"]
    automatic = [row for row in rows if row.was_automatic and not row.waits]
    matched = [row for row in rows if not row.waits and not row.was_automatic]
    books = BankAccount.objects.get(domain_id=access.domain_id, id=statement.bank_account_id).administration_id
    names = chart_of(domain_id=access.domain_id, administration_id=books).names

    def shown(some: list[LineRow]) -> tuple[BankLineRow, ...]:
        return tuple(_row(access, row, proposals.get(row.id), chosen, names) for row in some)

    accept_all = None
    if ready and access.may(Right.BANK_MATCH) and statement.state == "ACCEPTED":
        accept_all = Action(
            url=reverse("bank_accept_all", args=[access.domain_slug]),
            label=_("Accept all %(count)d") % {"count": len(ready)} if len(ready) > 1 else _("Accept"),
            key=new_key(),
            name="statement",
            value=statement.public_id,
        )
    groups = [
        BankGroup("READY", _("Proposal ready"), str(len(ready)), shown(ready), accept_all) if ready else None,
        BankGroup("CHOOSE", _("You choose"), str(len(choose)), shown(choose)) if choose else None,
        BankGroup(
            "AUTOMATIC", _("Matched automatically"), str(len(automatic)), shown(automatic),
            summary=_("Exact message and amount"), is_open=(not ready and not choose) or chosen in automatic,
        )
        if automatic
        else None,
        BankGroup(
            "MATCHED", _("Matched"), str(len(matched)), shown(matched),
            is_open=(not ready and not choose) or chosen in matched,
        )
        if matched
        else None,
    ]  # fmt: skip
    return tuple(group for group in groups if group is not None)


def _row(
    access: Access, row: LineRow, proposal: LineProposal | None, chosen: LineRow | None, names: Mapping[str, str]
) -> BankLineRow:
    target, detail = _target(row, proposal)
    waits = row.waits
    return BankLineRow(
        public_id=row.public_id,
        url=_line_url(access, row.public_id),
        booked_on=short_day(row.booked_on, timezone.localdate()),
        counterparty=row.counterparty or _("Bank"),
        communication=row.communication or row.structured,
        amount=signed(row.amount_cents),
        is_income=row.amount_cents > 0,
        target=with_account_name(target, names),
        target_detail=detail,
        mark=("" if not waits else f"{row.certainty_percent} %" if row.group == "READY" else _("choose")),
        tone="" if not waits or row.group == "READY" else "warn",
        is_current=chosen is not None and chosen.id == row.id,
    )


def _target(row: LineRow, proposal: LineProposal | None) -> tuple[str, str]:
    if row.entry_id is not None:
        return _("Matched") if row.matched_cents else _("Booked"), ""
    if not row.waits:
        return _("Nothing to book"), ""
    if proposal is None:
        return _("No proposal"), ""
    reason = proposal.reasons[0].text if proposal.reasons else proposal.why_not_automatic
    return proposal.title or _("No document found"), reason


def _notice(
    statement: StatementFactsRow | None, problems: tuple[Problem, ...], chosen: LineRow | None
) -> Notice | None:
    if problems and chosen is None:
        return Notice("bad", _("Nothing was changed"), " ".join(problem.text for problem in problems))
    if statement is not None and statement.state == "GAP":
        texts = [str(one["text"]) for one in statement.findings if one.get("rule") == "NUMBER_GAP"]
        return Notice("warn", _("A statement is missing"), " ".join(texts) or str(LineNotBookable()))
    if statement is not None and statement.state == "QUARANTINED":
        found = [Finding(**one) for one in statement.findings if one.get("severity") == "ERROR"]
        return Notice("bad", _("This statement is not right"), " ".join(one.sentence for one in found[:3]))
    return None


def _accept_gap(access: Access, statement: StatementFactsRow | None) -> Action | None:
    """The form to go on without the statement that is missing."""
    if statement is None or statement.state != StatementState.GAP or not access.may(Right.BANK_BOOK):
        return None
    return Action(
        url=reverse("bank", args=[access.domain_slug]),
        label=_("Go on without it"),
        key=new_key(),
        name="statement",
        value=statement.public_id,
    )


def _later_url(access: Access, rows: list[LineRow], row: LineRow) -> str:
    """The way to the next line that waits, leaving this one for later."""
    following = _next_line(rows, row) if row.waits else None
    return _line_url(access, following.public_id) if following else ""


def _empty() -> Empty:
    return Empty(
        _("No bank lines yet"),
        _("Drop a CODA file here; its lines are matched with what is open."),
        icon="landmark",
        tone="",
    )


def _line_url(access: Access, public_id: str) -> str:
    return reverse("bank_line", args=[access.domain_slug, public_id])


def _statement_url(access: Access, public_id: str) -> str:
    return f"{reverse('bank', args=[access.domain_slug])}?{urlencode({'afschrift': public_id})}"
