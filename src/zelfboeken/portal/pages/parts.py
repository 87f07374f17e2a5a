"""Parts every page uses: links, fields, actions, reasons, notices."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Tone = Literal["ok", "warn", "bad", "ask", ""]
PageState = Literal["NORMAL", "LOADING", "EMPTY", "ERROR"]


@dataclass(frozen=True, slots=True)
class Link:
    """A place to go to. ``chord`` is the second letter of a G-chord, or ""."""

    label: str
    url: str
    icon: str = ""
    chord: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """One of several views of a list; ``count`` is text, "" for none."""

    label: str
    url: str
    count: str = ""
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """A choice in a <select> or <datalist>."""

    value: str
    label: str
    is_selected: bool = False


class Options(tuple[Option, ...]):
    """Choices that come back with page after page, such as the accounts of a chart.

    Their hash, by which a kept part is found, is computed once: of 200 accounts it takes longer than of a whole form.
    """

    def __hash__(self) -> int:
        return self._own_hash

    @cached_property
    def _own_hash(self) -> int:
        return super().__hash__()


@dataclass(frozen=True, slots=True)
class Action:
    """A form with one button: POST to ``url`` with ``key``, ``version`` and, if given, ``name=value``.

    ``text`` tells what it is about where the label alone does not.
    """

    url: str
    label: str
    key: str
    version: str = ""
    name: str = ""
    value: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Toast:
    """What was just done, in the past tense, with the way back if there is one; "warn" tells what did not work."""

    text: str
    undo: Action | None = None
    tone: Tone = "ok"


@dataclass(frozen=True, slots=True)
class Notice:
    """A message above a list or page: what happened and what can be done."""

    tone: Tone
    title: str
    text: str = ""
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Empty:
    """An empty list: what it means and one next step (or two)."""

    title: str
    text: str
    icon: str = "circle-check"
    tone: Tone = "ok"
    links: tuple[Link, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A page that could not be shown (400, 403, 404, 409, 500): one sentence, one number, one button."""

    status: int
    title: str
    text: str
    reference: str = ""
    button: Link | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the error summary; ``field_id`` is the html id it leads to, "" for none."""

    text: str
    field_id: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """A fact that speaks for or against a proposal."""

    text: str
    tone: Tone = "ok"
    icon: str = "check"


@dataclass(frozen=True, slots=True)
class Field:
    """A labelled text field. ``kind``: "text", "date" or "amount". ``spot`` names its place in the document."""

    name: str
    label: str
    value: str = ""
    kind: Literal["text", "date", "amount"] = "text"
    error: str = ""
    hint: str = ""
    spot: str = ""
    is_readonly: bool = False

    @property
    def id(self) -> str:
        """The html id of the field, the target of the error summary."""
        return f"field-{self.name}"


@dataclass(frozen=True, slots=True)
class Choice:
    """A numbered answer; key 1–4 presses it. Sends ``answer=value``."""

    number: str
    value: str
    title: str
    hint: str = ""
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A ledger line as it will be or was posted; one of debit and credit is ""."""

    code: str
    name: str
    debit: str = ""
    credit: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """A form that takes files: field ``files`` (several), POST multipart to ``url``.

    An upload by script sends one file a request, asks ``Accept: application/json``, expects ``{"text": sentence,
    "url": where, "well": whether nothing is the matter}``, and sets ``key`` to the form's key, a dash and the file's
    number. A refusal has status ≥ 400 and the same ``text``. A plain post is answered by a redirect.
    """

    url: str
    key: str
    title: str
    hint: str = ""
    accept: str = ".pdf,.xml,.jpg,.jpeg,.png,.cod,.coda,.txt"


@dataclass(frozen=True, slots=True)
class Period:
    """The dates a report covers: a GET form with the fields ``van`` and ``tot``, both inclusive.

    ``kept`` are the other fields of the address that stay when the dates change.
    """

    url: str
    fields: tuple[Field, ...]
    text: str
    presets: tuple[Tab, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()

    @property
    def is_wrong(self) -> bool:
        """Whether a field holds what is no date."""
        return any(field.error for field in self.fields)
