"""Structured communications of CODA version 2 as readable text (Febelfin, lists of communication types; rules §4.1)."""

import re
from dataclasses import dataclass

from zelfboeken.belgium import structured_reference

_BLANKS = re.compile(r"\s+")
_Field = tuple[str, int, str]
"""Label, width and kind: t text, a amount of 15 digits, d date, r rate of 4 + 8 digits, h hour, n number."""

_AMOUNT: _Field = ("bedrag", 15, "a")
_CARD: tuple[_Field, ...] = (("kaart", 16, "t"), ("kaartstelsel", 1, "k"), ("terminal", 6, "t"), ("nr.", 6, "n"))
_WHERE: tuple[_Field, ...] = (("", 16, "t"), ("", 10, "t"))
_BANK: tuple[_Field, ...] = (("", 70, "t"), ("", 35, "t"), ("", 35, "t"), ("", 35, "t"))

_MOVEMENTS: dict[str, tuple[str, tuple[_Field, ...]]] = {
    "103": ("Nummer", (("", 12, "t"),)),
    "105": (
        "Oorspronkelijk bedrag",
        (
            ("in rekeningmunt", 15, "a"),
            ("in oorspronkelijke munt", 15, "a"),
            ("koers", 12, "r"),
            ("munt", 3, "t"),
            ("mededeling", 12, "s"),
            ("land", 2, "t"),
            ("in euro", 15, "a"),
        ),
    ),
    "106": (
        "Berekening",
        (_AMOUNT, ("berekend op", 15, "a"), ("percentage", 12, "r"), ("", 1, "-"), ("in euro", 15, "a")),
    ),
    "107": (
        "Domiciliëring",
        (("nummer", 12, "t"), ("datum", 6, "d"), ("", 30, "t"), ("", 1, "-"), ("schuldeiser", 11, "t")),
    ),
    "108": (
        "Afsluiting",
        (_AMOUNT, ("berekend op", 15, "a"), ("rentevoet", 12, "r"), ("van", 6, "d"), ("tot", 6, "d")),
    ),
    "111": (
        "Kaartontvangsten",
        (
            ("kaartstelsel", 1, "k"),
            ("terminal", 6, "t"),
            ("periode", 3, "n"),
            ("eerste nr.", 6, "n"),
            ("op", 6, "d"),
            ("laatste nr.", 6, "n"),
            ("op", 6, "d"),
        ),
    ),
    "113": (
        "Kaartbetaling",
        (
            *_CARD,
            ("op", 6, "d"),
            ("om", 4, "h"),
            ("", 1, "-"),
            *_WHERE,
            ("oorspronkelijk bedrag", 15, "a"),
            ("koers", 12, "r"),
            ("munt", 3, "t"),
        ),
    ),
    "114": (
        "Kaartontvangst",
        (
            ("kaartstelsel", 1, "k"),
            ("terminal", 6, "t"),
            ("periode", 3, "n"),
            ("nr.", 6, "n"),
            ("op", 6, "d"),
            ("om", 4, "h"),
            ("", 1, "-"),
            *_WHERE,
            ("referentie", 16, "t"),
        ),
    ),
    "115": (
        "Storting aan terminal",
        (
            *_CARD,
            ("op", 6, "d"),
            ("om", 4, "h"),
            ("gevalideerd op", 6, "d"),
            ("validatie", 6, "n"),
            ("oorspronkelijk bedrag", 15, "a"),
            ("", 1, "-"),
            ("munt", 3, "t"),
            ("mededeling", 12, "s"),
            *_WHERE,
        ),
    ),
    "121": (
        "Handelswissel",
        (
            _AMOUNT,
            ("vervalt op", 6, "d"),
            ("conventioneel op", 6, "d"),
            ("uitgegeven op", 6, "d"),
            ("onderneming", 11, "t"),
            ("munt", 3, "t"),
            ("wissel", 13, "t"),
        ),
    ),
    "122": (
        "Rente op handelswissel",
        (
            ("dagen", 4, "n"),
            ("rentevoet", 12, "r"),
            ("op bedrag", 15, "a"),
            ("", 1, "-"),
            ("wissel", 13, "t"),
            ("vervalt op", 6, "d"),
        ),
    ),
    "123": (
        "Kosten en commissies",
        (
            ("van", 6, "d"),
            ("tot", 6, "d"),
            ("op bedrag", 15, "a"),
            ("percentage", 12, "r"),
            ("dagen", 4, "n"),
            ("", 1, "-"),
            ("waarborg", 13, "t"),
        ),
    ),
    "124": (
        "Kredietkaart",
        (("kaart", 20, "t"), ("uitgever", 1, "k"), ("afrekening", 12, "t"), ("kenmerk", 15, "t"), ("datum", 6, "d")),
    ),
    "125": (
        "Krediet",
        (
            ("rekening", 16, "t"),
            ("", 10, "t"),
            ("oud saldo", 15, "a"),
            ("nieuw saldo", 15, "a"),
            ("bedrag", 15, "a"),
            ("van", 6, "d"),
            ("tot", 6, "d"),
            ("rentevoet", 12, "r"),
            ("referentie", 13, "t"),
        ),
    ),
    "126": (
        "Termijnbelegging",
        (
            ("nummer", 15, "t"),
            ("belegd", 15, "a"),
            ("tegenwaarde", 15, "a"),
            ("van", 6, "d"),
            ("tot", 6, "d"),
            ("rentevoet", 12, "r"),
            ("rente", 15, "a"),
            ("munt", 3, "t"),
            ("koers", 12, "r"),
        ),
    ),
}

_INFORMATION: dict[str, tuple[str, tuple[_Field, ...]]] = {
    "001": ("Tegenpartij", _BANK),
    "002": ("Bericht van de bank", (("", 265, "t"),)),
    "004": ("Bank van de tegenpartij", _BANK),
    "005": ("Correspondent", _BANK),
    "006": ("Detail van het bedrag", (("", 265, "t"),)),
    "007": ("Contanten", (("aantal", 7, "n"), ("waarde", 6, "n"), _AMOUNT)),
    "008": ("Uiteindelijke begunstigde", (("", 70, "t"), ("", 35, "t"))),
    "009": ("Uiteindelijke schuldenaar", (("", 70, "t"), ("", 35, "t"))),
    "010": ("Effecten", (("", 265, "t"),)),
    "011": ("Coupons", (("", 265, "t"),)),
}

_SCHEMES = {
    "1": "Bancontact/Mister Cash",
    "2": "Privékaart",
    "3": "Maestro",
    "5": "TINA",
    "9": "Andere",
}


@dataclass(frozen=True, slots=True)
class Communication:
    """A communication as text. ``structured`` is 12 digits or RF…; ``name`` is there for information of type 001."""

    text: str
    structured: str | None = None
    mandate: str | None = None
    name: str | None = None


def plain(text: str) -> str:
    """The text with single blanks."""
    return " ".join(text.split())


def free(raw: str) -> Communication:
    """A free communication; a reference in it counts only when there is exactly one, as two can't be chosen from."""
    text = " ".join(raw.split())
    return Communication(text, reference_in(text))


def reference_in(text: str) -> str | None:
    """The one OGM (12 digits) or creditor reference (RF…) in a text; None when there is none or more than one."""
    found = structured_reference.find_in(text)
    if "RF" in text.upper():
        found = found + structured_reference.find_creditor_references_in(text)
    return found[0] if len(found) == 1 else None


def of_movement(raw: str) -> Communication:
    """A structured communication of a movement: three digits and what they announce."""
    kind, body = raw[:3], raw[3:]
    if kind == "100":
        reference = body[:21].strip().upper()
        return Communication(reference, reference or None)
    if kind in ("101", "102"):
        digits = body[:12]
        if structured_reference.is_valid(digits):
            return Communication(f"+++{digits[:3]}/{digits[3:7]}/{digits[7:]}+++", digits)
        return Communication(plain(body))
    if kind == "127":
        return _direct_debit(body)
    if kind not in _MOVEMENTS:
        return Communication(plain(body))
    title, fields = _MOVEMENTS[kind]
    at = sum(width for _, width, _ in fields[:4]) if kind == "105" else 0
    digits = body[at : at + 12] if kind == "105" else ""
    return Communication(_told(title, fields, body), digits if structured_reference.is_valid(digits) else None)


def of_information(raw: str) -> Communication:
    """A structured communication of the records 3.1, 3.2 and 3.3."""
    kind, body = raw[:3], raw[3:]
    if kind not in _INFORMATION:
        return Communication(plain(body))
    title, fields = _INFORMATION[kind]
    return Communication(_told(title, fields, body), name=(plain(body[:70]) or None) if kind == "001" else None)


def _direct_debit(body: str) -> Communication:
    day, paid = body[:6], body[8:9]
    creditor, mandate, text = plain(body[9:44]), plain(body[44:79]), plain(body[79:141])
    parts = [text] if text else []
    if mandate:
        parts.append(f"mandaat {mandate}")
    if creditor:
        parts.append(f"schuldeiser {creditor}")
    if paid not in ("0", " ", ""):
        parts.append(f"niet betaald of teruggekomen (reden {paid})")
    told = ", ".join(parts) or f"Europese domiciliëring {_day(day)}".strip()
    return Communication(told, reference_in(text), mandate or None)


def _told(title: str, fields: tuple[_Field, ...], body: str) -> str:
    parts: list[str] = []
    at = 0
    for label, width, kind in fields:
        text = _value(body[at : at + width].strip(), kind)
        at += width
        if text:
            parts.append(f"{label} {text}" if label else text)
    return f"{title}: {', '.join(parts)}" if parts else title


def _value(text: str, kind: str) -> str:
    """A field for people; an empty or zero one says nothing. What doesn't fit its kind is given as it stands."""
    if not text or kind == "-" or (kind != "h" and not text.strip("0 ")):
        return ""
    if kind == "t":
        return _BLANKS.sub(" ", text)
    if kind == "k":
        return _SCHEMES.get(text, text)
    if not (text.isascii() and text.isdigit()):
        return _BLANKS.sub(" ", text)
    if kind == "a" and len(text) == 15:
        decimals = text[12:14] if text[14] == "0" else text[12:]
        return f"{int(text[:12])},{decimals}"
    if kind == "r" and len(text) == 12:
        return f"{int(text[:4])},{text[4:]}".rstrip("0").rstrip(",")
    if kind == "d":
        return _day(text)
    if kind == "h" and len(text) == 4:
        return f"{text[:2]}:{text[2:]}"
    if kind == "s" and len(text) == 12:
        return f"+++{text[:3]}/{text[3:7]}/{text[7:]}+++"
    return str(int(text)) if kind == "n" else text


def _day(text: str) -> str:
    return f"{text[:2]}/{text[2:4]}/20{text[4:]}" if len(text) == 6 and text.strip("0 ") else ""
