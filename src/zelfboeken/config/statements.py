"""The statements of a month as files, for the operator to send: one domain after the other, each in its own scope."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.utils import translation

from zelfboeken.billing.rules import Month
from zelfboeken.billing.statements import IssuedStatement, statements_of
from zelfboeken.billing.writers.pdf import write_pdf
from zelfboeken.billing.writers.ubl import statement_ubl
from zelfboeken.portal.statement_texts import paper_of
from zelfboeken.tenancy.models import Domain
from zelfboeken.tenancy.scope import domain_scope


@dataclass(frozen=True, slots=True)
class Written:
    """A statement or credit note that was written, and where to send it; a credit note counts below zero."""

    domain: str
    number: str
    corrects: str
    """The statement that a credit note corrects."""
    debtor: str
    email: str
    total_cents: int
    files: tuple[str, str]


def write_statements(*, month: date, folder: Path) -> Iterator[Written]:
    """Write the PDF and the e-invoice of each statement of a month, and of each credit note on one, into a folder.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for domain_id, slug in Domain.objects.order_by("id").values_list("id", "slug"):
        with domain_scope(domain_id):
            found = [one for one in statements_of(domain_id=domain_id) if one.month == Month.of(month)]
        for issued in reversed(found):
            yield _written(issued, slug, folder)


def _written(issued: IssuedStatement, slug: str, folder: Path) -> Written:
    with translation.override("nl"):
        contents = {".pdf": write_pdf(paper_of(issued)), ".xml": statement_ubl(issued)}
    paths = [folder / f"{issued.number}{ending}" for ending in contents]
    for path, content in zip(paths, contents.values(), strict=True):
        path.write_bytes(content)
    return Written(
        domain=slug,
        number=issued.number,
        corrects=issued.corrects,
        debtor=issued.buyer.name,
        email=issued.buyer.email,
        total_cents=-issued.total_cents if issued.is_credit else issued.total_cents,
        files=(paths[0].name, paths[1].name),
    )
