"""A year of documents through reader and proposals, learning after each: nothing that was certain is wrong."""

from datetime import date

from zelfboeken.booking.habits import Outcome as Habit
from zelfboeken.booking.habits import observe
from zelfboeken.booking.proposal import FactLine, FactVat, History, InvoiceFacts, observation_of, propose
from zelfboeken.demo.payments import TRADERS
from zelfboeken.demo.score import Outcome, document_outcome, scores
from zelfboeken.demo.truth import CodedLine, DemoDocument, Year
from zelfboeken.invoices.readers.ubl import read_ubl


def facts_of(document: DemoDocument) -> InvoiceFacts:
    read, truth = read_ubl(document.content), document.truth
    party = TRADERS[truth.contact].party
    return InvoiceFacts(
        side=truth.side,
        kind=truth.kind,
        currency=read.currency,
        contact_key=truth.contact,
        contact_name=party.name,
        contact_country=party.country,
        contact_vat_country=party.vat[:2] if party.vat and party.country != "CH" else None,
        net_cents=read.net_cents,
        vat_cents=read.vat_cents,
        total_cents=read.total_cents,
        lines=tuple(FactLine(line.description, line.net_cents, line.category, line.percent) for line in read.lines),
        vat=tuple(
            FactVat(
                group.category,
                group.percent,
                group.base_cents,
                group.vat_cents,
                group.exemption_code,
                group.exemption_reason,
            )
            for group in read.vat
        ),
    )


def test_nothing_certain_is_wrong_and_after_three_months_95_percent_needs_no_hand(year: Year) -> None:
    counts: dict[str, dict[str, int]] = {}
    outcomes: list[tuple[str, Outcome]] = []
    for document in year.documents:
        truth = document.truth
        proposed = propose(facts_of(document), History(counts))
        lines = [
            CodedLine(line.gl_code, line.vat_code, line.net_cents, line.deductible_percent, line.description)
            for line in proposed.lines
        ]
        outcome = document_outcome(truth, lines if proposed.ready else None)
        outcomes.append(("learnt" if document.issued_on >= date(2026, 4, 1) else "learning", outcome))
        if len(proposed.lines) == len(truth.lines):
            approved = [
                (observation_of(truth.contact, line), Habit(true.gl_code, true.vat_code, true.deductible_percent))
                for line, true in zip(proposed.lines, truth.lines, strict=True)
            ]
            for increment in observe(approved):
                of_feature = counts.setdefault(increment.feature, {})
                of_feature[increment.outcome] = of_feature.get(increment.outcome, 0) + increment.by
    result = scores(outcomes)
    assert {name: score.wrong for name, score in result.items() if score.wrong} == {}
    assert result["learnt"].right_percent >= 95
