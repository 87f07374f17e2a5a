"""Every UBL file of the corpus through the whole path: received, registered, proposed, and booked where it can be."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date

import pytest
from django.db import transaction
from lxml import etree

from tests.books import NOW, Books, open_new_books
from tests.conftest import Tell
from tests.corpus import CORPUS
from tests.intake import chosen, counted, original_of, proposed, reading_of, receive
from zelfboeken.booking.models import Proposal
from zelfboeken.booking.rules import lines_for_document
from zelfboeken.booking.services import Approval
from zelfboeken.booking.stored import facts_from_json, lines_from_json
from zelfboeken.inbox.models import Outcome
from zelfboeken.inbox.queries import one_document
from zelfboeken.inbox.services import Arrived, read_again, say_side
from zelfboeken.invoices.models import Side
from zelfboeken.invoices.services import book_what_can_be
from zelfboeken.portal.rendering import rendering_of

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.skipif(CORPUS is None, reason="The corpus of real files is not on this machine."),
]
MAY_BE_REFUSED = {"not_ubl", "not_xml", "facts_missing", "archive", "pdf", "unknown_format", "doctype"}
OPEN_DAY = date(2026, 11, 12)


def xml_files() -> list[tuple[str, bytes]]:
    """Each XML file, and each document inside a set of unit tests as a file of its own."""
    found = []
    for path in sorted(CORPUS.rglob("*.xml")) if CORPUS else []:
        content = path.read_bytes()
        found.append((path.name, content))
        if b"<testSet" in content:
            inside = etree.fromstring(content).iterfind(".//{*}test/*")
            documents = [one for one in inside if etree.QName(one).localname in {"Invoice", "CreditNote"}]
            found += [(f"{path.name} {n}", etree.tostring(one)) for n, one in enumerate(documents)]
    return found


def is_complete(proposal: Proposal) -> bool:
    """Whether its lines make up the document: a person only has to look, not to type."""
    try:
        lines_for_document(facts_from_json(proposal.facts).document, lines_from_json(proposal.lines))
    except (ValueError, LookupError):
        return False
    return True


def registered(books: Books, name: str, content: bytes, side: Side) -> Arrived:
    arrived = receive(books, content, name=name)
    if arrived.outcome != Outcome.ASK_SIDE:
        return arrived
    return say_side(access=books.access, document=arrived.document, side=side, at=NOW)


def booked_or_why(books: Books, proposal: Proposal) -> str:
    """Book a proposal as it is, dated in the year that is open; why not, or nothing."""
    try:
        dated = chosen(books, proposal, on_date=OPEN_DAY)
    except (ValueError, LookupError) as no:
        return str(no)
    with transaction.atomic():
        batch = book_what_can_be(access=books.access, approvals=[Approval(dated.id, dated.version)], at=NOW)
    return batch.refused[0][1] if batch.refused else ""


@pytest.mark.parametrize("side", list(Side))
def test_every_ubl_file_comes_to_a_proposal_without_an_error(side: Side, tell: Tell) -> None:
    outcomes: Counter[str] = Counter()
    why: Counter[str] = Counter()
    booked = complete = 0
    with open_new_books() as books:
        for name, content in xml_files():
            arrived = registered(books, name, content, side)
            if arrived.is_repeat:
                outcomes["again"] += 1
                continue
            outcomes[arrived.outcome] += 1
            assert original_of(books, arrived) == content
            if arrived.outcome != Outcome.INVOICE:
                continue
            proposal = proposed(books, arrived)
            assert proposal.lines or proposal.problems, name
            complete += is_complete(proposal)
            no = booked_or_why(books, proposal)
            booked += not no
            why[no[:45]] += bool(no)
        assert counted(books)["entries"] == booked
    made = outcomes[Outcome.INVOICE]
    tell(
        f"{side}: {sum(outcomes.values())} XML documents: {dict(outcomes)}; complete proposal {complete}/{made}, "
        f"booked as proposed {booked}/{made}; most often not: {why.most_common(6)}"
    )

    assert made >= 120


def test_the_whole_examples_come_to_a_complete_proposal(tell: Tell) -> None:
    complete, others = 0, []
    labels = json.loads((CORPUS / "LABELS.json").read_text()) if CORPUS else {}
    names = [name for name, label in labels.items() if label["syntax"] == "UBL"]
    with open_new_books(has_chart=False) as books:
        for name in names:
            assert CORPUS is not None
            arrived = registered(books, name, (CORPUS / name).read_bytes(), Side.PURCHASE)
            if arrived.is_repeat or is_complete(proposed(books, arrived)):
                complete += 1
            else:
                others.append((name, proposed(books, arrived).problems[0]))
    tell(f"Whole UBL examples with a complete proposal: {complete}/{len(names)}")
    for name, problem in others:
        tell(f"  {name}: {problem}")

    assert complete >= 0.85 * len(names)


def test_every_file_is_shown_or_refused_by_a_known_name() -> None:
    with open_new_books(has_chart=False) as books:
        for name, content in xml_files():
            arrived = receive(books, content, name=name)
            if arrived.outcome == Outcome.UNREADABLE:
                assert reading_of(books, arrived).code in MAY_BE_REFUSED, name
                continue
            row = one_document(access=books.access, public_id=str(arrived.document.public_id))
            assert row is not None
            read = read_again(access=books.access, sha256=arrived.document.sha256)
            assert rendering_of(access=books.access, row=row, read=read).totals[-1].amount, name
