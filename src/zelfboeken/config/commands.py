"""The command line: one entry for everything that can be run (architecture §3)."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

from zelfboeken.runtime.postgres import DatabaseNotStarted

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 when all went well."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zelfboeken.config.settings")
    parsed = _parser().parse_args(arguments)
    run: Command = parsed.run
    try:
        return run(parsed)
    except DatabaseNotStarted as no:
        print(str(no), file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="zelfboeken", description="Self-hosted bookkeeping portal for Belgium")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="start the demo portal on its embedded database")
    demo.add_argument("--folder", type=Path, default=Path("var"))
    demo.add_argument("--port", type=int, default=8000)
    demo.add_argument("--no-serve", action="store_true", help="only make the books, then stop")
    demo.add_argument("--empty", action="store_true", help="with its users, but without a booked year")
    demo.set_defaults(run=_demo)

    serve = commands.add_parser("serve", help="serve the portal on DATABASE_URL")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument("--workers", type=int, default=2)
    serve.set_defaults(run=_serve)

    migrate = commands.add_parser("migrate", help="bring the database at ZELFBOEKEN_MIGRATE_URL to this version")
    migrate.set_defaults(run=_migrate)

    check = commands.add_parser("check", help="refuse unsafe settings, roles and schemas")
    check.set_defaults(run=_check)

    read = commands.add_parser("read", help="what the system makes of files; no database")
    read.add_argument("files", nargs="+", type=Path)
    read.set_defaults(run=_read)

    imported = commands.add_parser("import", help="take files in, as an upload does")
    imported.add_argument("files", nargs="+", type=Path)
    imported.add_argument("--domain", required=True)
    imported.add_argument("--administration")
    imported.add_argument("--book", choices=["certain"])
    imported.add_argument("--user", help="mail address of the user who does it; else the domain's owner")
    imported.set_defaults(run=_import)

    report = commands.add_parser("report", help="figures from the posted books")
    report.add_argument("name", choices=_REPORTS)
    report.add_argument("--domain", required=True)
    report.add_argument("--administration")
    report.add_argument("--from", dest="from_on", type=date.fromisoformat, default=date(date.min.year, 1, 1))
    report.add_argument("--until", dest="until_on", type=date.fromisoformat, default=date.max - timedelta(days=40))
    report.add_argument("--format", choices=["json", "csv"], default="json")
    report.add_argument("--user")
    report.set_defaults(run=_report)

    verify = commands.add_parser("verify", help="prove the books again; exit 1 with the first difference")
    verify.add_argument("--domain")
    verify.set_defaults(run=_verify)

    bench = commands.add_parser("bench", help="measure")
    bench.add_argument("name")
    bench.add_argument("--json", action="store_true")
    bench.set_defaults(run=_bench)
    return parser


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
    import django

    django.setup()


def _demo(arguments: argparse.Namespace) -> int:
    from zelfboeken.config.demo_portal import run_demo

    return run_demo(arguments.folder, port=arguments.port, serve=not arguments.no_serve, is_empty=arguments.empty)


def _serve(arguments: argparse.Namespace) -> int:
    from zelfboeken.config.serving import PortInUse, serve

    if _check(arguments):
        return 1
    try:
        serve(host=arguments.host, port=arguments.port, workers=arguments.workers)
    except PortInUse as no:
        print(str(no), file=sys.stderr)
        return 1
    return 0


def _migrate(_: argparse.Namespace) -> int:
    from zelfboeken.config.migrating import migrate_database

    url = os.environ.get("ZELFBOEKEN_MIGRATE_URL")
    if not url:
        print("Zet ZELFBOEKEN_MIGRATE_URL op een aanmelding die zb_owner mag worden.", file=sys.stderr)
        return 1
    _django()
    migrate_database(url, verbosity=1)
    return 0


def _check(_: argparse.Namespace) -> int:
    _django()
    from zelfboeken.config.checking import problems

    found = problems()
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


def _read(arguments: argparse.Namespace) -> int:
    from zelfboeken.config.reading import read_file

    worst = 0
    for path in arguments.files:
        answer = read_file(path)
        print(json.dumps(answer, ensure_ascii=False, default=str), flush=True)
        worst = max(worst, 2 if answer["kind"] == "unreadable" else 0)
    return worst


def _import(arguments: argparse.Namespace) -> int:
    _django()
    from zelfboeken.config.importing import import_file
    from zelfboeken.config.whose import open_for_command

    worst = 0
    for path in arguments.files:
        with open_for_command(arguments.domain, arguments.user, arguments.administration) as (access, administration):
            answer = import_file(
                access=access, administration=administration, path=path, book_certain=arguments.book == "certain"
            )
        print(json.dumps(answer, ensure_ascii=False, default=str), flush=True)
        worst = max(worst, 2 if answer["state"] in {"UNREADABLE", "REFUSED"} else 0)
    return worst


def _report(arguments: argparse.Namespace) -> int:
    _django()
    from zelfboeken.config.reporting import report_rows, write_csv
    from zelfboeken.config.whose import open_for_command

    with open_for_command(arguments.domain, arguments.user, arguments.administration) as (access, administration):
        rows = report_rows(
            arguments.name,
            access=access,
            administration_id=administration.id,
            from_on=arguments.from_on,
            until=arguments.until_on + timedelta(days=1),
        )
    if arguments.format == "csv":
        write_csv(rows, sys.stdout)
    else:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False, default=str))
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    _django()
    from zelfboeken.reports.verify import see_one_moment, verify_domain
    from zelfboeken.tenancy.models import Domain
    from zelfboeken.tenancy.scope import domain_scope

    domains = Domain.objects.order_by("slug")
    if arguments.domain:
        domains = domains.filter(slug=arguments.domain)
        if not domains:
            print(f"Er is geen domein {arguments.domain}.", file=sys.stderr)
            return 1
    worst = 0
    for domain in domains:
        with domain_scope(domain.id):
            see_one_moment()
            verified = verify_domain(domain_id=domain.id)
        print(json.dumps({"domain": domain.slug, **asdict(verified)}, ensure_ascii=False))
        worst = max(worst, 1 if verified.differences else 0)
    return worst


def _bench(arguments: argparse.Namespace) -> int:
    from zelfboeken.config.benchmarks import run_benchmarks

    return run_benchmarks(arguments.name, as_json=arguments.json)


if __name__ == "__main__":
    sys.exit(main())
