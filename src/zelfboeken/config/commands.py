"""The command line: one entry for everything that can be run (architecture §3).

What a person got wrong is answered with a sentence on the error output and exit code 1 (2 from the argument parser, and
for a file that could not be read); a traceback is a mistake of ours.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from zelfboeken.config.embedded import FOLDER, NoDatabase, embedded_database
from zelfboeken.runtime.postgres import DatabaseNotStarted
from zelfboeken.runtime.roles import DatabaseNotPrepared

if TYPE_CHECKING:
    from zelfboeken.tenancy.models import Domain

Command = Callable[[argparse.Namespace], int]


class Refused(Exception):
    """A command that cannot be carried out as it was given; the text is told, and the command ends with 1."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 when all went well."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zelfboeken.config.settings")
    parsed = _parser().parse_args(arguments)
    run: Command = parsed.run
    try:
        return run(parsed)
    except (Refused, NoDatabase, DatabaseNotStarted, DatabaseNotPrepared) as no:
        print(str(no), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nGestopt.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Who reads has seen enough; what is still in the buffer has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="zelfboeken", description="Self-hosted bookkeeping portal for Belgium")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    database = argparse.ArgumentParser(add_help=False)
    database.add_argument(
        "--folder", type=Path, default=FOLDER, help="of the demo whose database is used without DATABASE_URL"
    )
    books = argparse.ArgumentParser(add_help=False, parents=[database])
    books.add_argument("--domain", required=True)
    books.add_argument("--administration", help="name or public id; else the default one")
    books.add_argument(
        "--user", help="mail address of the user in whose name it is done; else the owner, or the first who may"
    )

    demo = commands.add_parser("demo", help="start the demo portal on its embedded database")
    demo.add_argument("--folder", type=Path, default=FOLDER)
    demo.add_argument("--port", type=_port, default=8000)
    demo.add_argument("--no-serve", action="store_true", help="only make the books, then stop")
    demo.add_argument("--empty", action="store_true", help="with its users, but without a booked year")
    demo.set_defaults(run=_demo)

    serve = commands.add_parser("serve", help="serve the portal on DATABASE_URL")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=_port, default=8000)
    serve.add_argument("--workers", type=_count, default=2)
    serve.set_defaults(run=_serve)

    migrate = commands.add_parser("migrate", help="bring the database at ZELFBOEKEN_MIGRATE_URL to this version")
    migrate.set_defaults(run=_migrate)

    check = commands.add_parser("check", parents=[database], help="refuse unsafe settings, roles and schemas")
    check.set_defaults(run=_check)

    read = commands.add_parser("read", help="what the system makes of files; no database")
    read.add_argument("files", nargs="+", type=Path)
    read.set_defaults(run=_read)

    imported = commands.add_parser("import", parents=[books], help="take files in, as an upload does")
    imported.add_argument("files", nargs="+", type=Path)
    imported.add_argument("--book", choices=["certain"], help="book what is ready and has nothing against it")
    imported.set_defaults(run=_import)

    report = commands.add_parser("report", parents=[books], help="figures from the posted books")
    report.add_argument("name", choices=_REPORTS)
    report.add_argument("--from", dest="from_on", type=_day, default=date(date.min.year, 1, 1), metavar="YYYY-MM-DD")
    report.add_argument(
        "--until", dest="until_on", type=_day, default=_LAST_DAY, metavar="YYYY-MM-DD", help="inclusive"
    )
    report.add_argument("--format", choices=["json", "csv"], default="json")
    report.set_defaults(run=_report)

    exported = commands.add_parser(
        "export", parents=[database], help="everything of a domain that a user may see, as one zip"
    )
    exported.add_argument("out", type=Path, metavar="OUT.zip")
    exported.add_argument("--domain", required=True)
    exported.add_argument("--user", help="mail address of the user in whose name it is done; else the owner")
    exported.set_defaults(run=_export)

    verify = commands.add_parser("verify", parents=[database], help="prove the books again; exit 1 when they differ")
    verify.add_argument("--domain")
    verify.set_defaults(run=_verify)

    recount = commands.add_parser(
        "recount", parents=[database], help="count anew what waits in each domain, after `verify` named its counter"
    )
    recount.add_argument("--domain")
    recount.set_defaults(run=_recount)

    tick = commands.add_parser(
        "tick",
        parents=[database],
        help="let time pass: plans, trials, statements, notices, reminders, completeness; run it every hour",
    )
    tick.add_argument("--on", type=_day, metavar="YYYY-MM-DD", help="as if it were the end of this day; else now")
    tick.set_defaults(run=_tick)

    mail_in = commands.add_parser(
        "mail-in", parents=[database], help="take in one mail from the standard input, as the pipe of a mail server"
    )
    mail_in.add_argument("receivers", nargs="*", help="the addresses it was delivered to, where the server says them")
    mail_in.set_defaults(run=_mail_in)

    statements = commands.add_parser(
        "statements", parents=[database], help="write the statements of a month as PDF and e-invoice, to be sent"
    )
    statements.add_argument("month", type=_month, metavar="YYYY-MM")
    statements.add_argument("--out", type=Path, required=True, help="the folder for the files")
    statements.set_defaults(run=_statements)

    legacy = commands.add_parser(
        "legacy", parents=[database], help="the old Backoffice toegang: keep a list, forecast the cut-over, set its day"
    )
    legacy.add_argument("portal", help="the portal, by its slug")
    legacy.add_argument("--user", help="mail address of the Portaalbeheerder in whose name it is done; else the first")
    what = legacy.add_mutually_exclusive_group(required=True)
    what.add_argument("--import", dest="list", type=Path, metavar="FILE", help="keep every line of a CSV, or none")
    what.add_argument("--report", action="store_true", help="what the cut-over means for each guest; changes nothing")
    what.add_argument(
        "--day", type=_day, metavar="YYYY-MM-DD", help="the first day without it; else 2022-01-01, and no page sets it"
    )
    legacy.set_defaults(run=_legacy)

    move = commands.add_parser(
        "move", parents=[database], help="let another office look after a domain; it renews Zelfboeken within 30 days"
    )
    move.add_argument("domain", help="the domain, by its slug")
    move.add_argument("--to", required=True, metavar="PORTAL", help="the portal of the other office, by its slug")
    move.add_argument("--reason", required=True, help="why, for the logs and the mails")
    move.set_defaults(run=_move)

    erase = commands.add_parser(
        "erase",
        parents=[database],
        help="erase inactive domains for good, once their office announced and confirmed it",
    )
    erase.add_argument("domains", nargs="*", metavar="DOMAIN", help="by slug; without any, which are due is told")
    erase.set_defaults(run=_erase)

    bench = commands.add_parser("bench", help="measure")
    bench.add_argument("name")
    bench.add_argument("--json", action="store_true")
    bench.set_defaults(run=_bench)
    return parser


def _day(text: str) -> date:
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is geen datum. Schrijf ze als 2026-12-31.") from None


def _month(text: str) -> date:
    """The first day of a month."""
    try:
        return _day(f"{text}-01")
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(f"{text} is geen maand. Schrijf ze als 2026-12.") from None


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"{text} is geen poort. Kies een getal van 1 tot 65535.")
    return int(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"{text} is geen aantal. Kies een getal van 1 tot 64.")
    return int(text)


_LAST_DAY = date(9998, 12, 31)
_REPORTS = (
    "trial-balance",
    "journal",
    "ledger",
    "open-items",
    "vat-grids",
    "balance-sheet",
    "profit-and-loss",
    "matches",
)


def _django() -> None:
    """Read the settings. Raises Refused when one of them is wrong."""
    import django
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from zelfboeken.config.environment import AddressWrong

    try:
        django.setup()
    except ValidationError as error:
        names = ", ".join(f"ZELFBOEKEN_{str(one['loc'][0]).upper()}" for one in error.errors())
        raise Refused(f"Deze instelling klopt niet: {names}. Kijk na wat README erover zegt.") from None
    except SettingsError as error:
        named = re.search(r'field "([^"]+)"', str(error))
        name = f"ZELFBOEKEN_{named[1].upper()}" if named else "een van ZELFBOEKEN_*"
        raise Refused(f"Deze instelling klopt niet: {name}. Schrijf ze als JSON, zoals README toont.") from None
    except AddressWrong as no:
        raise Refused(f"DATABASE_URL: {no}") from None


@contextmanager
def _database(folder: Path | None = None) -> Iterator[None]:
    """Django on DATABASE_URL, or without it on the embedded database of the demo in this folder.

    Raises:
        Refused: the database is not there or not of this version, or the user may not do this.
        NoDatabase: no DATABASE_URL, and no demo either.
    """
    from django.conf import settings

    if folder is not None and not settings.configured and not os.environ.get("DATABASE_URL"):
        with embedded_database(folder), _database():
            yield
        return
    _django()
    from django.db import OperationalError, ProgrammingError

    from zelfboeken.access.services import NotAllowed
    from zelfboeken.config.checking import first_line
    from zelfboeken.config.whose import NotThere

    try:
        yield
    except NotThere as no:
        raise Refused(str(no)) from None
    except NotAllowed as no:
        raise Refused(f"{no} (nummer {no.reference})") from None
    except OperationalError as error:
        raise Refused(f"De databank antwoordt niet: {first_line(error)}. Kijk na of DATABASE_URL klopt.") from None
    except ProgrammingError as error:
        if getattr(error.__cause__, "sqlstate", "") != "42P01":
            raise
        raise Refused("De databank is niet op deze versie. Voer eerst zelfboeken migrate uit.") from None


def _demo(arguments: argparse.Namespace) -> int:
    from zelfboeken.config.demo_portal import run_demo

    return run_demo(arguments.folder, port=arguments.port, serve=not arguments.no_serve, is_empty=arguments.empty)


def _serve(arguments: argparse.Namespace) -> int:
    from zelfboeken.config.serving import CannotListen, serve

    if not os.environ.get("DATABASE_URL"):
        raise Refused("DATABASE_URL is niet gezet. Zet het op de databank als zb_app, of start zelfboeken demo.")
    with _database():
        from django.conf import settings

        if settings.DEMO:
            raise Refused(
                "ZELFBOEKEN_DEMO staat aan, met codes die iedereen kent. Haal het weg, of start zelfboeken demo."
            )
        if _told_problems():
            return 1
    try:
        serve(host=arguments.host, port=arguments.port, workers=arguments.workers)
    except CannotListen as no:
        raise Refused(str(no)) from None
    return 0


def _migrate(_: argparse.Namespace) -> int:
    url = os.environ.get("ZELFBOEKEN_MIGRATE_URL")
    if not url:
        raise Refused("Zet ZELFBOEKEN_MIGRATE_URL op een aanmelding die zb_owner mag worden.")
    with _database():
        from zelfboeken.config.environment import AddressWrong
        from zelfboeken.config.migrating import NotTheOwner, SchemaUnguarded, migrate_database

        try:
            migrate_database(url, verbosity=1)
        except AddressWrong as no:
            raise Refused(f"ZELFBOEKEN_MIGRATE_URL: {no}") from None
        except (NotTheOwner, SchemaUnguarded) as no:
            raise Refused(str(no)) from None
    return 0


def _check(arguments: argparse.Namespace) -> int:
    with _database(arguments.folder):
        return 1 if _told_problems() else 0


def _told_problems() -> bool:
    from zelfboeken.config.checking import problems

    found = problems()
    for problem in found:
        print(problem, file=sys.stderr)
    return bool(found)


def _read(arguments: argparse.Namespace) -> int:
    from zelfboeken.config.reading import read_file

    worst = 0
    for path in arguments.files:
        answer = read_file(path)
        print(json.dumps(answer, ensure_ascii=False, default=str), flush=True)
        worst = max(worst, 2 if answer["kind"] == "unreadable" else 0)
    return worst


def _import(arguments: argparse.Namespace) -> int:
    with _database(arguments.folder):
        from zelfboeken.access.rights import Right
        from zelfboeken.config.importing import import_file
        from zelfboeken.config.whose import open_for_command

        worst = 0
        book_certain = arguments.book == "certain"
        right = Right.DOCUMENT_BOOK if book_certain else Right.DOCUMENT_DELIVER
        for path in arguments.files:
            with open_for_command(
                arguments.domain, arguments.user, arguments.administration, right=right, doing=f"import {path.name}"
            ) as (access, administration):
                answer = import_file(access=access, administration=administration, path=path, book_certain=book_certain)
            print(json.dumps(answer, ensure_ascii=False, default=str), flush=True)
            worst = max(worst, 2 if answer["state"] in {"UNREADABLE", "REFUSED"} else 0)
        return worst


def _report(arguments: argparse.Namespace) -> int:
    if arguments.from_on > arguments.until_on:
        raise Refused(f"--from {arguments.from_on} valt na --until {arguments.until_on}. Wissel ze om.")
    with _database(arguments.folder):
        from zelfboeken.access.rights import Right
        from zelfboeken.config.reporting import NotWholeMonths, columns_of, report_rows, write_csv
        from zelfboeken.config.whose import open_for_command

        with open_for_command(
            arguments.domain,
            arguments.user,
            arguments.administration,
            right=Right.LEDGER_SEE,
            doing=f"report {arguments.name}",
        ) as (access, administration):
            try:
                rows = report_rows(
                    arguments.name,
                    access=access,
                    administration_id=administration.id,
                    from_on=arguments.from_on,
                    until=arguments.until_on + timedelta(days=1),
                )
            except NotWholeMonths as no:
                raise Refused(str(no)) from None
    if arguments.format == "csv":
        write_csv(columns_of(arguments.name), rows, sys.stdout)
    else:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False, default=str))
    return 0


def _export(arguments: argparse.Namespace) -> int:
    with _database(arguments.folder):
        from zelfboeken.config.exporting import write_export

        try:
            written = write_export(slug=arguments.domain, email=arguments.user, out=arguments.out)
        except OSError as error:
            raise Refused(f"{arguments.out} kan niet geschreven worden: {error.strerror}.") from None
        print(json.dumps(asdict(written), ensure_ascii=False))
        return 0


def _verify(arguments: argparse.Namespace) -> int:
    with _database(arguments.folder):
        from zelfboeken.reports.verify import see_one_moment, verify_domain
        from zelfboeken.tenancy.scope import domain_scope

        worst = 0
        for domain in _domains(arguments.domain):
            with domain_scope(domain.id):
                see_one_moment()
                verified = verify_domain(domain_id=domain.id)
            print(json.dumps({"domain": domain.slug, **asdict(verified)}, ensure_ascii=False), flush=True)
            worst = max(worst, 1 if verified.differences else 0)
        if not arguments.domain:
            worst = max(worst, _verify_portals())
        return worst


def _recount(arguments: argparse.Namespace) -> int:
    with _database(arguments.folder):
        from zelfboeken.tenancy.scope import domain_scope
        from zelfboeken.workload.services import miscounted, recount

        for domain in (one for one in _domains(arguments.domain) if one.erased_at is None):
            with domain_scope(domain.id):
                mended = miscounted()
                recount()
            told = {"domain": domain.slug, "mended": [asdict(one) for one in mended]}
            print(json.dumps(told, ensure_ascii=False), flush=True)
        return 0


def _domains(slug: str | None) -> list[Domain]:
    from zelfboeken.tenancy.models import Domain

    found = Domain.objects.order_by("slug")
    if slug:
        found = found.filter(slug=slug)
        if not found:
            raise Refused(f"Er is geen domein {slug}.")
    return list(found)


def _verify_portals() -> int:
    from django.db import transaction

    from zelfboeken.reports.verify import see_one_moment
    from zelfboeken.reports.verify_roles import verify_portal
    from zelfboeken.tenancy.models import Portal

    worst = 0
    for portal in Portal.objects.order_by("slug"):
        with transaction.atomic():
            see_one_moment()
            seen = verify_portal(portal_id=portal.id)
        found = [{"check": "portal log", "at": at, "text": text} for at, text in seen.differences]
        told = {"portal": portal.slug, "links": seen.links, "differences": found}
        print(json.dumps(told, ensure_ascii=False), flush=True)
        worst = max(worst, 1 if found else 0)
    return worst


def _tick(arguments: argparse.Namespace) -> int:
    with _database(arguments.folder):
        from django.conf import settings
        from django.utils import timezone

        from zelfboeken.access.sessions import forget_expired_sessions
        from zelfboeken.billing.rules import start_of_day
        from zelfboeken.billing.ticking import tick
        from zelfboeken.ledger.fiscal_years import open_coming_years
        from zelfboeken.matching.completeness import report_all
        from zelfboeken.matching.missing import remind_all
        from zelfboeken.portal.links import link_to_question
        from zelfboeken.portal.texts import euro
        from zelfboeken.tenancy.apart import apart

        if arguments.on and arguments.on > timezone.localdate() and not settings.DEMO:
            # What would be stated and ended is never undone: statements of months in which people still work.
            raise Refused(
                f"{arguments.on:%d/%m/%Y} moet nog komen. Kies vandaag of een dag ervoor; "
                "vooruitkijken kan alleen in een demo."
            )
        # The last second of the day: whatever had to happen on it is due. Of today that is still to come.
        ends = start_of_day(arguments.on + timedelta(days=1)) - timedelta(seconds=1) if arguments.on else timezone.now()
        at = ends if settings.DEMO else min(ends, timezone.now())
        done = tick(at=at)
        years = open_coming_years(at=at, failed=done.failed)
        reminded = remind_all(at=at, link_to=link_to_question, amount_text=euro, failed=done.failed)
        reported = report_all(at=at, link_to=link_to_question, failed=done.failed)
        expired = 0
        with apart("sessies", doing="expire", failed=done.failed):
            expired = forget_expired_sessions()
        told = {**asdict(done), "years": years, "reminded": reminded, "reported": reported, "expired": expired}
        print(json.dumps(told, ensure_ascii=False), flush=True)
        for waiting in done.not_issued:
            print(f"{waiting.domain} {waiting.month}: {waiting.text}", file=sys.stderr)
        for failure in done.failed:
            print(f"{failure}: er ging iets fout, zie het log. De andere domeinen gingen door.", file=sys.stderr)
        return 1 if done.failed else 0


_MOST_MAIL = 256 * 1024 * 1024
_TRY_LATER, _SEND_BACK = 75, 69
"""What a mail server understands: to keep the mail and try again, and to return it to its sender."""


def _mail_in(arguments: argparse.Namespace) -> int:
    """Take in one mail. It is stored before the command ends with 0; otherwise the mail server still has it."""
    content = sys.stdin.buffer.read(_MOST_MAIL + 1)
    if len(content) > _MOST_MAIL:
        print("Deze mail is groter dan 256 MB en wordt niet bewaard. Verklein de bijlagen.", file=sys.stderr)
        return _SEND_BACK
    try:
        with _database(arguments.folder):
            from django.utils import timezone

            from zelfboeken.documents.storage import StorageFull
            from zelfboeken.inbox.mail_in import receive_mail
            from zelfboeken.portal.links import link_to_question

            try:
                taken = receive_mail(
                    content=content, receivers=arguments.receivers, at=timezone.now(), link_to=link_to_question
                )
            except (StorageFull, OSError) as no:
                print(str(no), file=sys.stderr)
                return _TRY_LATER
    except (Refused, NoDatabase, DatabaseNotStarted, DatabaseNotPrepared) as no:
        print(str(no), file=sys.stderr)
        return _TRY_LATER
    except Exception:
        # A mistake of ours is no reason to lose a mail: the mail server keeps it until we mended it.
        traceback.print_exc()
        return _TRY_LATER
    print(json.dumps(asdict(taken), ensure_ascii=False), flush=True)
    return 0


def _statements(arguments: argparse.Namespace) -> int:
    with _database(arguments.folder):
        from zelfboeken.config.statements import write_statements

        try:
            for written in write_statements(month=arguments.month, folder=arguments.out):
                print(json.dumps(asdict(written), ensure_ascii=False), flush=True)
        except OSError as error:
            raise Refused(f"{arguments.out} kan niet beschreven worden: {error.strerror}.") from None
        return 0


def _move(arguments: argparse.Namespace) -> int:
    with _database(arguments.folder):
        from django.utils import timezone

        from zelfboeken.billing.moving import MoveRefused, move_domain
        from zelfboeken.tenancy.models import Domain, Portal
        from zelfboeken.tenancy.scope import domain_scope

        domain = Domain.objects.filter(slug=arguments.domain).first()
        if domain is None:
            raise Refused(f"Er is geen domein {arguments.domain}. Kijk de naam na.")
        portal = Portal.objects.filter(slug=arguments.to).first()
        if portal is None:
            raise Refused(f"Er is geen portaal {arguments.to}. Kijk de naam na.")
        try:
            with domain_scope(domain.id):
                moved = move_domain(domain_id=domain.id, to=portal, reason=arguments.reason, at=timezone.now())
        except MoveRefused as no:
            raise Refused(str(no)) from None
        print(json.dumps(asdict(moved), ensure_ascii=False, default=str), flush=True)
        return 0


def _erase(arguments: argparse.Namespace) -> int:
    with _as_owner(arguments.folder) as url:
        from django.utils import timezone

        from zelfboeken.billing.erasure import ErasureRefused
        from zelfboeken.config.environment import AddressWrong
        from zelfboeken.config.erasing import due_domains, erase_domain
        from zelfboeken.config.migrating import NotTheOwner

        try:
            if not arguments.domains:
                print(json.dumps({"due": due_domains(url)}, ensure_ascii=False))
            for slug in arguments.domains:
                erased = erase_domain(url, slug=slug, at=timezone.now())
                print(json.dumps(asdict(erased), ensure_ascii=False), flush=True)
        except AddressWrong as no:
            raise Refused(f"ZELFBOEKEN_MIGRATE_URL: {no}") from None
        except (ErasureRefused, NotTheOwner) as no:
            raise Refused(str(no)) from None
        return 0


@contextmanager
def _as_owner(folder: Path) -> Iterator[str]:
    """Django, and the address of a login that may work as the owner: of DATABASE_URL by ZELFBOEKEN_MIGRATE_URL, else of
    the demo in this folder. Raises what `_database` raises.
    """
    if not os.environ.get("DATABASE_URL"):
        with embedded_database(folder) as urls, _database():
            yield urls.migrate
        return
    url = os.environ.get("ZELFBOEKEN_MIGRATE_URL")
    if not url:
        raise Refused("Zet ZELFBOEKEN_MIGRATE_URL op een aanmelding die zb_owner mag worden.")
    with _database():
        yield url


def _legacy(arguments: argparse.Namespace) -> int:
    with _database(arguments.folder):
        from zelfboeken.access.office import UnknownPortal
        from zelfboeken.billing.legacy import ImportRefused, LegacyRefused
        from zelfboeken.config.legacy import keep_list, report_guests, set_day

        try:
            if arguments.report:
                for row in report_guests(portal=arguments.portal, user=arguments.user):
                    print(json.dumps(row, ensure_ascii=False), flush=True)
            elif arguments.day:
                print(json.dumps(set_day(portal=arguments.portal, on=arguments.day), ensure_ascii=False))
            else:
                kept = keep_list(portal=arguments.portal, user=arguments.user, content=arguments.list.read_bytes())
                print(json.dumps(kept, ensure_ascii=False))
        except ImportRefused as no:
            for problem in no.problems:
                print(f"regel {problem.number}: {problem.text}", file=sys.stderr)
            raise Refused(str(no)) from None
        except LegacyRefused as no:
            raise Refused(str(no)) from None
        except UnknownPortal:
            raise Refused(f"Er is geen portaal {arguments.portal} met zo'n Portaalbeheerder.") from None
        except OSError as error:
            raise Refused(f"{arguments.list} is niet te lezen: {error.strerror}.") from None
        return 0


def _bench(arguments: argparse.Namespace) -> int:
    from zelfboeken.config.benchmarks import run_benchmarks

    return run_benchmarks(arguments.name, as_json=arguments.json)


if __name__ == "__main__":
    sys.exit(main())
