"""The fields of the booking form as they came in, kept as typed so that nothing is lost when one is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

_MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class TypedLine:
    """A line of the form as typed. ``checked``: a person answered the question about it."""

    account: str
    vat: str
    deductible: str
    net: str
    text: str
    checked: bool = False

    @property
    def gl_code(self) -> str:
        """The account number of what was typed or chosen: its first word."""
        return self.account.strip().split(" ")[0]


class SubmittedBooking:
    """What a person sent."""

    def __init__(self, post: Mapping[str, str], lines: tuple[TypedLine, ...] | None = None) -> None:
        self.on_date = post.get("on_date", "")
        self.rate = post.get("rate", "")
        self.reason = post.get("reason", "")
        self.is_correcting = bool(post.get("correcting"))
        self.always = bool(post.get("always")) if post.get("always_shown") else None
        """Whether the supplier's documents always go to this account; None when that was not asked."""
        self._post = post
        if lines is None:
            typed = str(post.get("line_count") or "0")
            count = int(typed) if typed.isdecimal() and len(typed) < 6 else 0
            lines = tuple(_line(post, n) for n in range(min(count, _MOST_LINES)))
        self.lines = lines

    def after(self, action: str) -> SubmittedBooking:
        """The form after one of its own buttons: add a line, split one, remove one."""
        verb, _sep, place = action.partition(":")
        index = int(place) if place.isdecimal() and len(place) < 6 and int(place) < len(self.lines) else 0
        lines = list(self.lines)
        if verb == "add":
            last = lines[-1] if lines else TypedLine("", "", "100", "", "")
            lines.append(replace(last, account="", net="0,00", checked=True))
        elif verb == "split" and lines:
            lines.insert(index + 1, replace(lines[index], net="0,00"))
        elif verb == "remove" and len(lines) > 1:
            del lines[index]
        return self.with_lines(tuple(lines))

    def with_lines(self, lines: tuple[TypedLine, ...]) -> SubmittedBooking:
        """The same form with other lines."""
        return SubmittedBooking(self._post, lines)


def _line(post: Mapping[str, str], n: int) -> TypedLine:
    account, vat, deductible, net, text = (
        post.get(f"line-{n}-{name}", "") for name in ("account", "vat", "deductible", "net", "text")
    )
    return TypedLine(account, vat, deductible, net, text, post.get(f"line-{n}-checked") == "1")
