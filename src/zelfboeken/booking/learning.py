"""What approved bookings teach: the counts behind the proposals, kept per administration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from django.db import connection

from zelfboeken.booking.habits import Counts, Observation, Outcome, counts_of, observe
from zelfboeken.booking.models import Proposal
from zelfboeken.booking.rules import DraftLine
from zelfboeken.booking.stored import facts_from_json, lines_from_json
from zelfboeken.tenancy.bulk import insert_rows


def counts_for(*, domain_id: int, administration_id: int, features: Sequence[str]) -> Counts:
    """The counts of these features in one administration."""
    with connection.cursor() as cursor:
        # One array and not a value each: an invoice of thousands of lines has more features than a statement values.
        cursor.execute(
            "SELECT feature, outcome, times FROM booking_habitcount "
            "WHERE domain_id = %s AND administration_id = %s AND feature = ANY(%s)",
            [domain_id, administration_id, list(features)],
        )
        return counts_of(cursor.fetchall())


def learn(*, domain_id: int, proposals: Sequence[Proposal]) -> None:
    """Count where the lines of these approved proposals went, in one statement."""
    raised: Counter[tuple[int, str, str]] = Counter()
    for proposal in proposals:
        seen = facts_from_json(proposal.facts).seen
        for increment in observe(_pairs(seen, lines_from_json(proposal.lines))):
            raised[(proposal.administration_id, increment.feature, increment.outcome)] += increment.by
    add_counts(domain_id=domain_id, raised=raised)


def unlearn(*, domain_id: int, proposal: Proposal) -> None:
    """Take back what a booking taught that is reversed: it was no example after all."""
    seen = facts_from_json(proposal.facts).seen
    increments = observe(_pairs(seen, lines_from_json(proposal.lines)))
    if not increments:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE booking_habitcount h SET times = greatest(h.times - 1, 0) "
            "FROM unnest(%s::text[], %s::text[]) AS v (feature, outcome) "
            "WHERE h.domain_id = %s AND h.administration_id = %s AND h.feature = v.feature AND h.outcome = v.outcome",
            [
                [one.feature for one in increments],
                [one.outcome for one in increments],
                domain_id,
                proposal.administration_id,
            ],
        )


def add_counts(*, domain_id: int, raised: Mapping[tuple[int, str, str], int]) -> None:
    """Raise counts, given as {(administration, feature, outcome): by}, in one statement."""
    if not raised:
        return
    insert_rows(
        "INSERT INTO booking_habitcount AS h (domain_id, administration_id, feature, outcome, times) VALUES ",
        [(domain_id, *key, times) for key, times in sorted(raised.items())],
        " ON CONFLICT (domain_id, administration_id, feature, outcome) DO UPDATE SET times = h.times + excluded.times",
    )


def _pairs(seen: Sequence[Observation], lines: Sequence[DraftLine]) -> list[tuple[Observation, Outcome]]:
    """Each line as it was seen, with where it went: by its text, or by its place when there are as many as before."""
    by_text = {line.description: line for line in lines}
    pairs = []
    for index, one in enumerate(seen):
        line = by_text.get(one.description)
        if line is None and len(lines) == len(seen):
            line = lines[index]
        if line is not None:
            pairs.append((one, Outcome(line.gl_code, line.vat_code, line.deductible_percent)))
    return pairs
