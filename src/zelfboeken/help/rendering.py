"""An article's Markdown as HTML: only what an article needs, checked piece by piece; anything else is refused.

The articles are our own, yet what they become is marked as safe for a page, so it is held to a short list. A text that
is HTML stays the text it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from django.utils.safestring import SafeString, mark_safe
from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

from zelfboeken.help.folding import slug_of

_TAGS = frozenset(
    {"div", "h2", "h3", "p", "ol", "ul", "li", "strong", "em", "a", "code", "blockquote", "br"}
    | {"table", "thead", "tbody", "tr", "th", "td"}
)
_ALIGNED = re.compile(r"text-align: (left|right|center);")
_CLASSES = {"ol": "stepl", "ul": "dots", "table": "t ht"}


class ArticleNotPlain(ValueError):
    """An article holds something that no article needs: an element, an attribute or a link that is not ours."""

    code = "article_not_plain"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of an article and the anchor it has on its page."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a text became: its HTML, its first paragraph and all of it as plain text, its headings, and what it names.

    `labels` are the texts in bold: words that stand on a button, field or page. `links` are slugs of other articles.
    """

    html: SafeString
    lead: str
    text: str
    headings: tuple[Heading, ...]
    labels: tuple[str, ...]
    links: tuple[str, ...]
    most_steps: int


def render_article(source: str, *, address_of: Callable[[str], str]) -> Rendered:
    """The HTML of a text; `address_of` gives the address of the article with a slug.

    Raises:
        ArticleNotPlain: it holds what an article does not need.
    """
    markdown = Markdown(extensions=["tables"], output_format="html")
    markdown.preprocessors.deregister("html_block")
    markdown.inlinePatterns.deregister("html")
    plain = _Plain(markdown, address_of)
    markdown.treeprocessors.register(plain, "plain", -1)
    html = markdown.convert(source)
    if markdown.htmlStash.html_counter:
        raise ArticleNotPlain("HTML that went past the list")
    return Rendered(
        html=mark_safe(html),  # noqa: S308 - every element, attribute and link of it is on the list
        lead=plain.lead,
        text=" ".join(plain.words),
        headings=tuple(plain.headings),
        labels=tuple(plain.labels),
        links=tuple(plain.links),
        most_steps=plain.most_steps,
    )


class _Plain(Treeprocessor):
    """Checks each element and gives it the classes of the style; the last step before the tree becomes text."""

    def __init__(self, markdown: Markdown, address_of: Callable[[str], str]) -> None:
        super().__init__(markdown)
        self._address_of = address_of
        self.lead = ""
        self.words: list[str] = []
        self.headings: list[Heading] = []
        self.labels: list[str] = []
        self.links: list[str] = []
        self.most_steps = 0

    def run(self, root: Element) -> None:
        """Check and dress the whole tree."""
        for element in list(root.iter()):
            self._check(element)
            self._dress(element)
        first = root.find("p")
        if first is not None:
            first.set("class", "lead")
            self.lead = _text_of(first)
        self.words = " ".join(root.itertext()).split()

    def _check(self, element: Element) -> None:
        if element.tag not in _TAGS:
            raise ArticleNotPlain(f"<{element.tag}>")
        allowed = {"href"} if element.tag == "a" else {"style"} if element.tag in {"th", "td"} else set()
        if unknown := set(element.keys()) - allowed:
            raise ArticleNotPlain(f"<{element.tag}> with {', '.join(sorted(unknown))}")

    def _dress(self, element: Element) -> None:
        if css := _CLASSES.get(element.tag):
            element.set("class", css)
        if element.tag == "ol":
            self.most_steps = max(self.most_steps, len(element))
        elif element.tag in {"h2", "h3"}:
            heading = Heading(slug_of(_text_of(element)), _text_of(element))
            element.set("id", heading.id)
            if element.tag == "h2":
                self.headings.append(heading)
        elif element.tag == "strong":
            self.labels.append(_text_of(element))
        elif element.tag == "code":
            element.tag = "kbd"
        elif element.tag == "a":
            element.set("href", self._link(element.get("href", "")))
        elif element.tag == "th":
            element.set("scope", "col")
        elif element.tag == "blockquote":
            _make_note(element)
        if element.tag in {"th", "td"} and (style := element.attrib.pop("style", "")):
            if not (aligned := _ALIGNED.fullmatch(style)):
                raise ArticleNotPlain(style)
            if aligned[1] == "right":
                element.set("class", "num")

    def _link(self, target: str) -> str:
        slug, _sharp, anchor = target.partition("#")
        if not re.fullmatch(r"[a-z0-9-]*", slug) or not re.fullmatch(r"[a-z0-9-]*", anchor) or not slug + anchor:
            raise ArticleNotPlain(f"a link to {target}")
        if slug:
            self.links.append(slug)
        return (self._address_of(slug) if slug else "") + (f"#{anchor}" if anchor else "")


def _make_note(element: Element) -> None:
    children = list(element)
    for child in children:
        element.remove(child)
    element.tag = "div"
    element.set("class", "note")
    SubElement(element, "div").extend(children)


def _text_of(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())
