"""What a bank line most likely pays, in the order of the Belgian rules, chapter 6; pure and deterministic.

Only an exact reference with the exact amount, and a transfer between own accounts, may be settled without a person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import combinations

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
from zelfboeken.matching.items import OpenItems, name_key
from zelfboeken.money.texts import euro_text

History = Mapping[str, Mapping[str, int]]
"""Feature of a bank line → GL account → how often."""

TRANSFERS = "580000"
WRITE_OFF = "643000"
BANK_COSTS = "657000"
TOLERANCE_CENTS = 5
MOST_COSTS_CENTS = 1_500
MOST_ITEMS = 8
_MOST_TRIED = 18
_CERTAIN_AFTER = 3
_CERTAIN_PERCENT = 95
_FAMILIES = {
    "35": ("650000", "Afsluiting van de rekening: interest"),
    "80": (BANK_COSTS, "Kosten van de bank"),
}
_COST_WORDS = re.compile(r"beheerskost|bankkost|kosten|bijdrage|tarief|frais|fee", re.IGNORECASE)


def propose(line: BankLineFacts, items: OpenItems, history: History, own_accounts: Mapping[str, str]) -> LineProposal:
    """The proposal for one line. `own_accounts` are the administration's own IBANs with their GL accounts."""
    if line.counter_iban and line.counter_iban in own_accounts:
        return _transfer(line)
    by_iban, by_name = items.contacts(iban=line.counter_iban, name=line.counterparty)
    for found in (
        _by_reference(line, items, by_iban),
        _by_number(line, items, by_iban, by_name),
        _by_contact(line, items, by_iban, "IBAN is die van {name}", 95),
        _by_contact(line, items, by_name - by_iban, "Naam is die van {name}", 88),
    ):
        if found is not None:
            return found
    contact_ids = by_iban or by_name
    owing = [item for contact in sorted(contact_ids) for item in items.of_contact(contact) if _same_way(line, item)]
    booked = _by_history(line, history, has_open=bool(owing)) or _by_family(line)
    if booked is not None and not owing:
        return booked
    return _to_choose(line, items, owing, booked)


def features_of(line: BankLineFacts) -> tuple[str, ...]:
    """What a line is remembered by: its counterparty's account, its name, its kind of movement with its words."""
    way = "in" if line.amount_cents > 0 else "out"
    features = []
    if line.counter_iban:
        features.append(f"b:{way}:iban:{line.counter_iban}")
        words = _words(line.communication)
        if words:
            features.append(f"b:{way}:iban:{line.counter_iban}:{words}")
    if name := name_key(line.counterparty):
        features.append(f"b:{way}:name:{name}"[:200])
    code = line.transaction_code[1:5]
    if code:
        features.append(f"b:{way}:code:{code}:{_words(line.communication)}")
    return tuple(features)


def observe(line: BankLineFacts, gl_code: str) -> tuple[tuple[str, str], ...]:
    """The (feature, outcome) counts to raise once this line was booked on an account."""
    return tuple((feature, gl_code) for feature in features_of(line))


def _words(text: str) -> str:
    """The first words of a message that do not change from month to month."""
    words = [word for word in re.findall(r"[a-zà-ÿ]{3,}", text.lower()) if word not in _MONTHS]
    return " ".join(words[:4])


_MONTHS = frozenset(
    (  # noqa: SIM905 - a list of words reads best as text
        "januari februari maart april mei juni juli augustus september oktober november december "
        "janvier fevrier mars avril juin juillet aout septembre octobre novembre decembre"
    ).split()
)


def _transfer(line: BankLineFacts) -> LineProposal:
    decision = Decision("TRANSFER", shares=(GLShare(TRANSFERS, line.amount_cents, "Interne overboeking"),))
    return LineProposal(
        "AUTOMATIC", "REGEL", "Interne overboeking", decision, 99,
        (Reason("Tegenrekening is een eigen rekening", icon="landmark"),),
    )  # fmt: skip


def _by_reference(line: BankLineFacts, items: OpenItems, by_iban: set[int]) -> LineProposal | None:
    found = [item for item in items.with_reference(line.structured) if _same_way(line, item)] if line.structured else []
    if not found:
        return None
    exact = [item for item in found if item.open_cents == line.amount_cents]
    reason = Reason("Gestructureerde mededeling is die van dit stuk", icon="hash")
    if len(exact) == 1:
        reasons = (reason, _SAME_AMOUNT)
        return LineProposal("AUTOMATIC", "MEDEDELING", _title(exact), _settling(exact), 99, reasons)
    if len(found) == 1:
        return _not_exact(line, found[0], reason, 92)
    return None


_SAME_AMOUNT = Reason("Bedrag is gelijk aan het open bedrag", icon="euro")


def _by_number(line: BankLineFacts, items: OpenItems, by_iban: set[int], by_name: set[int]) -> LineProposal | None:
    named = items.named_in(line.communication)
    if len(named) > MOST_ITEMS:
        return None
    known = [item for item in named if item.contact_id in by_iban or item.contact_id in by_name]
    for group in (known, named):
        if not group or len({item.contact_id for item in group}) != 1:
            continue
        numbers = ", ".join(item.document_number for item in group)
        reason = Reason(f"Factuurnummer {numbers} staat in de mededeling", icon="file-text")
        if sum(item.open_cents for item in group) == line.amount_cents:
            reasons = [reason, _SAME_AMOUNT if len(group) == 1 else _sum_reason(group)]
            if line.counter_iban and line.counter_iban not in group[0].ibans:
                reasons.append(Reason("Nieuwe IBAN voor deze relatie, daarom niet automatisch", "warn", "landmark"))
            why = "Nummer in vrije tekst: jij bevestigt."
            return LineProposal("READY", "MEDEDELING", _title(group), _settling(group), 96, tuple(reasons), why)
        if len(group) == 1 and _same_way(line, group[0]):
            return _not_exact(line, group[0], reason, 90)
    return None


def _by_contact(
    line: BankLineFacts, items: OpenItems, contacts: set[int], text: str, certainty: int
) -> LineProposal | None:
    proposals: list[tuple[Sequence[OpenItemFacts], tuple[Reason, ...], int]] = []
    for contact_id in sorted(contacts):
        own = items.of_contact(contact_id)
        if not own:
            continue
        reason = Reason(text.format(name=own[0].contact_name), icon="landmark")
        exact = [item for item in own if item.open_cents == line.amount_cents]
        if len(exact) == 1:
            proposals.append((exact, (reason, _SAME_AMOUNT), certainty))
        elif exact:
            several = Reason(f"{len(exact)} stukken met dit bedrag, het oudste eerst", "warn", "copy")
            proposals.append((exact[:1], (reason, _SAME_AMOUNT, several), certainty - 8))
        else:
            sums = _sums(line.amount_cents, own)
            if len(sums) == 1:
                proposals.append((sums[0], (reason, _sum_reason(sums[0])), certainty - 1))
            elif sums:
                several = Reason("Meer dan één combinatie geeft dit bedrag, de oudste eerst", "warn", "copy")
                proposals.append((sums[0], (reason, _sum_reason(sums[0]), several), certainty - 15))
    if len(proposals) != 1:
        return None
    group, reasons, sure = proposals[0]
    why = "Geen mededeling van dit stuk: jij bevestigt."
    if sure < 80:
        return LineProposal(
            "CHOOSE", "BEREKENING", _title(group), None, sure, reasons, why,
            (Choice(f"Koppel {_title(group)}", _names(group), _settling(group)),),
        )  # fmt: skip
    return LineProposal("READY", "BEREKENING", _title(group), _settling(group), sure, reasons, why)


def _not_exact(line: BankLineFacts, item: OpenItemFacts, reason: Reason, certainty: int) -> LineProposal:
    """One item is meant, but the amount differs: cents, a part, costs taken off, or too much."""
    difference = line.amount_cents - item.open_cents
    short = abs(line.amount_cents) < abs(item.open_cents)
    told = f"open {euro_text(abs(item.open_cents))} · verschil {euro_text(abs(difference))}"
    whole = Decision(
        "MATCH",
        (Allocation(item.id, item.open_cents),),
        shares=(GLShare(WRITE_OFF, difference, "Betalingsverschil"),),
        contact_id=item.contact_id,
    )
    if abs(difference) <= TOLERANCE_CENTS:
        reasons = (reason, Reason(f"Verschil van {euro_text(abs(difference))} wordt afgeboekt", "warn", "scissors"))
        return LineProposal(
            "READY", "BEREKENING", _title([item]), whole, certainty, reasons, "Het bedrag is niet precies gelijk."
        )
    part = Decision("MATCH", (Allocation(item.id, line.amount_cents),), contact_id=item.contact_id)
    over = Decision("MATCH", (Allocation(item.id, item.open_cents),), contact_id=item.contact_id, rest_cents=difference)
    if not short:
        reasons = (reason, Reason(f"{euro_text(abs(difference))} te veel blijft openstaan", "warn", "coins"))
        return LineProposal("READY", "BEREKENING", _title([item]), over, certainty, reasons, "Er is te veel betaald.")
    warn = Reason(told, "warn", "euro")
    if abs(difference) > MOST_COSTS_CENTS:
        left = Reason(f"{euro_text(abs(difference))} blijft openstaan", "warn", "coins")
        return LineProposal(
            "READY", "BEREKENING", _title([item]), part, certainty, (reason, left), "Er is minder betaald."
        )
    costs = Decision(
        "MATCH",
        (Allocation(item.id, item.open_cents),),
        shares=(GLShare(BANK_COSTS, difference, "Ingehouden bankkosten"),),
        contact_id=item.contact_id,
    )
    choices = (
        Choice("Deel betaald", f"{euro_text(abs(difference))} blijft openstaan", part),
        Choice("Volledig betaald, verschil is bankkost", f"{euro_text(abs(difference))} op {BANK_COSTS}", costs),
        Choice("Volledig betaald, verschil afboeken", f"{euro_text(abs(difference))} op {WRITE_OFF}", whole),
    )
    return LineProposal("CHOOSE", "BEREKENING", _title([item]), None, 70, (reason, warn), told, choices)


def _by_history(line: BankLineFacts, history: History, *, has_open: bool) -> LineProposal | None:
    for feature in sorted(features_of(line), key=len, reverse=True):
        counts = history.get(feature)
        if not counts:
            continue
        total = sum(counts.values())
        gl_code, times = max(counts.items(), key=lambda pair: (pair[1], pair[0]))
        if has_open and gl_code.startswith("70"):
            continue
        decision = Decision("BOOK", shares=(GLShare(gl_code, line.amount_cents),))
        reason = Reason(f"Zoals {times} van de {total} vorige keren: rekening {gl_code}", icon="history")
        if times >= _CERTAIN_AFTER and times * 100 >= total * _CERTAIN_PERCENT:
            return LineProposal("READY", "GEWOONTE", gl_code, decision, 95, (reason,), "Geen stuk: jij bevestigt.")
        choice = Choice(f"Boek op {gl_code}", f"{times} van de {total} keer", decision)
        return LineProposal(
            "CHOOSE", "GEWOONTE", gl_code, None, 60, (reason,), "Nog te weinig keren gezien.", (choice,)
        )
    return None


def _by_family(line: BankLineFacts) -> LineProposal | None:
    """Costs and interest by the bank's own code (Belgian rules, chapter 4.1)."""
    family = line.transaction_code[1:3]
    known = _FAMILIES.get(family)
    if known is None:
        return None
    gl_code, text = known
    if family == "35" and _COST_WORDS.search(line.communication):
        gl_code, text = BANK_COSTS, "Kosten van de bank"
    if family == "35" and gl_code == "650000" and line.amount_cents > 0:
        gl_code, text = "751000", "Interest van de bank"
    decision = Decision("BOOK", shares=(GLShare(gl_code, line.amount_cents, text),))
    return LineProposal(
        "READY", "REGEL", gl_code, decision, 90, (Reason(f"Code van de bank: {text.lower()}", icon="landmark"),),
        "Geen stuk: jij bevestigt.",
    )  # fmt: skip


def _to_choose(
    line: BankLineFacts, items: OpenItems, owing: Sequence[OpenItemFacts], booked: LineProposal | None
) -> LineProposal:
    choices: list[Choice] = []
    reasons: list[Reason] = []
    if owing:
        first = owing[0]
        reasons.append(Reason(f"{first.contact_name} heeft {len(owing)} open stukken", "warn", "user"))
        choices += _choices_for_contact(line, owing)
    else:
        for item in items.with_amount(line.amount_cents)[:2]:
            choices.append(
                Choice(f"Koppel {item.document_number}", f"{item.contact_name}, zelfde bedrag", _settling([item]))
            )
            reasons.append(Reason(f"Zelfde bedrag als {item.document_number} van {item.contact_name}", "warn", "euro"))
    if booked is not None:
        reasons += booked.reasons
        decision = booked.decision or (booked.choices[0].decision if booked.choices else None)
        if decision is not None:
            choices.append(Choice(f"Boek op {booked.title}", "Zoals vorige keren", decision))
    why = "Geen stuk gevonden dat past." if not choices else "Meer dan één uitleg is mogelijk."
    return LineProposal("CHOOSE", "BEREKENING", "", None, 40, tuple(reasons), why, tuple(choices[:4]))


def _choices_for_contact(line: BankLineFacts, owing: Sequence[OpenItemFacts]) -> list[Choice]:
    choices = []
    allocations, left = [], line.amount_cents
    for item in owing:
        cents = item.open_cents if abs(item.open_cents) <= abs(left) else left
        if cents:
            allocations.append(Allocation(item.id, cents))
            left -= cents
    decision = Decision("MATCH", tuple(allocations), contact_id=owing[0].contact_id, rest_cents=left)
    rest = f", {euro_text(abs(left))} blijft over" if left else ""
    choices.append(Choice("Oudste stukken eerst", f"{len(allocations)} stukken{rest}", decision))
    newest = next((item for item in reversed(owing) if abs(item.open_cents) > abs(line.amount_cents)), None)
    if newest is not None and len(owing) > 1:
        part = Decision("MATCH", (Allocation(newest.id, line.amount_cents),), contact_id=newest.contact_id)
        choices.append(Choice(f"Deel van {newest.document_number}", f"open {euro_text(abs(newest.open_cents))}", part))
    on_account = Decision("MATCH", contact_id=owing[0].contact_id, rest_cents=line.amount_cents)
    choices.append(Choice(f"Op rekening van {owing[0].contact_name}", "Later verrekenen", on_account))
    return choices


def _sums(amount_cents: int, own: Sequence[OpenItemFacts]) -> list[list[OpenItemFacts]]:
    """Combinations of two to eight items that give the amount exactly: all of them, else the smallest, oldest first.

    The work is bounded: at most eighteen of the oldest items are tried.
    """
    if len(own) > 1 and sum(item.open_cents for item in own) == amount_cents and len(own) <= MOST_ITEMS:
        return [list(own)]
    tried = own[:_MOST_TRIED]
    for count in range(2, min(len(tried), MOST_ITEMS if len(tried) <= 12 else 4) + 1):
        found = [
            list(group)
            for group in combinations(tried, count)
            if sum(item.open_cents for item in group) == amount_cents
        ]
        if found:
            return found
    return []


def _settling(group: Sequence[OpenItemFacts]) -> Decision:
    allocations = tuple(Allocation(item.id, item.open_cents) for item in group)
    return Decision("MATCH", allocations, contact_id=group[0].contact_id)


def _same_way(line: BankLineFacts, item: OpenItemFacts) -> bool:
    return (line.amount_cents > 0) == (item.open_cents > 0)


def _title(group: Sequence[OpenItemFacts]) -> str:
    return group[0].document_number or group[0].contact_name if len(group) == 1 else f"{len(group)} facturen"


def _names(group: Sequence[OpenItemFacts]) -> str:
    return ", ".join(item.document_number for item in group)


def _sum_reason(group: Sequence[OpenItemFacts]) -> Reason:
    parts = " + ".join(
        euro_text(abs(item.open_cents))
        if item.open_cents * group[0].open_cents > 0
        else f"−{euro_text(abs(item.open_cents))}"
        for item in group
    )
    return Reason(f"{parts} · som klopt", icon="calculator")
