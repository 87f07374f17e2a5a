"""The bakery itself and its forty customers."""

from decimal import Decimal

from zelfboeken.demo.numbers import BIC, belgian_iban, french_iban, iban
from zelfboeken.demo.people import Item, PayHabit, Trader, belgian_party, foreign_party
from zelfboeken.invoices.writers.ubl import UblParty

BAKERY: UblParty = belgian_party(1, "Bakkerij Voorbeeld BV", "Broodstraat 1", "9000", "Gent")
CURRENT_IBAN = belgian_iban(1)
SAVINGS_IBAN = belgian_iban(2)


def _sale(
    gl_code: str,
    code: str,
    names: tuple[str, ...],
    price: tuple[int, int],
    quantity: tuple[int, int],
    category: str = "S",
    unit: str = "C62",
) -> Item:
    return Item(names, gl_code, f"SALE.{code}", price, quantity, unit, Decimal(100), category)


_BREAD = (
    _sale(
        "700000",
        "domestic.6.any",
        ("Tarwebrood 800 g", "Wit brood groot", "Volkorenbrood 800 g"),
        (225, 275),
        (250, 700),
    ),
    _sale(
        "700000",
        "domestic.6.any",
        ("Pistolets en sandwiches", "Kaiserbroodjes", "Mini-sandwiches"),
        (38, 52),
        (700, 2000),
    ),
    _sale(
        "700000", "domestic.6.any", ("Boterkoeken assortiment", "Croissants", "Chocoladekoeken"), (95, 125), (300, 900)
    ),
    _sale("700000", "domestic.6.any", ("Vlaai 28 cm", "Fruittaart 10 personen"), (1350, 2250), (6, 24)),
)
_CATERING = (
    _sale(
        "701000",
        "domestic.12.any",
        ("Ontbijtbuffet ter plaatse", "Broodjeslunch met bediening"),
        (1650, 2450),
        (25, 80),
    ),
    _sale("701000", "domestic.21.any", ("Dranken bij buffet", "Wijn en frisdrank receptie"), (420, 680), (25, 80)),
)
_FULL_RATE = (
    _sale(
        "701000", "domestic.21.any", ("Workshop brood bakken", "Demonstratie desem"), (14500, 22000), (4, 9), "S", "HUR"
    ),
    _sale("700000", "domestic.21.any", ("Geschenkmand met schaal", "Bedrukte taartschaal"), (2900, 4800), (10, 40)),
)

_BREAD_BUYERS = (
    ("Hotel De Gouden Leeuw BV", "Korenmarkt 4", "9000", "Gent"),
    ("Woonzorgcentrum Avondrust VZW", "Parklaan 50", "9050", "Gentbrugge"),
    ("Basisschool De Wingerd VZW", "Schoolstraat 3", "9040", "Gent"),
    ("Buurtwinkel Marie-Jeanne", "Dorp 12", "9880", "Aalter"),
    ("Superette Het Hoekje BV", "Stationsplein 9", "9800", "Deinze"),
    ("Ziekenhuis Sint-Voorbeeld VZW", "Kliniekweg 1", "9000", "Gent"),
    ("Café De Kruimel", "Markt 2", "2000", "Antwerpen"),
    ("Brasserie Le Bon Pain SRL", "Rue Haute 18", "1000", "Bruxelles"),
    ("Camping Het Zilte BV", "Duinweg 77", "8400", "Oostende"),
    ("Voetbalclub KV Deeg VZW", "Sportlaan 8", "9031", "Gent"),
    ("Broodjeszaak Lunchtijd BV", "Kouter 30", "9000", "Gent"),
    ("Tearoom Suikerbol BV", "Zeedijk 101", "8300", "Knokke-Heist"),
    ("Groot Restaurant Plaza NV", "Kuiperskaai 60", "9000", "Gent"),
    ("Studentenhuis Pedel VZW", "Blandijn 2", "9000", "Gent"),
    ("Kinderopvang Bolleke VZW", "Speelplein 5", "9041", "Gent"),
    ("Kantine Staalwerf NV", "Havenweg 300", "9042", "Gent"),
    ("Delicatessen Van Hoecke BV", "Dorpsstraat 66", "9830", "Sint-Martens-Latem"),
)
_CATERING_BUYERS = (
    ("Notariaat Zegel & Lak BV", "Coupure 200", "9000", "Gent"),
    ("Eventbureau Confetti BV", "Dok-Zuid 3", "9000", "Gent"),
    ("Stad Voorbeeldgem", "Stadhuisplein 1", "9900", "Eeklo"),
    ("Bank van Kruimels NV", "Geldmunt 9", "9000", "Gent"),
    ("Architecten Lijn & Vlak BV", "Visserij 44", "9000", "Gent"),
    ("Drukkerij Inktvis BV", "Persstraat 17", "9050", "Ledeberg"),
)
_FULL_RATE_BUYERS = (
    ("Teambuilding Samen BV", "Bosweg 12", "9830", "Sint-Martens-Latem"),
    ("Kookschool Pollepel BV", "Lepelstraat 8", "9000", "Gent"),
    ("Geschenkenhuis Strik BV", "Veldstraat 99", "9000", "Gent"),
    ("Verzekeringskantoor Paraplu BV", "Regenstraat 2", "9060", "Zelzate"),
    ("Hogeschool Voorbeeld VZW", "Campuslaan 1", "9000", "Gent"),
)


def _belgian(
    n: int,
    party: tuple[str, str, str, str],
    items: tuple[Item, ...],
    yearly: int,
    habit: PayHabit,
    lines: tuple[int, int] = (1, 3),
    terms: int = 30,
    all_items: bool = False,
) -> Trader:
    return Trader(
        f"klant{n:02d}",
        belgian_party(200 + n, *party),
        belgian_iban(200 + n),
        BIC,
        items,
        yearly,
        lines,
        habit,
        terms,
        all_items,
    )


def _abroad(n: int, party: UblParty, account: str | None, items: tuple[Item, ...], yearly: int) -> Trader:
    return Trader(f"klant{n:02d}", party, account, "ZELFEUXX" if account else None, items, yearly, (1, 2), "NUMBER", 30)


_HABITS: tuple[PayHabit, ...] = (
    "STRUCTURED",
    "BATCH",
    "STRUCTURED",
    "NUMBER",
    "MONTHLY",
    "STRUCTURED",
    "BATCH",
    "NO_REFERENCE",
)


def _bread_bills(n: int) -> int:
    """Bills a year: who pays once a month gets one or two a month."""
    if _HABITS[n % len(_HABITS)] == "MONTHLY":
        return 20
    return 7 if n < 12 else 6


_DOMESTIC: tuple[Trader, ...] = (
    *(
        _belgian(n, party, _BREAD, _bread_bills(n), _HABITS[n % len(_HABITS)], terms=15 if n % 3 == 0 else 30)
        for n, party in enumerate(_BREAD_BUYERS)
    ),
    *(
        _belgian(20 + n, party, _CATERING, 6, "STRUCTURED" if n % 3 else "NUMBER", all_items=True)
        for n, party in enumerate(_CATERING_BUYERS)
    ),
    *(
        _belgian(30 + n, party, _FULL_RATE, 6, "STRUCTURED" if n % 2 else "NO_REFERENCE", (1, 2))
        for n, party in enumerate(_FULL_RATE_BUYERS)
    ),
)

_EU_GOODS = (
    _sale(
        "703000",
        "ic_goods.0.goods",
        ("Speculoos dozen 5 kg", "Diepvriescroissants doos", "Suikerwafels doos 60 st"),
        (2200, 3400),
        (20, 70),
        "K",
    ),
)

_SPECIAL: tuple[Trader, ...] = (
    _abroad(
        40,
        foreign_party("Bakkersgroothandel Zeeland B.V.", "Deltaweg 5", "4401 AA", "Goes", "NL", "NL999900043B01"),
        iban("NL", "ZELF0999000440"),
        _EU_GOODS,
        6,
    ),
    _abroad(
        41,
        foreign_party("Épicerie du Nord SARL", "Rue de la Gare 9", "59100", "Roubaix", "FR", "FR55999900038"),
        french_iban(441),
        _EU_GOODS,
        6,
    ),
    _abroad(
        42,
        foreign_party("Konditorei Beispiel GmbH", "Domplatz 2", "52062", "Aachen", "DE", "DE999990019"),
        iban("DE", "999900000000000442"),
        _EU_GOODS,
        4,
    ),
    _abroad(
        43,
        foreign_party("École de Boulangerie SA", "Avenue du Pain 7", "1999", "Luxembourg", "LU", "LU99990074"),
        iban("LU", "9990000000000443"),
        (
            _sale(
                "701000",
                "ic_service.0.service",
                ("Formation pain au levain", "Conseil recettes"),
                (38000, 52000),
                (1, 3),
                "AE",
                "DAY",
            ),
        ),
        5,
    ),
    _abroad(
        44,
        foreign_party("Broodacademie B.V.", "Korenbeurs 1", "3011 AA", "Rotterdam", "NL", "NL999900055B01"),
        iban("NL", "ZELF0999000444"),
        (
            _sale(
                "701000",
                "ic_service.0.service",
                ("Advies receptuur", "Opleiding bakkers"),
                (36000, 48000),
                (1, 3),
                "AE",
                "DAY",
            ),
        ),
        5,
    ),
    _abroad(
        45,
        foreign_party("London Waffle Company Ltd", "9 Example Lane", "E1 9XX", "London", "GB", "GB999900002"),
        iban("GB", "ZELF99999900000445"),
        (
            _sale(
                "704000",
                "export_goods.0.goods",
                ("Liège waffles 60 pcs", "Speculoos box 5 kg"),
                (2400, 3600),
                (20, 60),
                "G",
            ),
        ),
        5,
    ),
    _abroad(
        46,
        foreign_party("Confiserie Muster AG", "Seestrasse 46", "8002", "Zürich", "CH", "CHE999990015"),
        iban("CH", "99999000000000546"),
        (
            _sale(
                "704000",
                "export_goods.0.goods",
                ("Suikerwafels karton", "Speculoos karton"),
                (2600, 3800),
                (15, 50),
                "G",
            ),
        ),
        4,
    ),
    _abroad(
        47,
        foreign_party("Sourdough Consulting Inc.", "1 Example Plaza", "10099", "New York", "US", None),
        None,
        (
            _sale(
                "701000", "service_non_eu.0.service", ("Recipe consulting online",), (45000, 60000), (1, 2), "O", "DAY"
            ),
        ),
        3,
    ),
    _belgian(
        48,
        ("Winkelbouw Plank BV", "Zagerij 4", "9160", "Lokeren"),
        (
            _sale(
                "702000",
                "cocontractor.0.any",
                ("Plaatsing vaste broodrekken", "Inbouw ovenkast in winkel"),
                (65000, 140000),
                (1, 3),
                "AE",
            ),
        ),
        5,
        "STRUCTURED",
        (1, 1),
    ),
    _belgian(
        49,
        ("Aannemingen Mortel NV", "Bouwkaai 20", "9000", "Gent"),
        (_sale("702000", "cocontractor.0.any", ("Afbraak en plaatsing toog",), (80000, 160000), (1, 2), "AE"),),
        3,
        "STRUCTURED",
        (1, 1),
    ),
    _belgian(
        50,
        ("Persverdeling Letter BV", "Drukpers 1", "1020", "Brussel"),
        (
            _sale(
                "700000",
                "zero_rate.0.any",
                ("Bakkersblad weekblad losse nummers", "Dagbladen retour"),
                (180, 240),
                (60, 150),
                "Z",
            ),
        ),
        5,
        "NUMBER",
        (1, 1),
    ),
    _belgian(
        51,
        ("Europese Instelling Voorbeeld", "Wetstraat 999", "1049", "Brussel"),
        (
            _sale(
                "701000",
                "other_exempt_with_deduction.0.any",
                ("Ontbijtvergadering vrijgesteld art. 42", "Lunch delegatie vrijgesteld art. 42"),
                (1800, 2600),
                (30, 70),
                "E",
            ),
        ),
        4,
        "STRUCTURED",
        (1, 1),
    ),
)

CUSTOMERS: tuple[Trader, ...] = (*_DOMESTIC, *_SPECIAL)
