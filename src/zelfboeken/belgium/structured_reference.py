"""Structured communications: the Belgian OGM/VCS of twelve digits and the creditor reference of ISO 11649.

Rules chapter 4.2. The OGM is ten digits and a check of two: the ten modulo 97, where 0 becomes 97.
"""

import re

from stdnum import iso11649
from stdnum.exceptions import ValidationError

_SEPARATORS = str.maketrans("", "", " +*/.-\u00a0\u2009\u202f")
_IN_TEXT = re.compile(
    r"(?<![0-9])(?:"
    r"[+*]{2,3}\s*[0-9]{3}\s*/?\s*[0-9]{4}\s*/?\s*[0-9]{5}\s*[+*]{2,3}"
    r"|[0-9]{3}\s?/\s?[0-9]{4}\s?/\s?[0-9]{5}"
    r"|[0-9]{12}"
    r")(?![0-9])"
)
_BEFORE_AN_ACCOUNT = re.compile(r"BE\s?[0-9]{2}\s?$", re.IGNORECASE)
_RF_IN_TEXT = re.compile(
    r"(?<![0-9A-Z])RF[0-9]{2}(?:[0-9A-Z]{1,21}|(?: [0-9A-Z]{4}){1,5}(?: [0-9A-Z]{1,3})?)(?![0-9A-Z])"
)


class StructuredReferenceNotValid(ValueError):
    """The text is not a structured communication; ``text`` is what stood there."""

    code = "structured_reference_not_valid"

    def __init__(self, text: str) -> None:
        super().__init__(
            f"“{text[:40]}” is geen geldige gestructureerde mededeling. Schrijf twaalf cijfers, bijvoorbeeld "
            "+++123/4567/89002+++."
        )
        self.text = text


def check_of(ten_digits: str) -> str:
    """The two check digits that belong after ten digits."""
    return f"{int(ten_digits) % 97 or 97:02d}"


def from_number(number: int) -> str:
    """The twelve digits of the communication with this number (0 to 9,999,999,999), for invoices we make.

    Raises:
        ValueError: the number needs more than ten digits or is negative.
    """
    if not 0 <= number < 10**10:
        raise ValueError("a structured communication has room for ten digits")
    ten = f"{number:010d}"
    return ten + check_of(ten)


def parse(text: str) -> str:
    """The twelve digits of an OGM, written with pluses, stars, slashes, spaces or bare.

    Raises:
        StructuredReferenceNotValid: not twelve digits, or a wrong check.
    """
    digits = text.strip().translate(_SEPARATORS)
    if not (len(digits) == 12 and digits.isascii() and digits.isdigit() and check_of(digits[:10]) == digits[10:]):
        raise StructuredReferenceNotValid(text)
    return digits


def is_valid(text: str) -> bool:
    """Whether ``parse`` would take the text."""
    try:
        parse(text)
    except StructuredReferenceNotValid:
        return False
    return True


def find_in(text: str) -> list[str]:
    """Every valid OGM in a free text, as twelve digits, in order and each once.

    The end of a Belgian IBAN is left out: its check is the very same, so each would pass for a communication.
    """
    found: list[str] = []
    for match in _IN_TEXT.finditer(text):
        digits = match.group().translate(_SEPARATORS)
        if check_of(digits[:10]) != digits[10:] or digits in found:
            continue
        if _BEFORE_AN_ACCOUNT.search(text[max(0, match.start() - 6) : match.start()]):
            continue
        found.append(digits)
    return found


def formatted(digits: str) -> str:
    """``123456789002`` as printed: ``+++123/4567/89002+++``."""
    return f"+++{digits[:3]}/{digits[3:7]}/{digits[7:]}+++"


def as_printed(reference: str) -> str:
    """Either kind as people read it: ``+++123/4567/89002+++``, or ``RF31 2026 0001`` in groups of four; what is neither
    stays as it is.
    """
    if len(reference) == 12 and reference.isdigit():
        return formatted(reference)
    if not is_creditor_reference(reference):
        return reference
    return " ".join(reference[start : start + 4] for start in range(0, len(reference), 4))


def parse_creditor_reference(text: str) -> str:
    """A creditor reference of ISO 11649 in capitals without spaces: ``RF3120260001``.

    Raises:
        StructuredReferenceNotValid: wrong form, length or check.
    """
    plain = text.strip().upper().translate(_SEPARATORS)
    if not (plain.isascii() and plain.isalnum()):
        raise StructuredReferenceNotValid(text)
    try:
        return str(iso11649.validate(plain))
    except (ValidationError, ValueError):
        raise StructuredReferenceNotValid(text) from None


def is_creditor_reference(text: str) -> bool:
    """Whether ``parse_creditor_reference`` would take the text."""
    try:
        parse_creditor_reference(text)
    except StructuredReferenceNotValid:
        return False
    return True


def find_creditor_references_in(text: str) -> list[str]:
    """Every valid creditor reference in a free text, in order and each once."""
    found: list[str] = []
    for match in _RF_IN_TEXT.finditer(text.upper()):
        try:
            reference = parse_creditor_reference(match.group())
        except StructuredReferenceNotValid:
            continue
        if reference not in found:
            found.append(reference)
    return found
