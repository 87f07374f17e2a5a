"""The texts of the pages: found in the code and the templates, kept in the catalogues, compiled. No gettext program
needs to be installed."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).resolve().parent.parent
SOURCE_LANGUAGE = "en"
_CALLS = {
    "_": ("id",),
    "gettext": ("id",),
    "gettext_lazy": ("id",),
    "ngettext": ("id", "plural"),
    "pgettext": ("context", "id"),
    "npgettext": ("context", "id", "plural"),
}


@dataclass(frozen=True, slots=True, order=True)
class Text:
    """A text to translate: its English source, its plural and its context, each "" for none."""

    id: str
    plural: str = ""
    context: str = ""


class NotExtractable(ValueError):
    """A text that no catalogue can know, because it is put together while the program runs."""

    code = "not_extractable"


def texts_of_code(path: Path) -> Iterator[Text]:
    """The texts of a Python file.

    Raises:
        NotExtractable: a text that is not written out.
    """
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in _CALLS:
            continue
        found = {}
        for name, argument in zip(_CALLS[node.func.id], node.args, strict=False):
            if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
                raise NotExtractable(f"{path}:{node.lineno}: {ast.unparse(node)[:80]}")
            found[name] = argument.value
        yield Text(**found)


def texts_of_template(path: Path) -> Iterator[Text]:
    """The texts of a template.

    Raises:
        NotExtractable: a text that is not written out, or a block of text, which this does not read.
    """
    from django.template.base import Lexer, TokenType

    for token in Lexer(path.read_text(encoding="utf-8")).tokenize():
        if token.token_type != TokenType.BLOCK:
            continue
        tag, *words = token.split_contents()
        if tag in {"blocktranslate", "blocktrans"} or (tag in {"translate", "trans"} and words[0][0] not in "\"'"):
            raise NotExtractable(f"{path}:{token.lineno}: {token.contents[:80]}")
        if tag in {"translate", "trans"}:
            context = words[words.index("context") + 1][1:-1] if "context" in words else ""
            yield Text(words[0][1:-1], context=context)


def texts_of_package(folder: Path = PACKAGE) -> set[Text]:
    """Every text of the package. A text said once and counted once is one text, with its plural."""
    found = {text for path in sorted(folder.rglob("*.py")) for text in texts_of_code(path)}
    found |= {text for path in sorted(folder.rglob("*.html")) for text in texts_of_template(path)}
    counted = {(text.context, text.id) for text in found if text.plural}
    return {text for text in found if text.plural or (text.context, text.id) not in counted}


def read_catalogue(path: Path) -> Catalog:
    """A catalogue as it is stored."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def update_file(path: Path, texts: set[Text]) -> list[str]:
    """Keep what a catalogue has of these texts, add the new ones, drop the others; the ids without a translation.

    The language the sources are written in translates a text by itself.
    """
    stored = read_catalogue(path)
    updated = Catalog(locale=stored.locale, header_comment="", fuzzy=False)
    for text in sorted(texts, key=lambda one: (one.id.casefold(), one)):
        source = (text.id, text.plural) if text.plural else text.id
        known = stored.get(text.id, context=text.context or None)
        written = known.string if known and bool(text.plural) == isinstance(known.string, tuple) else ""
        if stored.locale and stored.locale.language == SOURCE_LANGUAGE and not (written and all(written)):
            written = source
        updated.add(source, written, context=text.context or None)
    half = path.with_suffix(".half")
    with half.open("wb") as file:
        # The header by hand: dates and versions of tools would make every run a change.
        file.write(_HEADER.format(language=path.parts[-3], plurals=stored.plural_forms).encode())
        write_po(file, updated, no_location=True, omit_header=True, width=0)
    os.replace(half, path)  # noqa: PTH105 - the atomic rename by its own name
    return [message.id if isinstance(message.id, str) else message.id[0] for message in missing(updated)]


def missing(catalogue: Catalog) -> list[Message]:
    """The messages of a catalogue that have no translation, or one that nobody has looked at since it changed."""
    return [
        message
        for message in catalogue
        if message.id and (message.fuzzy or not message.string or not all(message.string))
    ]


_HEADER = """#
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""


def compile_file(source: str, target: str) -> None:
    """Write the compiled form of one catalogue, whole or not at all."""
    catalogue = read_catalogue(Path(source))
    half = Path(target).with_suffix(".half")
    with half.open("wb") as file:
        write_mo(file, catalogue)
    os.replace(half, target)  # noqa: PTH105 - the atomic rename by its own name


def main(folder: str) -> int:
    """Bring every catalogue of a folder of locales up to date and compile it; 1 when a translation is missing."""
    texts, worst = texts_of_package(), 0
    for source in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
        for text in update_file(source, texts):
            sys.stderr.write(f"{source}: no translation of “{text}”\n")
            worst = 1
        compile_file(str(source), str(source.with_suffix(".mo")))
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
