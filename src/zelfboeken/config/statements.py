"""The statements of a month as files, for the operator to send: one domain after the other, each in its own scope."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.utils import translation

from zelfboeken.billing.models import MonthlyStatement
from zelfboeken.billing.statements import read_back
from zelfboeken.billing.writers.pdf import write_pdf
from zelfboeken.billing.writers.ubl import statement_ubl
from zelfboeken.portal.statement_texts import paper_of
from zelfboeken.tenancy.models import Domain
from zelfboeken.tenancy.scope import domain_scope


@dataclass(frozen=True, slots=True)
class Written:
    """A statement that was written, and where to send it."""

    domain: str
    number: str
    debtor: str
    email: str
    total_cents: int
    files: tuple[str, str]


def write_statements(*, month: date, folder: Path) -> Iterator[Written]:
    """Write the PDF and the e-invoice of each statement of a month into a folder.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for domain_id, slug in Domain.objects.order_by("id").values_list("id", "slug"):
        with domain_scope(domain_id):
            stored = MonthlyStatement.objects.filter(domain_id=domain_id, month=month, number__isnull=False).first()
        if stored is None:
            continue
        issued = read_back(stored)
        with translation.override("nl"):
            contents = {".pdf": write_pdf(paper_of(issued)), ".xml": statement_ubl(issued)}
        paths = [folder / f"{issued.number}{ending}" for ending in contents]
        for path, content in zip(paths, contents.values(), strict=True):
            path.write_bytes(content)
        yield Written(
            domain=slug,
            number=issued.number,
            debtor=issued.buyer.name,
            email=issued.buyer.email,
            total_cents=issued.total_cents,
            files=(paths[0].name, paths[1].name),
        )
