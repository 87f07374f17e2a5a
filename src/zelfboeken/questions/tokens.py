"""The address somebody answers to: it names one person in one question, and nobody makes one but this server."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable

from django.conf import settings

LOCAL_PART = "vraag"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_TOKEN = re.compile(r"([0-9a-z]{1,13})\.([0-9a-z]{1,13})\.([a-z2-7]{26})")
_ADDRESS = re.compile(rf"{LOCAL_PART}\+([0-9a-z.]{{30,60}})@([^@\s>]+)", re.I)


def reply_address(*, domain_id: int, participant_id: int) -> str:
    """Where this participant sends his answer; "" when this server takes no mail."""
    if not settings.REPLY_DOMAIN:
        return ""
    named = f"{_text(domain_id)}.{_text(participant_id)}"
    return f"{LOCAL_PART}+{named}.{_seal(named, settings.SECRET_KEY)}@{settings.REPLY_DOMAIN}"


def token_in(addresses: Iterable[str]) -> str:
    """The token of the first of these addresses that looks like one of ours, "" for none."""
    for one in addresses:
        found = _ADDRESS.search(one)
        if found and settings.REPLY_DOMAIN and found[2].lower().rstrip(".") == settings.REPLY_DOMAIN.lower():
            return found[1].lower()
    return ""


def read_token(token: str) -> tuple[int, int] | None:
    """(domain, participant) that a token names, or None for one that this server did not make.

    Also a token of before the secret key was changed is read, while that key is still among the former ones.
    """
    found = _TOKEN.fullmatch(token)
    if not found:
        return None
    named = f"{found[1]}.{found[2]}"
    keys = [settings.SECRET_KEY, *getattr(settings, "SECRET_KEY_FALLBACKS", [])]
    if not any(hmac.compare_digest(_seal(named, key), found[3]) for key in keys):
        return None
    domain_id, participant_id = int(found[1], 36), int(found[2], 36)
    return (domain_id, participant_id) if max(domain_id, participant_id) < 2**63 else None


def _seal(named: str, key: str) -> str:
    """130 bits that only who knows the key can make; small letters, since some servers make them small."""
    made = hmac.new(hashlib.sha256(b"zelfboeken.reply:" + key.encode()).digest(), named.encode(), hashlib.sha256)
    return base64.b32encode(made.digest()).decode()[:26].lower()


def _text(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"
