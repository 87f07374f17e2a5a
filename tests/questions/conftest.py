"""Mails of a test leave at once: its transaction never ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction


@pytest.fixture(autouse=True)
def mails_leave_at_once(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """What would be sent when the transaction ends is sent at once, and answers are taken by mail."""

    def at_once(run: Callable[[], None], using: str | None = None, robust: bool = False) -> None:
        run()

    monkeypatch.setattr(transaction, "on_commit", at_once)
    settings.REPLY_DOMAIN = "antwoord.example.test"
