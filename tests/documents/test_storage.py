"""Originals on disk: whole or not at all, stored once, never given back when they changed (D9, INV-15, INV-34)."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

import zelfboeken
from zelfboeken.documents.storage import (
    FileDamaged,
    OriginalLost,
    StorageFull,
    read_original,
    sha256_of,
    write_original,
)

SOURCE = Path(zelfboeken.__file__).parents[1]
BYTES = b"<Invoice/>"
DIGEST = sha256_of(BYTES)


def stored(domain_id: int = 7) -> Path:
    return Path(settings.FILES) / str(domain_id) / DIGEST[:2] / DIGEST


def all_files() -> list[Path]:
    return sorted(path for path in Path(settings.FILES).rglob("*") if path.is_file())


def test_the_bytes_come_back_as_they_were() -> None:
    content = bytes(range(256)) * 1000
    digest = write_original(domain_id=7, content=content)

    assert read_original(domain_id=7, sha256=digest) == content


def test_inv15_the_same_bytes_are_one_file_and_two_domains_have_each_their_own() -> None:
    for domain_id in (7, 7, 8, 7):
        assert write_original(domain_id=domain_id, content=BYTES) == DIGEST

    assert all_files() == [stored(7), stored(8)]


def test_an_original_is_readable_by_the_portal_alone() -> None:
    write_original(domain_id=7, content=BYTES)

    assert stat.S_IMODE(stored().stat().st_mode) == 0o600


def test_inv34_a_file_is_fsynced_before_its_name_and_its_folders_after(monkeypatch: pytest.MonkeyPatch) -> None:
    """Temporary file, fsync, rename, fsync of the folder; and of each folder that a new one was made in."""
    steps: list[str] = []
    fsync, replace = os.fsync, os.replace

    def name_of(fd: int) -> str:
        path = Path(f"/proc/self/fd/{fd}").readlink()
        return "temporary" if path.name.startswith(".tmp-") else str(path.relative_to(settings.FILES.parent))

    def noted_fsync(fd: int) -> None:
        steps.append(f"fsync {name_of(fd)}")
        fsync(fd)

    def noted_replace(source: Any, target: Any) -> None:
        assert Path(source).read_bytes() == BYTES
        steps.append(f"rename {Path(target).name == DIGEST}")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", noted_replace)
    write_original(domain_id=7, content=BYTES)

    folder = f"files/7/{DIGEST[:2]}"
    assert steps == [
        "fsync .", "fsync files", "fsync files/7", "fsync temporary", "rename True", f"fsync {folder}",
    ]  # fmt: skip

    steps.clear()
    write_original(domain_id=7, content=BYTES)
    assert steps == [f"fsync {folder}"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_inv34_a_process_that_dies_while_storing_leaves_no_half_original(call: str) -> None:
    program = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from django.conf import settings\n"
        "settings.configure(FILES=Path(sys.argv[1]))\n"
        "from zelfboeken.documents.storage import write_original, _make_folder\n"
        f"folder = Path(sys.argv[1]) / '7' / '{DIGEST[:2]}'\n"
        "_make_folder(folder)\n"
        f"os.{call} = lambda *arguments: os._exit(9)\n"
        f"write_original(domain_id=7, content={BYTES!r})\n"
    )
    died = subprocess.run(
        [sys.executable, "-c", program, str(settings.FILES)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
    )

    assert died.returncode == 9, died.stderr
    assert not stored().exists()
    with pytest.raises(OriginalLost):
        read_original(domain_id=7, sha256=DIGEST)
    assert write_original(domain_id=7, content=BYTES) == DIGEST
    assert read_original(domain_id=7, sha256=DIGEST) == BYTES


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_refuses_in_dutch_and_keeps_nothing(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    fsync = os.fsync

    def full(fd: int) -> None:
        if Path(f"/proc/self/fd/{fd}").readlink().name.startswith(".tmp-"):
            raise OSError(number, os.strerror(number))
        fsync(fd)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StorageFull, match="geen plaats om dit bestand te bewaren"):
            write_original(domain_id=7, content=BYTES)
        assert all_files() == []

    assert write_original(domain_id=7, content=BYTES) == DIGEST


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can mount a small file system")
def test_a_really_full_disk_refuses_and_resumes_by_itself(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(small)], capture_output=True).returncode:
        pytest.skip("Not tested: no file system may be mounted here")
    try:
        settings.FILES = small / "files"
        ballast = small / "ballast"
        ballast.write_bytes(b"x" * 200_000)
        with pytest.raises(StorageFull):
            write_original(domain_id=7, content=b"y" * 100_000)
        assert all_files() == []

        ballast.unlink()
        assert write_original(domain_id=7, content=b"y" * 100_000)
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_another_error_of_the_disk_goes_up_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_fd: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="Input/output error") as error:
        write_original(domain_id=7, content=BYTES)

    assert not isinstance(error.value, StorageFull)


@pytest.mark.parametrize("at", [0, len(BYTES) // 2, len(BYTES) - 1])
def test_a_flipped_byte_is_named_and_never_given_back(at: int) -> None:
    write_original(domain_id=7, content=BYTES)
    damaged = bytearray(BYTES)
    damaged[at] ^= 1
    stored().write_bytes(damaged)

    with pytest.raises(FileDamaged, match=f"{DIGEST[:12]} is beschadigd") as refusal:
        read_original(domain_id=7, sha256=DIGEST)
    assert (refusal.value.code, refusal.value.sha256) == ("file_damaged", DIGEST)


@pytest.mark.parametrize("left", [b"", BYTES[:-1], BYTES + b"\n"])
def test_a_file_that_lost_or_got_bytes_is_named(left: bytes) -> None:
    write_original(domain_id=7, content=BYTES)
    stored().write_bytes(left)

    with pytest.raises(FileDamaged):
        read_original(domain_id=7, sha256=DIGEST)


def test_a_file_that_is_gone_is_named() -> None:
    write_original(domain_id=7, content=BYTES)
    stored().unlink()

    with pytest.raises(OriginalLost, match=f"{DIGEST[:12]} ontbreekt") as refusal:
        read_original(domain_id=7, sha256=DIGEST)
    assert refusal.value.code == "file_missing"


def test_the_good_bytes_again_mend_a_damaged_and_a_missing_file() -> None:
    write_original(domain_id=7, content=BYTES)
    stored().write_bytes(b"x" * len(BYTES))
    write_original(domain_id=7, content=BYTES)
    assert read_original(domain_id=7, sha256=DIGEST) == BYTES

    stored().unlink()
    write_original(domain_id=7, content=BYTES)
    assert read_original(domain_id=7, sha256=DIGEST) == BYTES


def test_eight_threads_that_store_the_same_bytes_make_one_whole_file() -> None:
    content = os.urandom(300_000)
    start = threading.Barrier(8)
    digests: list[str] = []

    def store() -> None:
        start.wait()
        digests.append(write_original(domain_id=7, content=content))

    threads = [threading.Thread(target=store) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(digests) == {sha256_of(content)}
    assert len(digests) == 8
    assert len(all_files()) == 1
    assert read_original(domain_id=7, sha256=digests[0]) == content
