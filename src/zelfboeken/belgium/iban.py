"""Account numbers: ISO 13616 for every country, and the second check inside a Belgian one (rules chapter 4.2)."""

from stdnum import iban as international
from stdnum.exceptions import ValidationError

_SEPARATORS = str.maketrans("", "", " .-\u00a0\u2009\u202f\t")


class IbanNotValid(ValueError):
    """The text is not an IBAN; ``text`` is what stood there."""

    code = "iban_not_valid"

    def __init__(self, text: str) -> None:
        super().__init__(
            f"“{text[:40]}” is geen geldig rekeningnummer. Kijk de cijfers na; een Belgisch nummer telt BE en "
            "14 cijfers."
        )
        self.text = text


def normalise(text: str) -> str:
    """An IBAN in capitals without separators: ``BE22679200300047``.

    The check of the Belgian account number inside (first ten digits modulo 97 give the last two, 0 gives 97) is
    asked too; the list of bank codes is not, because new banks come faster than new lists.

    Raises:
        IbanNotValid: unknown country, wrong length or wrong check.
    """
    plain = text.strip().upper().removeprefix("IBAN").lstrip(": ").translate(_SEPARATORS)
    if not (plain.isascii() and plain.isalnum()):
        raise IbanNotValid(text)
    try:
        number = str(international.validate(plain, check_country=False))
    except (ValidationError, ValueError):
        raise IbanNotValid(text) from None
    if number.startswith("BE") and (int(number[4:14]) % 97 or 97) != int(number[14:]):
        raise IbanNotValid(text)
    return number


def is_valid(text: str) -> bool:
    """Whether ``normalise`` would take the text."""
    try:
        normalise(text)
    except IbanNotValid:
        return False
    return True


def formatted(number: str) -> str:
    """In groups of four, as printed on paper: ``BE22 6792 0030 0047``."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))
