"""`zelfboeken demo`: the embedded database, a bakery with ten months booked, and the portal, from one command."""

from __future__ import annotations

import fcntl
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import FrameType

from zelfboeken.config.embedded import DATABASE, HOST, use_embedded
from zelfboeken.config.serving import CannotListen, require_free_port
from zelfboeken.runtime.postgres import RunningServer, start_embedded
from zelfboeken.runtime.roles import Urls, drop_database, has_database

YEAR = 2026
BOOKED_UNTIL = date(YEAR, 11, 1)
DELIVERED_UNTIL = date(YEAR, 12, 1)


def run_demo(folder: Path, *, port: int, serve: bool, is_empty: bool = False) -> int:
    """Start the demo in this folder and serve it until Ctrl C; the first start makes its books, or with
    `is_empty` the portal and its users alone.

    Raises:
        DatabaseNotStarted: the embedded database cannot run here.
    """
    folder = folder.absolute()
    try:
        if serve:
            require_free_port(HOST, port)
    except CannotListen as no:
        print(str(no), file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, _stop)
    server = start_embedded(folder)
    try:
        with _made_whole(folder, server):
            urls = server.prepare(DATABASE)
            use_embedded(folder, urls, port=port)
            _prepare(urls, is_empty=is_empty)
        if serve:
            _tell(port, folder, is_empty=is_empty)
            _serve(port)
    except KeyboardInterrupt:
        print("\nGestopt.")
    finally:
        _stop_database(server)
    return 0


@contextmanager
def _made_whole(folder: Path, server: RunningServer) -> Iterator[None]:
    """Make the database and its books inside the block: one process at a time, and whole or anew.

    Who stopped the first start half way (Ctrl C) would else be served the books of half a year for good. The note
    stands while they are made, and whoever finds it begins again; nobody could work in those books yet.
    """
    with (folder / "making").open("a+", encoding="ascii") as note:
        fcntl.flock(note, fcntl.LOCK_EX)
        if (folder / "making").stat().st_size:
            drop_database(server.admin_url, DATABASE)
        elif not has_database(server.admin_url, DATABASE):
            note.write("busy")
            note.flush()
        yield
        note.truncate(0)


def _prepare(urls: Urls, *, is_empty: bool) -> None:
    import django

    django.setup()
    from django.db import connection

    from zelfboeken.config.migrating import analyze_database, is_current, migrate_database
    from zelfboeken.tenancy.models import Domain

    if not is_current(urls.migrate):
        migrate_database(urls.migrate)
    from zelfboeken.demo.logins import SLUG

    if not Domain.objects.filter(slug=SLUG).exists():
        _make_empty_books() if is_empty else _make_books()
        analyze_database(urls.migrate)
    _let_time_pass()
    connection.close()


def _let_time_pass() -> None:
    """Until now: a demo that was away for a month has its statement all the same."""
    from django.utils import timezone

    from zelfboeken.billing.ticking import tick
    from zelfboeken.matching.completeness import report_all
    from zelfboeken.matching.missing import remind_all
    from zelfboeken.portal.links import link_to_question
    from zelfboeken.portal.texts import euro

    failed = tick(at=timezone.now()).failed
    remind_all(at=timezone.now(), link_to=link_to_question, amount_text=euro, failed=failed)
    report_all(at=timezone.now(), link_to=link_to_question, failed=failed)
    assert not failed, failed


def _make_books() -> None:
    from zelfboeken.demo.billing import bill_months
    from zelfboeken.demo.loading import book_year, deliver, make_portal
    from zelfboeken.demo.questions import make_questions
    from zelfboeken.demo.year import generate

    year = generate(year=YEAR)
    print(
        f"De boeken van een jaar worden gemaakt: {len(year.documents)} documenten, {len(year.statements)} afschriften."
    )
    books = make_portal(year=YEAR)
    tally = book_year(books, year.until(BOOKED_UNTIL))
    for side, score in tally.document_scores().items():
        print(f"  {side}: {score.right} van {score.total} zonder hand juist, {score.wrong} fout")
    deliver(books, year.between(BOOKED_UNTIL, DELIVERED_UNTIL))
    make_questions(books, year=YEAR)
    bill_months(books, year=YEAR, until=BOOKED_UNTIL)
    _make_clients()
    _make_office_work()


def _make_empty_books() -> None:
    from zelfboeken.demo.billing import bill_months
    from zelfboeken.demo.loading import make_portal

    bill_months(make_portal(year=YEAR), year=YEAR, until=BOOKED_UNTIL)
    _make_clients()


def _make_clients() -> None:
    from django.db import transaction

    from zelfboeken.demo.clients import make_clients
    from zelfboeken.demo.logins import PASSWORD
    from zelfboeken.demo.roles import show_roles

    make_clients(password=PASSWORD, year=YEAR)
    with transaction.atomic():
        show_roles(year=YEAR)


def _make_office_work() -> None:
    from django.utils import timezone

    from zelfboeken.demo.logins import PASSWORD
    from zelfboeken.demo.office_work import make_office_work

    make_office_work(password=PASSWORD, year=YEAR, at=timezone.now())


def _tell(port: int, folder: Path, *, is_empty: bool) -> None:
    from zelfboeken.access.rights import ROLE_NAMES
    from zelfboeken.demo.clients import CLIENTS
    from zelfboeken.demo.logins import OFFICE_USER, PASSWORD, USERS
    from zelfboeken.demo.office_work import COLLEAGUE
    from zelfboeken.portal.accounts import DEMO_CODE, DEMO_SECRET

    print(f"\nZelfboeken draait op http://localhost:{port}\n")
    print(f"Wachtwoord voor iedereen: {PASSWORD}")
    for email, name, roles, _ in USERS:
        print(f"  {email:32} {name} ({', '.join(sorted(ROLE_NAMES[role] for role in roles))})")
    print(f"  {OFFICE_USER[0]:32} {OFFICE_USER[1]} (Portaalbeheerder)")
    print(f"    tweede stap: code {DEMO_CODE}, of een app met sleutel {DEMO_SECRET} (werkt alleen in de demo)")
    if not is_empty:
        print(f"  {COLLEAGUE[0]:32} {COLLEAGUE[1]} (Portaal backoffice)")
    for client in CLIENTS:
        print(f"  {client.owner:32} {client.name} (Directie)")
    print(f"\nMails komen als bestanden in {folder / 'mail'}")
    print("Stoppen: Ctrl C.", flush=True)


def _serve(port: int) -> None:
    from granian.constants import Interfaces
    from granian.server import Server

    Server(
        "zelfboeken.config.wsgi:application",
        address=HOST,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=4,
        workers_kill_timeout=10,
        log_access=False,
    ).serve()


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _stop_database(server: RunningServer) -> None:
    if not server.was_running:
        server.stop()
