"""What a bank line most likely pays: the first rule that finds something speaks, from certain to likely.

Reference → amount and IBAN → a payment file as a whole → document numbers in the text → a sum of open items → amount
and name → amount within cents → a loan's instalment → habit → the bank's own codes; the parts of a collective movement
each go the same way.
Only an exact reference with the exact amount, and a transfer between own accounts of which both sides are there, need
no person (rules, chapter 6; architecture §6).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from zelfboeken.belgium.structured_reference import find_creditor_references_in, find_in
from zelfboeken.matching.bank_codes import Meaning, booked, by_bank_code, meaning_of
from zelfboeken.matching.batches import by_parts
from zelfboeken.matching.differences import WRITE_OFF_LIMIT_CENTS, decided, oldest_first
from zelfboeken.matching.facts import (
    Allocation,
    BankLineFacts,
    Choice,
    Decision,
    GLShare,
    LineProposal,
    OpenItemFacts,
    Reason,
)
from zelfboeken.matching.habits import History, accounts_seen, features_of, habit_of, observe
from zelfboeken.matching.items import OpenItems, number_key, plain
from zelfboeken.matching.loans import by_loan
from zelfboeken.matching.sums import sums_to

__all__ = ["History", "features_of", "observe", "propose"]

INTERNAL_TRANSFERS = "580000"
_LONG_NUMBER = re.compile(r"\d{3}.{0,3}\d{4}.?\d{5}|RF\d\d", re.IGNORECASE)
_AMOUNT_IS_EQUAL = Reason("euro", "ok", "Bedrag is gelijk aan het open bedrag")
_NAME_IS_EQUAL = Reason("user", "ok", "Naam is dezelfde")
_IBAN_IS_EQUAL = Reason("landmark", "ok", "IBAN is dezelfde")


def propose(line: BankLineFacts, items: OpenItems, history: History, own_accounts: Mapping[str, str]) -> LineProposal:
    """The proposal for one line; ``own_accounts`` is IBAN to account of the administration's own bank accounts."""

    def single(one: BankLineFacts) -> LineProposal:
        return _single(one, items, history, own_accounts)

    whole = single(line)
    if not line.details or whole.group == "AUTOMATIC" or (whole.decision and whole.decision.kind == "TRANSFER"):
        return whole
    parts = by_parts(line, items, single)
    if parts is None or (parts.group == "CHOOSE" and _says_more(whole, parts.choices[-1].decision)):
        return whole
    return parts


def _says_more(whole: LineProposal, some: Decision) -> bool:
    """Whether a clear proposal for the whole goes before knowing some of the parts: not a habit before documents."""
    if whole.group != "READY" or whole.decision is None:
        return False
    return bool(whole.decision.allocations) or not some.allocations


def _single(line: BankLineFacts, items: OpenItems, history: History, own_accounts: Mapping[str, str]) -> LineProposal:
    iban = number_key(line.counter_iban) if line.counter_iban else ""
    if iban and (iban in own_accounts or line.counter_iban in own_accounts):
        return _transfer(line)
    known = _same_side(line, items.by_iban(iban))
    named = _same_side(line, items.by_name(line.counterparty)) if line.counterparty else ()
    return (
        _by_reference(line, items)
        or _by_amount_and_iban(line, known)
        or _by_payment_file(line, items)
        or _by_numbers(line, items, known or named)
        or _by_sum(line, items, known, named)
        or _by_amount_and_name(line, named)
        or _by_amount_within_cents(line, known, named)
        or by_loan(line, history)
        or _by_relation(line, known or named)
        or _by_habit(line, history)
        or by_bank_code(line)
        or LineProposal("CHOOSE", None, "BEREKENING", 0, why_not_automatic="Geen stuk en geen gewoonte gevonden")
    )


def _transfer(line: BankLineFacts) -> LineProposal:
    share = GLShare(INTERNAL_TRANSFERS, line.amount_cents, "Interne overboeking")
    reason = Reason("arrow-left-right", "ok", "De tegenrekening is een eigen rekening")
    decision = Decision("TRANSFER", shares=(share,))
    if line.has_other_side:
        both = Reason("check", "ok", "Zelfde bedrag op de andere rekening")
        return LineProposal("AUTOMATIC", decision, "REGEL", 99, (reason, both), title="Interne overboeking")
    why = "De andere kant staat nog op geen afschrift, daarom niet automatisch"
    return LineProposal("READY", decision, "REGEL", 95, (reason,), why, title="Interne overboeking")


def _by_reference(line: BankLineFacts, items: OpenItems) -> LineProposal | None:
    references = [line.structured] if line.structured else []
    if not references and _LONG_NUMBER.search(line.communication):
        references = [*find_in(line.communication), *find_creditor_references_in(line.communication)]
    found = [item for reference in references for item in _same_side(line, items.by_reference(reference))]
    if not found:
        return None
    said = Reason("hash", "ok", "Gestructureerde mededeling is die van het stuk")
    exact = [item for item in found if item.open_cents == line.amount_cents]
    if len(references) == 1 and len(found) == 1 and exact:
        return _exact(line, exact, "AUTOMATIC", 99, (said, _AMOUNT_IS_EQUAL), "")
    if exact:
        why = "Meer dan een open stuk heeft deze mededeling"
        return _exact(line, exact, "READY" if len(exact) == 1 else "CHOOSE", 90, (said, _AMOUNT_IS_EQUAL), why)
    return decided(line, found, (said,))


def _by_amount_and_iban(line: BankLineFacts, known: Sequence[OpenItemFacts]) -> LineProposal | None:
    exact = [item for item in known if item.open_cents == line.amount_cents]
    if not exact:
        return None
    numbers = _numbers_in(line.communication)
    told = [item for item in exact if number_key(item.document_number) in numbers]
    why = "Er is geen gestructureerde mededeling, daarom niet automatisch"
    reasons = (_IBAN_IS_EQUAL, _AMOUNT_IS_EQUAL)
    # Text that names another open document of the relation speaks against the amount alone.
    if not told and any(number_key(item.document_number) in numbers for item in known):
        return None
    return _exact(line, told or exact, "READY" if len(told or exact) == 1 else "CHOOSE", 97, reasons, why)


def _by_payment_file(line: BankLineFacts, items: OpenItems) -> LineProposal | None:
    """A bank that books a whole payment file as one line: the text names the file, or its total is the amount.

    The amount alone tells only of a line of the account from which the file pays, that went to nobody in particular.
    """
    if line.amount_cents > 0:
        return None
    text = number_key(line.communication)
    fitting = [one for one in items.payment_files() if sum(item.open_cents for item in one) == line.amount_cents]
    named = [one for one in fitting if one[0].payment_file in text]
    unnamed = [one for one in fitting if one[0].payment_account_id == line.account_id and not line.counter_iban]
    found = named or unnamed
    if len(found) != 1:
        return None
    total = Reason(
        "sigma", "ok", f"Totaal van het betaalbestand met {len(found[0])} betalingen is gelijk aan het bedrag"
    )
    said = (Reason("file-text", "ok", "Het betaalbestand staat in de mededeling"),) if named else ()
    why = "Het bedrag is een som van stukken, daarom niet automatisch"
    return replace(_matched(found[0], 97 if named else 93, (*said, total), why), method="BEREKENING")


def _by_numbers(line: BankLineFacts, items: OpenItems, related: Sequence[OpenItemFacts]) -> LineProposal | None:
    found: dict[int, OpenItemFacts] = {}
    contacts = {item.contact_id for item in related}
    for number in sorted(_numbers_in(line.communication)):
        same = items.by_number(number)
        own = [item for item in same if item.contact_id in contacts] or list(same)
        if len({item.contact_id for item in own}) == 1:
            found.update((item.id, item) for item in own)
    chosen = sorted(found.values(), key=lambda item: (item.on_date, item.id))
    if not _same_side(line, chosen) or len({item.contact_id for item in chosen}) != 1:
        return None
    names = ", ".join(item.document_number for item in chosen)
    said = Reason("file-text", "ok", f"{'Nummer' if len(chosen) == 1 else 'Nummers'} {names} in de mededeling")
    if sum(item.open_cents for item in chosen) != line.amount_cents:
        return _numbers_do_not_add_up(line, items, chosen, said)
    who = "klant" if chosen[0].gl_code.startswith("40") else "leverancier"
    is_new = bool(line.counter_iban) and number_key(line.counter_iban or "") not in {
        number_key(iban) for iban in chosen[0].ibans
    }
    why = (
        f"Nieuwe IBAN voor deze {who}, daarom niet automatisch"
        if is_new
        else "Er is geen gestructureerde mededeling, daarom niet automatisch"
    )
    against = (Reason("landmark", "warn", why),) if is_new else ()
    return _matched(chosen, 96, (said, _AMOUNT_IS_EQUAL, *against), why)


def _numbers_do_not_add_up(
    line: BankLineFacts, items: OpenItems, chosen: Sequence[OpenItemFacts], said: Reason
) -> LineProposal:
    """One number is paid in part or too much; of several, the text may have been cut off, so a person looks."""
    proposal = decided(line, _same_side(line, chosen), (said,))
    if len(chosen) == 1 or (proposal.decision is not None and proposal.decision.shares):
        return proposal
    named = {item.id for item in chosen}
    sums = [
        one
        for one in sums_to(line.amount_cents, items.by_contact(chosen[0].contact_id))
        if named <= {item.id for item in one}
    ]
    why = "De genoemde stukken zijn samen niet gelijk aan het bedrag"
    if len(sums) == 1:
        return _matched(sums[0], 88, (said, Reason("sigma", "ok", "Som met een ander open stuk klopt")), why)
    if proposal.decision is None:
        return proposal
    choice = Choice("Oudste eerst", "de rest blijft open", proposal.decision)
    reasons = (said, Reason("euro", "warn", why))
    return LineProposal("CHOOSE", None, "MEDEDELING", 60, reasons, why, (choice,), proposal.title)


def _by_sum(
    line: BankLineFacts, items: OpenItems, known: Sequence[OpenItemFacts], named: Sequence[OpenItemFacts]
) -> LineProposal | None:
    contacts = {item.contact_id for item in known or named}
    if len(contacts) != 1 or any(item.open_cents == line.amount_cents for item in known or named):
        return None
    sums = sums_to(line.amount_cents, items.by_contact(contacts.pop()))
    if not sums:
        return None
    reason = Reason("sigma", "ok", f"Som van {len(sums[0])} open stukken is gelijk aan het bedrag")
    why = "Het bedrag is een som van stukken, daarom niet automatisch"
    if len(sums) == 1:
        return replace(_matched(sums[0], 94 if known else 85, (reason,), why), method="BEREKENING")
    choices = tuple(
        Choice(", ".join(item.document_number for item in one), f"{len(one)} stukken", _settles(one))
        for one in sums[:4]
    )
    return LineProposal("CHOOSE", None, "BEREKENING", 60, (reason,), "Meer dan een som klopt", choices)


def _by_amount_and_name(line: BankLineFacts, named: Sequence[OpenItemFacts]) -> LineProposal | None:
    exact = [item for item in named if item.open_cents == line.amount_cents]
    if not exact:
        return None
    reasons = (_NAME_IS_EQUAL, _AMOUNT_IS_EQUAL)
    why = "De IBAN is niet bekend bij deze relatie, daarom niet automatisch"
    return _exact(line, exact, "READY" if len(exact) == 1 else "CHOOSE", 88, reasons, why)


def _by_amount_within_cents(
    line: BankLineFacts, known: Sequence[OpenItemFacts], named: Sequence[OpenItemFacts]
) -> LineProposal | None:
    """The only document of the relation that differs a few cents: a payment difference (booking pattern 18)."""
    near = [item for item in known or named if abs(item.open_cents - line.amount_cents) <= WRITE_OFF_LIMIT_CENTS]
    if len(near) != 1:
        return None
    reason, certainty = (_IBAN_IS_EQUAL, 88) if known else (_NAME_IS_EQUAL, 80)
    return replace(decided(line, near, (reason,)), method="BEREKENING", certainty_percent=certainty)


def _by_relation(line: BankLineFacts, related: Sequence[OpenItemFacts]) -> LineProposal | None:
    """A relation with open documents is never booked on a result account without looking at those first."""
    if not related:
        return None
    reason = Reason("user", "warn", "Deze relatie heeft open stukken, maar het bedrag past op geen enkel")
    choices = tuple(
        Choice(
            f"Betaalt {item.document_number}",
            "rest blijft open",
            oldest_first(line.amount_cents, [item]),
        )
        for item in related[:4]
    )
    return LineProposal("CHOOSE", None, "BEREKENING", 30, (reason,), reason.text, choices)


def _by_habit(line: BankLineFacts, history: History) -> LineProposal | None:
    habit = habit_of(line, history)
    if habit is None:
        return None
    gl_code, times, is_certain = habit
    decision = booked(line, gl_code, line.communication[:100])
    text = f"{times} vorige {'keer' if times == 1 else 'keren'}: {gl_code}"
    if is_certain:
        reason = Reason("history", "ok", text)
        return LineProposal("READY", decision, "GEWOONTE", 95, (reason,), "Een gewoonte is geen bewijs", title=gl_code)
    meaning = meaning_of(line)
    if meaning is not None and meaning.gl_code == gl_code:
        reasons = (
            Reason("history", "ok", text),
            Reason("landmark", "ok", f"Code van de bank zegt hetzelfde: {meaning.text.lower()}"),
        )
        return LineProposal("READY", decision, "GEWOONTE", 93, reasons, "Te weinig voorbeelden", title=gl_code)
    others = [one for one in accounts_seen(line, history) if one != gl_code]
    if meaning is not None and meaning.gl_code not in others:
        others.insert(0, meaning.gl_code)
    choices = (
        Choice(f"Boek op {gl_code}", text, decision),
        *(Choice(f"Boek op {one}", _hint(one, meaning), booked(line, one, line.communication[:100])) for one in others),
    )
    reason = Reason("history", "warn", text)
    return LineProposal("CHOOSE", None, "GEWOONTE", 50, (reason,), "Te weinig voorbeelden", choices[:4], gl_code)


def _hint(gl_code: str, meaning: Meaning | None) -> str:
    return f"code van de bank: {meaning.text.lower()}" if meaning and meaning.gl_code == gl_code else "ook al gebeurd"


def _settles(items: Iterable[OpenItemFacts]) -> Decision:
    return Decision("MATCH", tuple(Allocation(item.id, item.open_cents) for item in items))


def _matched(items: Sequence[OpenItemFacts], certainty: int, reasons: tuple[Reason, ...], why: str) -> LineProposal:
    title = items[0].document_number if len(items) == 1 else f"{len(items)} stukken"
    return LineProposal("READY", _settles(items), "MEDEDELING", certainty, reasons, why, title=title)


def _exact(
    line: BankLineFacts,
    exact: Sequence[OpenItemFacts],
    group: str,
    certainty: int,
    reasons: tuple[Reason, ...],
    why: str,
) -> LineProposal:
    if group == "CHOOSE":
        choices = tuple(
            Choice(item.document_number, f"{item.contact_name}, {item.on_date:%d/%m/%Y}", _settles([item]))
            for item in exact[:4]
        )
        return LineProposal("CHOOSE", None, "MEDEDELING", 60, reasons, "Meer dan een open stuk past", choices)
    proposal = _matched(exact[:1], certainty, reasons, why)
    if group == "READY":
        return proposal
    return LineProposal("AUTOMATIC", proposal.decision, "MEDEDELING", certainty, reasons, title=proposal.title)


def _same_side(line: BankLineFacts, items: Iterable[OpenItemFacts]) -> tuple[OpenItemFacts, ...]:
    return tuple(item for item in items if (item.open_cents > 0) == (line.amount_cents > 0))


def _numbers_in(text: str) -> set[str]:
    """What could be a document number: up to four adjoining words joined, at least four signs with a digit."""
    words = re.findall(r"[A-Z0-9]+", plain(text))[:24]
    joined = ("".join(words[at : at + size]) for at in range(len(words)) for size in range(1, 5))
    return {one for one in joined if 4 <= len(one) <= 30 and any(char.isdigit() for char in one)}
