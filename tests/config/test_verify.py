"""`zelfboeken verify`: one JSON object a domain and one a portal; exit 1 with the first difference."""

from __future__ import annotations

import pytest
from django.conf import settings

from tests.config.command import is_one_sentence, run
from tests.everything import new_everything
from zelfboeken.documents.storage import sha256_of
from zelfboeken.ledger.models import Series
from zelfboeken.tenancy.scope import domain_scope
from zelfboeken.workload.models import Counter

# Each verification looks at one moment, which can't be chosen inside the transaction of a test.
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("own_database")]


def test_right_books_end_with_zero_and_tell_what_was_checked(capsys: pytest.CaptureFixture[str]):
    new_everything(slug="bakker")
    new_everything(slug="slager")

    ran = run(capsys, "verify")

    assert (ran.code, ran.err) == (0, "")
    assert ran.rows == [
        *({"domain": slug, "entries": 2, "lines": 5, "files": 6, "differences": []} for slug in ("bakker", "slager")),
        {"portal": "kantoor", "links": 0, "differences": []},
    ]


def test_a_difference_ends_with_one_and_says_where(capsys: pytest.CaptureFixture[str]):
    wrong, right = new_everything(slug="bakker"), new_everything(slug="slager")
    with domain_scope(wrong.books.domain.id):
        Series.objects.filter(domain_id=wrong.books.domain.id).update(last_number=7)

    ran = run(capsys, "verify")

    assert (ran.code, ran.err) == (1, "")
    assert [len(row["differences"]) for row in ran.rows] == [2, 0, 0]
    assert set(ran.rows[0]["differences"][0]) == {"check", "at", "text"}
    assert ran.rows[0]["differences"][0]["check"] == "numbers"
    assert run(capsys, "verify", "--domain", right.books.domain.slug).code == 0
    assert run(capsys, "verify", "--domain", wrong.books.domain.slug).code == 1


def test_inv15_a_file_that_changed_on_disk_is_named(capsys: pytest.CaptureFixture[str]):
    new_everything(slug="bakker")
    damaged = next(path for path in settings.FILES.rglob("*") if path.is_file())
    damaged.chmod(0o600)
    damaged.write_bytes(b"anders")

    ran = run(capsys, "verify", "--domain", "bakker")

    assert ran.code == 1
    (difference,) = ran.rows[0]["differences"]
    assert difference["check"] == "files"
    assert difference["at"] != sha256_of(b"anders")


def test_inv26_a_counter_that_is_wrong_is_named_and_recount_mends_it(capsys: pytest.CaptureFixture[str]):
    wrong = new_everything(slug="bakker")
    with domain_scope(wrong.books.domain.id):
        counter = Counter.objects.get(domain_id=wrong.books.domain.id)
        Counter.objects.filter(domain_id=wrong.books.domain.id).update(bank_lines=counter.bank_lines + 5)
    assert [one["at"] for one in run(capsys, "verify").rows[0]["differences"]] == ["bank_lines"]

    mended = run(capsys, "recount", "--domain", "bakker")

    kept, counted = str(counter.bank_lines + 5), str(counter.bank_lines)
    assert (mended.code, mended.err) == (0, "")
    assert mended.rows == [{"domain": "bakker", "mended": [{"column": "bank_lines", "kept": kept, "counted": counted}]}]
    assert run(capsys, "verify").code == 0
    assert run(capsys, "recount").rows == [{"domain": "bakker", "mended": []}]


def test_an_unknown_domain_is_one_sentence(capsys: pytest.CaptureFixture[str]):
    ran = run(capsys, "verify", "--domain", "bestaat-niet")

    assert is_one_sentence(ran)
    assert ran.err.strip() == "Er is geen domein bestaat-niet."
