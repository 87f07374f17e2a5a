"""Whatever the bytes are, the reader reads or refuses by name."""

import contextlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.invoices.files import content_of
from zelfboeken.invoices.readers.model import NotReadable
from zelfboeken.invoices.readers.report import as_read_json
from zelfboeken.invoices.readers.ubl import read_ubl

PEPPOL = content_of("peppol-invoice.xml")
OLD = content_of("old-belgian-credit-note.xml")


def read_or_refuse(content: bytes) -> None:
    with contextlib.suppress(NotReadable):
        as_read_json(read_ubl(content), "f.xml")


@pytest.mark.parametrize("seed", range(300))
def test_mutated_bytes_are_read_or_refused_by_name(seed: int) -> None:
    chance = random.Random(seed)
    content = bytearray(chance.choice([PEPPOL, OLD]))
    for _ in range(chance.randint(1, 8)):
        start = chance.randrange(len(content))
        end = start + chance.randint(0, 40)
        match chance.randrange(4):
            case 0:
                content[start] = chance.randrange(256)
            case 1:
                del content[start:end]
            case 2:
                content[start:start] = content[start:end]
            case _:
                content[start:end] = chance.choice(
                    [b"NaN", b"1e5", b"-", b"99999999999999999999", b"0", b"</", b"\xc3"]
                )

    read_or_refuse(bytes(content))


TEXTS = st.text(
    alphabet=st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="<>&"), max_size=30
) | st.from_regex(r"[+-]?[0-9]{0,20}\.?[0-9]{0,20}", fullmatch=True)


@given(st.data())
def test_any_text_in_any_element_is_read(data: st.DataObject) -> None:
    pieces = PEPPOL.decode().split(">")
    leaves = [index for index, piece in enumerate(pieces) if "</" in piece and not piece.startswith((" ", "\n", "<"))]
    for index in data.draw(st.lists(st.sampled_from(leaves), min_size=1, max_size=6, unique=True)):
        pieces[index] = data.draw(TEXTS) + pieces[index][pieces[index].index("</") :]

    as_read_json(read_ubl(">".join(pieces).encode()), "f.xml")


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_by_name(content: bytes) -> None:
    with pytest.raises(NotReadable):
        read_ubl(content)
