"""VAT numbers of the member states, checked by form and check digit; whether one is alive only VIES knows."""

import re

from stdnum.eu import vat as european
from stdnum.exceptions import ValidationError

from zelfboeken.belgium import enterprise_number

_WORDS = re.compile(r"^(?:(?:BTW|TVA|VAT|MWST|UST|UID)\b[\s.:-]*(?:NR|NO|ID|NUMBER|NUMMER)?\.?[\s:]*)(?=[A-Z0-9])")
_SEPARATORS = str.maketrans("", "", " .-/\u00a0\u2009\u202f")
_BELGIAN_DIGITS = re.compile(r"[01]?\d{9}")


class VatNumberNotValid(ValueError):
    """The text is not a VAT number of a member state; ``text`` is what stood there."""

    code = "vat_number_not_valid"

    def __init__(self, text: str) -> None:
        super().__init__(
            f"“{text[:40]}” is geen geldig btw-nummer. Schrijf het met het land ervoor, bijvoorbeeld BE0403019261."
        )
        self.text = text


def parse(text: str) -> str:
    """The VAT number with its country and without separators: ``BE0403019261``, ``EL094259216``.

    Digits alone are taken as Belgian. Greece keeps EL and Northern Ireland XI, as in VIES.

    Raises:
        VatNumberNotValid: unknown country, wrong form or wrong check digit.
    """
    plain = text.strip().upper()
    rest = _WORDS.sub("", plain).translate(_SEPARATORS)
    if not rest.isascii():
        raise VatNumberNotValid(text)
    if rest.startswith("BE") or _BELGIAN_DIGITS.fullmatch(rest):
        try:
            return "BE" + enterprise_number.parse(rest)
        except enterprise_number.EnterpriseNumberNotValid:
            raise VatNumberNotValid(text) from None
    if not re.match(r"[A-Z]{2}[0-9A-Z+*]{2,13}$", rest):
        raise VatNumberNotValid(text)
    try:
        number = str(european.validate(rest))
    except (ValidationError, ValueError):
        raise VatNumberNotValid(text) from None
    return "EL" + number[2:] if number.startswith("GR") else number


def is_valid(text: str) -> bool:
    """Whether ``parse`` would take the text."""
    try:
        parse(text)
    except VatNumberNotValid:
        return False
    return True


def country_of(number: str) -> str:
    """ISO 3166 country of a parsed VAT number: EL is Greece (GR), XI is the United Kingdom (GB)."""
    prefix = number[:2]
    return {"EL": "GR", "XI": "GB"}.get(prefix, prefix)
