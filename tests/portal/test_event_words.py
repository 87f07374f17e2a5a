"""The log as people read it: no code of ours, no list as it is stored, and money as money."""

import ast
import re
from pathlib import Path

from django.utils.translation import override

import zelfboeken
from zelfboeken.portal.event_words import event_details, event_text

_NOT_LOGGED = {"domain.create", "domain.edit", "domain.enter", "period.book_blocked", "period.close", "role.give"}
"""Names of rights, which look like the names of acts."""
_KINDS = {
    "administration", "bundle", "calendar", "contact", "contract", "domain", "entry", "invitation", "invoice",
    "legacy", "limit", "match", "member", "missing", "operator", "owner", "period", "price", "proposal", "question",
    "right", "role", "self_booking", "staff", "statement",
}  # fmt: skip
_SERVICES = ("access", "bank", "billing", "booking", "contacts", "documents", "inbox", "invoices", "ledger")


def acts() -> set[str]:
    """Every act that our services log, as its name stands in their code."""
    source = Path(zelfboeken.__file__).parent
    files = [path for one in (*_SERVICES, "matching", "questions") for path in (source / one).rglob("*.py")]
    texts = [
        node.value
        for path in files
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    named = {one for one in texts if re.fullmatch(r"[a-z_]+\.[a-z_]+", one) and one.split(".")[0] in _KINDS}
    return named - _NOT_LOGGED - {"statement.typ"} | {"document.received", "document.repeated", "refused"}


def test_every_act_of_the_log_is_told_in_dutch_words():
    found = acts()
    assert {"entry.posted", "statement.imported", "question.asked", "role.given"} <= found
    with override("nl"):
        assert [one for one in sorted(found) if event_text(one) == one] == []


def test_who_gets_a_question_is_told_by_name_and_why_in_words():
    detail = {"title": "Privé?", "to": ["Bo Backoffice", "Dirk Directie"], "because": "ROLE"}
    with override("nl"):
        assert event_details(detail) == (
            ("Vraag", "Privé?"),
            ("Aan", "Bo Backoffice, Dirk Directie"),
            ("Omdat", "heeft er een rol voor"),
        )


def test_a_price_in_the_log_is_an_amount():
    with override("nl"):
        assert event_details({"role": "BACKOFFICE", "monthly_cents": 2500}) == (
            ("Rol", "Backoffice"),
            ("Prijs per maand", "€\N{NO-BREAK SPACE}25,00"),
        )


def test_what_changed_is_told_before_and_after():
    with override("nl"):
        assert event_details({"vat_regime": ["MONTHLY", "QUARTERLY"], "name": ["", "Hamer"]}) == (
            ("Naam", "– → Hamer"),
            ("Btw-regeling", "Maandaangever → Kwartaalaangever"),
        )
