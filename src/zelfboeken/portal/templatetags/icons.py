"""The tag that draws an icon."""

from functools import cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

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
