"""The tag that renders a part of a page once for each value it shows.

A value of `portal.pages` is frozen and holds everything its template shows, so the text of a part depends on its values
and the language, and on nothing else: not on the user, the request or the clock. Parts that come back with the next
page, such as the rows of a list of which one changed, are taken from memory.
"""

from __future__ import annotations

import re
import secrets
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from threading import Lock

from django import template
from django.template import Context
from django.template.loader import get_template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()


class KeptTexts:
    """Texts by what they were made of; the longest unused go first when there are too many characters."""

    def __init__(self, *, most_characters: int) -> None:
        self._most = most_characters
        self._texts: OrderedDict[Hashable, SafeString] = OrderedDict()
        self._characters = 0
        self._lock = Lock()

    def get(self, key: Hashable) -> SafeString | None:
        """The text, used last from now on; None when it is not kept."""
        with self._lock:
            found = self._texts.get(key)
            if found is not None:
                self._texts.move_to_end(key)
            return found

    def put(self, key: Hashable, text: SafeString) -> None:
        """Keep a text, and let go of others for it."""
        with self._lock:
            self._characters += len(text) - len(self._texts.pop(key, ""))
            self._texts[key] = text
            while self._characters > self._most:
                self._characters -= len(self._texts.popitem(last=False)[1])

    @property
    def characters(self) -> int:
        """How many characters are kept."""
        return self._characters


_kept = KeptTexts(most_characters=6_000_000)


@register.simple_tag
def kept(template_name: str, **values: Hashable) -> SafeString:
    """The template, with these values and nothing else of the page; a value that is not frozen is refused."""
    return _text(template_name, tuple(values.items()), get_language())


@register.simple_tag
def kept_each(template_name: str, **rows: Iterable[Hashable]) -> SafeString:
    """The template once for each of the values given by name, one after the other."""
    ((name, values),) = rows.items()
    language = get_language()
    return mark_safe("".join(_text(template_name, ((name, value),), language) for value in values))  # noqa: S308 - safe parts


@register.simple_tag(takes_context=True)
def kept_form(context: Context, template_name: str, **values: Hashable) -> SafeString:
    """As `kept`, for a part with forms in it: values named ``fresh_…`` and the token are put in afterwards.

    The template knows a fresh value without that prefix, and may show it but not decide by it.
    """
    fresh = {name.removeprefix(_FRESH): value for name, value in values.items() if name.startswith(_FRESH)}
    fresh["csrf_token"] = str(context.get("csrf_token", ""))
    lasting = tuple((name, value) for name, value in values.items() if not name.startswith(_FRESH))
    places = tuple((name, _place_of(name)) for name in fresh)
    # In turn what stands between the places, and the name of a place.
    pieces = _PLACE.split(_text(template_name, lasting + places, get_language()))
    return mark_safe(  # noqa: S308 - Django's own renderer escaped the text, and we escape what comes into it
        "".join(conditional_escape(str(fresh[piece])) if place % 2 else piece for place, piece in enumerate(pieces))
    )


_FRESH = "fresh_"
_MARK = secrets.token_hex(16)
"""Around the name of a fresh value in a kept text; nobody can know it, so nothing that a user wrote holds it."""
_PLACE = re.compile(f"{_MARK}([a-z_]+){_MARK}")


def _place_of(name: str) -> str:
    return f"{_MARK}{name}{_MARK}"


def _text(template_name: str, values: tuple[tuple[str, Hashable], ...], language: str | None) -> SafeString:
    key = (template_name, language, values)
    text = _kept.get(key)
    if text is None:
        # Django's own renderer escapes each value; what it gives is safe.
        text = mark_safe(get_template(template_name).render(dict(values)))  # noqa: S308
        _kept.put(key, text)
    return text
