"""The books are judged by declared constraints: plain SQL as zb_app, one thing wrong at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests.ledger.attacks import ATTACKS, KEYS, Attack, World, new_world
from tests.ledger.raw import ask_all, check_now, keep, next_entry, refused_by, undone, write
from zelfboeken.reports.verify import verify_domain
from zelfboeken.tenancy.scope import domain_scope


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One world for all attacks, in a transaction that is rolled back; each attack takes back what it did."""
    with django_db_blocker.unblock(), transaction.atomic():
        made, domain_id = new_world()
        with domain_scope(domain_id):
            yield made
        transaction.set_rollback(True)


def test_the_world_is_right_before_anything_is_attacked(world: World):
    assert verify_domain(domain_id=world.domain).differences == ()


def test_what_plain_sql_writes_right_is_taken_and_verified(world: World):
    with undone():
        raw = next_entry(world.books)
        write(raw)
        keep(raw)

        assert verify_domain(domain_id=world.domain).differences == ()


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_the_database_refuses(world: World, attack: Attack):
    with refused_by(attack.guards[0]):
        attack.run(world)
        check_now()


def test_every_constraint_of_the_ledger_is_attacked(world: World):
    declared = ask_all(
        "SELECT conname FROM pg_constraint WHERE conrelid::regclass::text LIKE 'ledger%%' AND contype IN "
        "('c', 'f', 'p', 'u') AND NOT (contype = 'f' AND confrelid = 'tenancy_domain'::regclass)"
    )

    assert {name for (name,) in declared} - KEYS == {guard for attack in ATTACKS for guard in attack.guards}


def test_every_key_that_is_not_attacked_is_there_for_a_foreign_key(world: World):
    used = ask_all(
        "SELECT k.conname FROM pg_constraint k JOIN pg_constraint f ON f.contype = 'f' AND f.conindid = k.conindid "
        "AND f.confrelid = k.conrelid WHERE k.contype = 'u' AND k.conrelid::regclass::text LIKE 'ledger%%'"
    )

    assert {name for (name,) in used} >= KEYS
