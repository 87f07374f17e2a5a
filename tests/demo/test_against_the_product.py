"""The demo's files and truths held against the product's own readers and booking rules."""

from collections import Counter

import pytest

from zelfboeken.booking import rules
from zelfboeken.demo.ledger import lines_for_document as true_lines
from zelfboeken.demo.truth import Year
from zelfboeken.invoices.readers.ubl import read_ubl


def test_the_reader_of_e_invoices_reads_every_file_without_a_finding_and_as_the_truth_says(year: Year) -> None:
    for document in year.documents:
        read, truth = read_ubl(document.content), document.truth
        assert read.findings == ()
        assert (read.kind, read.number, read.issued_on) == (truth.kind, truth.number, truth.issued_on)
        assert (read.payable_cents, read.structured) == (truth.total_cents, truth.structured)
        assert [line.net_cents for line in read.lines] == [line.net_cents for line in truth.lines]


def test_the_booking_rules_come_to_the_same_balances_as_the_true_ledger(year: Year) -> None:
    for document in year.documents:
        truth = document.truth
        printed = tuple(rules.PrintedVat(vat.percent, vat.base_cents, vat.vat_cents) for vat in truth.printed_vat)
        facts = rules.DocumentFacts(truth.side, truth.kind, truth.total_cents, printed)
        drafts = [
            rules.DraftLine(line.gl_code, line.vat_code, line.net_cents, line.deductible_percent, line.description)
            for line in truth.lines
        ]
        booked: Counter[str] = Counter()
        for line in rules.lines_for_document(facts, drafts):
            booked[line.gl_code] += line.debit_cents - line.credit_cents
        for line in true_lines(truth):
            booked[line.gl_code] -= line.debit_cents - line.credit_cents
        assert {code: cents for code, cents in booked.items() if cents} == {}, document.file_name


def test_the_reader_of_coda_reads_every_statement_as_the_truth_says(year: Year) -> None:
    reader = pytest.importorskip("zelfboeken.bank.readers.coda", reason="The reader of CODA is not here.")
    for statement in year.statements:
        read = reader.read_coda(statement.content).statements
        assert [(one.iban, one.opening_cents, one.closing_cents) for one in read] == [
            (statement.iban, statement.opening_cents, statement.closing_cents)
        ]
        assert [line.amount_cents for line in read[0].lines] == [line.amount_cents for line in statement.lines]
        assert read[0].findings == ()
