"""INV-08: the domain is told to the database at one place, for one transaction, and to nobody else."""

from __future__ import annotations

import ast
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.http import StreamingHttpResponse
from hypothesis import given, settings
from hypothesis import strategies as st

import zelfboeken
from tests.books import new_domain
from zelfboeken.contacts.models import Contact
from zelfboeken.runtime.roles import Urls
from zelfboeken.tenancy.models import Domain
from zelfboeken.tenancy.scope import NoScope, ScopeIsOpen, current_domain, domain_scope

SOURCE = Path(zelfboeken.__file__).parent


def told() -> str:
    """Which domain the database was told about, in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('app.domain', true), '')")
        return str(cursor.fetchone()[0])


def add(domain: Domain, name: str) -> None:
    Contact.objects.create(domain=domain, name=name)


def names(domain: Domain) -> list[str]:
    with domain_scope(domain.id):
        return sorted(Contact.objects.values_list("name", flat=True))


@pytest.mark.django_db
def test_inv08_the_domain_is_told_inside_and_forgotten_afterwards_also_in_an_outer_transaction():
    domain, _ = new_domain()
    assert told() == ""

    with domain_scope(domain.id):
        assert (told(), current_domain()) == (str(domain.id), domain.id)

    assert told() == ""
    with pytest.raises(NoScope, match=r"access\.open_domain"):
        current_domain()


@pytest.mark.django_db
@pytest.mark.parametrize("same", [True, False])
def test_inv08_a_scope_in_a_scope_is_refused_and_the_first_goes_on(same: bool):
    domain, _ = new_domain()
    other, _ = new_domain()

    with domain_scope(domain.id):
        with pytest.raises(ScopeIsOpen), domain_scope(domain.id if same else other.id):
            pytest.fail("not reached")
        assert told() == str(domain.id)
        add(domain, "Na de weigering")

    assert names(domain) == ["Na de weigering"]


@pytest.mark.django_db
def test_inv08_an_exception_undoes_the_work_and_the_domain():
    domain, _ = new_domain()

    with pytest.raises(ZeroDivisionError), domain_scope(domain.id):
        add(domain, "Half")
        raise ZeroDivisionError

    assert told() == ""
    assert names(domain) == []


@pytest.mark.django_db
def test_inv08_a_savepoint_inside_keeps_the_domain_whether_it_is_kept_or_undone():
    domain, _ = new_domain()

    with domain_scope(domain.id):
        with transaction.atomic():
            add(domain, "Bewaard")
        assert told() == str(domain.id)
        with suppress(ZeroDivisionError), transaction.atomic():
            add(domain, "Ongedaan")
            raise ZeroDivisionError
        assert told() == str(domain.id)

    assert names(domain) == ["Bewaard"]


@pytest.mark.django_db
def test_inv08_a_scope_that_was_told_to_roll_back_leaves_nothing_behind():
    domain, _ = new_domain()

    with domain_scope(domain.id):
        add(domain, "Ongedaan")
        transaction.set_rollback(True)

    assert told() == ""
    assert names(domain) == []


@pytest.mark.django_db
def test_an_error_of_the_database_that_was_swallowed_is_not_committed():
    domain, _ = new_domain()

    with pytest.raises(DatabaseError), domain_scope(domain.id):
        add(domain, "Verloren")
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    assert told() == ""
    assert names(domain) == []


@pytest.mark.django_db
def test_checks_that_wait_for_the_end_speak_when_the_scope_is_left():
    reached = []

    with pytest.raises(IntegrityError, match="tenancy_domain"), domain_scope(999_999_999):
        Contact.objects.create(domain_id=999_999_999, name="Van een domein dat niet bestaat")
        reached.append("the end of the scope")

    assert reached == ["the end of the scope"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "ask",
    [
        lambda: list(Contact.objects.all()),
        lambda: Contact.objects.count(),
        lambda: Contact.objects.update(name="x"),
        lambda: Contact.objects.create(domain_id=1, name="x"),
        lambda: connection.cursor().execute("SELECT count(*) FROM ledger_entry"),
        lambda: connection.cursor().execute("WITH a AS (SELECT 1) SELECT * FROM a, ledger_entry_line"),
        lambda: connection.cursor().execute("DELETE FROM runtime_idempotency_key"),
    ],
)
def test_inv07_a_query_of_a_domains_table_outside_a_scope_fails_aloud(ask: Callable[[], object]):
    with pytest.raises(NoScope, match="open a domain first"):
        ask()


@pytest.mark.django_db
def test_reference_data_is_read_outside_a_scope():
    domain, _ = new_domain()

    assert Domain.objects.get(id=domain.id) == domain


@pytest.mark.django_db
def test_the_size_of_a_table_is_asked_outside_a_scope():
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind FROM pg_class WHERE oid = 'ledger_entry_line'::regclass")
        assert cursor.fetchone() == ("r",)


@pytest.mark.django_db
def test_inv08_a_thread_does_not_inherit_the_domain():
    domain, _ = new_domain()
    seen: list[str] = []

    def ask() -> None:
        try:
            seen.append(str(current_domain()))
        except NoScope:
            seen.append("none")

    with domain_scope(domain.id):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
        assert current_domain() == domain.id

    assert seen == ["none"]


@pytest.mark.django_db
def test_inv08_a_streaming_answer_opens_its_own_scope_or_fails_aloud():
    domain, _ = new_domain()
    with domain_scope(domain.id):
        add(domain, "Bakkerij")
        lazy = StreamingHttpResponse(name for name in Contact.objects.values_list("name", flat=True).iterator())

    def rows() -> Iterator[str]:
        with domain_scope(domain.id):
            yield from Contact.objects.values_list("name", flat=True)

    with pytest.raises(NoScope):
        list(lazy)
    assert list(StreamingHttpResponse(rows())) == [b"Bakkerij"]
    assert told() == ""


class _Surprise(Exception):
    pass


STEPS = st.lists(
    st.tuples(st.sampled_from([0, 1]), st.sampled_from(["keep", "raise", "roll back", "undo a savepoint", "break"])),
    max_size=12,
)


def work(domains: tuple[Domain, Domain], steps: list[tuple[int, str]]) -> None:
    """Do each step in its domain, and hold each domain against what it should contain by then."""
    expected: tuple[list[str], list[str]] = (names(domains[0]), names(domains[1]))
    for number, (which, how) in enumerate(steps):
        domain, name = domains[which], f"stap {number} {how}"
        with suppress(_Surprise, DatabaseError), domain_scope(domain.id):
            assert sorted(Contact.objects.values_list("name", flat=True)) == expected[which]
            add(domain, name)
            if how == "raise":
                raise _Surprise
            if how == "roll back":
                transaction.set_rollback(True)
            if how == "undo a savepoint":
                with suppress(_Surprise), transaction.atomic():
                    add(domain, "ongedaan")
                    raise _Surprise
            if how == "break":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1 / 0")
        if how in {"keep", "undo a savepoint"}:
            expected[which].append(name)
            expected[which].sort()
        assert told() == ""
        assert (names(domains[0]), names(domains[1])) == expected


@pytest.mark.django_db
def test_inv08_two_domains_in_turn_on_one_connection_never_meet():
    domains = (new_domain()[0], new_domain()[0])

    @given(steps=STEPS)
    @settings(max_examples=10, deadline=None)
    def run(steps: list[tuple[int, str]]) -> None:
        work(domains, steps)

    run()


@pytest.mark.slow
def test_inv08_two_domains_in_turn_on_one_connection_never_meet_when_each_commits(own_database: Urls):
    pids = set()
    domains = (new_domain()[0], new_domain()[0])

    @given(steps=STEPS)
    @settings(max_examples=60, deadline=None)
    def run(steps: list[tuple[int, str]]) -> None:
        work(domains, steps)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            pids.add(cursor.fetchone()[0])

    run()

    assert len(pids) == 1


def test_inv08_the_domain_is_told_in_one_function_only():
    telling = re.compile(r"\bSET\s+(?:LOCAL\s+|SESSION\s+)?app\.|set_config\(|RESET\s+(?:ALL|app\.)", re.I)
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(function, ast.FunctionDef):
                continue
            texts = [one.value for one in ast.walk(function) if isinstance(one, ast.Constant)]
            if any(isinstance(text, str) and telling.search(text) for text in texts):
                found.append(f"{path.relative_to(SOURCE)}:{function.name}")
    lines = [
        f"{path.relative_to(SOURCE)}"
        for path in sorted([*SOURCE.rglob("*.py"), *SOURCE.rglob("*.sql")])
        for line in path.read_text(encoding="utf-8").splitlines()
        if telling.search(line) and not line.lstrip().startswith("#")
    ]

    assert sorted(found) == ["tenancy/scope.py:_set_domain", "tenancy/scope.py:listing_scope"]
    # Of a domain; and of a list: set, and taken back.
    assert lines == ["tenancy/scope.py"] * 3


def test_inv08_only_the_scope_calls_that_function():
    callers = []
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                names_called = [
                    one.func.id
                    for one in ast.walk(function)
                    if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)
                ]
                callers += [function.name] * ("_set_domain" in names_called)

    assert callers == ["domain_scope"]


def test_inv08_only_access_lists_domains_with_those_it_read_from_assignments_itself():
    calls = re.compile(r"\b(listing_scope|waiting_in)\(")
    callers = {
        (str(path.relative_to(SOURCE)), found)
        for path in sorted(SOURCE.rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if not line.startswith("def ")
        for found in calls.findall(line)
    }

    assert callers == {("workload/queries.py", "listing_scope"), ("access/portal_work.py", "waiting_in")}
