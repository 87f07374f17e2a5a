"""The whole year through the real services: what the bank brings needs no hand, and nothing certain is wrong."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from zelfboeken.demo.loading import book_year, make_portal
from zelfboeken.demo.score import Score
from zelfboeken.demo.year import generate
from zelfboeken.reports.verify import verify_domain
from zelfboeken.runtime.roles import Urls
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.slow


def test_after_three_months_92_percent_of_the_bank_lines_and_95_of_the_invoices_need_no_hand(own_database: Urls):
    books = make_portal(slug="bakkerij")
    tally = book_year(books, generate())

    for least, met in ((95, tally.documents), (92, tally.bank_lines)):
        found = Counter(one.outcome for one in met if one.on >= date(2026, 4, 1))
        assert found["WRONG"] == 0
        assert Score(found["RIGHT"], found["WRONG"], found["ASKED"]).right_percent >= least
    assert [one for one in (*tally.documents, *tally.bank_lines) if one.outcome == "WRONG"] == []
    assert any(one.is_automatic for one in tally.bank_lines)
    with domain_scope(books.domain.id):
        assert verify_domain(domain_id=books.domain.id).differences == ()
