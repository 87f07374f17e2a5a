"""The account a line most likely belongs to when nothing was booked yet: by the words of its description.

``chart_words.csv`` holds Dutch, French and English words with an account of the starter chart and the usual
deductible share of its VAT (cars 50, restaurant 0: chapter 2.6 of the Belgian rules). A star stands for any letters.
"""

import csv
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from io import StringIO
from itertools import pairwise

_TOKEN = re.compile(r"[a-z0-9][a-z0-9'-]*")


@dataclass(frozen=True, slots=True)
class ChartWord:
    """A word that was found, its account, and the usual deductible share of the VAT in percent."""

    word: str
    gl_code: str
    deductible_percent: Decimal


@dataclass(frozen=True, slots=True)
class _Table:
    exact: dict[str, ChartWord]
    prefixes: dict[str, ChartWord]
    inside: tuple[ChartWord, ...]


def plain(text: str) -> str:
    """Lower case without accents, so that ``Électricité`` and ``electricite`` are the same word."""
    if text.isascii():
        return text.lower()
    return "".join(
        letter for letter in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(letter)
    )


def tokens(text: str) -> list[str]:
    """The words of a text in their order, plain."""
    return _TOKEN.findall(plain(text))


def account_by_words(description: str) -> ChartWord | None:
    """The account of the longest known word or pair of words in a description; the first one of equals."""
    table = _table()
    single = tokens(description)
    best: ChartWord | None = None
    for token in (*single, *(f"{left} {right}" for left, right in pairwise(single))):
        found = _of_token(table, token)
        if found and (best is None or len(found.word) > len(best.word)):
            best = found
    return best


def _of_token(table: _Table, token: str) -> ChartWord | None:
    if token in table.exact:
        return table.exact[token]
    for length in range(len(token), 2, -1):
        if token[:length] in table.prefixes:
            return table.prefixes[token[:length]]
    return next((word for word in table.inside if word.word in token), None)


@cache
def _table() -> _Table:
    exact: dict[str, ChartWord] = {}
    prefixes: dict[str, ChartWord] = {}
    inside: list[ChartWord] = []
    text = files("zelfboeken.booking").joinpath("chart_words.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(StringIO(text)):
        found = ChartWord(row["word"].strip("*"), row["gl_code"], Decimal(row["deductible_percent"]))
        if row["word"].startswith("*"):
            inside.append(found)
        elif row["word"].endswith("*"):
            prefixes[found.word] = found
        else:
            exact[found.word] = found
    return _Table(exact, prefixes, tuple(inside))
