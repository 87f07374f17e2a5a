"""The bakery's suppliers, what they deliver and how each line should be booked."""

from decimal import Decimal

from zelfboeken.demo.numbers import BIC, belgian_iban
from zelfboeken.demo.people import Item, PayHabit, Trader, belgian_party
from zelfboeken.demo.suppliers_abroad import FOREIGN_SUPPLIERS

HALF = Decimal(50)
NONE = Decimal(0)
_RAW6 = "PURCHASE.domestic.6.goods"


def _raw(names: tuple[str, ...], price: tuple[int, int], quantity: tuple[int, int], unit: str = "KGM") -> Item:
    return Item(names, "600000", _RAW6, price, quantity, unit)


def _cost(
    gl_code: str,
    nature: str,
    names: tuple[str, ...],
    price: tuple[int, int],
    quantity: tuple[int, int] = (1, 1),
    unit: str = "C62",
    rate: int = 21,
    deductible: Decimal = Decimal(100),
) -> Item:
    return Item(names, gl_code, f"PURCHASE.domestic.{rate}.{nature}", price, quantity, unit, deductible)


def _belgian(
    n: int,
    key: str,
    name: str,
    where: tuple[str, str, str],
    items: tuple[Item, ...],
    yearly: int,
    lines: tuple[int, int] = (1, 3),
    habit: PayHabit = "STRUCTURED",
    terms: int = 30,
    all_items: bool = False,
    page: bool = False,
    number_form: str = "{year}/{n:04d}",
) -> Trader:
    party = belgian_party(100 + n, name, *where)
    tells = habit in ("STRUCTURED", "DIRECT_DEBIT")
    return Trader(
        key, party, belgian_iban(100 + n), BIC, items, yearly, lines, habit, terms, all_items, page, tells, number_form
    )


SUPPLIERS: tuple[Trader, ...] = (
    _belgian(
        1,
        "molen",
        "Molens Van Damme NV",
        ("Molenkaai 12", "9800", "Deinze"),
        (
            _raw(("Tarwebloem T55 25 kg", "Tarwebloem T55 - zak 25kg", "Patisseriebloem 25 kg"), (62, 74), (200, 500)),
            _raw(("Volkorenmeel 25 kg", "Volkoren tarwemeel zak 25kg"), (70, 84), (75, 200)),
            _raw(("Roggemeel 25 kg", "Roggebloem fijn 25 kg"), (78, 90), (25, 100)),
            _raw(("Meergranenmix 10 kg", "Mix zeven granen 10kg"), (145, 170), (20, 60)),
        ),
        46,
        (1, 3),
        "MONTHLY",
        number_form="VF{yy}{n:05d}",
    ),
    _belgian(
        2,
        "zuivel",
        "Zuivelhoeve De Linde BV",
        ("Lindestraat 4", "9920", "Lievegem"),
        (
            _raw(("Roomboter 82% blok 10 kg", "Boter plaat 2 kg"), (640, 760), (20, 60)),
            _raw(("Volle melk 10 l", "Melk vol bag-in-box 10L"), (95, 120), (40, 120), "LTR"),
            _raw(("Slagroom 35% 5 l", "Room 35% vloeibaar"), (380, 450), (10, 40), "LTR"),
            _raw(("Scharreleieren 30 st", "Eieren M tray 30"), (640, 780), (8, 24), "C62"),
        ),
        40,
        (2, 4),
        page=True,
    ),
    _belgian(
        3,
        "suiker",
        "Sucrerie Delvaux SA",
        ("Chaussée de Namur 88", "5030", "Gembloux"),
        (
            _raw(("Sucre cristallisé 25 kg", "Sucre fin S2 sac 25kg"), (88, 105), (50, 200)),
            _raw(("Sucre impalpable 10 kg", "Sucre glace 10kg"), (130, 155), (10, 40)),
            _raw(("Cassonade brune 5 kg", "Sirop de glucose seau 5kg"), (190, 230), (10, 25)),
        ),
        22,
        (1, 3),
        "NUMBER",
        number_form="FA-{year}-{n:04d}",
    ),
    _belgian(
        4,
        "verpakking",
        "Verpakkingen Claes BV",
        ("Industrieweg 31", "3500", "Hasselt"),
        (
            _cost(
                "601000",
                "goods",
                ("Broodzakken kraft 1000 st", "Papieren broodzak bedrukt"),
                (4200, 5600),
                (2, 8),
                "BX",
            ),
            _cost("601000", "goods", ("Taartdozen 26 cm", "Gebaksdoos 22x22 wit"), (2800, 3900), (1, 6), "BX"),
            _cost(
                "612200", "misc_goods", ("Kassarollen thermisch 80 mm", "Etiketten printer rol"), (1200, 1900), (1, 4)
            ),
        ),
        26,
        (1, 3),
    ),
    _belgian(
        5,
        "groothandel",
        "Groothandel Peeters NV",
        ("Havenlaan 200", "1080", "Sint-Jans-Molenbeek"),
        (
            Item(
                ("Koffiebonen espresso 1 kg", "Thee assortiment doos"),
                "604000",
                "PURCHASE.domestic.6.goods",
                (1150, 1750),
                (4, 15),
            ),
            Item(("Frisdrank blik 24 x 33 cl", "Spuitwater 24 x 25 cl"), "604000", _RAW6, (980, 1480), (4, 20), "CS"),
            _cost(
                "612400",
                "misc_goods",
                ("Bakplaat alu 60x40", "Garde inox 40 cm", "Deegsteker set"),
                (1400, 4200),
                (1, 5),
            ),
            _cost("601000", "goods", ("Ontvetter 10 l", "Afwasmiddel prof 20 l"), (2100, 3800), (1, 3)),
            _cost("612200", "misc_goods", ("Kopieerpapier A4 doos", "Balpennen en mappen"), (1800, 2900), (1, 2)),
        ),
        36,
        (2, 4),
        page=True,
    ),
    _belgian(
        6,
        "energie",
        "Stroomkracht NV",
        ("Kanaaldok 7", "2030", "Antwerpen"),
        (
            _cost(
                "612000",
                "misc_goods",
                ("Elektriciteit voorschot", "Elektriciteit verbruik dag/nacht"),
                (24, 29),
                (3800, 5200),
                "KWH",
            ),
            _cost("612000", "misc_goods", ("Aardgas voorschot", "Aardgas verbruik"), (7, 9), (6000, 9500), "KWH"),
        ),
        12,
        habit="DIRECT_DEBIT",
        terms=20,
        all_items=True,
        page=True,
        number_form="70{yy}{n:06d}",
    ),
    _belgian(
        7,
        "water",
        "Waterbedrijf De Bron",
        ("Bronweg 1", "9000", "Gent"),
        (
            _cost(
                "612000",
                "misc_goods",
                ("Waterverbruik kwartaal", "Drinkwater en sanering"),
                (480, 540),
                (55, 80),
                "MTQ",
                6,
            ),
        ),
        4,
        habit="DIRECT_DEBIT",
        terms=20,
        number_form="W{yy}{n:05d}",
    ),
    _belgian(
        8,
        "telecom",
        "Lijnrecht Telecom NV",
        ("Signaalplein 5", "1000", "Brussel"),
        (
            _cost("612100", "service", ("Abonnement internet zakelijk", "Business Fiber abonnement"), (5490, 5490)),
            _cost("612100", "service", ("Mobiele abonnementen", "Mobiel verbruik 3 nummers"), (5100, 7900)),
        ),
        12,
        habit="DIRECT_DEBIT",
        terms=15,
        all_items=True,
        number_form="60{yy}{n:06d}",
    ),
    _belgian(
        9,
        "lease",
        "Autolease Noord NV",
        ("Ringlaan 90", "2600", "Berchem"),
        (
            _cost(
                "610100",
                "service",
                ("Huur wagen 1-ZBK-026 maand", "Leasing personenwagen 1-ZBK-026"),
                (52900, 52900),
                deductible=HALF,
            ),
            _cost(
                "611100",
                "service",
                ("Onderhoud en banden 1-ZBK-026", "Dienst onderhoud wagen"),
                (4350, 4350),
                deductible=HALF,
            ),
        ),
        12,
        all_items=True,
        number_form="L{year}{n:04d}",
    ),
    _belgian(
        10,
        "tankstation",
        "Tankstation Pompoen BV",
        ("Steenweg 77", "9000", "Gent"),
        (
            _cost(
                "611200",
                "misc_goods",
                ("Diesel B7", "Diesel B7 tankkaart 4471"),
                (118, 136),
                (45, 110),
                "LTR",
                21,
                HALF,
            ),
            _cost("611100", "service", ("Carwash programma 3", "Wassen wagen"), (1240, 1240), deductible=HALF),
        ),
        24,
        (1, 2),
        "NUMBER",
        15,
    ),
    _belgian(
        11,
        "restaurant",
        "Brasserie Het Plein BV",
        ("Plein 3", "9000", "Gent"),
        (
            _cost("615100", "service", ("Maaltijden", "Lunch 3 couverts"), (2200, 3600), (2, 5), "C62", 12, NONE),
            _cost("615100", "service", ("Dranken", "Wijn en water"), (600, 1500), (2, 6), "C62", 21, NONE),
        ),
        16,
        habit="NO_REFERENCE",
        terms=8,
        all_items=True,
    ),
    _belgian(
        12,
        "machinebouw",
        "Machinebouw Oost BV",
        ("Staalstraat 18", "9160", "Lokeren"),
        (
            _cost("611000", "service", ("Herstelling kneedmachine", "Nazicht oven en brander"), (18000, 52000)),
            _cost("612400", "misc_goods", ("Reserveonderdeel V-riem", "Dichting ovendeur"), (2400, 9800), (1, 3)),
            _cost("230000", "investment", ("Spiraalkneder SK80 nieuw", "Deegverdeler DV30 nieuw"), (480000, 920000)),
        ),
        9,
        (1, 2),
        page=True,
    ),
    _belgian(
        13,
        "verzekering",
        "Zeker Verzekeringen NV",
        ("Polisstraat 40", "1030", "Schaarbeek"),
        (
            Item(
                (
                    "Premie polis brand 44.120",
                    "Premie arbeidsongevallen",
                    "Premie BA uitbating",
                    "Premie auto 1-ZBK-026",
                ),
                "613200",
                "PURCHASE.out_of_scope.none.any",
                (28000, 86000),
                printed_category="E",
            ),
        ),
        8,
        (1, 1),
        "STRUCTURED",
    ),
    _belgian(
        14,
        "huur",
        "Immo Rubens BV",
        ("Rubenslaan 10", "9000", "Gent"),
        (
            Item(
                ("Huur handelspand {month}", "Huur bakkerij {month}"),
                "610000",
                "PURCHASE.exempt_art44.0.service",
                (235000, 235000),
                printed_category="E",
            ),
        ),
        12,
        (1, 1),
        "NO_REFERENCE",
        10,
    ),
    _belgian(
        15,
        "accountant",
        "Balans & Co Accountants BV",
        ("Rekenkamer 2", "9000", "Gent"),
        (
            _cost(
                "613000", "service", ("Ereloon boekhouding {month}", "Prestaties accountancy {month}"), (41000, 41000)
            ),
        ),
        12,
        (1, 1),
    ),
    _belgian(
        16,
        "schoonmaak",
        "Blinkend Schoonmaak BV",
        ("Zeepziederij 6", "9040", "Gent"),
        (
            _cost(
                "611000",
                "service",
                ("Schoonmaak winkel en atelier", "Poetsen bakkerij {month}"),
                (2850, 2950),
                (8, 16),
                "HUR",
            ),
        ),
        24,
        (1, 1),
    ),
    _belgian(
        17,
        "afval",
        "Groene Container NV",
        ("Recyclageweg 14", "9042", "Gent"),
        (
            _cost(
                "619000", "service", ("Ophaling restafval container 1100 l", "Lediging restafval"), (2450, 2650), (3, 5)
            ),
            _cost("619000", "service", ("Ophaling papier en karton", "Ophaling PMD zakken"), (900, 1300), (1, 3)),
        ),
        12,
        all_items=True,
    ),
    _belgian(
        18,
        "bouw",
        "Bouwwerken Janssens BV",
        ("Truweelstraat 9", "9050", "Gentbrugge"),
        (
            Item(
                ("Herstelling dak atelier", "Schilderwerken winkel", "Loodgieterij herstelling"),
                "611000",
                "PURCHASE.cocontractor.21.service",
                (38000, 140000),
                printed_category="AE",
            ),
            Item(
                ("Inrichting winkel: nieuwe vloer", "Inrichting winkel: toogwand"),
                "260000",
                "PURCHASE.cocontractor.21.investment",
                (280000, 620000),
                printed_category="AE",
            ),
        ),
        6,
        (1, 2),
        page=True,
    ),
    _belgian(
        19,
        "fotograaf",
        "Foto Annelies (kleine onderneming)",
        ("Lenspad 21", "9031", "Gent"),
        (
            Item(
                ("Fotoreportage gebak", "Productfoto's website"),
                "614000",
                "PURCHASE.no_vat.0.service",
                (22000, 48000),
                printed_category="E",
            ),
        ),
        3,
        (1, 1),
        "NO_REFERENCE",
    ),
    *FOREIGN_SUPPLIERS,
)
