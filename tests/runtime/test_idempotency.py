"""Once is once: the same key with the same content gets the same answer, other content is refused (INV-14)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connections, transaction

from tests.books import NOW, new_domain
from tests.ledger.raw import ask, refused_by, run
from tests.threads import in_threads
from zelfboeken.runtime.idempotency import KeyIsRunning, KeyMalformed, KeyUsedForSomethingElse, claim, keep_answer
from zelfboeken.runtime.roles import Urls
from zelfboeken.tenancy.scope import domain_scope

KEY = "een-sleutel-1"


@contextmanager
def new_scope() -> Iterator[int]:
    """A new domain, open."""
    domain, _ = new_domain()
    with domain_scope(domain.id):
        yield domain.id


def command(domain_id: int, content: bytes = b"boek 17", answer: str = "/d/x/17", key: str = KEY) -> tuple[bool, str]:
    """A write command with the key: whether it was carried out now, and its answer."""
    before = claim(domain_id=domain_id, key=key, content=content, at=NOW)
    if before is not None:
        return False, before
    keep_answer(domain_id=domain_id, key=key, answer=answer)
    return True, answer


@pytest.mark.django_db
def test_inv14_the_same_key_with_the_same_content_gets_the_same_answer():
    with new_scope() as domain_id:
        assert command(domain_id) == (True, "/d/x/17")
        assert command(domain_id, answer="/d/x/18") == (False, "/d/x/17")


@pytest.mark.django_db
def test_inv14_the_same_key_with_other_content_is_refused_in_dutch():
    with new_scope() as domain_id:
        command(domain_id)

        with pytest.raises(KeyUsedForSomethingElse, match="werd al verstuurd met andere gegevens") as refused:
            command(domain_id, content=b"boek 18")

        assert refused.value.code == "key_reused"


@pytest.mark.django_db
def test_inv14_another_key_and_another_domain_are_other_commands():
    with new_scope() as domain_id:
        command(domain_id)
        assert claim(domain_id=domain_id, key="een-sleutel-2", content=b"boek 17", at=NOW) is None
    with new_scope() as other_id:
        assert command(other_id, content=b"iets anders") == (True, "/d/x/17")


@pytest.mark.django_db
def test_inv14_a_command_that_was_rolled_back_frees_its_key():
    with new_scope() as domain_id:
        with transaction.atomic():
            command(domain_id)
            transaction.set_rollback(True)

        assert command(domain_id, content=b"boek 18") == (True, "/d/x/17")


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "kort", "x" * 101, "een-sleutel\x00", "een\nsleutel"])
def test_inv14_a_key_that_we_never_gave_out_is_refused_before_anything_is_stored(key: str):
    with new_scope() as domain_id:
        with pytest.raises(KeyMalformed):
            claim(domain_id=domain_id, key=key, content=b"", at=NOW)

        assert ask("SELECT count(*) FROM runtime_idempotency_key WHERE domain_id = %s", domain_id) == (0,)


@pytest.mark.django_db
@pytest.mark.parametrize("key", [KEY, "kort", "x" * 101])
def test_inv14_the_table_itself_takes_a_key_once_and_of_a_fit_length(key: str):
    with new_scope() as domain_id:
        command(domain_id)

        with refused_by("runtime_idempotency_key_pkey" if key == KEY else "idempotency_key_is_short"):
            run("INSERT INTO runtime_idempotency_key VALUES (%s, %s, %s, '', %s)", domain_id, key, b"", NOW)


@pytest.mark.slow
def test_inv14_without_its_primary_key_the_table_takes_a_key_twice(own_database: Urls):
    domain, _ = new_domain()
    with psycopg.connect(own_database.admin) as session:
        session.execute("ALTER TABLE runtime_idempotency_key DROP CONSTRAINT runtime_idempotency_key_pkey")
        session.execute("SET LOCAL ROLE zb_app")
        session.execute(f"SET LOCAL app.domain = '{domain.id}'")
        for _ in range(2):
            session.execute(
                "INSERT INTO runtime_idempotency_key VALUES (%s, %s, %s, '', %s)", [domain.id, KEY, b"", NOW]
            )

        assert session.execute("SELECT count(*) FROM runtime_idempotency_key").fetchone() == (2,)
        session.rollback()


@pytest.mark.slow
def test_inv14_of_eight_at_once_one_is_carried_out_and_all_get_its_answer(own_database: Urls):
    domain, _ = new_domain()

    for round_number in range(20):

        def send(number: int, key: str = f"ronde-{round_number:02d}") -> tuple[bool, str]:
            with domain_scope(domain.id):
                return command(domain.id, answer=f"/d/x/{number}", key=key)

        got = in_threads(8, send)

        [answer] = {told for _, told in got}
        assert sorted(got) == [*[(False, answer)] * 7, (True, answer)]


@pytest.mark.slow
def test_inv14_of_eight_at_once_with_other_content_one_is_carried_out_and_the_others_are_refused(own_database: Urls):
    domain, _ = new_domain()

    def send(number: int) -> object:
        try:
            with domain_scope(domain.id):
                return command(domain.id, content=b"boek %d" % number)[0]
        except KeyUsedForSomethingElse as no:
            return no.code

    assert sorted(map(str, in_threads(8, send))) == ["True", *["key_reused"] * 7]


@pytest.mark.slow
def test_inv14_a_command_that_is_still_running_is_refused_when_the_wait_is_over(own_database: Urls):
    domain, _ = new_domain()
    started, finish = threading.Event(), threading.Event()

    def first() -> object:
        try:
            with domain_scope(domain.id):
                done = command(domain.id)
                started.set()
                finish.wait(30)
                return done
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(first)
        started.wait(30)
        with pytest.raises(KeyIsRunning, match="wordt nog verwerkt") as refused, domain_scope(domain.id):
            run("SET LOCAL lock_timeout = '200ms'")
            command(domain.id)
        finish.set()
        assert running.result() == (True, "/d/x/17")

    assert refused.value.code == "key_running"
    with domain_scope(domain.id):
        assert command(domain.id) == (False, "/d/x/17")
