"""What the bank shows beside bills: wages, social security, taxes, loan, bank costs, interest, private."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from zelfboeken.demo.coda_file import CodaMovement
from zelfboeken.demo.days import MONTHS, on_or_after
from zelfboeken.demo.ledger import VAT_BACK, VAT_DUE, lines_for_document, signed
from zelfboeken.demo.numbers import BIC, belgian_iban, structured_communication
from zelfboeken.demo.payments import CARD, DEBITED, PAID_IN, PAID_OUT, Payment
from zelfboeken.demo.truth import DemoDocument, DemoEntry, GLAmount, LineTruth
from zelfboeken.money import percent_of

RSZ_PERCENT = Decimal("13.07")
EMPLOYER_PERCENT = Decimal(25)
TAX_PERCENT = Decimal(14)


@dataclass(frozen=True, slots=True)
class Employee:
    """Someone on the payroll; gross a month in cents."""

    name: str
    iban: str
    gross_cents: int

    @property
    def social_cents(self) -> int:
        """The employee's own social security."""
        return percent_of(self.gross_cents, RSZ_PERCENT)

    @property
    def tax_cents(self) -> int:
        """Payroll withholding tax, on the gross less social security."""
        return percent_of(self.gross_cents - self.social_cents, TAX_PERCENT)

    @property
    def net_cents(self) -> int:
        """What arrives on the account."""
        return self.gross_cents - self.social_cents - self.tax_cents


EMPLOYEES = (
    Employee("DE MEYER ILSE", belgian_iban(401), 262_000),
    Employee("EL AMRANI YOUSSEF", belgian_iban(402), 247_500),
    Employee("DUBOIS CHLOE", belgian_iban(403), 158_000),
)
_MONTH_GROSS = sum(employee.gross_cents for employee in EMPLOYEES)
_MONTH_EMPLOYER = percent_of(_MONTH_GROSS, EMPLOYER_PERCENT)
MONTH_SOCIAL_CENTS = sum(employee.social_cents for employee in EMPLOYEES) + _MONTH_EMPLOYER
MONTH_TAX_CENTS = sum(employee.tax_cents for employee in EMPLOYEES)
OPENING_VAT_CENTS = 312_455
LOAN_CENTS = 9_600_000
DEPRECIATION_CENTS = 480_000
_LOAN_PAYMENT_CENTS = 185_000
_LOAN_PERCENT = Decimal("4.2")


def wage_entries(year: int, days: tuple[date, ...]) -> list[DemoEntry]:
    """The payroll of each month (pattern 25)."""
    net = sum(employee.net_cents for employee in EMPLOYEES)
    lines = (
        GLAmount("620300", debit_cents=_MONTH_GROSS),
        GLAmount("621000", debit_cents=_MONTH_EMPLOYER),
        GLAmount("454000", credit_cents=MONTH_SOCIAL_CENTS),
        GLAmount("453000", credit_cents=MONTH_TAX_CENTS),
        GLAmount("455000", credit_cents=net),
    )
    return [
        DemoEntry("WAGES", _last_day(year, month, days), f"Lonen {MONTHS['nl'][month - 1]} {year}", lines)
        for month in range(1, 13)
    ]


def vat_closes(year: int, documents: Iterable[DemoDocument]) -> list[DemoEntry]:
    """The VAT accounts of each quarter brought to one balance, to pay or to receive (pattern 23)."""
    quarters: list[dict[str, int]] = [{}, {}, {}, {}]
    for document in documents:
        sums = quarters[(document.issued_on.month - 1) // 3]
        for line in lines_for_document(document.truth):
            if line.gl_code in VAT_DUE + VAT_BACK:
                sums[line.gl_code] = sums.get(line.gl_code, 0) + line.debit_cents - line.credit_cents
    entries = []
    for quarter, sums in enumerate(quarters, start=1):
        rest = sum(sums.values())
        account = "411900" if rest > 0 else "451900"
        lines = [signed(code, -cents) for code, cents in sorted(sums.items()) if cents]
        last = date(year, quarter * 3, 31 if quarter in (1, 4) else 30)
        entries.append(DemoEntry("VAT_CLOSE", last, f"Btw kwartaal {quarter}", (*lines, signed(account, rest))))
    return entries


def household(year: int, days: tuple[date, ...], closes: Iterable[DemoEntry]) -> list[Payment]:
    """Every movement of the year that pays no bill, but for the transfers between the own accounts."""
    payments: list[Payment] = []
    for month in range(1, 13):
        payments += _month(year, month, days)
    payments += _quarters(year, days)
    payments += _vat_payments(year, days, closes)
    return payments


def _book(
    on: date | None,
    how: str,
    cents: int,
    gl_lines: tuple[GLAmount, ...],
    name: str,
    iban: str | None,
    text: str = "",
    structured: str | None = None,
    code: str | None = None,
    bank: str = "550000",
) -> list[Payment]:
    if on is None:
        return []
    movement = CodaMovement(
        on,
        cents,
        name,
        iban,
        BIC if iban else None,
        text,
        structured,
        code or (PAID_OUT if cents < 0 else PAID_IN),
        mandate="MAND-KREDIET-01" if how == "LOAN" else None,
    )
    return [Payment(bank, movement, LineTruth("BOOK", how, cents, gl_lines=gl_lines))]


def _out(gl_code: str, cents: int) -> tuple[GLAmount, ...]:
    return (GLAmount(gl_code, debit_cents=cents),)


def _last_day(year: int, month: int, days: tuple[date, ...]) -> date:
    return max(day for day in days if day.month == month and day.year == year)


def _month(year: int, month: int, days: tuple[date, ...]) -> list[Payment]:
    name = MONTHS["nl"][month - 1]
    payments: list[Payment] = []
    for employee in EMPLOYEES:
        net = employee.net_cents
        text = f"LOON {name} {year}"
        paid = _last_day(year, month, days)
        payments += _book(paid, "WAGES", -net, _out("455000", net), employee.name, employee.iban, text)
    tax = MONTH_TAX_CENTS
    office = belgian_iban(410)
    before = MONTHS["nl"][month - 2]
    structured = structured_communication(4_530_000_000 + month)
    on = on_or_after(date(year, month, 15), days)
    payments += _book(
        on,
        "WITHHOLDING_TAX",
        -tax,
        _out("453000", tax),
        "FOD FINANCIEN BEDRIJFSVOORHEFFING",
        office,
        before,
        structured,
    )
    rest = LOAN_CENTS
    interest = capital = 0
    for _ in range(month):
        interest = percent_of(rest, _LOAN_PERCENT / 12)
        capital = _LOAN_PAYMENT_CENTS - interest
        rest -= capital
    lines = (GLAmount("173000", debit_cents=capital), GLAmount("650000", debit_cents=interest))
    text = f"KREDIET 999-0042 KAPITAAL {capital / 100:.2f} INTEREST {interest / 100:.2f}"
    on = on_or_after(date(year, month, 5), days)
    payments += _book(
        on, "LOAN", -_LOAN_PAYMENT_CENTS, lines, "ZELFBANK KREDIETEN", belgian_iban(411), text, None, DEBITED
    )
    on = on_or_after(date(year, month, 2), days)
    payments += _book(
        on, "BANK_COSTS", -495, _out("657000", 495), "", None, "MAANDKOST KAARTEN EN APP", None, "00437000"
    )
    if month % 2 == 0:
        on = on_or_after(date(year, month, 19), days)
        cents = 60_000 + month * 2_500
        payments += _book(
            on, "PRIVATE", -cents, _out("489000", cents), "VAN DEN BAKKER JAN", belgian_iban(412), "PRIVE"
        )
    return payments


_ON_A_TICKET = (
    ("BPOST GENT 1", "612500", 1_140),
    ("PARKING KOUTER GENT", "615000", 860),
    ("STAD GENT MARKTRECHT", "640000", 3_500),
    ("NMBS TICKET", "615000", 1_980),
    ("BPOST GENT 1", "612500", 2_275),
)


def small_card_payments(idle: Iterable[date]) -> list[Payment]:
    """Small sums paid by card with only a ticket, on one of every three days when the bank has nothing else."""
    payments: list[Payment] = []
    for n, day in enumerate(idle):
        name, gl_code, cents = _ON_A_TICKET[n % len(_ON_A_TICKET)]
        if n % 3 == 0:
            text = f"{name} 4871 04XX XXXX 0129"
            payments += _book(day, "TICKET", -cents, _out(gl_code, cents), name, None, text, None, CARD)
    return payments


def _quarters(year: int, days: tuple[date, ...]) -> list[Payment]:
    payments: list[Payment] = []
    social = MONTH_SOCIAL_CENTS * 3
    for quarter, month in enumerate((1, 4, 7, 10)):
        first = on_or_after(date(year, month, 1), days)
        costs = 3_850 + quarter * 25
        payments += _book(
            first, "BANK_COSTS", -costs, _out("657000", costs), "", None, "BEHEERSKOSTEN KWARTAAL", None, "03537006"
        )
        debit = 1_215 + quarter * 130
        payments += _book(
            first, "DEBIT_INTEREST", -debit, _out("650000", debit), "", None, "DEBETRENTE KASKREDIET", None, "03501001"
        )
        gained = 4_020 + quarter * 310
        interest = (GLAmount("751000", credit_cents=gained),)
        payments += _book(
            first, "INTEREST", gained, interest, "", None, "CREDITRENTE SPAARREKENING", None, "03550002", "550100"
        )
        on = on_or_after(date(year, month, 28), days)
        structured = structured_communication(4_540_000_000 + quarter)
        payments += _book(
            on, "SOCIAL_SECURITY", -social, _out("454000", social), "RSZ", belgian_iban(413), "", structured
        )
        on = on_or_after(date(year, month + 2, 24), days)
        payments += _book(
            on,
            "DIRECTOR_SOCIAL",
            -98_240,
            _out("618100", 98_240),
            "SOCIAAL VERZEKERINGSFONDS VOORZORG",
            belgian_iban(414),
            f"BIJDRAGE KWARTAAL {quarter + 1}",
        )
    for month, day in ((4, 10), (7, 10), (10, 10), (12, 18)):
        on = on_or_after(date(year, month, day), days)
        payments += _book(
            on, "TAX_PREPAID", -150_000, _out("670000", 150_000), "VOORAFBETALINGEN VENB", belgian_iban(415), "VA 999"
        )
    return payments


def _vat_payments(year: int, days: tuple[date, ...], closes: Iterable[DemoEntry]) -> list[Payment]:
    office = belgian_iban(416)
    name = "FOD FINANCIEN BTW"
    on = on_or_after(date(year, 1, 23), days)
    first = structured_communication(4_519_000_000)
    payments = _book(on, "VAT", -OPENING_VAT_CENTS, _out("451900", OPENING_VAT_CENTS), name, office, "", first)
    for quarter, close in enumerate(closes, start=1):
        if quarter == 4:
            break
        rest = close.lines[-1]
        structured = structured_communication(4_519_000_000 + quarter)
        if rest.credit_cents:
            on = on_or_after(date(year, quarter * 3 + 1, 23), days)
            cents = rest.credit_cents
            payments += _book(on, "VAT", -cents, _out("451900", cents), name, office, "", structured)
        elif rest.debit_cents:
            on = on_or_after(date(year, quarter * 3 + 3, 15), days)
            back = (GLAmount("411900", credit_cents=rest.debit_cents),)
            payments += _book(on, "VAT_BACK", rest.debit_cents, back, name, office, f"TERUGGAAF BTW KW {quarter}")
    return payments
