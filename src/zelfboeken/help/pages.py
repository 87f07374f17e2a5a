"""What the pages of the help centre show: frozen values with finished texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.safestring import SafeString

FeedbackState = Literal["ASK", "NO", "THANKS", "SENT"]


@dataclass(frozen=True, slots=True)
class HelpShell:
    """All around a page of the help centre. `place` is the domain the reader came from, None for who is signed out."""

    user_name: str
    place: HelpLink | None
    sign_in_url: str
    search_text: str
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HelpLink:
    """A place to go to."""

    label: str
    url: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class HelpTheme:
    """A theme of the list with its articles."""

    title: str
    links: tuple[HelpLink, ...]


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """An article that a search found."""

    title: str
    url: str
    theme: str
    excerpt: str
    lang: str


@dataclass(frozen=True, slots=True)
class HelpIndex:
    """The list of articles, or what a search found. `answers` leads the operator to what readers said."""

    title: str
    text: str
    themes: tuple[HelpTheme, ...]
    found: tuple[FoundArticle, ...]
    count_text: str
    answers: HelpLink | None


@dataclass(frozen=True, slots=True)
class Choice:
    """A reason that can be ticked."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class HelpProblem:
    """A line of the error summary."""

    text: str
    field_id: str


@dataclass(frozen=True, slots=True)
class FeedbackPane:
    """The question under an article and what was answered. `may_have_mail`: the reader is known to us."""

    state: FeedbackState
    url: str
    no_url: str
    change_url: str
    language: str
    reasons: tuple[Choice, ...]
    text: str
    may_have_mail: bool
    wants_mail: bool
    problems: tuple[HelpProblem, ...]
    next: HelpLink | None
    is_answer: bool


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """An article. `lang` is the language it is shown in, `fallback` says so when it is not the reader's."""

    title: str
    slug: str
    lang: str
    theme: str
    detail: str
    html: SafeString
    fallback: str
    headings: tuple[HelpLink, ...]
    related: tuple[HelpLink, ...]
    do_it: HelpLink | None
    themes: tuple[HelpTheme, ...]
    feedback: FeedbackPane


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """How one article is judged in one language."""

    title: str
    url: str
    language: str
    useful: str
    not_useful: str
    percent: str
    open: str
    answers_url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """What one reader said."""

    title: str
    url: str
    language: str
    lang: str
    on: str
    edition: str
    reasons: tuple[str, ...]
    text: str
    wants_mail: bool
    handled: str
    handle_url: str
    version: str


@dataclass(frozen=True, slots=True)
class AnswersPage:
    """What readers answered, for the operator."""

    title: str
    subtitle: str
    scores: tuple[ScoreRow, ...]
    rows: tuple[AnswerRow, ...]
    tabs: tuple[HelpLink, ...]
    filter_text: str
    all_url: str
    newer_url: str
    older_url: str
    problem: str
