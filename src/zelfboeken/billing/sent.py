"""The numbers of the operator's series, over all domains: which was given out, to whom and for what."""

from __future__ import annotations

import re

from django.db.models import Q

from zelfboeken.billing.models import StatementNumber
from zelfboeken.billing.statements import number_text
from zelfboeken.tenancy.models import Domain

_NUMBER = re.compile(r"([A-Z0-9]{1,8})-(\d{4})-(\d{4,9})")


def number_of(text: str) -> StatementNumber | None:
    """The number that is written as ZB-2026-0007, if it was given out."""
    read = _NUMBER.fullmatch(text)
    if read is None:
        return None
    series, year, number = read.groups()
    if number_text(series, int(year), int(number)) != text:
        # Written in another way than it stands on the paper: there is one address of each.
        return None
    return StatementNumber.objects.filter(series=series, year=int(year), number=int(number)).first()


def sent_numbers(*, asked: str, skip: int, most: int) -> list[tuple[StatementNumber, str]]:
    """Numbers with the name of their domain, newest first; `asked` is a number or a part of a domain's name."""
    found = StatementNumber.objects.all()
    if asked:
        exact = number_of(asked.upper())
        domains = Domain.objects.filter(Q(name__icontains=asked) | Q(slug__icontains=asked))
        found = found.filter(id=exact.id) if exact else found.filter(drawn_for__in=domains.values("id"))
    rows = list(found.order_by("-id")[skip : skip + most])
    names = dict(Domain.objects.filter(id__in={one.drawn_for for one in rows}).values_list("id", "name"))
    return [(one, names[one.drawn_for]) for one in rows]
