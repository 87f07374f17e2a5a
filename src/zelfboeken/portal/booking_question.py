"""What a person must choose before a document is certain: one line at a time, with numbered answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _

from zelfboeken.access.services import Access
from zelfboeken.booking.habits import Outcome
from zelfboeken.booking.models import Proposal
from zelfboeken.booking.services import outcomes_for_line
from zelfboeken.booking.stored import lines_from_json
from zelfboeken.ledger.queries import Chart
from zelfboeken.portal.booking_lines import TypedLine
from zelfboeken.portal.pages import Choice, Question
from zelfboeken.portal.texts import percent
from zelfboeken.portal.typed import NotUnderstood
from zelfboeken.portal.vat_texts import tax_text
from zelfboeken.vat.codes import all_codes

_QUOTED = 60


def is_about(problem: str, line_text: str) -> bool:
    """Whether a problem of a proposal is about this line: it begins with the line's text between quotes."""
    return bool(line_text) and problem.startswith(f"“{line_text[:_QUOTED]}”")


def _in_short(text: str) -> str:
    """The text of a line, a long one up to a whole word."""
    return text if len(text) <= _QUOTED else f"{text[: _QUOTED + 1].rpartition(' ')[0] or text[:_QUOTED]} …"


def is_unsure(proposal: Proposal, line: TypedLine) -> bool:
    """Whether a line still waits for a person."""
    is_done = proposal.entry_id is not None or proposal.handled_at is not None
    if is_done or proposal.is_edited or line.checked:
        return False
    return any(is_about(problem, line.text) for problem in proposal.problems)


def question_for(*, access: Access, proposal: Proposal, lines: Sequence[TypedLine], chart: Chart) -> Question | None:
    """The question about the first line that is not certain."""
    index = next((place for place, line in enumerate(lines) if is_unsure(proposal, line)), None)
    if index is None:
        return None
    texts = [line.description for line in lines_from_json(proposal.lines)]
    text = lines[index].text
    proposed = texts.index(text) if text in texts else index
    outcomes = outcomes_for_line(access=access, proposal=proposal, index=proposed)
    if not outcomes:
        return None
    return Question(
        title=_("Where does “%(text)s” belong?") % {"text": _in_short(text)},
        detail="",
        choices=tuple(
            Choice(
                number=str(number),
                value=f"{index}:{outcome.text}",
                title=f"{outcome.gl_code} {chart.names.get(outcome.gl_code, '')}".strip(),
                hint=" · ".join(
                    part
                    for part in (
                        tax_text(outcome.vat_code, outcome.deductible_percent),
                        _("as proposed") if number == 1 else _("as before"),
                    )
                    if part
                ),
            )
            for number, outcome in enumerate(outcomes, start=1)
        ),
        call=call_to_choose(len(outcomes)),
    )


def call_to_choose(count: int) -> str:
    """Kies 1, 2 of 3."""
    first, last = ", ".join(str(number) for number in range(1, count)), str(count)
    return _("Choose %(first)s or %(last)s") % {"first": first, "last": last} if first else _("Choose 1")


def with_answer(lines: tuple[TypedLine, ...], answer: str, chart: Chart) -> tuple[TypedLine, ...]:
    """The lines after an answer of `question_for`.

    Raises:
        NotUnderstood: an answer that was not offered.
    """
    place, _colon, text = answer.partition(":")
    try:
        index, outcome = int(place), Outcome.of(text)
    except (ValueError, ArithmeticError):
        raise NotUnderstood(_("That choice is not there any more. Choose again.")) from None
    if not 0 <= index < len(lines) or outcome.vat_code not in all_codes() or outcome.gl_code not in chart.names:
        raise NotUnderstood(_("That choice is not there any more. Choose again."))
    chosen = replace(
        lines[index],
        account=f"{outcome.gl_code} {chart.names[outcome.gl_code]}",
        vat=outcome.vat_code,
        deductible=percent(max(Decimal(0), min(outcome.deductible_percent, Decimal(100)))),
        checked=True,
    )
    return (*lines[:index], chosen, *lines[index + 1 :])
