"""`zelfboeken report`: every report, as JSON lines and as CSV, and what is asked wrongly."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from tests.books import Books, new_user, open_new_books
from tests.config.command import Ran, is_one_sentence, run
from tests.everything import Everything, fill_everything
from zelfboeken.access.rights import Role
from zelfboeken.access.services import add_member
from zelfboeken.config.reporting import write_csv
from zelfboeken.contacts.models import Contact
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db
NOVEMBER = ("--from", "2026-11-01", "--until", "2026-11-30")
NAMES = ("trial-balance", "journal", "ledger", "open-items", "vat-grids", "balance-sheet", "profit-and-loss", "matches")


@pytest.fixture
def everything() -> Everything:
    with open_new_books() as books:
        return fill_everything(books)


def ask(capsys: pytest.CaptureFixture[str], books: Books, name: str, *options: object) -> Ran:
    return run(capsys, "report", name, "--domain", books.domain.slug, *options)


def picked(ran: Ran, *names: str) -> list[tuple[Any, ...]]:
    assert (ran.code, ran.err) == (0, "")
    return [tuple(row[name] for name in names) for row in ran.rows]


# A purchase of 100,00 with 21,00 of VAT in the purchase journal, and its payment of 121,00 in the bank's.
def test_each_report_tells_the_books(everything: Everything, capsys: pytest.CaptureFixture[str]):
    books = everything.books

    balance = picked(
        ask(capsys, books, "trial-balance", *NOVEMBER), "gl_code", "debit_cents", "credit_cents", "balance_cents"
    )
    (cost, *_), *_ = [row for row in balance if row[0][0] == "6"]
    assert balance == [
        ("411059", 2_100, 0, 2_100),
        ("440000", 12_100, 12_100, 0),
        ("550000", 0, 12_100, -12_100),
        (cost, 10_000, 0, 10_000),
    ]
    journal = picked(ask(capsys, books, "journal", *NOVEMBER), "voucher", "gl_code", "debit_cents", "credit_cents")
    assert {row[0] for row in journal} == {"AK-2026-0001", "B1-2026-0001"}
    assert sum(row[2] for row in journal) == sum(row[3] for row in journal) == 24_200
    ledger = picked(ask(capsys, books, "ledger", *NOVEMBER), "gl_code", "on", "debit_cents", "credit_cents")
    assert [row[0] for row in ledger] == sorted(row[1] for row in journal)
    assert ask(capsys, books, "open-items").rows == []
    assert picked(ask(capsys, books, "vat-grids", *NOVEMBER), "grid", "cents") in (
        [(59, 2_100), (81, 10_000)],
        [(59, 2_100), (82, 10_000)],
    )
    assert picked(ask(capsys, books, "balance-sheet", "--until", "2026-11-30"), "gl_code", "cents") == [
        ("411059", 2_100),
        ("550000", -12_100),
        ("14", 10_000),
    ]
    assert picked(ask(capsys, books, "profit-and-loss", *NOVEMBER), "gl_code", "cents") == [(cost, -10_000)]
    matches = picked(ask(capsys, books, "matches", *NOVEMBER), "document_number", "amount_cents", "is_undone")
    assert matches == [("2026-1187", 12_100, False)]


@pytest.mark.parametrize("name", NAMES)
def test_a_report_as_csv_has_the_same_rows_as_in_json(
    everything: Everything, capsys: pytest.CaptureFixture[str], name: str
):
    as_json = ask(capsys, everything.books, name, *NOVEMBER)
    as_csv = ask(capsys, everything.books, name, *NOVEMBER, "--format", "csv")

    assert (as_csv.code, as_csv.err) == (0, "")
    head, *rows = csv.reader(io.StringIO(as_csv.out))
    assert len(rows) == len(as_json.rows)
    assert all(list(row) == head for row in as_json.rows)
    for row, values in zip(as_json.rows, rows, strict=True):
        for (column, value), text in zip(row.items(), values, strict=True):
            if isinstance(value, int) and not isinstance(value, bool):
                assert text == str(value), column


@pytest.mark.parametrize("name", NAMES)
def test_a_report_of_empty_books_has_no_rows_and_as_csv_its_heading(capsys: pytest.CaptureFixture[str], name: str):
    with open_new_books() as books:
        pass

    as_json, as_csv = ask(capsys, books, name), ask(capsys, books, name, "--format", "csv")

    assert (as_json.code, as_json.out, as_json.err) == (0, "", "")
    assert (as_csv.code, len(as_csv.out.splitlines())) == (0, 1)
    assert all(column.isidentifier() for column in as_csv.out.strip().split(","))


@pytest.mark.parametrize("name", NAMES)
def test_a_report_before_the_books_began_is_empty(
    everything: Everything, capsys: pytest.CaptureFixture[str], name: str
):
    ran = ask(capsys, everything.books, name, "--from", "2025-01-01", "--until", "2025-12-31")

    assert (ran.code, ran.out) == (0, "")


def test_the_last_day_counts(everything: Everything, capsys: pytest.CaptureFixture[str]):
    day_of_the_invoice = ask(capsys, everything.books, "journal", "--from", "2026-11-12", "--until", "2026-11-12")
    day_before = ask(capsys, everything.books, "journal", "--from", "2026-11-01", "--until", "2026-11-11")

    assert {row["voucher"] for row in day_of_the_invoice.rows} == {"AK-2026-0001"}
    assert day_before.rows == []


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (("--from", "31/12/2026"), 2, "31/12/2026 is geen datum. Schrijf ze als 2026-12-31."),
        (("--until", "20261231"), 2, "20261231 is geen datum."),
        (("--until", "2026-02-30"), 2, "2026-02-30 is geen datum."),
        (("--from", "2026-12-01", "--until", "2026-01-31"), 1, "--from 2026-12-01 valt na --until 2026-01-31."),
        (("--format", "xml"), 2, "invalid choice: 'xml'"),
        (("--administration", "Derde"), 1, "Er is geen administratie Derde in"),
        (("--domain", "bestaat-niet"), 1, "Er is geen domein bestaat-niet"),
        (("--user", "niemand@example.test"), 1, "Er is geen gebruiker niemand@example.test"),
    ],
)
def test_what_is_asked_wrongly_gets_a_clear_sentence(
    everything: Everything, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], code: int, told: str
):
    ran = ask(capsys, everything.books, "trial-balance", *options)

    assert (ran.code, ran.out) == (code, "")
    assert told in ran.err
    assert "Traceback" not in ran.err


def test_an_unknown_report_names_those_there_are(capsys: pytest.CaptureFixture[str]):
    ran = run(capsys, "report", "everything", "--domain", "x")

    assert ran.code == 2
    assert all(name in ran.err for name in NAMES)


@pytest.mark.parametrize("dates", [("--from", "2026-11-02"), ("--until", "2026-11-29")])
def test_vat_grids_of_a_part_of_a_month_are_refused(
    everything: Everything, capsys: pytest.CaptureFixture[str], dates: tuple[str, ...]
):
    ran = ask(capsys, everything.books, "vat-grids", *dates)

    assert is_one_sentence(ran)
    assert ran.err.startswith("Btw-roosters gaan over hele maanden.")


def test_who_may_not_see_the_books_gets_no_report(everything: Everything, capsys: pytest.CaptureFixture[str]):
    user = new_user("verkoop@example.test")
    add_member(domain=everything.books.domain, user=user, roles=frozenset({Role.SALES}))

    ran = ask(capsys, everything.books, "trial-balance", "--user", user.email)

    assert is_one_sentence(ran)
    assert ran.err.startswith("Je rol laat niet toe om de boekhouding te bekijken.")


def test_another_domains_user_gets_no_report(everything: Everything, capsys: pytest.CaptureFixture[str]):
    with open_new_books() as other:
        pass

    ran = ask(capsys, everything.books, "trial-balance", "--user", other.user.email)

    assert is_one_sentence(ran)
    assert ran.err.startswith(f"Er is geen domein {everything.books.domain.slug} voor {other.user.email}.")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1"])
def test_inv31_a_text_like_a_formula_is_text_in_a_csv(text: str):
    out = io.StringIO()

    write_csv(["name", "cents"], [{"name": text, "cents": -5}], out)

    _head, row = csv.reader(io.StringIO(out.getvalue()))
    assert row == ["'" + text, "-5"]


def test_inv31_a_name_like_a_formula_is_text_in_a_report(everything: Everything, capsys: pytest.CaptureFixture[str]):
    with domain_scope(everything.books.domain.id):
        Contact.objects.filter(domain_id=everything.books.domain.id).update(name='=HYPERLINK("kwaad")')

    ran = ask(capsys, everything.books, "journal", *NOVEMBER, "--format", "csv")

    cells = [cell for row in csv.reader(io.StringIO(ran.out)) for cell in row]
    assert '\'=HYPERLINK("kwaad")' in cells
    assert '=HYPERLINK("kwaad")' not in cells
