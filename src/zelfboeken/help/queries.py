"""What was answered: of one reader, and of all for the operator."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from zelfboeken.help.models import Feedback


@dataclass(frozen=True, slots=True)
class Score:
    """How one article is judged in one language; `open` are the answers that nobody handled yet."""

    article: str
    language: str
    useful: int
    not_useful: int
    open: int

    @property
    def percent(self) -> int:
        """The share that found it useful, rounded down: 100 only when all did."""
        return self.useful * 100 // (self.useful + self.not_useful)


def answer_of(*, article: str, visitor: str) -> bool | None:
    """Whether this reader found the article useful; None when he has not said."""
    if not visitor:
        return None
    return Feedback.objects.filter(article=article, visitor=visitor).values_list("is_useful", flat=True).first()


def scores() -> list[Score]:
    """Every article and language that was judged, the worst first."""
    no = Q(is_useful=False)
    counted = Feedback.objects.values("article", "language").annotate(
        useful=Count("id", filter=~no),
        not_useful=Count("id", filter=no),
        open=Count("id", filter=no & Q(handled_at__isnull=True)),
    )
    found = [Score(**row) for row in counted]
    return sorted(found, key=lambda one: (one.percent, -one.not_useful, one.article, one.language))


def answers(*, article: str, language: str, with_handled: bool, skip: int, limit: int) -> list[Feedback]:
    """The noes with what was said, newest first; "" is every article or every language."""
    found = Feedback.objects.select_related("handled_by").filter(is_useful=False)
    if article:
        found = found.filter(article=article)
    if language:
        found = found.filter(language=language)
    if not with_handled:
        found = found.filter(handled_at__isnull=True)
    return list(found.order_by("-given_at", "-id")[skip : skip + limit])
