"""`zelfboeken read`: what the system makes of a file, without a database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zelfboeken.bank.readers.model import ReadBankFile
from zelfboeken.bank.readers.report import as_read_json as bank_json
from zelfboeken.config.local_files import FileNotRead, bytes_of
from zelfboeken.inbox.reading import NotRecognised, read_content
from zelfboeken.invoices.readers.report import as_read_json as invoice_json
from zelfboeken.runtime.cage import CageFailed, Refused


def read_file(path: Path) -> dict[str, Any]:
    """One JSON object for a file; `kind` is `unreadable` with a reason when nothing could be made of it."""
    try:
        read = read_content(bytes_of(path), owner="command")
    except (FileNotRead, NotRecognised, Refused, CageFailed) as no:
        return {"file": str(path), "kind": "unreadable", "reason": str(no)}
    if isinstance(read, ReadBankFile):
        return bank_json(read, str(path))
    return invoice_json(read, str(path))
