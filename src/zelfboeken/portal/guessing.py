"""Whoever tries many links of mails has to wait: of invitations, of forgotten passwords, of new addresses."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.core.internal.ratelimit import consume
from django.http import HttpRequest, HttpResponseBase

from zelfboeken.portal.errors import too_many

View = Callable[..., HttpResponseBase]


def slowed(view: View) -> View:
    """Let an address open only so many links a minute, whether they work or not.

    Looking counts as much as sending the form: what a page says of a link is what guessing is for. The library's own
    limits count forms alone.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not consume(request=request, app="allauth.account", action="link", limit_get=True):
            return too_many(request)
        return view(request, *args, **kwargs)

    return wrapped
