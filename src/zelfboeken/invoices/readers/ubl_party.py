"""Supplier and customer of a UBL document, and the account to pay to (BG-4, BG-7, BG-17)."""

from zelfboeken.belgium import enterprise_number, iban, vat_number
from zelfboeken.belgium.enterprise_number import EnterpriseNumberNotValid
from zelfboeken.belgium.iban import IbanNotValid
from zelfboeken.belgium.vat_number import VatNumberNotValid
from zelfboeken.invoices.readers.model import Party
from zelfboeken.invoices.readers.tree import Node, Reading, cut

_VAT_COUNTRIES = frozenset(
    "AT BE BG CY CZ DE DK EE EL ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI".split()  # noqa: SIM905 - one row of codes
)
_ENTERPRISE_SCHEMES = frozenset({"0208", "9956", "BE:EN", "BE:CBE"})
_VAT_SCHEMES = frozenset({"9925", "BE:VAT"})
_MAX_NUMBER = 50
_ROLES = {"AccountingSupplierParty": ("BR-06", "de leverancier"), "AccountingCustomerParty": ("BR-07", "de klant")}


def account(root: Node, reading: Reading) -> str | None:
    """The first valid IBAN to pay to; an invalid one is a finding and never a value."""
    found: str | None = None
    for node in root.every("PaymentMeans", "PayeeFinancialAccount", "ID"):
        if not node.text:
            continue
        node.used = True
        try:
            found = found or iban.normalise(node.text)
        except IbanNotValid as refusal:
            reading.found("IBAN", "WARNING", node, str(refusal))
    return found


def party(root: Node, role: str, reading: Reading, *, iban: str | None = None) -> Party:
    """The party in this role; missing name and numbers that don't check are findings."""
    node = root.first(role, "Party")
    rule, who = _ROLES[role]
    if node is None:
        reading.found(rule, "WARNING", role, f"De naam van {who} ontbreekt.")
        return Party(iban=iban)
    name = _name(node)
    if name is None:
        reading.found(rule, "WARNING", node, f"De naam van {who} ontbreekt.")
    address = node.first("PostalAddress") or Node("PostalAddress", "")
    country = address.text_at("Country", "IdentificationCode")
    country = country.upper()[:2] if country else None
    endpoint = _endpoint(node)
    vat = _short(_vat(node, country, reading), who, node, reading)
    enterprise = _short(_enterprise(node, country, reading), who, node, reading)
    if endpoint:
        scheme, _, identifier = endpoint.partition(":")
        if vat is None and scheme in _VAT_SCHEMES and vat_number.is_valid(identifier):
            vat = vat_number.parse(identifier)
        if enterprise is None and scheme in _ENTERPRISE_SCHEMES and enterprise_number.is_valid(identifier):
            enterprise = enterprise_number.parse(identifier)
    if vat and vat.startswith("BE") and vat_number.is_valid(vat):
        if enterprise is None or not enterprise_number.is_valid(enterprise):
            enterprise = vat[2:]
        elif enterprise != vat[2:]:
            text = f"Btw-nummer {vat} en ondernemingsnummer {enterprise} van {who} horen niet bij elkaar."
            reading.found("NUMBERS-DIFFER", "WARNING", node, text)
    return Party(
        name=cut(name),
        vat=vat,
        enterprise=enterprise,
        iban=iban,
        country=country,
        street=cut(_street(address)),
        city=cut(address.text_at("CityName")),
        postcode=cut(address.text_at("PostalZone"), 50),
        email=cut(node.text_at("Contact", "ElectronicMail")),
        endpoint=cut(endpoint),
    )


def _short(number: str | None, who: str, node: Node, reading: Reading) -> str | None:
    """The number, unless it is so long that no register ever gave it."""
    if number is None or len(number) <= _MAX_NUMBER:
        return number
    reading.found("PARTY-NUMBER", "WARNING", node, f"Een nummer van {who} is langer dan {_MAX_NUMBER} tekens.")
    return None


def _name(node: Node) -> str | None:
    for path in (("PartyLegalEntity", "RegistrationName"), ("PartyName", "Name"), ("Contact", "Name")):
        name = node.text_at(*path)
        if name:
            return name
    parts = (node.text_at("Person", "FirstName"), node.text_at("Person", "FamilyName"))
    return " ".join(part for part in parts if part) or None


def _street(address: Node) -> str | None:
    street = " ".join(
        part for part in (address.text_at("StreetName"), address.text_at("BuildingNumber")) if part
    ) or address.text_at("AddressLine", "Line")
    extra = address.text_at("AdditionalStreetName")
    return ", ".join(part for part in (street, extra) if part) or None


def _endpoint(node: Node) -> str | None:
    element = node.first("EndpointID")
    if element is None or not element.text:
        return None
    element.used = True
    scheme = element.attribute("schemeID")
    if scheme == "0208" and enterprise_number.is_valid(element.text):
        return f"0208:{enterprise_number.parse(element.text)}"  # real addresses carry BE and dots here
    return f"{scheme}:{element.text}" if scheme else element.text


def _vat(node: Node, country: str | None, reading: Reading) -> str | None:
    """BT-31 or BT-48: normalised when it checks; a foreign or wrong one stays as written."""
    schemes = [scheme for scheme in node.all("PartyTaxScheme") if scheme.first("CompanyID")]
    schemes.sort(key=lambda scheme: (scheme.text_at("TaxScheme", "ID") or "VAT").upper() != "VAT")
    if not schemes:
        return None
    if (schemes[0].text_at("TaxScheme", "ID") or "VAT").upper() not in ("VAT", "BTW", "TVA"):
        return None  # a local tax registration (BT-32) is no VAT number
    written = schemes[0].text_at("CompanyID")
    if written is None:
        return None
    plain = "".join(written.split()).upper()
    has_prefix = plain[:2].isalpha()
    if not has_prefix and country in _VAT_COUNTRIES:
        plain = country + plain
    if has_prefix and plain[:2] not in _VAT_COUNTRIES and not plain.startswith(("BTW", "TVA", "VAT")):
        return plain
    try:
        return vat_number.parse(plain)
    except VatNumberNotValid as refusal:
        at = schemes[0].first("CompanyID") or node
        reading.found("VAT-NUMBER", "WARNING", at, str(refusal))
        return "".join(written.split()).upper()


def _enterprise(node: Node, country: str | None, reading: Reading) -> str | None:
    """BT-30 or BT-47: ten digits for a Belgian number, tolerant of a BE in front; a foreign one as written."""
    element = node.first("PartyLegalEntity", "CompanyID")
    if element is None or not element.text:
        return None
    element.used = True
    scheme = element.attribute("schemeID")
    if country != "BE" and scheme not in _ENTERPRISE_SCHEMES and not element.text.upper().startswith("BE"):
        return element.text
    try:
        return enterprise_number.parse(element.text)
    except EnterpriseNumberNotValid as refusal:
        # A Belgian company may also give a number of another register here, such as a GLN.
        if scheme is None or scheme in _ENTERPRISE_SCHEMES:
            reading.found("PEPPOL-COMMON-R043", "WARNING", element, str(refusal))
        return element.text
