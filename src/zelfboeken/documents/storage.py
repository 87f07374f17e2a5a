"""The files themselves: content-addressed on disk, written so that a crash leaves the whole file or none (D9)."""

import hashlib
import os
import tempfile
from pathlib import Path

from django.conf import settings


class FileDamaged(RuntimeError):
    """The stored bytes no longer have the hash they are stored under: never served."""

    code = "file_damaged"


def sha256_of(content: bytes) -> str:
    """The SHA-256 of these bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def write_original(*, domain_id: int, content: bytes) -> str:
    """Store bytes once and give their SHA-256: temporary file, fsync, rename, fsync of the folder."""
    digest = sha256_of(content)
    path = _path(domain_id, digest)
    if path.exists():
        return digest
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105 - the atomic rename by its own name
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return digest


def read_original(*, domain_id: int, sha256: str) -> bytes:
    """The stored bytes.

    Raises:
        FileNotFoundError: the file is gone.
        FileDamaged: the bytes changed on disk.
    """
    content = _path(domain_id, sha256).read_bytes()
    if sha256_of(content) != sha256:
        raise FileDamaged("Het bewaarde bestand is beschadigd. Verwittig wie de server beheert.")
    return content


def _path(domain_id: int, sha256: str) -> Path:
    return Path(settings.FILES) / str(int(domain_id)) / sha256[:2] / sha256
