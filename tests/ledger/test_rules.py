"""The rules of the books without a database: balance, reversal, and the form that is sealed (INV-01, 04, 10)."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zelfboeken.ledger.rules import (
    MAX_CENTS,
    MAX_LINES,
    EntryRefused,
    EntryUnbalanced,
    NewEntry,
    NewLine,
    SealedEntry,
    canonical_form,
    check_accounts,
    check_entry,
    reversed_lines,
    running_sums,
    seal,
)

ids = st.integers(1, 2**63 - 1)
cents = st.integers(1, MAX_CENTS)
grids = st.lists(st.tuples(st.integers(0, 99), st.integers(-MAX_CENTS, MAX_CENTS)), max_size=3).map(tuple)
texts = st.text(max_size=20) | st.text(alphabet=",;:+-0123456789é\n", max_size=20)


@st.composite
def one_line(draw: st.DrawFn) -> NewLine:
    amount = draw(cents)
    is_debit = draw(st.booleans())
    return NewLine(
        gl_account_id=draw(ids),
        debit_cents=amount if is_debit else 0,
        credit_cents=0 if is_debit else amount,
        description=draw(texts),
        contact_id=draw(st.none() | ids),
        grids=draw(grids),
    )


@st.composite
def balanced_entry(draw: st.DrawFn) -> NewEntry:
    """Lines of any kind, and a last one that closes at zero."""
    lines = draw(st.lists(one_line(), min_size=1, max_size=6))
    rest = sum(line.debit_cents - line.credit_cents for line in lines)
    if rest == 0:
        lines += [NewLine(draw(ids), 7, 0), NewLine(draw(ids), 0, 7)]
    while rest:
        part = max(-MAX_CENTS, min(rest, MAX_CENTS))
        lines.append(NewLine(draw(ids), max(-part, 0), max(part, 0)))
        rest -= part
    return NewEntry(
        administration_id=draw(ids),
        journal_id=draw(ids),
        on_date=draw(st.dates()),
        subject=draw(texts),
        description=draw(texts),
        lines=tuple(lines),
        attempt=draw(st.integers(1, 2**31 - 1)),
        reverses_id=draw(st.none() | ids),
        document_sha256=draw(st.none() | st.binary(min_size=32, max_size=32)),
    )


@st.composite
def sealed_entry(draw: st.DrawFn) -> SealedEntry:
    entry = draw(balanced_entry())
    return SealedEntry(
        domain_id=draw(ids),
        id=draw(ids),
        administration_id=entry.administration_id,
        journal_id=entry.journal_id,
        fiscal_year=draw(st.integers(1, 9999)),
        period_starts_on=draw(st.dates()),
        period_until=draw(st.dates()),
        number=draw(ids),
        seq=draw(ids),
        posted_at=draw(st.datetimes(timezones=st.just(UTC))),
        posted_by=draw(ids),
        entry=entry,
        running=running_sums(entry.lines),
    )


# --- balance


@given(balanced_entry())
def test_inv01_a_balanced_entry_is_taken(entry: NewEntry):
    check_entry(entry)


@given(balanced_entry(), st.data())
def test_inv01_a_cent_off_anywhere_is_refused(entry: NewEntry, data: st.DataObject):
    n = data.draw(st.integers(0, len(entry.lines) - 1))
    line = entry.lines[n]
    larger = replace(line, **{side: getattr(line, side) + 1 for side in _sides_of(line)})
    off = replace(entry, lines=(*entry.lines[:n], larger, *entry.lines[n + 1 :]))

    side = "debet" if line.debit_cents else "credit"
    with pytest.raises(EntryRefused) as refused:
        check_entry(off)
    if refused.type is EntryUnbalanced:
        assert str(refused.value) == f"De boeking is niet in evenwicht: € 0,01 te veel {side}. Pas een lijn aan."
    else:
        assert line.debit_cents + line.credit_cents == MAX_CENTS


def _sides_of(line: NewLine) -> list[str]:
    return [side for side in ("debit_cents", "credit_cents") if getattr(line, side)]


@given(st.lists(one_line(), max_size=8))
def test_inv01_each_running_sum_is_the_one_before_and_its_own_line(lines: list[NewLine]):
    sums = running_sums(lines)

    assert [now - before for before, now in zip([0, *sums], sums, strict=False)] == [
        line.debit_cents - line.credit_cents for line in lines
    ]
    assert (sums or [0])[-1] == sum(line.debit_cents - line.credit_cents for line in lines)


@given(balanced_entry())
def test_inv01_the_last_running_sum_of_a_balanced_entry_is_zero(entry: NewEntry):
    assert running_sums(entry.lines)[-1] == 0


@pytest.mark.parametrize(
    ("debit", "credit", "code"),
    [
        (1, 1, "line_one_side"),
        (0, 0, "line_one_side"),
        (-1, 0, "line_one_side"),
        (0, -1, "line_one_side"),
        (-1, 1, "line_one_side"),
        (MAX_CENTS + 1, 0, "line_too_large"),
        (0, MAX_CENTS + 1, "line_too_large"),
        (1.0, 0, "line_not_in_cents"),
        (0, True, "line_not_in_cents"),
        (None, 1, "line_not_in_cents"),
    ],
)
def test_inv25_a_line_has_one_side_of_whole_cents_within_bounds(debit: int, credit: int, code: str):
    entry = _entry(NewLine(1, debit, credit), NewLine(1, 1, 0))

    with pytest.raises(EntryRefused) as refused:
        check_entry(entry)

    assert refused.value.code == code
    assert "lijn 1" in str(refused.value).lower()


def test_inv01_an_entry_takes_100_000_lines_and_not_one_more():
    pair = (NewLine(1, 5, 0), NewLine(2, 0, 5))
    check_entry(_entry(*pair * (MAX_LINES // 2)))

    with pytest.raises(EntryRefused) as refused:
        check_entry(_entry(*pair * (MAX_LINES // 2), NewLine(1, 5, 0)))

    assert refused.value.code == "entry_line_count"


def _entry(*lines: NewLine) -> NewEntry:
    return NewEntry(1, 2, date(2026, 11, 12), "A:1", "Aankoop", lines)


# --- accounts and contacts


@pytest.mark.parametrize(
    ("account", "contact", "code"),
    [
        (440, 9, None),
        (613, None, None),
        (440, None, "line_needs_contact"),
        (613, 9, "line_takes_no_contact"),
        (999, None, "unknown_account"),
        (999, 9, "unknown_account"),
    ],
)
def test_inv26_account_and_contact_go_together(account: int, contact: int | None, code: str | None):
    control = {440: True, 613: False}
    entry = _entry(NewLine(613, 5, 0), NewLine(account, 0, 5, contact_id=contact))

    if code is None:
        check_accounts(entry, control)
        return
    with pytest.raises(EntryRefused, match="ijn 2") as refused:
        check_accounts(entry, control)
    assert refused.value.code == code


# --- reversal


@given(st.lists(one_line(), max_size=8).map(tuple))
def test_inv04_a_reversal_turned_again_is_the_entry_itself(lines: tuple[NewLine, ...]):
    assert reversed_lines(reversed_lines(lines)) == lines


@given(balanced_entry())
def test_inv04_an_entry_and_its_reversal_cancel_out_on_every_account_contact_and_grid(entry: NewEntry):
    accounts: dict[tuple[int, int | None], int] = {}
    amounts: dict[int, int] = {}
    for line in (*entry.lines, *reversed_lines(entry.lines)):
        key = (line.gl_account_id, line.contact_id)
        accounts[key] = accounts.get(key, 0) + line.debit_cents - line.credit_cents
        for grid, amount in line.grids:
            amounts[grid] = amounts.get(grid, 0) + amount

    assert set(accounts.values()) == {0}
    assert set(amounts.values()) <= {0}


@given(balanced_entry())
def test_inv04_a_reversal_balances_too(entry: NewEntry):
    check_entry(replace(entry, lines=reversed_lines(entry.lines)))


# --- the sealed form


class Reader:
    """Reads `jrn1` back, as a stranger would from its description: no other text gives the same bytes."""

    def __init__(self, content: bytes) -> None:
        self.rest = content

    def until(self, end: bytes) -> bytes:
        found, sign, self.rest = self.rest.partition(end)
        assert sign == end
        return found

    def number(self, end: bytes = b",") -> int:
        return int(self.until(end))

    def maybe(self, end: bytes = b",") -> int | None:
        found = self.until(end)
        return None if found == b"-" else int(found)

    def day(self) -> date:
        return date.fromisoformat(self.until(b",").decode())

    def text(self) -> str:
        size = self.number(b":")
        found, self.rest = self.rest[:size], self.rest[size:]
        return found.decode()

    def sign(self, expected: bytes) -> None:
        assert self.rest.startswith(expected)
        self.rest = self.rest[len(expected) :]


def read_back(content: bytes) -> tuple[SealedEntry, int]:
    """The entry in a sealed form, and the number of lines it claims."""
    reader = Reader(content)
    reader.sign(b"jrn1,")
    domain_id, entry_id, administration_id, journal_id, fiscal_year = (reader.number() for _ in range(5))
    starts_on, until, on_date = (reader.day() for _ in range(3))
    number = reader.number()
    subject = reader.text()
    reader.sign(b",")
    attempt, reverses_id, line_count = reader.number(), reader.maybe(), reader.number()
    description = reader.text()
    reader.sign(b",")
    document = reader.until(b",")
    posted_at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=reader.number())
    posted_by = reader.number()
    seq = reader.number(b";")
    lines, running = [], []
    for n in range(1, line_count + 1):
        reader.sign(b"%d," % n)
        account, contact, debit, credit, total = (
            reader.number(), reader.maybe(), reader.number(), reader.number(), reader.number()
        )  # fmt: skip
        pairs = reader.until(b",").decode()
        own = [] if pairs == "-" else [tuple(map(int, pair.split(":"))) for pair in pairs.split("+")]
        lines.append(NewLine(account, debit, credit, reader.text(), contact, tuple(own)))  # type: ignore[arg-type]
        running.append(total)
        reader.sign(b";" if n < line_count else b"")
    assert reader.rest == b""
    entry = NewEntry(
        administration_id, journal_id, on_date, subject, description, tuple(lines), attempt, reverses_id,
        None if document == b"-" else bytes.fromhex(document.decode()),
    )  # fmt: skip
    sealed = SealedEntry(
        domain_id, entry_id, administration_id, journal_id, fiscal_year, starts_on, until, number, seq, posted_at,
        posted_by, entry, running,
    )  # fmt: skip
    return sealed, line_count


@given(sealed_entry())
def test_inv10_the_sealed_form_is_read_back_with_nothing_lost_or_confused(sealed: SealedEntry):
    read, line_count = read_back(canonical_form(sealed))

    assert read == sealed
    assert line_count == len(sealed.entry.lines)


def test_inv10_the_sealed_form_is_written_down_and_does_not_change():
    sealed = SealedEntry(
        domain_id=7,
        id=41,
        administration_id=8,
        journal_id=9,
        fiscal_year=2026,
        period_starts_on=date(2026, 11, 1),
        period_until=date(2026, 12, 1),
        number=3,
        seq=5,
        posted_at=datetime(2026, 11, 25, 10, 30, 0, 12, tzinfo=timezone(timedelta(hours=1))),
        posted_by=2,
        entry=NewEntry(
            administration_id=8,
            journal_id=9,
            on_date=date(2026, 11, 12),
            subject="PURCHASE:17",
            description="Café; 5,00",
            lines=(NewLine(613, 12_100, 0, "kraft", grids=((82, 10_000), (59, -1))), NewLine(440, 0, 12_100, "", 6)),
            document_sha256=bytes(32),
        ),
        running=[12_100, 0],
    )

    assert canonical_form(sealed).decode() == (
        "jrn1,7,41,8,9,2026,2026-11-01,2026-12-01,2026-11-12,3,11:PURCHASE:17,1,-,2,11:Café; 5,00,"
        f"{'0' * 64},1795599000000012,2,5;"
        "1,613,-,12100,0,12100,82:10000+59:-1,5:kraft;"
        "2,440,6,0,12100,0,-,0:"
    )


@given(sealed_entry(), st.data())
def test_inv10_another_value_in_any_field_is_another_form(sealed: SealedEntry, data: st.DataObject):
    name = data.draw(st.sampled_from([one.name for one in fields(SealedEntry) if one.name not in _INSIDE]))
    other = data.draw(
        sealed_entry().map(lambda one: getattr(one, name)).filter(lambda one: one != getattr(sealed, name))
    )

    assert canonical_form(replace(sealed, **{name: other})) != canonical_form(sealed)


_INSIDE = {"entry", "running"}


@given(st.none() | st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_inv10_the_seal_is_the_hash_of_what_was_before_and_the_content(previous: bytes | None, content: bytes):
    assert seal(previous, content) == hashlib.sha256((previous or b"") + content).digest()


def test_inv10_a_seal_that_anybody_can_check_by_hand():
    first = seal(None, b"jrn1")
    assert first.hex() == hashlib.sha256(b"jrn1").hexdigest()
    assert seal(first, b"jrn1") != first
