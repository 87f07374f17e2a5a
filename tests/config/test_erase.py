"""`zelfboeken erase`: everything of a domain goes when that is due and not before, and nothing of another domain."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core import mail
from django.db import connection
from django.db.utils import DatabaseError
from django.utils import timezone

from tests.access.test_door import assign, staff
from tests.books import NOW, TODAY, new_user
from tests.config.command import is_one_sentence, run
from tests.everything import Everything, new_everything
from tests.portal.pages import browser_of
from tests.portal.test_office_isolation import PORTAL_ROWS, address
from zelfboeken.access.models import (
    AdministrationGrant,
    DomainAssignment,
    Invitation,
    LegacyGrant,
    Member,
    OwnerTransfer,
    PortalMember,
    TickedRight,
)
from zelfboeken.access.office import PortalAccess, open_portal_domain
from zelfboeken.access.rights import TICKABLE, PortalRole, Right, Role
from zelfboeken.access.services import NotAllowed, UnknownDomain, access_of, add_member
from zelfboeken.audit.models import Event, PortalEvent
from zelfboeken.audit.services import Happened
from zelfboeken.billing import ticking
from zelfboeken.billing.erasure import ErasureRefused
from zelfboeken.billing.models import ErasureStep, ErasureStepKind
from zelfboeken.billing.moving import MoveRefused, move_domain
from zelfboeken.billing.standing import locked_domain
from zelfboeken.billing.ticking import tick
from zelfboeken.config import erasing
from zelfboeken.config.erasing import KEPT, OF_PEOPLE, due_domains, erase_domain
from zelfboeken.ledger.models import Head
from zelfboeken.portal.undo import kept_as
from zelfboeken.reports.verify import verify_domain
from zelfboeken.reports.verify_roles import verify_portal
from zelfboeken.runtime.roles import Urls
from zelfboeken.tenancy.models import Domain, Lifecycle, Portal
from zelfboeken.tenancy.scope import domain_scope

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("own_database")]


def on_its_way(urls: Urls, everything: Everything, *, days: int = 31, months: int = 7) -> Domain:
    """The domain is inactive, announced and confirmed, so many days and months ago by the clock of the server."""
    domain = everything.books.domain
    Domain.objects.filter(id=domain.id).update(lifecycle=Lifecycle.INACTIVE)
    with domain_scope(domain.id):
        step(domain, ErasureStepKind.ANNOUNCED)
        step(domain, ErasureStepKind.CONFIRMED)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO billing_standing (domain_id, at, pricing_model, bundle, lifecycle, is_authorised, seats, "
                "places, because) VALUES (%s, now(), 'BUNDLE', 'MINIMAL', 'INACTIVE', false, 0, 0, 'life')",
                [domain.id],
            )
    with psycopg.connect(urls.admin) as session:
        # What only time can do: nobody else writes these columns, and the superuser only past the guards.
        session.execute("SET session_replication_role = replica")
        session.execute("UPDATE billing_erasurestep SET written_at = written_at - make_interval(days => %s)", [days])
        session.execute("UPDATE billing_standing SET at = now() - make_interval(months => %s)", [months + 5])
        session.execute(
            "UPDATE billing_standing SET at = now() - make_interval(months => %s) WHERE lifecycle = 'INACTIVE'",
            [months],
        )
    return domain


def step(domain: Domain, kind: ErasureStepKind) -> None:
    ErasureStep.objects.create(domain_id=domain.id, kind=kind.value, at=timezone.now(), by_name=f"Pia {kind.value}")


def filled_with_people(everything: Everything) -> None:
    """A row about this domain in every table that says who is whom."""
    domain, now = everything.books.domain, timezone.now()
    owner = add_member(domain=domain, user=new_user(f"eigenaar{domain.id}@wis.test"), is_owner=True)
    looker = add_member(domain=domain, user=new_user(f"kijker{domain.id}@wis.test"), roles=frozenset({Role.VIEWER}))
    AdministrationGrant.objects.create(member=looker, administration_id=everything.books.administration.id)
    OwnerTransfer.objects.create(
        domain=domain, from_member=owner, to_member=looker, proposed_by=owner.user, is_by_office=False,
        proposed_at=now, holds_from=now,
    )  # fmt: skip
    role, right = sorted(TICKABLE)[0]
    TickedRight.objects.create(domain=domain, role=role, right=right)
    Invitation.objects.create(
        token_sha256=f"{domain.id:032d}".encode(), email="wie@wis.test", portal=domain.portal, domain=domain,
        invited_by=owner.user, invited_at=now, expires_at=now,
    )  # fmt: skip
    LegacyGrant.objects.create(
        portal=domain.portal, domain=domain, email="gast@wis.test", name="Gast",
        granted_on=TODAY - timedelta(days=1), ends_on=TODAY, imported_at=now, imported_by=owner.user,
    )  # fmt: skip
    assert DomainAssignment.objects.filter(domain=domain).exists()


def rows_of(urls: Urls, domain_id: int) -> dict[str, int]:
    """How many rows each table has of a domain, seen by who sees all; tables without any are left out."""
    counted = {}
    with psycopg.connect(urls.admin) as session:
        tables = session.execute(
            "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = 'public' AND c.relkind = 'r' AND EXISTS (SELECT FROM pg_attribute a "
            "WHERE a.attrelid = c.oid AND a.attname = 'domain_id' AND NOT a.attisdropped)"
        ).fetchall()
        for (table,) in tables:
            [(count,)] = session.execute(
                psycopg.sql.SQL("SELECT count(*) FROM {} WHERE domain_id = %s").format(psycopg.sql.SQL(table)),
                [domain_id],
            ).fetchall()
            if count:
                counted[table] = count
    return counted


def files_of(domain: Domain) -> list[Path]:
    return [one for one in (Path(settings.FILES) / str(domain.id)).rglob("*") if one.is_file()]


def test_everything_goes_but_what_the_operator_keeps_and_nothing_of_another_domain(own_database: Urls):
    gone, other = new_everything(), new_everything()
    filled_with_people(gone)
    filled_with_people(other)
    domain, stays = on_its_way(own_database, gone), other.books.domain
    before, untouched, files = rows_of(own_database, domain.id), rows_of(own_database, stays.id), files_of(domain)
    books = gone.books.administration
    with domain_scope(domain.id):
        head = Head.objects.get(domain_id=domain.id)
        last = f"{head.seq} {bytes(head.hash or b'').hex()}"
    member_ids = list(Member.objects.filter(domain=domain).values_list("id", flat=True))
    # The example is worth something only where no table was left empty.
    emptied = {table for table, _condition in OF_PEOPLE} - {"access_administrationgrant", "access_roleassignment"}
    assert emptied <= set(before)
    assert len(before) > 40
    assert len(files) > 3

    done = erase_domain(own_database.migrate, slug=domain.slug, at=timezone.now())

    left = rows_of(own_database, domain.id)
    assert left == {table: before[table] + (table == "billing_erasurestep") for table in KEPT}
    assert rows_of(own_database, stays.id) == untouched
    assert not AdministrationGrant.objects.filter(member_id__in=member_ids).exists()
    assert (files_of(domain), done.files) == ([], len(files))
    assert len(files_of(stays)) > 3
    without = {"access_administrationgrant", "access_roleassignment"}
    assert {table: count for table, count in done.rows.items() if table not in without} == {
        table: count for table, count in before.items() if table not in KEPT
    }
    stored = Domain.objects.get(id=domain.id)
    assert (stored.slug, stored.lifecycle, stored.erased_at is None) == (domain.slug, "INACTIVE", False)
    event = PortalEvent.objects.get(portal_id=domain.portal_id, action="domain.erased")
    assert event.detail["announced_by"] == "Pia ANNOUNCED"
    assert event.detail["confirmed_by"] == "Pia CONFIRMED"
    assert event.detail["chains"][f"{books.name} {books.public_id}"] == last
    assert event.detail["rows"] == done.rows
    assert not verify_portal(portal_id=domain.portal_id).differences
    for one in (domain, stays):
        with domain_scope(one.id):
            assert not verify_domain(domain_id=one.id).differences
    told = {address for one in mail.outbox for address in one.to if one.subject == f"{domain.name} is gewist"}
    assert f"eigenaar{domain.id}@wis.test" in told


def test_what_is_erased_opens_for_nobody_and_time_passes_it_by(own_database: Urls):
    gone = new_everything()
    domain = on_its_way(own_database, gone)
    erase_domain(own_database.migrate, slug=domain.slug, at=timezone.now())

    with pytest.raises(UnknownDomain):
        access_of(user_id=gone.books.user.id, slug=domain.slug, on=timezone.localdate())
    assert tick(at=timezone.now() + timedelta(days=40)).domains == 0
    assert set(rows_of(own_database, domain.id)) == KEPT
    assert due_domains(own_database.migrate) == []


def test_nothing_is_written_about_an_erased_domain_any_more_and_every_page_of_its_office_answers(own_database: Urls):
    gone, other = new_everything(), new_everything()
    domain = on_its_way(own_database, gone)
    admin = staff(domain.portal, PortalRole.PORTAL_ADMIN, name="na")
    helper = staff(domain.portal, PortalRole.PORTAL_BACKOFFICE, name="helpt")
    assign(helper, domain)
    client, lesser = browser_of(admin.user), browser_of(helper.user)
    begun = iter(client.get(f"/kantoor/domeinen/{domain.slug}/export/").streaming_content)  # type: ignore[attr-defined]
    next(begun)
    erase_domain(own_database.migrate, slug=domain.slug, at=timezone.now())
    # A download that was under way ends there.
    with pytest.raises(UnknownDomain):
        list(begun)

    for name, (_right, names_a_domain) in PORTAL_ROWS.items():
        if names_a_domain:
            url = address(name, domain.slug)
            assert client.get(url).status_code in {200, 404, 409}, url
            assert client.post(url).status_code in {404, 409}, url
            lesser.get(url)
            lesser.post(url)
    told = client.post("/kantoor/domeinen/", {"domain": [domain.slug], "task": "RESPONSIBLE", "member": str(admin.id)})
    assert told.status_code == 303
    with domain_scope(domain.id), pytest.raises(MoveRefused, match="is gewist"):
        move_domain(domain_id=domain.id, to=Portal.objects.create(slug="elders", name="Elders"), reason="x", at=NOW)

    assert set(rows_of(own_database, domain.id)) == KEPT
    assert domain.name in client.get("/kantoor/domeinen/").content.decode()
    assert "Gewist" in client.get("/kantoor/domeinen/").content.decode()
    assert client.get("/kantoor/monitor/?werk=alles").status_code in {200, 404}
    assert Domain.objects.get(id=other.books.domain.id).erased_at is None


@pytest.mark.parametrize(
    ("made", "code"),
    [
        ({"days": 29}, "not_due"),
        ({"months": 5}, "not_due"),
        ({"kind": ErasureStepKind.WITHDRAWN}, "not_confirmed"),
        ({"kind": ErasureStepKind.ANNOUNCED}, "not_confirmed"),
        ({"facts": {"is_view_only": True}}, "not_due"),
        ({"facts": {"lifecycle": Lifecycle.ACTIVE}}, "not_due"),
    ],
    ids=["29 days by the clock of the server", "5 months", "taken back", "announced anew", "looked at", "back in use"],
)
def test_what_is_not_due_stays_whole(
    own_database: Urls, monkeypatch: pytest.MonkeyPatch, made: dict[str, Any], code: str
):
    everything = new_everything()
    times = {name: made[name] for name in ("days", "months") if name in made}
    domain = on_its_way(own_database, everything, **times)
    with domain_scope(domain.id):
        if "kind" in made:
            step(domain, made["kind"])
    Domain.objects.filter(id=domain.id).update(**made.get("facts", {}))
    before, files = rows_of(own_database, domain.id), files_of(domain)
    # As if the portal itself saw nothing against it: only the database still says no.
    monkeypatch.setattr(erasing, "require_confirmable", lambda now, at: None)

    with pytest.raises(ErasureRefused) as refused:
        erase_domain(own_database.migrate, slug=domain.slug, at=timezone.now())

    assert refused.value.code == code
    assert (rows_of(own_database, domain.id), files_of(domain)) == (before, files)


@pytest.mark.parametrize("table", ["ledger_entry_line", "documents_document", "audit_event", "billing_contract"])
@pytest.mark.parametrize("role", ["app", "superuser", "owner of another domain", "owner too early"])
def test_inv03_only_its_owner_deletes_and_only_what_is_due(own_database: Urls, table: str, role: str):
    everything, other = new_everything(), new_everything()
    domain = on_its_way(own_database, everything, days=29 if role == "owner too early" else 31)
    url = {"app": own_database.app, "superuser": own_database.admin}.get(role, own_database.migrate)
    opened = other.books.domain.id if role == "owner of another domain" else domain.id

    with psycopg.connect(url) as session:
        session.execute(f"SET LOCAL app.domain = '{opened}'")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute(f"DELETE FROM {table}")


def test_inv03_a_role_that_was_given_the_privilege_by_mistake_deletes_nothing_either(own_database: Urls):
    domain = on_its_way(own_database, new_everything())
    with psycopg.connect(own_database.migrate, autocommit=True) as owner:
        owner.execute("GRANT DELETE ON audit_event TO zb_app")

    with psycopg.connect(own_database.app) as session:
        session.execute(f"SET LOCAL app.domain = '{domain.id}'")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="what is posted stays"):
            session.execute("DELETE FROM audit_event")


def test_what_was_taken_back_is_announced_anew_also_by_the_database(own_database: Urls):
    domain = on_its_way(own_database, new_everything())
    with domain_scope(domain.id):
        step(domain, ErasureStepKind.WITHDRAWN)
        step(domain, ErasureStepKind.CONFIRMED)

    assert due_domains(own_database.migrate) == []
    with psycopg.connect(own_database.migrate) as session:
        session.execute(f"SET LOCAL app.domain = '{domain.id}'")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("DELETE FROM audit_event")


def test_six_months_are_of_one_piece_also_by_the_database(own_database: Urls):
    domain = on_its_way(own_database, new_everything())
    with psycopg.connect(own_database.admin) as session:
        for months, is_looked_at in ((3, True), (2, False)):
            session.execute(
                "INSERT INTO billing_standing (domain_id, at, pricing_model, bundle, lifecycle, is_authorised, seats, "
                "places, because, is_view_only) VALUES (%s, now() - make_interval(months => %s), 'BUNDLE', 'MINIMAL', "
                "'INACTIVE', false, 0, 0, 'looking', %s)",
                [domain.id, months, is_looked_at],
            )

    with pytest.raises(ErasureRefused):
        erase_domain(own_database.migrate, slug=domain.slug, at=timezone.now())
    assert due_domains(own_database.migrate) == []


def test_inv03_where_it_is_due_the_owner_changes_and_empties_nothing_and_keeps_what_is_kept(own_database: Urls):
    everything, other = new_everything(), new_everything()
    domain = on_its_way(own_database, everything)
    untouched = rows_of(own_database, other.books.domain.id)
    refused = [
        "UPDATE audit_event SET subject = ''",
        "TRUNCATE questions_message CASCADE",
        "DELETE FROM audit_portalevent",
        *(f"DELETE FROM {table}" for table in sorted(KEPT)),
    ]
    for attempt in refused:
        with psycopg.connect(own_database.migrate) as session:
            session.execute(f"SET LOCAL app.domain = '{domain.id}'")
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="what is posted stays"):
                session.execute(attempt)
    with psycopg.connect(own_database.migrate) as session:
        session.execute(f"SET LOCAL app.domain = '{domain.id}'")
        session.execute("DELETE FROM billing_contract")
    assert rows_of(own_database, other.books.domain.id) == untouched


def test_nobody_but_its_owner_calls_a_domain_erased_and_nobody_calls_it_back(own_database: Urls):
    domain = on_its_way(own_database, new_everything())
    with pytest.raises(DatabaseError, match="not erased in this way"), domain_scope(domain.id):
        Domain.objects.filter(id=domain.id).update(erased_at=timezone.now())

    erase_domain(own_database.migrate, slug=domain.slug, at=timezone.now())

    for url in (own_database.app, own_database.migrate, own_database.admin):
        with (
            psycopg.connect(url) as session,
            pytest.raises(psycopg.errors.InsufficientPrivilege, match="not erased in this way"),
        ):
            session.execute("UPDATE tenancy_domain SET erased_at = NULL WHERE id = %s", [domain.id])
    with pytest.raises(DatabaseError, match="domain_is_erased_only_when_inactive"):
        Domain.objects.filter(id=domain.id).update(lifecycle=Lifecycle.ARCHIVED)
    connection.close()


def test_the_days_of_an_announcement_are_reckoned_by_the_server_whatever_is_sent(own_database: Urls):
    domain = new_everything().books.domain
    long_ago = timezone.now() - timedelta(days=400)
    with domain_scope(domain.id):
        ErasureStep.objects.create(
            domain_id=domain.id, kind="ANNOUNCED", at=long_ago, by_name="Pia", written_at=long_ago
        )
        stored = ErasureStep.objects.filter(domain_id=domain.id).latest("id")

    assert abs(stored.written_at - timezone.now()) < timedelta(hours=1)


def test_what_was_cut_off_after_the_rows_is_finished_by_the_same_command(
    own_database: Urls, monkeypatch: pytest.MonkeyPatch
):
    domain = on_its_way(own_database, new_everything())
    count = len(files_of(domain))
    with monkeypatch.context() as cut_off, pytest.raises(OSError, match="weg"):
        cut_off.setattr(erasing, "_remove_files", lambda _domain_id: (_ for _ in ()).throw(OSError("schijf weg")))
        erase_domain(own_database.migrate, slug=domain.slug, at=timezone.now())
    assert len(files_of(domain)) == count

    again = erase_domain(own_database.migrate, slug=domain.slug, at=timezone.now())

    assert (again.files, again.rows, files_of(domain)) == (count, {}, [])


def test_no_table_that_refers_to_a_domain_is_forgotten(own_database: Urls):
    with psycopg.connect(own_database.admin) as session:
        found = session.execute(
            "SELECT DISTINCT k.conrelid::regclass::text, c.relforcerowsecurity FROM pg_constraint k "
            "JOIN pg_class c ON c.oid = k.conrelid WHERE k.contype = 'f' AND k.confrelid = ANY(ARRAY["
            "'tenancy_domain', 'access_member']::regclass[])"
        ).fetchall()
    guarded, others = ({table for table, forced in found if forced is wanted} for wanted in (True, False))

    assert others == {table for table, _condition in OF_PEOPLE}
    assert guarded > KEPT


def test_the_command_tells_what_is_due_and_erases_what_is_named(
    own_database: Urls, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    domain = on_its_way(own_database, new_everything())
    monkeypatch.setenv("DATABASE_URL", own_database.app)
    monkeypatch.delenv("ZELFBOEKEN_MIGRATE_URL", raising=False)
    without = run(capsys, "erase", domain.slug)
    assert is_one_sentence(without)
    monkeypatch.setenv("ZELFBOEKEN_MIGRATE_URL", own_database.app)
    as_the_app = run(capsys, "erase", domain.slug)
    assert is_one_sentence(as_the_app)
    monkeypatch.setenv("ZELFBOEKEN_MIGRATE_URL", own_database.migrate)

    assert run(capsys, "erase").rows == [{"due": [domain.slug]}]
    assert is_one_sentence(run(capsys, "erase", "bestaat-niet"))
    ran = run(capsys, "erase", domain.slug)

    assert (ran.code, ran.err) == (0, "")
    assert ran.rows[0]["domain"] == domain.slug
    assert ran.rows[0]["rows"]["ledger_entry"] > 0
    assert PortalMember.objects.filter(portal_id=domain.portal_id).exists()


def test_of_two_who_run_the_command_at_once_the_second_finds_it_done(
    own_database: Urls, monkeypatch: pytest.MonkeyPatch
):
    domain = on_its_way(own_database, new_everything())
    scope, count = erasing.domain_scope, len(files_of(domain))

    def after_the_other(domain_id: int) -> Any:
        # The other locked the row first: this one read the domain before, and waited.
        monkeypatch.setattr(erasing, "domain_scope", scope)
        with scope(domain_id):
            erasing._erase_rows(Domain.objects.get(id=domain_id), at=timezone.now())
        return scope(domain_id)

    monkeypatch.setattr(erasing, "domain_scope", after_the_other)
    done = erase_domain(own_database.migrate, slug=domain.slug, at=timezone.now())

    assert (done.rows, done.files, files_of(domain)) == ({}, count, [])
    assert PortalEvent.objects.filter(portal_id=domain.portal_id, action="domain.erased").count() == 1


def test_who_was_at_work_in_it_when_it_was_erased_writes_nothing_any_more(own_database: Urls):
    domain = on_its_way(own_database, new_everything())
    admin = staff(domain.portal, PortalRole.PORTAL_ADMIN, name="bezig")

    def entered() -> AbstractContextManager[tuple[PortalAccess, Domain]]:
        return open_portal_domain(user_id=admin.user_id, slug=domain.slug, at=timezone.now(), doing="GET /")

    with pytest.raises(UnknownDomain), entered() as (office, found):
        assert found.erased_at is None
        say_erased(own_database, domain)
        office.log_in_domain(at=timezone.now(), events=[Happened("domain.export_completed", "te laat", {})])
    say_erased(own_database, domain, is_erased=False)
    with pytest.raises(UnknownDomain), entered():
        say_erased(own_database, domain)
        raise NotAllowed(right=Right.PORTAL_MANAGE, code="x", reason="x")

    with domain_scope(domain.id):
        assert not Event.objects.filter(domain_id=domain.id, subject="te laat").exists()
        assert not Event.objects.filter(domain_id=domain.id, action="refused").exists()


def test_no_session_remembers_what_was_done_in_it_last_and_nobody_is_signed_out(own_database: Urls):
    gone, other = new_everything(), new_everything()
    domain, stays = on_its_way(own_database, gone), other.books.domain
    browser = browser_of(gone.books.user)
    session = browser.session
    session[kept_as(domain.slug)] = {"text": "Verrekend: € 50,00 van Verpakking Staal BV"}
    session[kept_as(stays.slug)] = {"text": "Geboekt: iets anders"}
    session.save()

    erase_domain(own_database.migrate, slug=domain.slug, at=timezone.now())

    kept = dict(browser.session.items())
    assert kept_as(domain.slug) not in kept
    assert kept[kept_as(stays.slug)] == {"text": "Geboekt: iets anders"}
    assert kept["_auth_user_id"] == str(gone.books.user.id)


def test_time_that_was_passing_already_finds_nothing_due_in_it_either(
    own_database: Urls, monkeypatch: pytest.MonkeyPatch
):
    first, gone = new_everything(), new_everything()
    domain = on_its_way(own_database, gone)
    one, later = ticking._tick_one, timezone.now() + timedelta(days=40)

    def erased_meanwhile(domain_id: int, *given: Any) -> None:
        if domain_id == first.books.domain.id:
            say_erased(own_database, domain)
        one(domain_id, *given)

    before = rows_of(own_database, domain.id)
    monkeypatch.setattr(ticking, "_tick_one", erased_meanwhile)
    done = tick(at=later)
    with domain_scope(domain.id):
        locked_domain(domain.id, at=later)

    assert (done.domains, done.failed, rows_of(own_database, domain.id)) == (1, [], before)


def say_erased(urls: Urls, domain: Domain, *, is_erased: bool = True) -> None:
    """As it stands right after another erased it."""
    with psycopg.connect(urls.admin) as session:
        session.execute("SET session_replication_role = replica")
        session.execute(
            "UPDATE tenancy_domain SET erased_at = CASE WHEN %s THEN now() END WHERE id = %s", [is_erased, domain.id]
        )
