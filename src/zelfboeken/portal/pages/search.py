"""What a search over the whole domain found."""

from dataclasses import dataclass

from zelfboeken.portal.pages.parts import Empty


@dataclass(frozen=True, slots=True)
class FoundRow:
    """One thing that was found; ``id`` is its html id in the list of the search field."""

    id: str
    icon: str
    title: str
    detail: str
    url: str
    amount: str = ""


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """What was found of one kind."""

    title: str
    rows: tuple[FoundRow, ...]


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Template ``portal/search.html``; ``parts/found.html`` alone for the list under the search field."""

    title: str
    text: str
    count_text: str
    groups: tuple[FoundGroup, ...]
    empty: Empty | None = None
