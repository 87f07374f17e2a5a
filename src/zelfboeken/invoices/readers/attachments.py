"""Files inside an invoice: decoded, with a name that is only a name. Nothing is fetched from an address."""

import binascii
import re

from zelfboeken.invoices.readers.model import Attachment

_NOT_IN_A_NAME = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]')
_MIME = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,90}")
_EXTENSIONS = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg", "text/csv": ".csv"}
UNKNOWN_MIME = "application/octet-stream"


def attachment_of(encoded: str, *, name: str | None, mime: str | None) -> Attachment | None:
    """The file in a base64 text; None when the text is damaged or empty.

    ``name`` loses folders, control characters and characters that turn the reading direction around.
    """
    try:
        content = binascii.a2b_base64(encoded)
    except (binascii.Error, ValueError):
        return None
    if not content:
        return None
    stated = (mime or "").strip().lower()
    kind = stated if _MIME.fullmatch(stated) else UNKNOWN_MIME
    last = re.split(r"[/\\]", name or "")[-1]
    clean = _NOT_IN_A_NAME.sub("", last).strip(" .")[:120] or "bijlage"
    extension = _EXTENSIONS.get(kind, "")
    if "." not in clean:
        clean += extension
    return Attachment(name=clean, mime=kind, content=content)
