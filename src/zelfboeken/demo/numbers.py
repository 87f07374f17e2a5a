"""Numbers that pass their checksum and belong to nobody: enterprise numbers, IBANs, structured communications.

Every made-up enterprise number starts with 0999.00, every Belgian account with bank code 999, which no bank has.
Rules of the check digits: chapter 4.2 of the Belgian rules.
"""

BIC = "ZELFBEBB"
"""The demo's own bank."""


def enterprise_number(n: int) -> str:
    """The n-th made-up Belgian enterprise number, 10 digits: the last two are 97 - (first eight mod 97)."""
    first = 9990000 + n
    return f"{first:08d}{97 - first % 97:02d}"


def iban(country: str, bban: str) -> str:
    """The IBAN of a basic account number: check digits so that the whole is 1 modulo 97 (ISO 13616)."""
    as_digits = "".join(str(int(character, 36)) for character in f"{bban}{country}00")
    return f"{country}{98 - int(as_digits) % 97:02d}{bban}"


def belgian_iban(n: int) -> str:
    """The n-th made-up Belgian account: 12 digits, the last two are the first ten modulo 97 (0 becomes 97)."""
    first = 9990000000 + n
    return iban("BE", f"{first:010d}{first % 97 or 97:02d}")


def french_iban(n: int) -> str:
    """The n-th made-up French account, with its RIB key."""
    key = 97 - (89 * 99999 + 15 * 1 + 3 * n) % 97
    return iban("FR", f"99999{1:05d}{n:011d}{key:02d}")


def structured_communication(base: int) -> str:
    """Twelve digits: ten of the counter and the counter modulo 97 (0 becomes 97)."""
    return f"{base:010d}{base % 97 or 97:02d}"
