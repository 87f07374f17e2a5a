"""The files themselves: content-addressed on disk, written so that a crash leaves the whole file or none (D9)."""

import errno
import hashlib
import os
import tempfile
from pathlib import Path

from django.conf import settings


class OriginalLost(RuntimeError):
    """A stored file that cannot be given back: `code` is file_missing or file_damaged, the text names it."""

    code = "file_missing"

    def __init__(self, sha256: str) -> None:
        super().__init__(
            f"Het bewaarde bestand {sha256[:12]} ontbreekt. Verwittig wie de server beheert: het staat in de back-up."
        )
        self.sha256 = sha256


class FileDamaged(OriginalLost):
    """The stored bytes no longer have the hash they are stored under: never served."""

    code = "file_damaged"

    def __init__(self, sha256: str) -> None:
        super().__init__(sha256)
        self.args = (
            f"Het bewaarde bestand {sha256[:12]} is beschadigd. Verwittig wie de server beheert: het staat gaaf in de "
            "back-up.",
        )


class StorageFull(OSError):
    """There is no room for the file; nothing of it is kept."""

    code = "storage_full"

    def __init__(self) -> None:
        super().__init__(
            "Er is geen plaats om dit bestand te bewaren. Verwittig wie de server beheert en lever het later aan."
        )


_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


def sha256_of(content: bytes) -> str:
    """The SHA-256 of these bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def write_original(*, domain_id: int, content: bytes) -> str:
    """Store bytes once and give their SHA-256: temporary file, fsync, rename, fsync of the folder.

    What is there already is looked at: a damaged file is replaced by the good bytes that came in.

    Raises:
        StorageFull: there is no room.
    """
    digest = sha256_of(content)
    path = _path(domain_id, digest)
    try:
        if not path.exists() or path.read_bytes() != content:
            _write(path, content)
        # Also where another wrote the file: his fsync may be still to come, and our row says that it is there.
        _sync_folder(path.parent)
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StorageFull from error
        raise
    return digest


def read_original(*, domain_id: int, sha256: str) -> bytes:
    """The stored bytes.

    Raises:
        OriginalLost: the file is gone.
        FileDamaged: the bytes changed on disk.
    """
    try:
        content = _path(domain_id, sha256).read_bytes()
    except FileNotFoundError:
        raise OriginalLost(sha256) from None
    if sha256_of(content) != sha256:
        raise FileDamaged(sha256)
    return content


def _write(path: Path, content: bytes) -> None:
    _make_folder(path.parent)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".tmp-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105 - the atomic rename by its own name
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _make_folder(folder: Path) -> None:
    """The folder and those above it; each new one is fsynced in the one above, or a power cut takes it away."""
    if folder.exists():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _path(domain_id: int, digest: str) -> Path:
    return Path(settings.FILES) / str(int(domain_id)) / digest[:2] / digest
