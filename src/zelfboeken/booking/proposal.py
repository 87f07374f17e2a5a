"""From what an invoice says to a proposed booking: lines, reasons, certainty, and why it is not booked by itself.

Everything a person must decide is a Dutch sentence in ``problems``; a proposal is ``ready`` only without any, with
every line certain, and when net, VAT and total prove each other. Duplicates are judged where documents come in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from zelfboeken.booking.chart_words import account_by_words
from zelfboeken.booking.habits import Counts, Observation, Outcome, Usual, features_of, suggest
from zelfboeken.booking.rules import (
    DocumentFacts,
    DraftLine,
    NothingToBook,
    PrintedVat,
    TotalDiffers,
    VatDiffers,
    lines_for_document,
)
from zelfboeken.money import percent_of
from zelfboeken.money.texts import euro_text, percent_text
from zelfboeken.vat.codes import Charge, Document, Side, UnknownVatCode, vat_code
from zelfboeken.vat.decisions import (
    PurchaseFacts,
    Regime,
    SaleFacts,
    VatDecision,
    decide_purchase,
    decide_sale,
    nature_of,
)
from zelfboeken.vat.rules import NotForThisDocument

MOST_LINES = 20
"""A longer invoice is proposed with one line per account and VAT code."""
MOST_LOOKED_AT = 2_000
"""Of a still longer one the lines are not looked at one by one: they are added up per rate first."""

NOTHING_KNOWN = "Geen vorige boeking en geen bekend woord"
"""How the reason begins of a line that only a person can place."""
_UNKNOWN_COST = "619000"
_SALES_ACCOUNTS = {"cocontractor": "702000", "ic_goods": "703000", "ic_triangular": "703000", "export_goods": "704000"}
_SERVICES_SOLD = "701000"
_SERVICE_KINDS = frozenset({"ic_service", "service_non_eu"})
_USUAL_DEDUCTION = {"6101": 50, "6111": 50, "6112": 50, "2410": 50, "6151": 0, "6152": 0}
"""Deductible percent by account where the law limits it (art. 45 §2 and §3 of the VAT code, chapter 2.6)."""


@dataclass(frozen=True, slots=True)
class FactLine:
    """A line of the invoice: net in cents, allowances negative; VAT category and percent where it has them."""

    description: str
    net_cents: int
    category: str | None = None
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class FactVat:
    """A row of the invoice's VAT table, in cents."""

    category: str
    percent: Decimal | None
    base_cents: int
    vat_cents: int
    exemption_code: str | None = None
    exemption_reason: str | None = None


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """What a read invoice says, whatever its format.

    ``side`` is PURCHASE or SALE, ``kind`` INVOICE or CREDIT_NOTE (positive amounts either way). The contact is the
    other party; ``contact_key`` names it the same way every time and is None when it is unknown. ``findings`` are
    Dutch sentences of what is wrong with the file itself.
    """

    side: str
    kind: str
    currency: str
    contact_key: str | None
    contact_name: str
    contact_country: str | None
    contact_vat_country: str | None
    net_cents: int
    vat_cents: int
    total_cents: int
    lines: tuple[FactLine, ...]
    vat: tuple[FactVat, ...]
    findings: tuple[str, ...] = ()
    regime: Regime = Regime.PERIODIC


@dataclass(frozen=True, slots=True)
class ContactDefault:
    """What the user set for a contact; None lets the document decide."""

    gl_code: str
    vat_code: str | None = None
    deductible_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class History:
    """What was booked before: own counts, wider ones (widest first), and the user's default for the contact."""

    own: Counts
    wider: tuple[Counts, ...] = ()
    chosen: ContactDefault | None = None


@dataclass(frozen=True, slots=True)
class ProposedLine:
    """A coded line with its reasons; ``certainty`` is 0 to 1, ``tax`` what the document says about its VAT."""

    gl_code: str
    vat_code: str
    net_cents: int
    deductible_percent: Decimal
    description: str
    reasons: tuple[str, ...]
    certainty: float
    certain: bool
    tax: str

    @property
    def draft(self) -> DraftLine:
        """The line as the booking rules take it."""
        return DraftLine(self.gl_code, self.vat_code, self.net_cents, self.deductible_percent, self.description)

    @property
    def outcome(self) -> Outcome:
        """What the model learns when this line is approved."""
        return Outcome(self.gl_code, self.vat_code, self.deductible_percent)


@dataclass(frozen=True, slots=True)
class ProposedBooking:
    """A proposal for a person, or for the books when ``ready`` and the user allowed that."""

    lines: tuple[ProposedLine, ...]
    reasons: tuple[str, ...]
    certainty: float
    ready: bool
    problems: tuple[str, ...]


def propose(facts: InvoiceFacts, history: History) -> ProposedBooking:
    """A booking for the invoice, with the reasons of every line and all that stands in the way of booking it alone.

    Never refuses: what cannot be right is in ``problems`` and the lines are what fits best.
    """
    problems = list(facts.findings)
    if facts.contact_key is None:
        problems.append("De leverancier of klant is niet herkend. Kies of maak de relatie.")
    if facts.currency != "EUR":
        problems.append(currency_problem(facts.currency))
    lines = tuple(_proposed_line(facts, line, history) for line in _lines_of(facts))
    reasons: list[str] = []
    if _is_very_long(facts):
        reasons.append(f"De {len(facts.lines)} lijnen van de factuur zijn per btw-tarief samengeteld.")
    if len(lines) > MOST_LINES:
        grouped = _grouped(lines)
        reasons.append(f"De {len(lines)} lijnen zijn samengevat tot {len(grouped)}, per rekening en btw-code.")
        lines = grouped
    unproven = _what_does_not_add_up(facts, lines)
    if unproven:
        problems.append(unproven)
    else:
        reasons.insert(0, _proof(facts))
    problems += dict.fromkeys(
        f"“{line.description[:60]}”: rekening {line.gl_code} met btw-code “{vat_code(line.vat_code).label}” is nog "
        "niet zeker. Controleer ze."
        for line in lines
        if not line.certain
    )
    return ProposedBooking(
        lines=lines,
        reasons=tuple(reasons),
        certainty=min((line.certainty for line in lines), default=0.0),
        ready=not problems,
        problems=tuple(problems),
    )


def currency_problem(currency: str) -> str:
    """What is said about a document that is not in euro."""
    return f"De factuur is in {currency}: reken eerst om naar euro."


def observation_of(contact_key: str, line: ProposedLine) -> Observation:
    """The line as the model observes it, to learn from when it is approved or changed."""
    return Observation(contact_key, line.description, line.net_cents, line.tax)


def features_needed(facts: InvoiceFacts) -> tuple[str, ...]:
    """The features whose counts :func:`propose` will look at, to load them in one query."""
    needed = {feature for line in _lines_of(facts) for feature in features_of(_observed(facts, line))}
    return tuple(sorted(needed))


def _lines_of(facts: InvoiceFacts) -> tuple[FactLine, ...]:
    """The lines that have an amount; without any, a line per row of the VAT table."""
    lines = tuple(line for line in facts.lines if line.net_cents)
    if not lines:
        return tuple(
            FactLine(facts.contact_name, group.base_cents, group.category, group.percent)
            for group in facts.vat
            if group.base_cents
        )
    if len(facts.vat) == 1:
        only = facts.vat[0]
        lines = tuple(
            line if line.category else FactLine(line.description, line.net_cents, only.category, only.percent)
            for line in lines
        )
    return _per_rate(lines) if _is_very_long(facts) else lines


def _is_very_long(facts: InvoiceFacts) -> bool:
    return len(facts.lines) > MOST_LOOKED_AT


def _per_rate(lines: Iterable[FactLine]) -> tuple[FactLine, ...]:
    """One line for each category and rate, called after its largest line."""
    rates: dict[tuple[str | None, Decimal | None], list[FactLine]] = {}
    for line in lines:
        rates.setdefault((line.category, line.percent), []).append(line)
    together = []
    for (category, percent), members in rates.items():
        net = sum(line.net_cents for line in members)
        largest = max(members, key=lambda line: abs(line.net_cents)).description
        text = largest if len(members) == 1 else f"{largest[:80]} (en {len(members) - 1} andere)"
        together.append(FactLine(text, net, category, percent))
    return tuple(line for line in together if line.net_cents)


def _observed(facts: InvoiceFacts, line: FactLine) -> Observation:
    return Observation(facts.contact_key or facts.contact_name, line.description, line.net_cents, _tax(facts, line))


def _tax(facts: InvoiceFacts, line: FactLine) -> str:
    """What the document says about VAT, so that a credit note learns from credit notes: ``PIS21`` or ``SCAE0``."""
    percent = "" if line.percent is None else f"{line.percent.normalize():f}"
    return f"{facts.side[:1]}{facts.kind[:1]}{line.category or ''}{percent}"


def _proposed_line(facts: InvoiceFacts, line: FactLine, history: History) -> ProposedLine:
    usual = _usual(facts, line)
    chosen = history.chosen
    found = suggest(
        _observed(facts, line),
        history.own,
        wider=history.wider,
        chosen=_chosen(facts, line, chosen) if chosen else None,
        usual=usual,
    )
    if found is None:
        return _unknown_line(facts, line)
    decision = _decide(facts, line, nature_of(found.outcome.gl_code))
    # A default that names an account says nothing about VAT: only habit or a chosen code can make that certain.
    knows_vat = found.certain and (chosen is None or chosen.vat_code is not None)
    code, certain, vat_reasons = _settle_vat(facts, line, found.outcome.vat_code, decision, knows_vat=knows_vat)
    deductible = found.outcome.deductible_percent
    if _takes_no_deduction(facts):
        deductible = Decimal(0)
        vat_reasons = (*vat_reasons, "Je trekt geen btw af: ze is deel van de kost.")
    return ProposedLine(
        gl_code=found.outcome.gl_code,
        vat_code=code,
        net_cents=line.net_cents,
        deductible_percent=deductible,
        description=line.description,
        reasons=(*found.reasons, *vat_reasons, *_deduction_reason(facts, deductible)),
        certainty=found.certainty if certain else min(found.certainty, 0.9),
        certain=found.certain and certain,
        tax=_tax(facts, line),
    )


def _usual(facts: InvoiceFacts, line: FactLine) -> Usual | None:
    """Where such a line goes in general: by its words on a purchase, by its VAT kind on a sale."""
    if facts.side == Side.SALE:
        decision = _decide(facts, line, "service")
        gl_code = _SERVICES_SOLD if decision.kind in _SERVICE_KINDS else _SALES_ACCOUNTS.get(decision.kind)
        if gl_code is None:
            return None
        return Usual(
            Outcome(gl_code, decision.code, Decimal(100)), f"Rekening {gl_code} is er voor verkopen met deze btw."
        )
    word = account_by_words(line.description)
    if word is None:
        return None
    decision = _decide(facts, line, nature_of(word.gl_code))
    return Usual(
        Outcome(word.gl_code, decision.code, word.deductible_percent),
        f"“{word.word}” hoort gewoonlijk op rekening {word.gl_code}.",
    )


def _chosen(facts: InvoiceFacts, line: FactLine, chosen: ContactDefault) -> Outcome:
    deductible = chosen.deductible_percent
    if deductible is None:
        deductible = Decimal(_USUAL_DEDUCTION.get(chosen.gl_code[:4], 100))
    code = chosen.vat_code or _decide(facts, line, nature_of(chosen.gl_code)).code
    return Outcome(chosen.gl_code, code, deductible)


def _unknown_line(facts: InvoiceFacts, line: FactLine) -> ProposedLine:
    if facts.side == Side.SALE:
        decision = _decide(facts, line, "service")
        gl_code = _SALES_ACCOUNTS.get(decision.kind, _SERVICES_SOLD)
        reason, certainty = f"Rekening {gl_code} is de gewone rekening voor zulke verkopen.", 0.5
    else:
        decision = _decide(facts, line, nature_of(_UNKNOWN_COST))
        gl_code, certainty = _UNKNOWN_COST, 0.1
        reason = f"{NOTHING_KNOWN}: voorlopig op rekening {gl_code}."
    return ProposedLine(
        gl_code=gl_code,
        vat_code=decision.code,
        net_cents=line.net_cents,
        deductible_percent=Decimal(0) if _takes_no_deduction(facts) else Decimal(100),
        description=line.description,
        reasons=(reason, *decision.reasons),
        certainty=certainty,
        certain=False,
        tax=_tax(facts, line),
    )


def _takes_no_deduction(facts: InvoiceFacts) -> bool:
    return facts.side == Side.PURCHASE and facts.regime is not Regime.PERIODIC


def _decide(facts: InvoiceFacts, line: FactLine, nature: str) -> VatDecision:
    group = next((row for row in facts.vat if row.category == line.category and row.percent == line.percent), None)
    if facts.side == Side.SALE:
        return decide_sale(
            SaleFacts(
                category=line.category or ("S" if line.percent else None),
                percent=line.percent,
                customer_country=facts.contact_country,
                customer_vat_country=facts.contact_vat_country,
                nature=nature,
                exemption_code=group.exemption_code if group else None,
                regime=facts.regime,
            )
        )
    return decide_purchase(
        PurchaseFacts(
            category=line.category,
            percent=line.percent,
            supplier_country=facts.contact_country,
            supplier_vat_country=facts.contact_vat_country,
            nature=nature,
            exemption_code=group.exemption_code if group else None,
            exemption_reason=group.exemption_reason if group else None,
        )
    )


def _settle_vat(
    facts: InvoiceFacts, line: FactLine, habit: str, decision: VatDecision, *, knows_vat: bool
) -> tuple[str, bool, tuple[str, ...]]:
    """The VAT code, whether it is certain, and why: habit may refine what the document says, never contradict it."""
    if habit == decision.code:
        return habit, decision.certain or knows_vat, decision.reasons
    if not _fits(facts, line, habit):
        return decision.code, False, (*decision.reasons, "De gewone btw-code past niet bij wat op deze factuur staat.")
    code = vat_code(habit)
    if decision.certain and (code.kind, code.rate) != (decision.kind, decision.rate):
        return decision.code, False, (*decision.reasons, f"Vroeger gebruikte je hier “{code.label}”.")
    return habit, knows_vat, (f"Btw-code “{code.label}” zoals je ze hier gebruikt.",)


def _fits(facts: InvoiceFacts, line: FactLine, code: str) -> bool:
    """Whether the code can stand on this document: its side, and VAT printed exactly when the code expects it."""
    try:
        known = vat_code(code)
    except UnknownVatCode:
        return False
    formula = known.documents.get(Document(facts.kind))
    if formula is None or known.side != facts.side:
        return False
    if formula.charge is Charge.PRINTED:
        return known.rate == line.percent
    return formula.charge is Charge.FOREIGN or not line.percent


def _deduction_reason(facts: InvoiceFacts, deductible: Decimal) -> tuple[str, ...]:
    if facts.side == Side.SALE or deductible == 100 or facts.regime is not Regime.PERIODIC:
        return ()
    return (f"Van de btw is {percent_text(deductible)} aftrekbaar; de rest is kost.",)


def _grouped(lines: Iterable[ProposedLine]) -> tuple[ProposedLine, ...]:
    groups: dict[tuple[str, str, Decimal, str], list[ProposedLine]] = {}
    for line in lines:
        groups.setdefault((line.gl_code, line.vat_code, line.deductible_percent, line.tax), []).append(line)
    return tuple(
        ProposedLine(
            gl_code=members[0].gl_code,
            vat_code=members[0].vat_code,
            net_cents=sum(line.net_cents for line in members),
            deductible_percent=members[0].deductible_percent,
            description=members[0].description
            if len(members) == 1
            else f"{members[0].description[:80]} (en {len(members) - 1} andere)",
            reasons=tuple(dict.fromkeys(reason for line in members for reason in line.reasons)),
            certainty=min(line.certainty for line in members),
            certain=all(line.certain for line in members),
            tax=members[0].tax,
        )
        for members in groups.values()
    )


def _what_does_not_add_up(facts: InvoiceFacts, lines: tuple[ProposedLine, ...]) -> str | None:
    """The refusal of the booking rules in its own words, or None when net, VAT and total prove each other."""
    printed = tuple(PrintedVat(group.percent, group.base_cents, group.vat_cents) for group in facts.vat)
    document = DocumentFacts(facts.side, facts.kind, facts.total_cents, printed)
    try:
        lines_for_document(document, [line.draft for line in lines])
    except (VatDiffers, TotalDiffers, NothingToBook, NotForThisDocument) as refusal:
        return str(refusal)
    return None


def _proof(facts: InvoiceFacts) -> str:
    """The sum a person would make: ``586,00 × 21 % = 123,06 en samen 709,06``."""
    sums: list[str] = []
    for group in facts.vat:
        if not group.percent:
            continue
        computed = percent_of(group.base_cents, group.percent)
        printed = "" if computed == group.vat_cents else f" (op de factuur {euro_text(group.vat_cents)})"
        sums.append(f"{euro_text(group.base_cents)} × {percent_text(group.percent)} = {euro_text(computed)}{printed}")
    together = f"samen {euro_text(facts.total_cents)}"
    return f"{', '.join(sums)} en {together}" if sums else f"Zonder btw, {together}"
