"""Which words of a mail somebody wrote himself, and which he only sent back."""

from __future__ import annotations

import re
from collections.abc import Sequence

MARK_OPENS, MARK_CLOSES = "##-", "-##"
"""Around the first line of our mails, above which the answer is written, in whatever language."""

_WROTE = re.compile(
    r"^[>\s]*(?=.{0,300}[\d@]).{0,200}?\b(?:schreef|heeft geschreven|a écrit|wrote|schrieb)\b.{0,120}:\s*$", re.I
)
_WROTE_STARTS = re.compile(r"^[>\s]*(?:op|le|on|am)\s.{0,160}$", re.I)
_FORWARDED = re.compile(
    r"^[>\s]*-{2,}\s*(?:oorspronkelijk bericht|doorgestuurd bericht|original message"
    r"|message d'origine|forwarded message|ursprüngliche nachricht)\s*-{2,}\s*$",
    re.I,
)
_HEADER = re.compile(r"^\*?(?:van|from|de|von)\s?:\*?\s", re.I)
_SECOND_HEADER = re.compile(
    r"^\*?(?:verzonden|sent|envoyé|gesendet|datum|date|aan|to|à|an|onderwerp|subject|objet)\s?:\*?\s", re.I
)
_RULE = re.compile(r"^_{10,}\s*$")


def own_words(text: str) -> tuple[str, str]:
    """(what somebody wrote himself, what was quoted below it) of the text of a mail.

    It is cut at our own mark, at the line a mail program puts above what it quotes, at the head of a forwarded mail, at
    a signature, and at quoted lines with nothing of his own after them. Nothing is lost: the second part is kept.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    cut = next((n for n in range(len(lines)) if _is_cut(lines, n)), len(lines))
    while cut and (not lines[cut - 1].strip() or lines[cut - 1].lstrip().startswith(">")):
        cut -= 1
    return "\n".join(lines[:cut]).strip(), "\n".join(lines[cut:]).strip()


def _is_cut(lines: Sequence[str], n: int) -> bool:
    line = lines[n].rstrip()[:400]
    if MARK_OPENS in line and MARK_CLOSES in line:
        return True
    if _WROTE.match(line) or _FORWARDED.match(line) or line == "--" or lines[n][:400] == "-- ":
        return True
    following = lines[n + 1].strip()[:400] if n + 1 < len(lines) else ""
    if _WROTE_STARTS.match(line) and following and _WROTE.match(f"{line} {following}"):
        return True
    if _RULE.match(line) and _HEADER.match(following):
        return True
    return bool(_HEADER.match(line.strip()) and _SECOND_HEADER.match(following))
