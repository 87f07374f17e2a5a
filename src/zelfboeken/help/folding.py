"""Words without capitals and accents: how they are compared, and how they stand in an address."""

import re
import unicodedata


def folded(text: str) -> str:
    """The text without capitals and accents."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in apart if not unicodedata.combining(sign)).casefold()


def words_of(text: str) -> list[str]:
    """The words of a text, folded, in order."""
    return re.findall(r"[^\W_]+", folded(text))


def slug_of(text: str) -> str:
    """The text as a part of an address."""
    return "-".join(words_of(text))
