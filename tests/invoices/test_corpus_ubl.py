"""Every labelled field of every whole UBL example in the corpus is read right."""

import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import Tell
from tests.corpus import CORPUS
from zelfboeken.invoices.readers.ubl import read_ubl

pytestmark = pytest.mark.skipif(CORPUS is None, reason="The corpus of real files is not on this machine.")

KNOWN_WRONG_LABELS: dict[tuple[str, str], str] = {}
"""Labels that are wrong themselves: (file, field) and why."""


def _labels() -> dict[str, dict[str, Any]]:
    if CORPUS is None:
        return {}
    labels = json.loads((CORPUS / "LABELS.json").read_text())
    return {name: label for name, label in labels.items() if label["syntax"] == "UBL"}


def _fields_of(content: bytes) -> dict[str, object]:
    read = read_ubl(content)
    return {
        "number": read.number,
        "issue_date": read.issued_on.isoformat() if read.issued_on else None,
        "currency": read.currency,
        "supplier": read.supplier.name,
        "lines": sum(1 for line in read.lines if line.kind == "LINE"),
        "net": Decimal(read.net_cents) / 100,
        "vat": Decimal(read.vat_cents) / 100,
        "gross": Decimal(read.total_cents) / 100,
        "payable": Decimal(read.payable_cents) / 100,
    }


def test_every_labelled_field_is_right(tell: Tell) -> None:
    assert CORPUS is not None
    labels = _labels()
    right: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    wrong = []
    for name, label in labels.items():
        for field, value in _fields_of((CORPUS / name).read_bytes()).items():
            if (name, field) in KNOWN_WRONG_LABELS:
                continue
            expected = Decimal(label[field]) if isinstance(value, Decimal) else label[field]
            asked[field] += 1
            right[field] += value == expected
            if value != expected:
                wrong.append((name, field, expected, value))
    score = ", ".join(f"{field} {right[field]}/{count}" for field, count in asked.items())
    tell(f"{len(labels)} UBL files: {score}")

    assert len(labels) >= 50
    assert wrong == []


def test_valid_examples_add_up() -> None:
    assert CORPUS is not None
    for name, label in _labels().items():
        if label["en16931_fatal"]:
            continue
        read = read_ubl((CORPUS / name).read_bytes())
        errors = [finding for finding in read.findings if finding.severity == "ERROR"]
        assert (name, errors) == (name, [])
