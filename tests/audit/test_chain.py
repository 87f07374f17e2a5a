"""The chain over roles and permissions: what it covers, that it cannot fork, and that `verify` names a broken link."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from tests.books import NOW, new_domain
from tests.ledger.raw import ask, ask_all
from tests.threads import in_threads
from zelfboeken.audit.chain import Fact, canonical_form, is_chained, is_chained_in_portal, seal
from zelfboeken.audit.models import EventLink
from zelfboeken.audit.services import Happened, record, record_in_portal
from zelfboeken.config.commands import main
from zelfboeken.reports.verify_roles import role_log_differences, verify_portal
from zelfboeken.runtime.roles import Urls
from zelfboeken.tenancy.models import Domain, Portal
from zelfboeken.tenancy.scope import domain_scope

GIVEN = Happened("role.given", "member:7", {"role": "SALES", "user": "An"})
BOOKED = Happened("entry.posted", "A:1", {"id": 1})


def fact(**changes: Any) -> Fact:
    values: dict[str, Any] = {
        "owner_id": 3,
        "event_id": 9,
        "at": datetime(2026, 11, 25, 9, 30, tzinfo=UTC),
        "actor_id": 5,
        "actor_name": "Piet",
        "action": "role.given",
        "subject": "member:7",
        "detail": {"user": "Zoë", "role": "SALES"},
    }
    return Fact(**{**values, **changes})


def test_the_form_of_a_link_is_told_in_plain_text():
    assert canonical_form(1, fact()).decode() == (
        'rol1;1;3;9;1795599000000000;5;4:Piet;10:role.given;8:member:7;30:{"role":"SALES","user":"Zoë"}'
    )
    assert canonical_form(1, fact(actor_id=None)).decode().startswith("rol1;1;3;9;1795599000000000;-;")


@pytest.mark.parametrize(
    "change",
    [
        {"owner_id": 4},
        {"event_id": 10},
        {"at": datetime(2026, 11, 25, 9, 30, 0, 1, tzinfo=UTC)},
        {"actor_id": None},
        {"actor_name": "Piet "},
        {"action": "role.withdrawn"},
        {"subject": "member:8"},
        {"detail": {"role": "SALES"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_column_of_an_event_is_in_its_link(change: dict[str, Any]):
    assert canonical_form(1, fact(**change)) != canonical_form(1, fact())
    assert canonical_form(2, fact()) != canonical_form(1, fact())


@given(st.text(), st.text(), st.text(), st.text())
def test_no_two_events_read_the_same(name: str, action: str, other_name: str, other_action: str):
    same = (name, action) == (other_name, other_action)
    one = canonical_form(1, fact(actor_name=name, action=action))
    assert (one == canonical_form(1, fact(actor_name=other_name, action=other_action))) == same


def test_a_hash_is_over_the_one_before_and_the_content():
    assert seal(None, b"a") == hashlib.sha256(b"a").digest()
    assert seal(b"x" * 32, b"a") == hashlib.sha256(b"x" * 32 + b"a").digest()


def test_roles_permissions_bundle_price_and_locks_are_chained_and_bookings_are_not():
    chained = ("role.given", "owner.changed", "right.ticked", "self_booking.ended", "bundle.bought", "period.state")
    assert [one for one in chained if not is_chained(one)] == []
    assert [one for one in ("entry.posted", "refused", "document.received", "match.undone") if is_chained(one)] == []
    assert (is_chained_in_portal("staff.left"), is_chained_in_portal("refused")) == (True, False)


@pytest.mark.django_db
def test_inv24_the_chain_runs_over_what_is_chained_and_nothing_else():
    domain, user = new_domain()
    with domain_scope(domain.id):
        record(at=NOW, actor_id=user.id, actor_name=user.name, events=[GIVEN, BOOKED, GIVEN])
        record(at=NOW, actor_id=None, actor_name="Zelfboeken", events=[GIVEN])

        links = list(EventLink.objects.filter(domain_id=domain.id).order_by("seq"))
        assert [one.seq for one in links] == [1, 2, 3]
        assert links[0].prev_hash is None
        assert [bytes(one.prev_hash) for one in links[1:]] == [bytes(one.hash) for one in links[:-1]]
        assert list(role_log_differences(domain_id=domain.id)) == []


@pytest.mark.django_db
def test_inv24_a_portal_has_a_chain_of_its_own():
    portal = Portal.objects.create(slug="ketting", name="Ketting")
    for action in ("staff.joined", "refused", "staff.left"):
        record_in_portal(
            portal_id=portal.id, at=NOW, actor_id=1, actor_name="Pia", events=[Happened(action, "staff:1", {})]
        )

    assert verify_portal(portal_id=portal.id).links == 2
    assert verify_portal(portal_id=portal.id).differences == ()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "guard"),
    [
        ({"seq": 3}, "event_chain_is_unbroken"),
        ({"seq": 1}, "event_link_first_has_no_previous"),
        ({"prev_hash": b"x" * 32}, "event_chain_is_unbroken"),
        ({"hash": b"x" * 32}, "event_link_hash_is_true"),
        ({"content": b"anders"}, "event_link_hash_is_true"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_inv24_a_link_that_does_not_fit_is_refused_by_the_database(values: dict[str, Any], guard: str):
    domain, user = new_domain()
    with domain_scope(domain.id):
        record(at=NOW, actor_id=user.id, actor_name=user.name, events=[GIVEN, BOOKED])
        [first] = EventLink.objects.filter(domain_id=domain.id)
        [free] = ask("SELECT id FROM audit_event WHERE domain_id = %s AND action = 'entry.posted'", domain.id)
        content, prev = b"eerlijk", bytes(first.hash)
        if "prev_hash" in values:
            prev = values["prev_hash"]
        row = {"seq": 2, "prev_hash": prev, "content": content, "hash": seal(prev, content), **values}
        with pytest.raises(DatabaseError) as refused, transaction.atomic():
            EventLink.objects.create(domain_id=domain.id, event_id=free, **row)
        assert guard in str(refused.value)


@pytest.mark.slow
def test_inv24_eight_at_once_make_one_chain(own_database: Urls):
    domain, user = new_domain()

    def give(number: int) -> None:
        for n in range(5):
            with domain_scope(domain.id):
                event = Happened("role.given", f"member:{number}", {"n": n})
                record(at=NOW, actor_id=user.id, actor_name=user.name, events=[event])

    in_threads(8, give)

    with domain_scope(domain.id):
        assert ask("SELECT count(*), max(seq) FROM audit_eventlink WHERE domain_id = %s", domain.id) == (40, 40)
        assert list(role_log_differences(domain_id=domain.id)) == []


@contextmanager
def as_owner_of_everything(urls: Urls) -> Iterator[Any]:
    """The superuser, with every trigger and foreign key out of the way; what he does is kept."""
    with psycopg.connect(urls.admin) as session:
        session.execute("SET session_replication_role = replica")
        yield session


SABOTAGE = {
    "an event changed": (
        "UPDATE audit_event SET actor_name = 'Niemand' WHERE domain_id = %s AND action = 'role.given'",
        "says something else than when it was linked",
    ),
    "the reason of an event changed": (
        "UPDATE audit_event SET detail = detail || '{\"user\": \"Bo\"}' WHERE domain_id = %s AND action = 'role.given'",
        "says something else than when it was linked",
    ),
    "an event dropped": (
        "DELETE FROM audit_event WHERE domain_id = %s AND action = 'role.given'",
        "is gone",
    ),
    "a link dropped": (
        "DELETE FROM audit_eventlink WHERE domain_id = %s AND seq = 2",
        "a link between them is gone",
    ),
    "the end cut off": (
        "DELETE FROM audit_eventlink WHERE domain_id = %s AND seq = 3",
        "is not in the chain",
    ),
    "a link rewritten with a hash that fits": (
        "UPDATE audit_eventlink SET content = 'x', hash = sha256(coalesce(prev_hash, '\\x') || 'x') "
        "WHERE domain_id = %s AND seq = 2",
        "does not hold the hash of the link before it",
    ),
    "an event slipped in": (
        "INSERT INTO audit_event (domain_id, at, actor_name, action, subject, detail) "
        "VALUES (%s, now(), 'Niemand', 'role.given', 'member:1', '{}')",
        "role.given is not in the chain",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", SABOTAGE)
def test_inv24_verify_names_a_broken_link(own_database: Urls, what: str, capsys: pytest.CaptureFixture[str]):
    domain, user = new_domain(slug="kettingdomein")
    with domain_scope(domain.id):
        for event in (Happened("member.joined", "member:7", {}), GIVEN, Happened("role.withdrawn", "member:7", {})):
            record(at=NOW, actor_id=user.id, actor_name=user.name, events=[event])
    assert main(["verify", "--domain", domain.slug]) == 0
    assert '"differences": []' in capsys.readouterr().out

    statement, told = SABOTAGE[what]
    with as_owner_of_everything(own_database) as session:
        session.execute(statement, [domain.id])

    assert main(["verify", "--domain", domain.slug]) == 1
    out = capsys.readouterr().out
    assert told in out
    assert '"check": "role log"' in out


@pytest.mark.slow
def test_inv24_verify_names_a_broken_link_of_a_portal(own_database: Urls, capsys: pytest.CaptureFixture[str]):
    portal = Portal.objects.create(slug="ketting", name="Ketting")
    for name in ("An", "Bo"):
        event = Happened("staff.joined", "staff:1", {"user": name})
        record_in_portal(portal_id=portal.id, at=NOW, actor_id=1, actor_name="Pia", events=[event])
    assert main(["verify"]) == 0

    with as_owner_of_everything(own_database) as session:
        session.execute("UPDATE audit_portalevent SET detail = '{}' WHERE portal_id = %s", [portal.id])

    assert main(["verify"]) == 1
    assert '"check": "portal log"' in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("table", ["audit_eventlink", "audit_portaleventlink"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET seq = seq", "DELETE FROM {}", "TRUNCATE {}"])
def test_inv03_a_link_is_never_changed_not_even_by_the_owner(own_database: Urls, table: str, verb: str):
    with psycopg.connect(own_database.migrate) as session, pytest.raises(psycopg.DatabaseError) as refused:
        session.execute("SET ROLE zb_owner")
        session.execute(verb.format(table))
    assert "what is posted stays" in str(refused.value)


@pytest.mark.django_db
def test_what_was_logged_before_there_was_a_chain_is_linked_by_the_migration():
    import importlib

    from django.apps import apps

    domain, _ = new_domain()
    migration = importlib.import_module("zelfboeken.audit.migrations.0007_link_events")
    with domain_scope(domain.id):
        for action in ("role.given", "entry.posted", "domain.made"):
            ask_all(
                "INSERT INTO audit_event (domain_id, at, actor_name, action, subject, detail) "
                "VALUES (%s, now(), 'Vroeger', %s, 'x', '{}') RETURNING id",
                domain.id,
                action,
            )
        assert len(list(role_log_differences(domain_id=domain.id))) == 2
    others = Domain.objects.exclude(id=domain.id)
    assert not others.exists()

    migration.link_events(apps, None)

    with domain_scope(domain.id):
        assert list(role_log_differences(domain_id=domain.id)) == []
