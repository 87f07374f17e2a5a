"""Which VAT kind a purchase or a sale is, with the reasons a person reads.

Chapters 2.3 and 5.1 ("Incoming") of the Belgian rules. ``certain`` is said only when the document leaves no choice;
where the rate is the buyer's own choice (reverse charge) or the category has two meanings, a person decides.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from zelfboeken.money.texts import percent_text
from zelfboeken.vat.codes import Side, all_codes, find

STANDARD_RATE = Decimal(21)
BELGIAN_RATES = frozenset({Decimal(21), Decimal(12), Decimal(6)})
EU_COUNTRIES = frozenset(
    {"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU"}
    | {"LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "XI"}
)
"""Two-letter codes of the member states; Greece in both its codes, XI for goods of Northern Ireland."""

_MARGIN_CODES = frozenset({"VATEX-EU-F", "VATEX-EU-I", "VATEX-EU-J", "VATEX-EU-D"})
_SMALL_ENTERPRISE_WORDS = ("kleine ondern", "petites entrep", "franchise", "56bis")
_NATURE_BY_PREFIX = (
    ("28", "none"),
    ("2", "investment"),
    ("3", "goods"),
    ("602", "service"),
    ("603", "service"),
    ("60", "goods"),
    ("6112", "misc_goods"),
    ("6120", "misc_goods"),
    ("6122", "misc_goods"),
    ("6124", "misc_goods"),
    ("6152", "misc_goods"),
    ("6132", "exempt"),
    ("618", "none"),
    ("61", "service"),
    ("623", "service"),
    ("62", "none"),
    ("630", "none"),
    ("643", "service"),
    ("64", "none"),
    ("6571", "service"),
    ("65", "exempt"),
    ("700", "goods"),
    ("703", "goods"),
    ("704", "goods"),
    ("70", "service"),
)


class Regime(StrEnum):
    """The administration's own VAT regime (chapter 2.2)."""

    PERIODIC = "PERIODIC"
    FRANCHISE = "FRANCHISE"
    EXEMPT = "EXEMPT"


@dataclass(frozen=True, slots=True)
class PurchaseFacts:
    """What a supplier's document says. Countries are two letters; the VAT country is the prefix of his VAT number."""

    category: str | None
    percent: Decimal | None
    supplier_country: str | None = None
    supplier_vat_country: str | None = None
    nature: str = "service"
    exemption_code: str | None = None
    exemption_reason: str | None = None
    is_import_document: bool = False
    has_import_licence: bool = False


@dataclass(frozen=True, slots=True)
class SaleFacts:
    """What we know of a sale; ``category`` is None for an invoice that is still being made here.

    ``customer_vat_country`` is the prefix of a VAT number that was checked; None when there is none or it is wrong.
    ``is_cocontractor_work`` is work on immovable property for a customer who files periodic returns.
    """

    category: str | None
    percent: Decimal | None
    customer_country: str | None = None
    customer_vat_country: str | None = None
    nature: str = "service"
    exemption_code: str | None = None
    regime: Regime = Regime.PERIODIC
    is_cocontractor_work: bool = False


@dataclass(frozen=True, slots=True)
class VatDecision:
    """A kind and a rate, why, and whether the document left no other choice. ``code`` is the VAT code's own name."""

    code: str
    kind: str
    rate: Decimal | None
    nature: str
    reasons: tuple[str, ...]
    certain: bool


def nature_of(gl_code: str) -> str:
    """goods, service, misc_goods, investment, exempt or none, by the account (chapter 2.3 and the starter chart).

    A guarantee (28), wages (62) and taxes (64) are none: no VAT belongs there. Insurance and interest are exempt.
    """
    return next((nature for prefix, nature in _NATURE_BY_PREFIX if gl_code.startswith(prefix)), "none")


def code_for_account(code: str, *, before: str, after: str) -> str:
    """The VAT code of a line whose account was changed: of the same kind and rate, with the nature of the new account.

    A code that did not have the nature of the old account was chosen on purpose and stays, as does one that the table
    does not know for the new nature.
    """
    known = all_codes().get(code)
    nature = nature_of(after)
    if known is None or known.nature != nature_of(before) or nature == known.nature:
        return code
    return next(
        (
            other.code
            for other in all_codes().values()
            if (other.side, other.kind, other.rate, other.nature) == (known.side, known.kind, known.rate, nature)
        ),
        code,
    )


def decide_purchase(facts: PurchaseFacts) -> VatDecision:
    """The VAT kind of a purchase line by its category, rate, the supplier's countries and the line's nature."""
    origin = _country(facts.supplier_vat_country) or _country(facts.supplier_country)
    if facts.is_import_document:
        if facts.has_import_licence:
            reason = "Invoerdocument met vergunning ET14000: de btw wordt verlegd naar de aangifte."
            return _purchase(
                "import_deferred", facts.percent or STANDARD_RATE, _goods(facts.nature), reason, certain=True
            )
        reason = "Invoerdocument zonder vergunning: de btw is aan de douane of de expediteur betaald."
        return _purchase("import_customs", facts.percent or STANDARD_RATE, _goods(facts.nature), reason, certain=True)
    category = facts.category or ("S" if facts.percent else None)
    if category == "S" and facts.percent:
        return _charged_purchase(facts, facts.percent, origin)
    if category == "AE":
        return _reverse_charged_purchase(facts, origin)
    if category == "K":
        reason = "De leverancier factureert een intracommunautaire levering (categorie K): je rekent de btw zelf aan."
        return _purchase("ic_goods", STANDARD_RATE, _goods(facts.nature), reason, _OWN_RATE, certain=False)
    if category == "G" or (origin and origin not in EU_COUNTRIES):
        return _purchase_from_outside(facts, origin)
    if category == "E":
        return _exempt_purchase(facts, origin)
    if category in ("Z", "S") and origin in ("BE", None):
        reason = "De leverancier rekent het nultarief aan: er is geen btw."
        return _purchase("no_vat", Decimal(0), facts.nature, reason, certain=category == "Z" and origin == "BE")
    if origin and origin != "BE":
        reason = f"De leverancier uit {origin} rekent geen btw aan: waarschijnlijk een intracommunautaire aankoop."
        kind = "ic_goods" if facts.nature in ("goods", "misc_goods") else "ic_service"
        return _purchase(kind, STANDARD_RATE, facts.nature, reason, _OWN_RATE, certain=False)
    if category == "O" and facts.nature == "none":
        reason = "De leverancier zet dit buiten de btw (categorie O)."
        return _purchase("out_of_scope", None, facts.nature, reason, certain=False)
    reason = "Er staat geen btw op: controleer of de leverancier terecht geen btw aanrekent."
    return _purchase("no_vat", Decimal(0), facts.nature, reason, certain=False)


def decide_sale(facts: SaleFacts) -> VatDecision:
    """The VAT kind of a sales line: by its category when the invoice exists, else by customer and nature."""
    if facts.regime is Regime.FRANCHISE:
        reason = "Je valt onder de vrijstellingsregeling voor kleine ondernemingen: je rekent geen btw aan."
        return _sale("franchise", Decimal(0), facts.nature, reason, certain=not facts.percent)
    customer = _country(facts.customer_vat_country) or _country(facts.customer_country)
    if facts.category:
        return _sale_by_category(facts, facts.category, customer)
    if facts.regime is Regime.EXEMPT:
        return _sale(
            "exempt_art44", Decimal(0), facts.nature, "Je activiteit is vrijgesteld (artikel 44).", certain=True
        )
    is_goods = facts.nature in ("goods", "misc_goods", "investment")
    rate = STANDARD_RATE if facts.percent is None else facts.percent
    if facts.is_cocontractor_work and facts.customer_vat_country == "BE":
        reason = "Werk in onroerende staat voor een Belgische klant met periodieke aangifte: btw verlegd."
        return _sale("cocontractor", Decimal(0), facts.nature, reason, certain=True)
    if customer in ("BE", None):
        if not rate:
            return _sale("zero_rate", Decimal(0), facts.nature, "Belgische verkoop tegen nultarief.", certain=False)
        return _sale(
            "domestic", rate, facts.nature, f"Belgische verkoop aan {percent_text(rate)}.", certain=bool(customer)
        )
    if customer in EU_COUNTRIES:
        if not facts.customer_vat_country:
            reason = f"De klant uit {customer} heeft geen geldig btw-nummer: Belgische btw, tenzij je OSS gebruikt."
            return _sale("domestic", rate or STANDARD_RATE, facts.nature, reason, certain=False)
        kind = "ic_goods" if is_goods else "ic_service"
        why = "vrijgestelde levering" if is_goods else "btw verlegd"
        reason = f"De klant heeft een geldig btw-nummer in {customer}: {why}."
        return _sale(kind, Decimal(0), "goods" if is_goods else "service", reason, certain=True)
    kind = "export_goods" if is_goods else "service_non_eu"
    reason = f"De klant zit buiten de EU ({customer}): {'uitvoer' if is_goods else 'de dienst is er belast'}."
    return _sale(kind, Decimal(0), "goods" if is_goods else "service", reason, certain=is_goods)


_OWN_RATE = "Het tarief kies je zelf; 21 % is het gewone."


def _charged_purchase(facts: PurchaseFacts, percent: Decimal, origin: str | None) -> VatDecision:
    if origin not in ("BE", None):
        reason = f"De leverancier uit {origin} rekent {percent_text(percent)} aan: dat is buitenlandse btw."
        return _purchase("foreign_vat", None, facts.nature, reason, certain=False)
    if percent not in BELGIAN_RATES:
        reason = f"{percent_text(percent)} is geen Belgisch tarief: kijk na of dit buitenlandse btw is."
        return _purchase("foreign_vat", None, facts.nature, reason, certain=False)
    if not _country(facts.supplier_vat_country):
        reason = f"Er staat {percent_text(percent)} btw op, maar geen btw-nummer van de leverancier."
        return _purchase("domestic", percent, facts.nature, reason, certain=False)
    reason = f"Belgische leverancier die {percent_text(percent)} btw aanrekent."
    return _purchase("domestic", percent, facts.nature, reason, certain=True)


def _reverse_charged_purchase(facts: PurchaseFacts, origin: str | None) -> VatDecision:
    if origin in ("BE", None):
        reason = "Belgische leverancier met verlegde btw (categorie AE): medecontractant, je rekent de btw zelf aan."
        return _purchase("cocontractor", STANDARD_RATE, facts.nature, reason, _OWN_RATE, certain=False)
    if origin in EU_COUNTRIES:
        reason = f"Leverancier uit {origin} met verlegde btw (categorie AE): intracommunautaire dienst."
        return _purchase("ic_service", STANDARD_RATE, facts.nature, reason, _OWN_RATE, certain=False)
    reason = f"Leverancier van buiten de EU ({origin}) met verlegde btw: je rekent de btw zelf aan."
    return _purchase("non_eu_service", STANDARD_RATE, facts.nature, reason, _OWN_RATE, certain=False)


def _purchase_from_outside(facts: PurchaseFacts, origin: str | None) -> VatDecision:
    if facts.nature in ("goods", "misc_goods", "investment") or facts.category == "G":
        # Pattern 8: the supplier's invoice is cost alone, the VAT and the grids come with the customs document.
        reason = "Goederen van buiten de EU: de btw en de roosters komen met het invoerdocument."
        return _purchase("out_of_scope", None, facts.nature, reason, certain=False)
    reason = f"Dienst van een leverancier buiten de EU ({origin}): je rekent de btw zelf aan."
    return _purchase("non_eu_service", STANDARD_RATE, facts.nature, reason, _OWN_RATE, certain=False)


def _exempt_purchase(facts: PurchaseFacts, origin: str | None) -> VatDecision:
    text = (facts.exemption_reason or "").lower()
    if facts.exemption_code in _MARGIN_CODES:
        reason = "De leverancier past de margeregeling toe: geen aftrek, de volle prijs is kost."
        return _purchase("margin_goods", Decimal(0), "goods", reason, certain=False)
    if any(word in text for word in _SMALL_ENTERPRISE_WORDS):
        reason = "De leverancier is een kleine onderneming met vrijstelling: hij rekent geen btw aan."
        return _purchase("no_vat", Decimal(0), facts.nature, reason, certain=origin == "BE")
    if facts.nature == "exempt" or facts.exemption_code == "VATEX-EU-132" or "44" in text:
        reason = "Vrijgesteld volgens artikel 44: er is geen btw."
        return _purchase("exempt_art44", Decimal(0), "service", reason, certain=False)
    reason = "De leverancier zegt dat dit vrijgesteld is (categorie E): controleer de reden."
    return _purchase("no_vat", Decimal(0), facts.nature, reason, certain=False)


def _sale_by_category(facts: SaleFacts, category: str, customer: str | None) -> VatDecision:
    if category == "S" and facts.percent in BELGIAN_RATES:
        reason = f"De factuur rekent {percent_text(facts.percent or STANDARD_RATE)} btw aan."
        return _sale("domestic", facts.percent, facts.nature, reason, certain=True)
    if category == "AE":
        if customer in ("BE", None):
            reason = "Btw verlegd naar een Belgische klant: medecontractant."
            return _sale("cocontractor", Decimal(0), facts.nature, reason, certain=customer == "BE")
        inside = customer in EU_COUNTRIES
        why = "intracommunautaire dienst" if inside else "dienst buiten de EU"
        reason = f"Btw verlegd naar een klant in {customer}: {why}."
        return _sale("ic_service" if inside else "service_non_eu", Decimal(0), "service", reason, certain=inside)
    if category == "K":
        reason = "Vrijgestelde intracommunautaire levering (categorie K)."
        return _sale("ic_goods", Decimal(0), "goods", reason, certain=customer in EU_COUNTRIES and customer != "BE")
    if category == "G":
        return _sale(
            "export_goods", Decimal(0), "goods", "Uitvoer (categorie G).", certain=customer not in EU_COUNTRIES
        )
    if category == "Z":
        return _sale("zero_rate", Decimal(0), facts.nature, "Nultarief (categorie Z).", certain=customer == "BE")
    if category == "E" and facts.exemption_code in _MARGIN_CODES:
        return _sale("margin", STANDARD_RATE, "goods", "Margeregeling: boek dit met een diverse post.", certain=False)
    if category == "E" and (facts.exemption_code == "VATEX-EU-132" or facts.regime is Regime.EXEMPT):
        return _sale("exempt_art44", Decimal(0), facts.nature, "Vrijgesteld (artikel 44).", certain=True)
    if category == "E":
        reason = "Vrijgesteld om een andere reden dan artikel 44: controleer de reden."
        return _sale("other_exempt_with_deduction", Decimal(0), facts.nature, reason, certain=False)
    if customer and customer not in EU_COUNTRIES:
        reason = f"Buiten de btw, klant buiten de EU ({customer}): dienst buiten de EU."
        return _sale("service_non_eu", Decimal(0), "service", reason, certain=False)
    reason = "De factuur rekent geen Belgische btw aan: waarschijnlijk een handeling in het buitenland."
    return _sale("other_abroad", Decimal(0), facts.nature, reason, certain=False)


def _purchase(kind: str, rate: Decimal | None, nature: str, *reasons: str, certain: bool) -> VatDecision:
    if kind in ("ic_service", "non_eu_service"):
        nature = nature if nature == "investment" else "service"
    elif kind in ("ic_goods", "import_deferred", "import_customs"):
        nature = _goods(nature)
    elif nature in ("exempt", "none"):
        nature = "service"
    found = find(Side.PURCHASE, kind, rate, nature)
    return VatDecision(found.code, kind, found.rate, found.nature, reasons, certain)


def _sale(kind: str, rate: Decimal | None, nature: str, *reasons: str, certain: bool) -> VatDecision:
    found = find(Side.SALE, kind, rate, nature)
    return VatDecision(found.code, kind, found.rate, found.nature, reasons, certain)


def _goods(nature: str) -> str:
    return nature if nature in ("goods", "misc_goods", "investment") else "misc_goods"


def _country(code: str | None) -> str | None:
    return code.strip().upper() or None if code else None
