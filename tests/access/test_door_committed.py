"""The door to a domain on a database of its own: what is really committed, and what a missing guard lets through."""

from __future__ import annotations

import psycopg
import pytest
from django.db import DatabaseError, connection

from tests.access.test_door import assign, comes_in, enter, refusals, staff
from tests.books import NOW, new_domain
from zelfboeken.access.models import PortalRoleAssignment, RoleAssignment
from zelfboeken.access.rights import PortalRole, Right, Role
from zelfboeken.access.services import NotAllowed, domains_of, open_domain
from zelfboeken.contacts.models import Contact
from zelfboeken.runtime.roles import Urls
from zelfboeken.tenancy.models import Domain
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.slow


def test_inv33_an_unknown_life_or_role_that_got_in_all_the_same_opens_nothing(own_database: Urls):
    domain, user = new_domain()
    stranger = staff(domain.portal, PortalRole.CONTROLLER)
    assign(stranger, domain)
    with psycopg.connect(own_database.migrate, autocommit=True) as owner:
        for table, name in (
            ("access_portalroleassignment", "portal_role_is_known"),
            ("access_roleassignment", "role_is_known"),
            ("tenancy_domain", "domain_lifecycle_is_known"),
        ):
            owner.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    PortalRoleAssignment.objects.update(role="BOSS")
    RoleAssignment.objects.update(role="OWNER")

    assert not comes_in(stranger.user, domain)
    assert enter(user, domain).rights == {Right.DOMAIN_ENTER, Right.DOCUMENT_DELIVER, Right.DOCUMENT_SEE_ALL_USERS}
    Domain.objects.update(lifecycle="PAUSED")
    assert not comes_in(user, domain)
    assert domains_of(user_id=user.id) == []


def test_inv24_the_log_of_a_refusal_is_committed_although_the_block_was_rolled_back(own_database: Urls):
    domain, user = new_domain(roles=frozenset({Role.VIEWER}))
    with (
        pytest.raises(NotAllowed),
        open_domain(user_id=user.id, slug=domain.slug, at=NOW, doing="test") as access,
    ):
        Contact.objects.create(domain=domain, name="Half werk")
        access.require(Right.DOCUMENT_DELIVER)
    connection.close()

    assert len(refusals(domain)) == 1
    with domain_scope(domain.id):
        assert not Contact.objects.filter(domain_id=domain.id).exists()


def test_inv24_without_a_log_there_is_no_act_and_a_refusal_stays_one(own_database: Urls):
    domain, user = new_domain()
    with psycopg.connect(own_database.migrate, autocommit=True) as owner:
        owner.execute("REVOKE INSERT ON audit_event FROM zb_app")

    with (
        pytest.raises(DatabaseError),
        open_domain(user_id=user.id, slug=domain.slug, at=NOW, doing="test") as access,
    ):
        access.require(Right.ROLE_GIVE)
        pytest.fail("not reached")
