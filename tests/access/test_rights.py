"""The rights table: each cell against the table of the design, written out here once more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zelfboeken.access.refusals import first_reason
from zelfboeken.access.rights import (
    EVERYBODY,
    GRANTS,
    RIGHT_NAMES,
    ROLE_NAMES,
    TICKABLE,
    PortalRole,
    Right,
    Role,
    granted_rights,
)
from zelfboeken.access.self_booking import REASONS, Missing

COLUMNS = {
    "–": None,
    "KU": "VIEWER",
    "VK": "SALES",
    "AK": "PURCHASE",
    "HR": "HRM",
    "FA": "FINANCE",
    "EA": "EXTERNAL_ACCOUNTANT",
    "PR": "PROCURATION",
    "SM": "SECURITY_MANAGER",
    "DI": "MANAGEMENT",
    "BO": "BACKOFFICE",
    "PD": "DATA_ENTRY",
    "PB": "PORTAL_BACKOFFICE",
    "PC": "CONTROLLER",
    "PA": "PORTAL_ADMIN",
}
# "Y" always, "e" while self-booking is effective, "t" when the office ticked it, "·" never.
EXPECTED = """
                           –  KU VK AK HR FA EA PR SM DI BO PD PB PC PA
domain.enter               Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y
document.deliver           Y  ·  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y
document.see_all_users     Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y
document.see_sales         ·  Y  Y  ·  ·  Y  Y  ·  ·  Y  Y  Y  Y  Y  Y
document.see_purchase      ·  Y  ·  Y  ·  Y  Y  Y  ·  Y  Y  Y  Y  Y  Y
document.see_personnel     ·  ·  ·  ·  Y  ·  t  ·  ·  Y  t  ·  t  Y  Y
ledger.see                 ·  Y  ·  ·  ·  Y  Y  ·  ·  Y  Y  ·  Y  Y  Y
sales_invoice.send         ·  ·  Y  ·  ·  Y  ·  ·  ·  Y  e  ·  Y  Y  Y
data.complete              ·  ·  ·  ·  ·  Y  Y  ·  ·  ·  e  Y  Y  Y  Y
document.book              ·  ·  ·  ·  ·  ·  Y  ·  ·  ·  e  ·  Y  Y  Y
bank.match                 ·  ·  ·  ·  ·  Y  Y  ·  ·  ·  e  Y  Y  Y  Y
bank.book                  ·  ·  ·  ·  ·  Y  Y  ·  ·  ·  e  ·  Y  Y  Y
bank.split                 ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  e  ·  Y  Y  Y
payment.prepare            ·  ·  ·  Y  ·  Y  ·  ·  ·  Y  e  ·  Y  Y  Y
payment.approve            ·  ·  ·  ·  ·  ·  ·  Y  ·  Y  ·  ·  ·  ·  ·
period.book_blocked        ·  ·  ·  ·  ·  ·  Y  ·  ·  ·  ·  ·  ·  Y  ·
period.close               ·  ·  ·  ·  ·  ·  t  ·  ·  ·  t  ·  Y  Y  Y
vat.approve                ·  ·  ·  ·  ·  ·  ·  ·  ·  Y  ·  ·  ·  ·  ·
role.give                  ·  ·  ·  ·  ·  ·  ·  ·  ·  Y  ·  ·  ·  ·  ·
log.read                   ·  ·  ·  ·  ·  ·  ·  ·  Y  Y  ·  ·  ·  ·  Y
portal.manage              ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  Y
domain.create              ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  Y  Y  Y
domain.edit                ·  ·  ·  ·  ·  ·  ·  ·  ·  Y  ·  ·  ·  ·  Y
export.all                 ·  ·  ·  ·  ·  Y  Y  ·  ·  Y  e  ·  Y  Y  Y
"""
HEAD, *ROWS = [line.split() for line in EXPECTED.strip().splitlines()]
CELLS = [(row[0], column, cell) for row in ROWS for column, cell in zip(HEAD, row[1:], strict=True)]
TABLE = {(right, column): cell for right, column, cell in CELLS}


def held(column: str, *, self_booking: bool = False, ticked: frozenset[tuple[str, Right]] = frozenset()) -> set[str]:
    role = COLUMNS[column]
    roles = frozenset({role} if role else set())
    return {right.value for right in granted_rights(roles, self_booking=self_booking, ticked=ticked)}


def test_the_table_has_every_right_and_every_role():
    assert list(COLUMNS) == HEAD
    assert {row[0] for row in ROWS} == {right.value for right in Right}
    assert {role for role in COLUMNS.values() if role} == {*(role.value for role in Role), *PORTAL_ROLES_IN_A_DOMAIN}


PORTAL_ROLES_IN_A_DOMAIN = {role.value for role in PortalRole if role != PortalRole.GUEST}


@pytest.mark.parametrize(("right", "column", "cell"), CELLS)
def test_each_cell_gives_what_the_table_says(right: str, column: str, cell: str):
    everything = frozenset((role, Right(right)) for role in COLUMNS.values() if role)

    assert (right in held(column)) == (cell == "Y")
    assert (right in held(column, self_booking=True)) == (cell in {"Y", "e"})
    assert (right in held(column, ticked=everything)) == (cell in {"Y", "t"})


def test_what_may_be_ticked_is_what_the_table_marks():
    expected = {(COLUMNS[column], right) for right, column, cell in CELLS if cell == "t"}

    assert {(role, right.value) for role, right in TICKABLE} == expected


def test_a_tick_for_one_role_is_no_tick_for_another():
    for_the_accountant = frozenset({("EXTERNAL_ACCOUNTANT", Right.PERIOD_CLOSE)})

    assert "period.close" in held("EA", ticked=for_the_accountant)
    assert "period.close" not in held("BO", ticked=for_the_accountant)


def test_every_right_appears_in_a_role_and_has_a_name():
    assert {right for rights in GRANTS.values() for right in rights} == set(Right)
    assert set(RIGHT_NAMES) == set(Right)
    assert {*Role, *PortalRole} == set(ROLE_NAMES)


@given(
    st.frozensets(st.sampled_from([role for role in COLUMNS.values() if role])),
    st.booleans(),
    st.frozensets(st.sampled_from(sorted(TICKABLE))),
)
def test_roles_add_up(roles: frozenset[str], self_booking: bool, ticked: frozenset[tuple[str, Right]]):
    together = granted_rights(roles, self_booking=self_booking, ticked=ticked)
    apart = [granted_rights(frozenset({role}), self_booking=self_booking, ticked=ticked) for role in roles]
    none = granted_rights(frozenset(), self_booking=self_booking, ticked=ticked)

    expected = frozenset().union(*apart) if roles == {"VIEWER"} else frozenset().union(none, *apart)
    assert together == expected


def test_a_viewer_alone_delivers_nothing_and_with_another_role_he_does():
    assert "document.deliver" not in held("KU")
    assert Right.DOCUMENT_DELIVER in granted_rights(frozenset({"VIEWER", "HRM"}), self_booking=False)


@pytest.mark.parametrize("unknown", ["", "backoffice", "OWNER", "GUEST", "*", EVERYBODY.lower()])
def test_inv33_an_unknown_role_gives_nothing(unknown: str):
    nothing_more = granted_rights(frozenset(), self_booking=True)

    assert granted_rights(frozenset({unknown}), self_booking=True) == nothing_more
    assert Right.LEDGER_SEE not in nothing_more


BOOKING = {"document.book", "bank.match", "bank.book", "bank.split"}


@pytest.mark.parametrize(("right", "column", "cell"), [one for one in CELLS if one[2] != "Y"])
def test_the_reason_of_a_refusal_is_the_first_that_fails(right: str, column: str, cell: str):
    role, is_staff = COLUMNS[column], column in {"PD", "PB", "PC", "PA"}
    for missing in Missing:
        reason = first_reason(
            Right(right),
            roles=frozenset({role} if role else set()),
            is_member=not is_staff,
            is_readonly=missing is Missing.LIFECYCLE,
            self_booking_missing=missing,
        )

        if missing is Missing.LIFECYCLE:
            expected = "domain_not_live"
        elif cell == "e" or (right in BOOKING and not is_staff):
            expected = missing.value
        else:
            expected = "not_ticked" if cell == "t" else "right_missing"
        assert reason.code == expected
        asks_inside = reason.text.endswith(("Directie.", "Portaalbeheerder."))
        assert asks_inside == (expected in {"right_missing", "no_backoffice_role"})


@pytest.mark.parametrize(
    ("right", "roles", "is_member", "sentence"),
    [
        (
            Right.LEDGER_SEE,
            {"SALES"},
            True,
            "Je rol laat niet toe om de boekhouding te bekijken. Vraag het aan de Directie.",
        ),
        (
            Right.DOCUMENT_BOOK,
            {"DATA_ENTRY"},
            False,
            "Je rol laat niet toe om documenten te boeken. Vraag het aan de Portaalbeheerder.",
        ),
        (Right.DOCUMENT_BOOK, {"MANAGEMENT"}, True, "Je hebt de rol Backoffice niet. Vraag ze aan de Directie."),
        (
            Right.PERIOD_CLOSE,
            {"EXTERNAL_ACCOUNTANT"},
            True,
            "Je rol laat alleen toe om te nummeren, periodes te blokkeren of af te sluiten, of de btw-aangifte in te "
            "dienen als het kantoor dat aanvinkt. Vraag het aan je accountant.",
        ),
    ],
)
def test_a_refusal_says_what_is_wrong_and_whom_to_ask(right: Right, roles: set[str], is_member: bool, sentence: str):
    reason = first_reason(
        right, roles=frozenset(roles), is_member=is_member, is_readonly=False, self_booking_missing=Missing.ASSIGNMENT
    )

    assert reason.text == sentence


def test_every_reason_of_self_booking_is_one_dutch_sentence_with_the_way_out():
    assert set(REASONS) == set(Missing)
    assert all(text.endswith(".") and len(text) > 40 for text in REASONS.values())
