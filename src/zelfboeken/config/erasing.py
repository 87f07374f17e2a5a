"""Erasing an inactive domain for good, as the owner of the tables (decision 15): `zelfboeken erase`.

The database itself judges whether it is due, at each DELETE; what is deleted in which order is read from its own
foreign keys, so that a new table is never forgotten.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection

from zelfboeken.access.models import User
from zelfboeken.access.sessions import SessionStore
from zelfboeken.audit.services import Happened, record_in_portal
from zelfboeken.billing import mails
from zelfboeken.billing.erasure import ErasureRefused, erasure_of, require_confirmable
from zelfboeken.billing.models import ErasureStep, ErasureStepKind
from zelfboeken.config.migrating import as_owner
from zelfboeken.portal.undo import kept_as
from zelfboeken.tenancy.models import Domain
from zelfboeken.tenancy.scope import domain_scope

KEPT = frozenset({"billing_erasurestep", "billing_standing", "billing_monthlystatement", "billing_creditnote"})
"""The operator's own: what was stated, what it was reckoned from, and how the domain came to its end."""

OF_PEOPLE = (
    ("access_administrationgrant", "member_id IN (SELECT id FROM access_member WHERE domain_id = %(domain)s)"),
    ("access_roleassignment", "member_id IN (SELECT id FROM access_member WHERE domain_id = %(domain)s)"),
    ("access_ownertransfer", "domain_id = %(domain)s"),
    ("access_member", "domain_id = %(domain)s"),
    ("access_domainassignment", "domain_id = %(domain)s"),
    ("access_tickedright", "domain_id = %(domain)s"),
    ("access_invitation", "domain_id = %(domain)s"),
    ("access_legacygrant", "domain_id = %(domain)s"),
)
"""Who was whom in the domain: tables without row security, the referring ones first. Accounts stay: they are of their
people, who may be users elsewhere."""

ERASER = "zelfboeken erase"


@dataclass
class Erased:
    """What went: the rows of each table that had some, the files, and the ends of the chains that were there."""

    domain: str
    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0
    chains: dict[str, str] = field(default_factory=dict)
    """By the name and public id of an administration, and `log`: the number of the last link and its hash in hex."""


def erase_domain(url: str, *, slug: str, at: datetime) -> Erased:
    """Erase everything of a domain whose erasure is due, with the login at this address, which may work as zb_owner.

    The rows go in one transaction, the files after it; where that was cut off, a second call finishes it. What is left
    is told in the log of the portal. The space of the rows is given back before this returns.

    Raises:
        NotTheOwner: the login may not.
        ErasureRefused: no such domain, or it is not due; the text says what is missing.
    """
    with as_owner(url):
        domain = Domain.objects.filter(slug=slug).first()
        if domain is None:
            raise ErasureRefused("unknown", f"Er is geen domein {slug}. Kijk de naam na.")
        if domain.erased_at is not None:
            return Erased(slug, files=_remove_files(domain.id))
        with domain_scope(domain.id):
            done = _erase_rows(domain, at=at)
        done.files = _remove_files(domain.id)
        _give_back_space([*done.rows, Session._meta.db_table])
    return done


def due_domains(url: str) -> list[str]:
    """The addresses of the domains whose erasure is due, by name."""
    found = []
    with as_owner(url):
        for domain in Domain.objects.filter(erased_at=None, lifecycle="INACTIVE").order_by("slug"):
            with domain_scope(domain.id):
                if _is_due(domain.id):
                    found.append(domain.slug)
    return found


def _erase_rows(domain: Domain, *, at: datetime) -> Erased:
    # Whoever takes the confirmation back locks this row too, so that one of the two comes first.
    domain = Domain.objects.select_for_update().get(id=domain.id)
    if domain.erased_at is not None:
        # Another ran the same command and was first; what is left for this one are files.
        return Erased(domain.slug)
    if not _is_due(domain.id):
        raise _not_due(domain, at)
    told: list[User] = [*mails.directie_of(domain), *mails.office_of(domain)]
    steps = {one.kind: one.by_name for one in ErasureStep.objects.filter(domain_id=domain.id).order_by("id")}
    done = Erased(domain.slug, chains=_ends_of_chains(domain.id), files=len(_files_of(domain.id)))
    with connection.cursor() as cursor:
        # The checks of foreign keys look for rows that refer to each row that goes: along an index, like the portal.
        cursor.execute("SET LOCAL enable_seqscan = off")
        for table in _tables_in_order(cursor):
            _delete(cursor, done, table, "domain_id = %(domain)s", domain.id)
        for table, condition in OF_PEOPLE:
            _delete(cursor, done, table, condition, domain.id)
    _forget_in_sessions(domain.slug)
    # While the confirmation is still the newest step: after the next one nothing is due any more.
    Domain.objects.filter(id=domain.id).update(erased_at=at)
    ErasureStep.objects.create(domain_id=domain.id, kind=ErasureStepKind.ERASED.value, at=at, by_name=ERASER)
    record_in_portal(
        portal_id=domain.portal_id,
        at=at,
        actor_id=None,
        actor_name=ERASER,
        events=[
            Happened(
                "domain.erased",
                f"domain:{domain.slug}",
                {
                    "announced_by": steps[ErasureStepKind.ANNOUNCED],
                    "confirmed_by": steps[ErasureStepKind.CONFIRMED],
                    "rows": done.rows,
                    "files": done.files,
                    "chains": done.chains,
                },
            )
        ],
    )
    mails.tell(told, mails.domain_erased(domain))
    return done


def _delete(cursor: Any, done: Erased, table: str, condition: str, domain_id: int) -> None:
    cursor.execute(f'DELETE FROM "{table}" WHERE {condition}', {"domain": domain_id})
    if cursor.rowcount:
        done.rows[table] = cursor.rowcount


def _forget_in_sessions(slug: str) -> None:
    """Take the last step in the domain, which names its contacts, out of whichever session still keeps it."""
    for one in Session.objects.iterator():
        kept = one.get_decoded()
        if kept.pop(kept_as(slug), None) is not None:
            Session.objects.filter(session_key=one.session_key).update(session_data=SessionStore().encode(kept))


def _is_due(domain_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT zb_erasure_is_due(%s)", [domain_id])
        return bool(cursor.fetchone()[0])


def _not_due(domain: Domain, at: datetime) -> ErasureRefused:
    now = erasure_of(domain, at=at)
    try:
        require_confirmable(now, at=at)
    except ErasureRefused as no:
        return no
    if now.confirmed is None:
        return ErasureRefused(
            "not_confirmed", f"Het wissen van {domain.slug} is niet bevestigd. Dat doet het kantoor, op de domeinfiche."
        )
    return ErasureRefused(
        "not_due", f"Het wissen van {domain.slug} is nog niet aan de beurt volgens de klok van de databank."
    )


_ORDER = """
SELECT c.oid::regclass::text,
       ARRAY(SELECT k.confrelid::regclass::text FROM pg_constraint k
              WHERE k.conrelid = c.oid AND k.contype = 'f' AND NOT k.condeferred AND k.confrelid <> c.oid)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relforcerowsecurity
 ORDER BY 1
"""
"""Each table of domains, with the tables to which its rows refer and must go before."""


def _tables_in_order(cursor: Any) -> list[str]:
    """The tables of domains that are emptied, each before those to which it refers."""
    cursor.execute(_ORDER)
    refers = {table: set(others) for table, others in cursor.fetchall() if table not in KEPT}
    order: list[str] = []
    while refers:
        free = sorted(table for table in refers if not any(table in others for others in refers.values()))
        if not free:
            raise AssertionError(f"foreign keys go round between {sorted(refers)}")
        order += free
        for table in free:
            del refers[table]
    return order


def _ends_of_chains(domain_id: int) -> dict[str, str]:
    """The last link of each chain, by which an export that was taken along is known to be whole."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.name || ' ' || b.public_id, h.seq, h.hash FROM ledger_head h JOIN tenancy_administration b "
            "ON b.domain_id = h.domain_id AND b.id = h.administration_id "
            "WHERE h.domain_id = %(domain)s AND h.seq > 0 UNION ALL "
            "(SELECT 'log', seq, hash FROM audit_eventlink WHERE domain_id = %(domain)s ORDER BY seq DESC LIMIT 1)",
            {"domain": domain_id},
        )
        return {name: f"{seq} {bytes(digest).hex()}" for name, seq, digest in cursor.fetchall()}


def _folder(domain_id: int) -> Path:
    return Path(settings.FILES) / str(domain_id)


def _files_of(domain_id: int) -> Sequence[Path]:
    return [one for one in _folder(domain_id).rglob("*") if one.is_file()]


def _remove_files(domain_id: int) -> int:
    """Remove the originals of a domain whose rows are gone for good; how many there were."""
    count = len(_files_of(domain_id))
    if _folder(domain_id).exists():
        shutil.rmtree(_folder(domain_id))
    return count


def _give_back_space(tables: Sequence[str]) -> None:
    """Clean the tables that rows went from: until then what was erased still stands in the files of the database."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'VACUUM "{table}"')
