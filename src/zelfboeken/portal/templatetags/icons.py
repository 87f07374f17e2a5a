"""The tag that draws an icon, and where a long word may break."""

from functools import cache

from django import template
from django.templatetags.static import static
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@cache
def _sprite() -> str:
    return static("zelfboeken/icons.svg")


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """An icon of ``icons.svg`` by its lucide name; ``size`` is "s", "l" or nothing. Decoration: hidden from readers.

    A tag and not an include: lists draw two icons a row, and an include costs twenty times as much.
    """
    css = f"i {size}" if size else "i"
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', css, _sprite(), name)


@register.filter
def breakable(text: str) -> SafeString:
    """An e-mail address that may break after its @ and its dots instead of anywhere; other texts as they are."""
    safe = conditional_escape(text)
    return mark_safe(safe.replace("@", "@<wbr>").replace(".", ".<wbr>")) if "@" in safe else safe  # noqa: S308 - escaped above
