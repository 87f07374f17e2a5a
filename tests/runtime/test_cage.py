"""The cage of the parsers: what a child may use, what it may not do, and that the work goes on after it broke (D10).

The parsers of these tests are `eval` and `exec`: the content is the code that an intruder would like to run.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import platform
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import zelfboeken
from zelfboeken.runtime.cage import Cage, CageFailed, Limits, Refused

MB = 1024 * 1024
SOURCE = Path(zelfboeken.__file__).parents[1]
ON_X86 = platform.machine() == "x86_64"


@contextlib.contextmanager
def a_cage(*classes: str) -> Iterator[Cage]:
    made = Cage(
        preload=(
            "ctypes",
            "socket",
            "subprocess",
            "resource",
            "decimal",
            "tempfile",
            "threading",
            "fractions",
            "pathlib",
        ),
        functions={
            "value": "builtins:eval",
            "do": "builtins:exec",
            "length": "builtins:len",
            "ubl": "zelfboeken.invoices.readers.ubl:read_ubl",
        },
        classes=classes,
    )
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def cage() -> Iterator[Cage]:
    """One keeper for the tests that leave it alive."""
    with a_cage("fractions:Fraction") as made:
        yield made


def works(cage: Cage) -> bool:
    """Whether the next file is read."""
    return bool(cage.run("value", b"6 * 7") == 42)


def failure(cage: Cage, name: str, content: bytes, limits: Limits | None = None, owner: str = "") -> CageFailed:
    with pytest.raises(CageFailed) as failed:
        cage.run(name, content, limits=limits, owner=owner)
    return failed.value


def test_inv28_this_kernel_takes_every_lock(cage: Cage) -> None:
    assert works(cage)
    assert cage.locks == {"rlimits": True, "seccomp": True, "other_user": os.geteuid() == 0}


@pytest.mark.parametrize(
    ("code", "limits", "kind"),
    [
        (b"while True: pass", Limits(seconds=0.3), "TIME"),
        (b"__import__('time').sleep(60)", Limits(seconds=0.3), "TIME"),
        pytest.param(b"while True: pass", Limits(cpu_seconds=0), "TIME", marks=pytest.mark.slow),
        (b"x = bytearray(400 * 1024 * 1024)", Limits(memory=300 * MB), "MEMORY"),
        (b"x = []\nwhile True: x.append('y' * 1000000)", Limits(memory=300 * MB), "MEMORY"),
        (b"1 / 0", None, "CRASH"),
        (b"import os; os._exit(0)", None, "CRASH"),
        (b"import ctypes; ctypes.string_at(0)", None, "CRASH"),
        (b"import sys; sys.exit(3)", None, "CRASH"),
        (b"def f(): f()\nf()", None, "CRASH"),
        (b"import os; os.close(3)\nfor n in range(3, 64):\n  try: os.close(n)\n  except OSError: pass", None, "CRASH"),
    ],
)
def test_inv28_a_parser_that_uses_too_much_or_breaks_is_ended_and_the_next_file_is_read(
    cage: Cage, code: bytes, limits: Limits | None, kind: str
) -> None:
    failed = failure(cage, "do", code, limits)

    assert failed.code == kind
    assert str(failed).startswith(("Dit bestand", "In dit bestand"))
    assert works(cage)


def test_inv28_a_parser_that_hangs_up_and_goes_on_is_killed(cage: Cage) -> None:
    code = b"import os\nfor n in range(3, 64):\n  try: os.close(n)\n  except OSError: pass\nwhile True: pass"

    assert failure(cage, "do", code).code == "CRASH"
    assert works(cage)


@pytest.mark.slow
def test_inv28_a_parser_that_ignores_the_signal_of_its_cpu_limit_meets_the_clock(cage: Cage) -> None:
    code = b"import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass"

    assert failure(cage, "do", code, Limits(seconds=2, cpu_seconds=0)).code == "TIME"
    assert works(cage)


def test_inv28_a_parser_cannot_give_itself_more_memory_than_any_job_may_have(cage: Cage) -> None:
    code = b"""
import resource
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""
    assert "not allowed to raise" in failure(cage, "do", code).detail
    assert failure(cage, "value", b"len(bytearray(3 * 1024 ** 3))", Limits(memory=64 * 1024 * MB)).code == "MEMORY"


@pytest.mark.slow
def test_inv28_an_answer_beyond_what_we_take_is_refused(cage: Cage) -> None:
    assert failure(cage, "value", b"'x' * (130 * 1024 * 1024)").code == "OUTPUT"
    assert works(cage)


ESCAPES = {
    "a socket": "__import__('socket').socket()",
    "a pair of sockets": "__import__('socket').socketpair()",
    "looking a host up": "__import__('socket').getaddrinfo(b'localhost', 80)",
    "reading a file": "open('/etc/passwd')",
    "reading our own files": f"open({str(Path(zelfboeken.__file__))!r})",
    "writing a file": "open('/tmp/zb-escape', 'w')",
    "a temporary file": "__import__('tempfile').mkstemp()",
    "a folder": "os.mkdir('/tmp/zb-escape')",
    "taking a file away": "os.unlink('/tmp/zb-kept')",
    "renaming a file": "os.rename('/tmp/zb-kept', '/tmp/zb-escape')",
    "a link": "os.symlink('/etc/passwd', '/tmp/zb-escape')",
    "listing a folder": "os.listdir('/')",
    "changing rights": "os.chmod('/tmp/zb-kept', 0o777)",
    "cutting a file off": "os.truncate('/tmp/zb-kept', 0)",
    "a process": "os.fork()",
    "a program": "os.execv('/bin/true', ['true'])",
    "a program of a process": "__import__('subprocess').run(['/bin/true'])",
    "a thread": "__import__('threading').Thread(target=print).start()",
    "killing our parent": "os.kill(os.getppid(), 9)",
    "killing everybody": "os.kill(-1, 9)",
    "a file in memory": "os.memfd_create('x')",
    "another's limits": "__import__('resource').prlimit(1, __import__('resource').RLIMIT_CPU)",
    "becoming root": "os.setuid(0)",
    "another root": "os.chroot('/')",
    "a pipe": "os.pipe()",
}


DENIED = ("PermissionError", "gaierror", "can't start new thread", "No usable temporary directory")


@pytest.mark.parametrize("what", ESCAPES)
def test_inv28_a_parser_has_no_network_no_files_and_no_processes(cage: Cage, what: str) -> None:
    kept = Path("/tmp/zb-kept")
    kept.write_text("kept")
    kept.chmod(0o666)
    try:
        failed = failure(cage, "do", f"import os\n{ESCAPES[what]}".encode())

        assert failed.code == "CRASH"
        assert any(word in failed.detail for word in DENIED)
        assert kept.read_text() == "kept"
        assert kept.stat().st_mode & 0o777 == 0o666
        assert not Path("/tmp/zb-escape").exists()
        assert works(cage)
    finally:
        kept.unlink()


CALLS = {
    "ptrace": 101, "process_vm_readv": 310, "io_uring_setup": 425, "bpf": 321, "unshare": 272, "clone3": 435,
    "openat2": 437, "open_by_handle_at": 304, "shmget": 29, "perf_event_open": 298, "sendmsg": 46, "execveat": 322,
    "rt_sigqueueinfo": 129, "pidfd_open": 434, "pidfd_getfd": 438, "utimensat": 280, "fchmodat2": 452, "mount": 165,
}  # fmt: skip


@pytest.mark.skipif(not ON_X86, reason="Numbers of system calls of x86_64")
@pytest.mark.parametrize("number", [*CALLS.values(), *(0x40000000 + number for number in (0, 41, 2, 257, 59))])
def test_inv28_a_system_call_that_is_not_on_the_list_fails_by_either_number(cage: Cage, number: int) -> None:
    code = f"""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
answer = libc.syscall({number}, 0, 0, 0, 0, 0, 0)
assert (answer, ctypes.get_errno()) == (-1, 1), (answer, ctypes.get_errno())
"""
    cage.run("do", code.encode())


@pytest.mark.slow
def test_sabotage_without_the_filter_the_same_parser_opens_a_socket() -> None:
    """What refused was the filter: where the kernel takes none, the socket opens, and that is said aloud."""
    told = run_without_filters("cage.run('do', b'import socket; socket.socket().close()'); print('opened')")

    assert "opened" in told.stdout
    assert '"seccomp": false' in told.stdout
    assert "cage without system call filter" in told.stdout + told.stderr


@pytest.mark.slow
def test_inv28_without_the_filter_the_other_locks_still_hold() -> None:
    code = """
from zelfboeken.runtime.cage import CageFailed, Limits
for code, limits in (
    (b"while True: pass", Limits(seconds=0.3)),
    (b"x = bytearray(400 * 1024 ** 2)", Limits(memory=300 * 1024 ** 2)),
    (b"import os; os.write(os.open('/tmp/zb-escape', os.O_CREAT | os.O_WRONLY), b'x')", Limits()),
):
    try:
        cage.run("do", code, limits=limits)
        print("done")
    except CageFailed as failed:
        print(failed.code)
"""
    told = run_without_filters(code)
    Path("/tmp/zb-escape").unlink(missing_ok=True)

    assert [line for line in told.stdout.splitlines() if line.isupper() or line == "done"] == [
        "TIME",
        "MEMORY",
        "CRASH",
    ]


def run_without_filters(code: str) -> subprocess.CompletedProcess[str]:
    """Run code with a `cage` in a process whose kernel refuses further filters, as old and strict ones do."""
    program = f"""
import ctypes, json, struct
libc = ctypes.CDLL(None, use_errno=True)
def step(code, yes, no, value): return struct.pack("HBBI", code, yes, no, value)
# prctl(PR_SET_SECCOMP, …) fails with EINVAL; everything else goes on.
number, nr_prctl = 0, {157 if ON_X86 else 167}
steps = b"".join((step(0x20, 0, 0, 0), step(0x15, 0, 3, nr_prctl), step(0x20, 0, 0, 16), step(0x15, 0, 1, 22),
                  step(0x06, 0, 0, 0x00050016), step(0x06, 0, 0, 0x7FFF0000)))
buffer = ctypes.create_string_buffer(steps, len(steps))
header = struct.pack("HxxxxxxP", len(steps) // 8, ctypes.addressof(buffer))
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.c_char_p(header), 0, 0) == 0
from zelfboeken.runtime.cage import Cage
cage = Cage(preload=("socket",), functions={{"do": "builtins:exec"}}, classes=())
cage.run("do", b"pass")
print(json.dumps(cage.locks), flush=True)
{code}
cage.close()
"""
    return subprocess.run(
        [sys.executable, "-c", program],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can become another user")
def test_inv28_started_by_root_a_parser_is_a_user_that_nobody_else_is(cage: Cage) -> None:
    import pwd

    user, groups = cage.run("value", b"(__import__('os').getuid(), __import__('os').getgid())")

    assert user == groups
    assert user not in {one.pw_uid for one in pwd.getpwall()}


def test_inv28_plain_values_and_registered_classes_come_back(cage: Cage) -> None:
    from datetime import date
    from decimal import Decimal
    from fractions import Fraction

    code = (
        b"(1, 2.5, 'a', b'b', None, True, [1], {'k': (2,)}, {3}, frozenset({4}), __import__('decimal').Decimal('1.50'),"
        b" __import__('datetime').date(2026, 2, 28), __import__('fractions').Fraction(1, 3))"
    )
    assert cage.run("value", code) == (
        1, 2.5, "a", b"b", None, True, [1], {"k": (2,)}, {3}, frozenset({4}), Decimal("1.50"), date(2026, 2, 28),
        Fraction(1, 3),
    )  # fmt: skip


@pytest.mark.parametrize(
    "code",
    [
        b"__import__('pathlib').PurePosixPath('/etc')",
        b"__import__('os').system",
        b"print",
        b"__import__('collections').OrderedDict(a=1)",
        b"ValueError('x')",
        b"lambda: 1",
        b"(n for n in 'ab')",
    ],
)
def test_inv28_a_value_of_a_class_that_is_not_registered_does_not_come_back(cage: Cage, code: bytes) -> None:
    assert failure(cage, "value", code).code == "CRASH"
    assert works(cage)


class Calls:
    """A pickle that calls a function when it is loaded."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.call


def forged(answer: bytes, kind: bytes = b"RESULT") -> bytes:
    """Code that writes an answer of its own to the keeper and then waits."""
    return (
        f"import os, struct, time\nkind, body = {kind!r}, {answer!r}\n"
        "message = struct.pack('>II', len(kind), len(body)) + kind + body\n"
        "for n in range(3, 64):\n"
        "  try:\n    os.write(n, message)\n    break\n"
        "  except OSError: pass\n"
        "time.sleep(5)"
    ).encode()


@pytest.mark.parametrize(
    "answer",
    [
        pickle.dumps(Calls(os.system, "touch /tmp/zb-escape")),
        pickle.dumps(Calls(eval, "open('/tmp/zb-escape', 'w')")),
        pickle.dumps(Calls(getattr, "a", "upper")),
        b"cos\nsystem\n(S'touch /tmp/zb-escape'\ntR.",
        b"\x80\x04\x8c\x07decimal\x8c\x10Decimal.__init__\x93.",
        b"",
        b"no pickle at all",
        pickle.dumps([1, 2, 3])[:-3],
        b"\x80\x04\x8a\xff" + b"\xff" * 10,
        b"\x80\x05\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.",
        b"\x80\x04K\x01r\xff\xff\xff\x7f.",
        b"P1\n.",
    ],
)
def test_inv28_a_forged_answer_calls_nothing_and_breaks_nothing(cage: Cage, answer: bytes) -> None:
    failed = failure(cage, "do", forged(answer))

    assert failed.code == "CRASH"
    assert not Path("/tmp/zb-escape").exists()
    assert works(cage)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [(b"REFUSED", b"no json"), (b"REFUSED", b"[1, 2, 3]"), (b"WELL", b""), (b"\xff\xfe", b""), (b"", b"")],
)
def test_inv28_an_answer_of_no_known_kind_is_a_crash(cage: Cage, kind: bytes, answer: bytes) -> None:
    assert failure(cage, "do", forged(answer, kind)).code == "CRASH"
    assert works(cage)


def test_inv28_a_forged_refusal_is_no_longer_than_a_sentence(cage: Cage) -> None:
    with pytest.raises(Refused) as refusal:
        cage.run("do", forged(json.dumps(["c" * 1000, "t" * 100_000]).encode(), b"REFUSED"))

    assert (len(refusal.value.code), len(str(refusal.value))) == (50, 1000)


def test_a_refusal_of_the_parser_keeps_its_code_and_sentence(cage: Cage) -> None:
    with pytest.raises(Refused) as refusal:
        cage.run("ubl", b"<html/>")

    assert refusal.value.code == "not_ubl"
    assert str(refusal.value) == "Dit is geen UBL-factuur of UBL-creditnota. Vraag je leverancier om UBL (xml)."


def test_files_of_one_owner_may_share_a_child_and_those_of_two_never(cage: Cage) -> None:
    pid = b"__import__('os').getpid()"
    mine = [cage.run("value", pid, owner="1") for _ in range(3)]
    theirs = cage.run("value", pid, owner="2")
    nobodys = [cage.run("value", pid) for _ in range(3)]

    assert len(set(mine)) == 1
    assert len({mine[0], theirs, *nobodys}) == 5


def test_inv28_what_a_file_leaves_behind_in_a_child_is_gone_for_another_owner(cage: Cage) -> None:
    cage.run("do", b"import builtins; builtins.secret = 'of domain 1'", owner="1")

    assert cage.run("value", b"hasattr(__import__('builtins'), 'secret')", owner="1") is True
    assert cage.run("value", b"hasattr(__import__('builtins'), 'secret')", owner="2") is False


def test_files_larger_than_a_socket_buffer_are_read_one_after_the_other_by_one_child(cage: Cage) -> None:
    content = b"x" * (5 * MB)

    assert [cage.run("length", content, owner="1") for _ in range(3)] == [5 * MB] * 3


@pytest.mark.slow
def test_a_child_that_was_killed_while_it_waited_is_no_fault_of_the_next_file() -> None:
    with a_cage() as cage:
        assert works(cage)
        assert cage._keeper is not None
        for child in children_of(cage._keeper.pid):
            with contextlib.suppress(ProcessLookupError):  # the one that read the file may just be ending
                os.kill(child, signal.SIGKILL)
        time.sleep(0.2)

        assert works(cage)


def test_inv28_the_keeper_is_started_again_when_it_dies() -> None:
    with a_cage() as cage:
        assert works(cage)
        first = cage._keeper
        assert first is not None
        first.kill()
        first.wait()

        assert works(cage)
        assert cage._keeper is not first


@pytest.mark.slow
def test_inv28_a_keeper_that_dies_at_work_takes_its_children_along_and_the_file_is_tried_again() -> None:
    with a_cage() as cage:
        assert works(cage)
        keeper = cage._keeper
        assert keeper is not None
        killer = threading.Timer(0.5, keeper.kill)
        killer.start()

        failed = failure(cage, "do", b"while True: pass", Limits(seconds=2))

        killer.join()
        assert failed.code == "TIME"
        assert works(cage)
        assert not [pid for pid in children_of(keeper.pid) if is_running(pid)]


@pytest.mark.slow
def test_inv28_a_keeper_that_stands_still_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zelfboeken.runtime.cage._KEEPER_SECONDS", 1.0)
    with a_cage() as cage:
        assert works(cage)
        keeper = cage._keeper
        assert keeper is not None
        keeper.send_signal(signal.SIGSTOP)

        assert failure(cage, "value", b"1", Limits(seconds=0.2)).code == "TIME"
        assert keeper.poll() is not None
        assert works(cage)


def test_a_keeper_that_cannot_start_is_a_refusal_and_no_error_of_the_page() -> None:
    cage = Cage(preload=("zelfboeken.no_such_module",), functions={}, classes=())

    assert failure(cage, "value", b"1").code == "CRASH"
    cage.close()


def test_inv28_eight_threads_share_one_cage_and_each_gets_its_own_answer(cage: Cage) -> None:
    answers: dict[int, list[object]] = {}
    start = threading.Barrier(8)

    def ask(n: int) -> None:
        start.wait()
        got: list[object] = []
        for turn in range(6):
            try:
                got.append(cage.run("value", f"{n} * 1000 + {turn} if {turn} != 3 else 1 / 0".encode(), owner=str(n)))
            except CageFailed as failed:
                got.append(failed.code)
        answers[n] = got

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == {n: [n * 1000 + turn if turn != 3 else "CRASH" for turn in range(6)] for n in range(8)}


def test_a_forked_process_gets_a_keeper_of_its_own(cage: Cage) -> None:
    assert works(cage)
    pid = os.fork()
    if not pid:
        try:
            ok = works(cage)
            cage.close()
            os._exit(0 if ok else 1)
        except BaseException:
            os._exit(2)

    _, status = os.waitpid(pid, 0)
    assert status == 0
    assert works(cage)


def test_closing_ends_the_keeper_and_its_children() -> None:
    with a_cage() as cage:
        cage.run("value", b"1", owner="1")
        keeper = cage._keeper
        assert keeper is not None
        children = children_of(keeper.pid)
        assert len(children) == 3

    assert keeper.poll() == 0
    assert not [pid for pid in children if is_running(pid)]


def test_the_cage_holds_no_file_or_socket_of_ours() -> None:
    """What the web process has open, a database connection for one, is not open in keeper or child."""
    ours, theirs = socket.socketpair()
    with a_cage() as cage, ours, theirs:
        cage.run("value", b"1", owner="1")
        assert cage._keeper is not None
        for pid in (cage._keeper.pid, *children_of(cage._keeper.pid)):
            opened = {str(one.readlink()) for one in Path(f"/proc/{pid}/fd").iterdir()}
            assert f"socket:[{os.fstat(ours.fileno()).st_ino}]" not in opened
            environment = Path(f"/proc/{pid}/environ").read_bytes()
            assert b"DATABASE_URL" not in environment
            assert b"SECRET" not in environment


def children_of(pid: int) -> list[int]:
    """The processes that this one started and that still run."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == pid and fields[0] != "Z":
                    found.append(int(entry.name))
    return found


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
