"""Pictures of the pages of a PDF. Runs in the cage: a PDF may hold anything, and none of it is run or followed."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

import pypdfium2
from PIL import Image

# Its formats are loaded now: in the cage no file can be opened any more.
Image.preinit()

MAX_PAGES = 50
_POINTS_PER_INCH = 72
_DOTS_PER_INCH = 110
_MAX_SIDE = 2_400
_PAGE = struct.Struct(">I")


class PdfNotReadable(ValueError):
    """The bytes are no PDF that can be shown."""

    code = "pdf_not_readable"

    def __init__(self) -> None:
        super().__init__("Deze pdf is beschadigd of beveiligd en kan niet getoond worden. Open de bijlage zelf.")


@dataclass(frozen=True, slots=True)
class PdfPage:
    """The size of the picture of a page, in dots, and the text on it."""

    width: int
    height: int
    text: str


def pages_of(content: bytes) -> tuple[PdfPage, ...]:
    """The pages of a PDF, at most `MAX_PAGES`.

    Raises:
        PdfNotReadable: damaged, or behind a password.
    """
    document = _opened(content)
    found = []
    for number in range(min(len(document), MAX_PAGES)):
        page = _page(document, number)
        scale = _scale(page)
        width, height = page.get_size()
        text = page.get_textpage().get_text_range()
        found.append(PdfPage(max(int(width * scale), 1), max(int(height * scale), 1), text[:20_000]))
    return tuple(found)


def asked_picture(content: bytes, number: int) -> bytes:
    """What `picture_of` takes: the number of a page, from 0, before the bytes of its PDF."""
    return _PAGE.pack(number) + content


def picture_of(asked: bytes) -> bytes:
    """A page as PNG. Raises PdfNotReadable, also when there is no such page."""
    (number,) = _PAGE.unpack_from(asked)
    document = _opened(asked[_PAGE.size :])
    if number >= min(len(document), MAX_PAGES):
        raise PdfNotReadable
    page = _page(document, number)
    out = io.BytesIO()
    page.render(scale=_scale(page), may_draw_forms=False).to_pil().convert("RGB").save(out, "PNG")
    return out.getvalue()


def _opened(content: bytes) -> pypdfium2.PdfDocument:
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError:
        raise PdfNotReadable from None
    if not len(document):
        raise PdfNotReadable
    return document


def _page(document: pypdfium2.PdfDocument, number: int) -> pypdfium2.PdfPage:
    try:
        return document[number]
    except pypdfium2.PdfiumError:
        raise PdfNotReadable from None


def _scale(page: pypdfium2.PdfPage) -> float:
    """Dots per point: what is readable on a screen, less for a page as large as a wall."""
    largest = max(*page.get_size(), 1.0)
    return float(min(_DOTS_PER_INCH / _POINTS_PER_INCH, _MAX_SIDE / largest))
