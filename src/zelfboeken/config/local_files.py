"""The bytes of a file that a command names, refused before they fill the memory or never come."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

from zelfboeken.documents.limits import MAX_BYTES, TOO_LARGE

_WHY = {
    errno.ENOENT: "Dit bestand bestaat niet. Kijk de naam na.",
    errno.EACCES: "Dit bestand mag je niet lezen. Vraag leesrecht of start als een andere gebruiker.",
    errno.ENAMETOOLONG: "De naam van dit bestand is te lang. Geef het een kortere.",
}


class FileNotRead(ValueError):
    """A file that cannot be opened, or that is no file of a size that is taken in."""

    code = "file_not_read"


def bytes_of(path: Path) -> bytes:
    """All bytes of a file, up to the size that is taken in.

    Raises:
        FileNotRead: with the Dutch sentence.
    """
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise FileNotRead("Dit is een map, geen bestand. Noem de bestanden zelf.")
        if not stat.S_ISREG(kind):
            raise FileNotRead("Dit is geen gewoon bestand. Noem er een dat op de schijf staat.")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        text = _WHY.get(error.errno or 0) or f"Dit bestand kan niet gelezen worden ({error.strerror or error})."
        raise FileNotRead(text) from None
    if len(content) > MAX_BYTES:
        raise FileNotRead(TOO_LARGE)
    return content
