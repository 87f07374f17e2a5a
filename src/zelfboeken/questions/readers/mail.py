"""What a mail says: who sent it, to whom, his own words, and the files with it. Runs in the cage (INV-28).

Nothing in it is trusted: not its names, its kinds, its addresses of pictures, nor that it ends.
"""

from __future__ import annotations

import codecs
import email
import email.feedparser
import email.generator
import email.parser
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import Header, decode_header
from email.message import Message
from email.utils import getaddresses
from html.parser import HTMLParser

from zelfboeken.questions.readers.quoting import own_words

MOST_PARTS = 100
MOST_DEPTH = 20
MOST_WORDS = 20_000
_LARGEST_LOGO = 30_000
_RECEIVERS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "resent-to")
_POLICY = email.policy.compat32
_CHARSETS = (
    *(
        "ascii",
        "utf-8",
        "utf-16",
        "utf-7",
        "latin-1",
        "iso8859-2",
        "iso8859-15",
        "cp1250",
        "cp1252",
        "cp850",
        "mac-roman",
    ),
    *("koi8-r", "cp1251", "gb18030", "big5", "shift_jis", "iso2022_jp", "euc_jp", "euc_kr", "cp1254", "iso8859-9"),
)
# In the cage no file can be opened any more, and Python looks for these only when a text names them.
for _name in _CHARSETS:
    codecs.lookup(_name)


class MailNotReadable(ValueError):
    """The bytes are no mail, or one of a shape that no mail program makes."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class MailFile:
    """A file of a mail, under the name that its sender gave it."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ReadMail:
    """A mail. `words` is what its sender wrote himself, `quoted` what was below that."""

    sender: str
    receivers: tuple[str, ...]
    subject: str
    mail_id: str
    is_automatic: bool
    words: str = ""
    quoted: str = ""
    files: tuple[MailFile, ...] = ()


def read_envelope(content: bytes) -> ReadMail:
    """Only the head of a mail: who, to whom, about what. `content` may be cut off after it."""
    return _head(email.message_from_bytes(content, policy=_POLICY))


def read_mail(content: bytes) -> ReadMail:
    """The whole of a mail.

    Raises:
        MailNotReadable: no head, more than 100 parts, or parts in parts without end.
    """
    mail = email.message_from_bytes(content, policy=_POLICY)
    head = _head(mail)
    if not head.sender:
        raise MailNotReadable("no_sender", "Deze mail noemt geen afzender.")
    plain: list[str] = []
    html: list[str] = []
    files: list[MailFile] = []
    for n, part in enumerate(_leaves(mail), start=1):
        if n > MOST_PARTS:
            raise MailNotReadable("too_many_parts", f"Deze mail heeft meer dan {MOST_PARTS} delen.")
        _sort(part, plain, html, files)
    text = "\n".join(plain).strip() or text_of_html("\n".join(html))
    words, quoted = own_words(text.replace("\0", "")[: MOST_WORDS * 5])
    if len(words) > MOST_WORDS:
        words, quoted = words[:MOST_WORDS], words[MOST_WORDS:] + quoted
    return ReadMail(
        head.sender,
        head.receivers,
        head.subject,
        head.mail_id,
        head.is_automatic,
        words,
        quoted[: MOST_WORDS * 2],
        tuple(files),
    )


def _head(mail: Message) -> ReadMail:
    senders = [one for _, one in getaddresses([_text(value) for value in mail.get_all("from", [])]) if "@" in one]
    told = [_text(value) for name in _RECEIVERS for value in mail.get_all(name, [])[:20]]
    receivers = [one for _, one in getaddresses(told) if "@" in one]
    automatic = _text(mail.get("auto-submitted", "no")).strip().lower()
    precedence = _text(mail.get("precedence", "")).strip().lower()
    is_bounce = _text(mail.get("return-path", "x")).strip() == "<>"
    return ReadMail(
        # Two senders are nobody: which of them would have answered?
        sender=senders[0].strip().lower()[:254] if len(senders) == 1 else "",
        receivers=tuple(receivers[:100]),
        subject=" ".join(_text(mail.get("subject", "")).split())[:300],
        mail_id=_text(mail.get("message-id", "")).strip()[:300],
        is_automatic=is_bounce or automatic.split(";")[0] not in {"", "no"} or precedence in {"auto_reply", "junk"},
    )


def _text(value: str | Header | None) -> str:
    """A head field as text: encoded words read, whatever cannot be read replaced."""
    raw = str(value or "")
    try:
        told = "".join(
            _decoded(part, charset or "utf-8") if isinstance(part, bytes) else part
            for part, charset in decode_header(raw)
        )
    except (HeaderParseError, ValueError, LookupError):
        told = raw
    return "".join(char if char.isprintable() else " " for char in told)


def _leaves(mail: Message, depth: int = 0) -> Iterator[Message]:
    """The parts that hold something, in order; a mail within the mail is one of them."""
    if depth > MOST_DEPTH:
        raise MailNotReadable("too_deep", "In deze mail zitten delen in delen zonder einde.")
    if mail.get_content_maintype() == "multipart" and isinstance(mail.get_payload(), list):
        for part in mail.get_payload():
            if isinstance(part, Message):
                yield from _leaves(part, depth + 1)
        return
    yield mail


def _sort(part: Message, plain: list[str], html: list[str], files: list[MailFile]) -> None:
    kind = part.get_content_type()
    name = _text(part.get_filename() or "")
    is_attached = (part.get_content_disposition() or "") == "attachment"
    if kind == "message/rfc822":
        inner = part.get_payload()
        first = inner[0] if isinstance(inner, list) and inner else None
        content = first.as_bytes() if isinstance(first, Message) else b""
        files.append(MailFile(name or "mail.eml", content))
        return
    content = _bytes_of(part)
    if kind in {"text/plain", "text/html"} and not is_attached and not name:
        text = _decoded(content, part.get_content_charset() or "utf-8")
        (plain if kind == "text/plain" else html).append(text)
        return
    # A small picture that the text shows is a logo under a name; a large one may be the photo that was asked for.
    is_shown = not is_attached and part.get("content-id") and part.get_content_maintype() == "image"
    if is_shown and len(content) < _LARGEST_LOGO:
        return
    if content:
        files.append(MailFile(name or "bijlage", content))


def _bytes_of(part: Message) -> bytes:
    found = part.get_payload(decode=True)
    if isinstance(found, bytes):
        return found
    payload = part.get_payload()
    return payload.encode("utf-8", "replace") if isinstance(payload, str) else b""


def _decoded(content: bytes, charset: str) -> str:
    """Bytes as text; in a charset that nobody knows, or that is not true, as UTF-8 and else as that of Windows."""
    for name in (charset, "utf-8"):
        try:
            return content.decode(name)
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return content.decode("cp1252", "replace")


_BREAKS = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "table", "ul", "ol", "hr"})
_HIDDEN = frozenset({"script", "style", "head", "title", "template", "noscript"})


class _Words(HTMLParser):
    """The text of a page, with its lines; what a mail program quotes gets a `>` before each line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = 0
        self.quotes = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self.hidden += 1
        if tag == "blockquote":
            self.quotes += 1
        if tag in _BREAKS or tag == "blockquote":
            self._newline()

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self.hidden = max(0, self.hidden - 1)
        if tag == "blockquote":
            self.quotes = max(0, self.quotes - 1)
        if (tag in _BREAKS or tag == "blockquote") and tag != "br":
            self._newline()

    def handle_data(self, data: str) -> None:
        text = re.sub(r"\s+", " ", data)
        if not self.hidden and text.strip():
            self.parts.append(text)

    def _newline(self) -> None:
        self.parts.append("\n" + "> " * min(self.quotes, 3))


def text_of_html(html: str) -> str:
    """The words of a mail that came as a page only; nothing in it is fetched or run."""
    reader = _Words()
    reader.feed(html[: MOST_WORDS * 50])
    reader.close()
    lines = [line.strip() for line in "".join(reader.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
