"""The Belgian enterprise number (KBO/BCE): ten digits, the last two a check (rules chapter 4.2)."""

import re

from stdnum.be import vat as belgian_number
from stdnum.exceptions import ValidationError

_SCHEME = re.compile(r"^(?:ISO6523-ACTORID-UPIS::)?(?:0208|9925|9956)\s*:\s*|^(?:0208|9956)(?=[01]\d{9}$)")
"""Peppol participant schemes: 0208 is the enterprise number, 9925 the VAT number, 9956 the retired KBO scheme."""
_WORDS = re.compile(r"^(?:BTW|TVA|VAT|KBO|BCE|RPR|RPM|ON|NE)\b[\s.:]*")
_SEPARATORS = str.maketrans("", "", " .-/\u00a0\u2009\u202f()")


class EnterpriseNumberNotValid(ValueError):
    """The text is not an enterprise number; ``text`` is what stood there."""

    code = "enterprise_number_not_valid"

    def __init__(self, text: str) -> None:
        super().__init__(
            f"“{text[:40]}” is geen geldig ondernemingsnummer. Schrijf de tien cijfers, bijvoorbeeld 0403.019.261."
        )
        self.text = text


def parse(text: str) -> str:
    """The ten digits of an enterprise number, however people and Peppol write it.

    Tolerates a BE prefix (also inside scheme 0208, as real Peppol addresses have it), dots, spaces, the old
    nine digits and a scheme in front (``0208:``, ``9925:``).

    Raises:
        EnterpriseNumberNotValid: other characters, another length, first digit not 0 or 1, or a wrong check.
    """
    rest = _WORDS.sub("", _SCHEME.sub("", text.strip().upper())).translate(_SEPARATORS)
    digits = rest.removeprefix("BE")
    # A Unicode digit that is not ASCII would pass isdigit() and never be found again in the books.
    if not (digits.isascii() and digits.isdigit() and len(digits) in (9, 10)):
        raise EnterpriseNumberNotValid(text)
    try:
        return str(belgian_number.validate(digits))
    except ValidationError:
        raise EnterpriseNumberNotValid(text) from None


def is_valid(text: str) -> bool:
    """Whether ``parse`` would take the text."""
    try:
        parse(text)
    except EnterpriseNumberNotValid:
        return False
    return True


def formatted(digits: str) -> str:
    """``0403019261`` as people read it: ``0403.019.261``."""
    return f"{digits[:4]}.{digits[4:7]}.{digits[7:]}"
