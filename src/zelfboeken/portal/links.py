"""Addresses of pages in mails: always those of this installation, never of the host that a request names."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse


def link_to_question(slug: str, public_id: str) -> str:
    """The whole address of a question of a domain, or of its list of missing invoices."""
    path = reverse("question", args=[slug, public_id]) if public_id else reverse("missing", args=[slug])
    return f"{settings.ADDRESS}{path}"


def link_to_payment_file(slug: str, public_id: str) -> str:
    """The whole address of a payment file of a domain."""
    return f"{settings.ADDRESS}{reverse('payment_file', args=[slug, public_id])}"
