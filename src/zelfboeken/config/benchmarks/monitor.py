"""The Backoffice monitor of an office with two thousand domains, one page after the other on the server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from zelfboeken.config.benchmarks.measuring import Measured, analyze, middle_of

if TYPE_CHECKING:
    from zelfboeken.access.models import User
    from zelfboeken.tenancy.models import Portal

DOMAINS = 2_000
_COLLEAGUES = 20


def monitor() -> Iterator[Measured]:
    """The list, one of its filters, a page further on and the view of self-bookers, with their numbers of queries."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from zelfboeken.config.memory import settle_memory

    admin, colleague = _office(DOMAINS)
    _office(DOMAINS // 4, slug="ander-kantoor")
    analyze()
    settle_memory()
    for name, user, rest in (
        ("monitor", admin, ""),
        ("monitor-filter", admin, "?toon=gisteren"),
        ("monitor-page-9", admin, "?blad=9&bij=1"),
        ("monitor-search", admin, "?q=domein+01"),
        ("monitor-self-bookers", admin, "?werk=zelfboekers"),
        ("monitor-of-one", colleague, ""),
    ):
        client = Client(SERVER_NAME="localhost")
        client.force_login(user, backend="zelfboeken.access.sessions.SignIn")
        url = f"/kantoor/monitor/{rest}"
        client.get(url)
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(url)
        assert answer.status_code == 200, (url, answer.status_code)
        note = (
            f"{DOMAINS} domains, {len(asked)} queries, {len(answer.content) // 1024} kB, through Django's own handler"
        )
        yield middle_of(name, lambda client=client, url=url: client.get(url), times=60, note=note)  # type: ignore[misc]


def _office(domains: int, *, slug: str = "kantoor") -> tuple[User, User]:
    """An office with so many domains, each with a counter, two users and somebody responsible: its administrator, and
    a colleague who looks after a twentieth of them."""
    from django.utils import timezone

    from zelfboeken.access.models import DomainAssignment, Member, RoleAssignment, User
    from zelfboeken.access.rights import PortalRole, Role
    from zelfboeken.tenancy.models import Bundle, Domain, Lifecycle, Portal, Workflow
    from zelfboeken.tenancy.scope import domain_scope
    from zelfboeken.workload.models import Counter

    portal = Portal.objects.create(slug=slug, name=slug.capitalize())
    today, now = timezone.localdate(), timezone.now()
    staff = [
        _staff(portal, n, PortalRole.PORTAL_BACKOFFICE if n else PortalRole.PORTAL_ADMIN) for n in range(_COLLEAGUES)
    ]
    made = Domain.objects.bulk_create(
        Domain(
            portal=portal,
            slug=f"{slug}-{n}",
            name=f"Domein {n:04d} Voorbeeld BV",
            bundle=Bundle.MEDIUM,
            lifecycle=Lifecycle.ACTIVE,
            is_authorised=n % 5 == 0,
            workflow=Workflow.EXCLUDED if n % 10 == 0 else Workflow.NORMAL,
        )
        for n in range(domains)
    )
    users = User.objects.bulk_create(
        User(email=f"gebruiker{n}@{slug}.example", name=f"Gebruiker {n}", password="") for n in range(domains * 2)
    )
    members = Member.objects.bulk_create(
        Member(domain=made[n // 2], user=user, is_owner=n % 2 == 0) for n, user in enumerate(users)
    )
    RoleAssignment.objects.bulk_create(
        RoleAssignment(member=one, role=Role.MANAGEMENT if one.is_owner else Role.BACKOFFICE) for one in members
    )
    DomainAssignment.objects.bulk_create(
        DomainAssignment(member_id=staff[n % len(staff)][1], domain=domain, task=DomainAssignment.Task.RESPONSIBLE)
        for n, domain in enumerate(made)
        if n % 25
    )
    month = f"{today:%Y-%m}"
    for n, domain in enumerate(made):
        waiting, days = n % 40, n % 13
        hours = {str(int((now - timedelta(hours=7 * one)).timestamp()) // 3600): 1 for one in range(waiting)}
        with domain_scope(domain.id):
            Counter.objects.create(
                domain_id=domain.id,
                documents=waiting,
                documents_ready=waiting // 2,
                oldest_document_at=now - timedelta(hours=7 * waiting) if waiting else None,
                received_at=now - timedelta(days=days),
                arrived=hours,
                documents_by_month={"1": {month: waiting}},
                bank_lines=n % 70,
                oldest_line_on=today - timedelta(days=days),
                statement_on=today - timedelta(days=n % 20),
                lines_by_month={"1": {month: n % 70}},
                returns={"1": 1 if n % 3 == 0 else 3},
                posted_at=now - timedelta(days=days),
                questions_to_office=int(n % 17 == 0),
                questions_to_client=n % 4,
            )
    return staff[0][0], staff[1][0]


def _staff(portal: Portal, n: int, role: str) -> tuple[User, int]:
    from zelfboeken.access.models import PortalMember, PortalRoleAssignment, User
    from zelfboeken.demo.loading import give_demo_factor

    user = User.objects.create(email=f"staf{n}@{portal.slug}.example", name=f"Medewerker {n}", password="")
    member = PortalMember.objects.create(user=user, portal=portal)
    PortalRoleAssignment.objects.create(member=member, role=role)
    give_demo_factor(user)
    return user, member.id
