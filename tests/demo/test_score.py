"""Measuring proposals against the truth."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from zelfboeken.demo.score import Score, bank_line_outcome, document_outcome, scores
from zelfboeken.demo.truth import Allocation, GLAmount, LineTruth, Year


def test_the_truth_itself_is_right_a_changed_account_is_wrong_and_nothing_is_asked(year: Year) -> None:
    truth = year.documents[0].truth
    other = tuple(replace(line, gl_code="499000") for line in truth.lines)
    assert document_outcome(truth, truth.lines) == "RIGHT"
    assert document_outcome(truth, reversed(truth.lines)) == "RIGHT"
    assert document_outcome(truth, other) == "WRONG"
    assert document_outcome(truth, None) == "ASKED"


def test_a_bank_line_is_right_only_with_the_same_documents_and_differences_to_the_cent() -> None:
    truth = LineTruth("MATCH", "CENTS_SHORT", 9_998, (Allocation("a|1", 10_000),), (GLAmount("643000", debit_cents=2),))
    assert bank_line_outcome(truth, truth.allocations, truth.gl_lines) == "RIGHT"
    assert bank_line_outcome(truth, [Allocation("a|1", 9_998)]) == "WRONG"
    assert bank_line_outcome(truth, [Allocation("a|2", 10_000)], truth.gl_lines) == "WRONG"
    assert bank_line_outcome(truth, truth.allocations, truth.gl_lines, on_account_cents=5) == "WRONG"
    assert bank_line_outcome(truth, None) == "ASKED"


def test_scores_count_by_name_and_give_the_share_that_was_right() -> None:
    counted = scores([("b", "RIGHT"), ("a", "ASKED"), ("b", "WRONG"), ("b", "RIGHT")])
    assert counted == {"a": Score(asked=1), "b": Score(right=2, wrong=1)}
    assert list(counted) == ["a", "b"]
    assert counted["b"].right_percent == Decimal("66.7")
    assert Score().right_percent == 0


def test_until_november_keeps_all_of_before_and_nothing_after(year: Year) -> None:
    end = date(2026, 11, 1)
    before = year.until(end)
    assert max(document.issued_on for document in before.documents) < end
    assert max(statement.date for statement in before.statements) < end
    left = len(year.documents) - len(before.documents)
    assert left == sum(document.issued_on >= end for document in year.documents) > 60
    known = {document.key for document in before.documents} | {item.key for item in before.opening_items}
    paid = {part.document for s in before.statements for line in s.lines for part in line.allocations}
    assert paid - known == set()
