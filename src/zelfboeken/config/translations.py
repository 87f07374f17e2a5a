"""Compiling the translations with Babel, so that no gettext needs to be installed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_file(source: str, target: str) -> None:
    """Write the compiled form of one catalogue, whole or not at all."""
    with Path(source).open("rb") as file:
        catalogue = read_po(file, locale=Path(source).parts[-3])
    half = Path(target).with_suffix(".half")
    with half.open("wb") as file:
        write_mo(file, catalogue)
    os.replace(half, target)  # noqa: PTH105 - the atomic rename by its own name


def main(folder: str) -> None:
    """Compile every catalogue of a folder of locales."""
    for source in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
        compile_file(str(source), str(source.with_suffix(".mo")))


if __name__ == "__main__":
    main(sys.argv[1])
