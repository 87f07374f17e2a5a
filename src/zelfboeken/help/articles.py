"""The articles of the help centre: Markdown files in this package, one for each language, read once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from django.urls import reverse

from zelfboeken.help.folding import words_of
from zelfboeken.help.rendering import Rendered, render_article

TEXTS = Path(__file__).parent / "texts"
LANGUAGES = ("nl", "fr", "en")
FALLBACK = ("nl", "en")
"""In which language an article is shown when it is not there in that of the reader."""


class Theme(StrEnum):
    """The themes, in the order of the list."""

    START = "start"
    SELF_BOOKING = "self-booking"
    DOCUMENTS = "documents"
    BANK = "bank"
    BOOKS = "books"
    OFFICES = "offices"


class ArticleWrong(ValueError):
    """A file of an article that cannot be one: its head lacks something, or it names an article that is not there."""

    code = "article_wrong"


@dataclass(frozen=True, slots=True)
class Article:
    """One article in one language. `screens` are the url names of the pages it is about; `next` a slug, "" for none."""

    slug: str
    language: str
    title: str
    theme: Theme
    order: int
    screens: tuple[str, ...]
    keywords: tuple[str, ...]
    updated_on: date
    next: str
    related: tuple[str, ...]
    body: Rendered

    @property
    def minutes(self) -> int:
        """How long it takes to read, at 200 words a minute."""
        return max(1, round(len(self.body.text.split()) / 200))


@dataclass(frozen=True, slots=True)
class Library:
    """All articles, by slug and language."""

    by_slug: dict[str, dict[str, Article]]

    def article(self, slug: str, language: str) -> Article | None:
        """The article in this language, else in Dutch, else in English; None when there is no such article."""
        versions = self.by_slug.get(slug, {})
        return next((versions[one] for one in (language, *FALLBACK) if one in versions), None)

    def articles(self, language: str) -> list[Article]:
        """Every article once, in this language where it is there, in the order of the list."""
        found = [article for slug in self.by_slug if (article := self.article(slug, language))]
        return sorted(found, key=lambda one: (list(Theme).index(one.theme), one.order, one.slug))

    def slug_of_screen(self, screen: str) -> str:
        """The slug of the article about the page with this url name, "" when there is none."""
        for slug, versions in self.by_slug.items():
            if any(screen in one.screens for one in versions.values()):
                return slug
        return ""


@cache
def library() -> Library:
    """The articles of this version."""
    return read_library(TEXTS, address_of=lambda slug: reverse("help_article", args=[slug]))


@cache
def slug_of_screen(screen: str) -> str:
    """The slug of the article about a page, "" when there is none."""
    return library().slug_of_screen(screen)


def read_library(folder: Path, *, address_of: Callable[[str], str]) -> Library:
    """Read `<language>/<slug>.md` of a folder.

    Raises:
        ArticleWrong: a file is no article, or names one that is not there.
        ArticleNotPlain: a text holds what an article does not need.
    """
    by_slug: dict[str, dict[str, Article]] = {}
    for language in LANGUAGES:
        for path in sorted((folder / language).glob("*.md")):
            by_slug.setdefault(path.stem, {})[language] = _read(path, language, address_of)
    for versions in by_slug.values():
        for one in versions.values():
            named = {*one.body.links, *one.related, *([one.next] if one.next else [])}
            if missing := sorted(named - set(by_slug)):
                raise ArticleWrong(f"{one.slug} in {one.language} names {', '.join(missing)}")
    return Library(by_slug)


def _read(path: Path, language: str, address_of: Callable[[str], str]) -> Article:
    head, text = _parts(path)
    try:
        return Article(
            slug=path.stem,
            language=language,
            title=head["title"],
            theme=Theme(head["theme"]),
            order=int(head["order"]),
            screens=_list(head.get("screens", "")),
            keywords=_list(head["keywords"]),
            updated_on=date.fromisoformat(head["updated"]),
            next=head.get("next", ""),
            related=_list(head.get("related", "")),
            body=render_article(text, address_of=address_of),
        )
    except KeyError as missing:
        raise ArticleWrong(f"{path.name} in {language} has no {missing.args[0]}") from None


def _parts(path: Path) -> tuple[dict[str, str], str]:
    """The head of a file, between two lines of dashes, as names and values; and its text."""
    first, *lines = path.read_text(encoding="utf-8").split("\n")
    if first != "---" or "---" not in lines:
        raise ArticleWrong(f"{path.name} has no head")
    end = lines.index("---")
    head = {}
    for line in lines[:end]:
        name, colon, value = line.partition(":")
        if not colon or name.strip() in head:
            raise ArticleWrong(f"{path.name}: {line}")
        head[name.strip()] = value.strip()
    return head, "\n".join(lines[end + 1 :])


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that was found, and a piece of it that shows why."""

    article: Article
    excerpt: str


MOST_WORDS = 8
_EXCERPT = 180


def search(articles: Iterable[Article], typed: str) -> list[Hit]:
    """The articles in which each word typed begins a word: those with it in the title first, then in the keywords.

    Capitals and accents make no difference. Nothing is asked of a database.
    """
    wanted = words_of(typed)[:MOST_WORDS]
    if not wanted:
        return []
    found = []
    for article in articles:
        places = ((9, article.title), (3, " ".join(article.keywords)), (1, article.body.text))
        begun = [(weight, f" {' '.join(words_of(text))}") for weight, text in places]
        scores = [max((weight for weight, text in begun if f" {word}" in text), default=0) for word in wanted]
        if all(scores):
            found.append((sum(scores), Hit(article, _excerpt(article, wanted))))
    # A stable sort: articles of one score stay in the order of the list.
    return [hit for _score, hit in sorted(found, key=lambda one: -one[0])]


def _excerpt(article: Article, wanted: list[str]) -> str:
    words = article.body.text.split()
    at = next(
        (
            index
            for index, word in enumerate(words)
            if any(part.startswith(one) for part in words_of(word) for one in wanted)
        ),
        None,
    )
    if at is None:
        return article.body.lead
    begin = max(0, at - 8)
    text = " ".join(words[begin:])
    shown = text[:_EXCERPT].rsplit(" ", 1)[0] if len(text) > _EXCERPT else text
    return f"{'… ' if begin else ''}{shown}{' …' if shown != text else ''}"
