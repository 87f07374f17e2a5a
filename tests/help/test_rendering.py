"""Markdown becomes what an article needs, and nothing else gets through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zelfboeken.help.rendering import ArticleNotPlain, Rendered, render_article


def rendered(source: str) -> Rendered:
    return render_article(source, address_of=lambda slug: f"/help/{slug}/")


def test_steps_notes_keys_and_tables_get_the_classes_of_the_style():
    html = rendered(
        "Eerst dit.\n\n## Zo doe je het\n\n1. Druk `U`.\n2. Kies **Boek**.\n\n> Let op.\n\n- een\n\n"
        "| Wat | Prijs |\n|---|--:|\n| een | 1 |\n"
    ).html

    assert '<p class="lead">Eerst dit.</p>' in html
    assert '<h2 id="zo-doe-je-het">Zo doe je het</h2>' in html
    assert '<ol class="stepl">' in html
    assert "<kbd>U</kbd>" in html
    assert '<div class="note">' in html
    assert '<table class="t ht">' in html
    assert '<th class="num" scope="col">' in html or '<th scope="col" class="num">' in html
    assert "style=" not in html


def test_what_an_article_says_is_told_apart():
    told = rendered("Kies **Boek** in [Bank](bank#saldo).\n\n## Saldo klopt\n\n1. Een\n2. Twee\n")

    assert (told.lead, told.labels, told.links, told.most_steps) == ("Kies Boek in Bank.", ("Boek",), ("bank",), 2)
    assert [(one.id, one.title) for one in told.headings] == [("saldo-klopt", "Saldo klopt")]
    assert 'href="/help/bank/#saldo"' in told.html


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "Een <b onclick=alert(1)>woord</b>",
        "<img src=x onerror=alert(1)>",
        "<!-- <script> --><script>alert(1)</script>",
        "<div>\n\n<script>alert(1)</script>\n\n</div>",
        "<svg/onload=alert(1)>",
        "a < b && c > d",
    ],
)
def test_inv31_a_text_that_is_html_stays_the_text_it_is(hostile: str):
    html = rendered(hostile).html

    assert "<script" not in html
    assert "<b" not in html.replace("<br", "")
    assert "<img" not in html
    assert "<svg" not in html
    assert "<!--" not in html


@pytest.mark.parametrize(
    "hostile",
    [
        "[weg](javascript:alert(1))",
        "[weg](https://elders.example/)",
        "[weg](//elders.example/)",
        "[weg](../../account/)",
        "[weg](data:text/html,x)",
        "[weg]()",
        '[weg](bank "titel")',
        "[weg][x]\n\n[x]: https://elders.example/",
        "<https://elders.example/>",
        "<iemand@elders.example>",
        "![beeld](beeld.png)",
        "# Een titel die de pagina al heeft",
        "    een blok code",
        "***",
        "&lt;script&gt;",
    ],
)
def test_inv31_what_no_article_needs_is_refused(hostile: str):
    with pytest.raises(ArticleNotPlain):
        rendered(hostile)


_LIST = {"p", "h2", "h3", "ol", "ul", "li", "strong", "em", "a", "kbd", "div", "br"} | {
    *("table", "thead", "tbody", "tr", "th", "td")
}


@given(st.text(alphabet="<>/\"'=&!-[]()*`#|:.ab \n", max_size=80))
def test_inv31_no_text_becomes_an_element_that_is_not_on_the_list(source: str):
    try:
        html = rendered(source).html
    except ArticleNotPlain:
        return
    opened = {part.split(">")[0].split()[0].strip("/") for part in html.split("<")[1:] if part.strip()}
    assert opened <= _LIST
