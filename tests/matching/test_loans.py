"""Instalments of a loan (booking pattern 26): capital and interest as the bank tells them, the account as learnt."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.corpus import CORPUS
from tests.matching.test_rules import line
from zelfboeken.bank.readers.coda import read_coda
from zelfboeken.bank.readers.structured import of_movement
from zelfboeken.matching.facts import BankLineFacts, DetailFacts, LineProposal
from zelfboeken.matching.habits import features_of
from zelfboeken.matching.items import OpenItems
from zelfboeken.matching.rules import propose

TEXT = "KREDIET 999-0042 KAPITAAL 800.00 INTEREST 100.00"


def instalment(text: str = TEXT, cents: int = -90_000, code: str | None = "00501000") -> BankLineFacts:
    return replace(line(cents, text), transaction_code=code)


def proposal_for(facts: BankLineFacts, **went_to: int) -> LineProposal:
    """What is proposed after lines alike went to these accounts (L173000=2 for two on 173000)."""
    counts = {code.removeprefix("L"): times for code, times in went_to.items()}
    return propose(facts, OpenItems(), {features_of(facts)[0]: counts} if counts else {}, {})


def shares_of(proposal: LineProposal) -> list[tuple[str, int]]:
    assert proposal.decision is not None
    return [(share.gl_code, share.cents) for share in proposal.decision.shares]


def test_the_first_time_a_person_says_which_account_holds_the_loan() -> None:
    proposal = proposal_for(instalment())
    assert (proposal.group, proposal.method, proposal.decision) == ("CHOOSE", "BEREKENING", None)
    assert proposal.why_not_automatic == "De rekening van deze lening is nog niet bekend"
    assert [(choice.title, choice.hint) for choice in proposal.choices] == [
        ("Lening op 173000", "meer dan een jaar"),
        ("Lening op 423000", "binnen het jaar"),
    ]
    assert [[(share.gl_code, share.cents) for share in choice.decision.shares] for choice in proposal.choices] == [
        [("173000", -80_000), ("650000", -10_000)],
        [("423000", -80_000), ("650000", -10_000)],
    ]


def test_the_next_is_ready_on_the_account_of_the_last_and_never_automatic() -> None:
    proposal = proposal_for(instalment(), L173000=1, L650000=1)
    assert (proposal.group, proposal.certainty_percent, proposal.title) == ("READY", 94, "173000 en 650000")
    assert shares_of(proposal) == [("173000", -80_000), ("650000", -10_000)]
    assert [reason.text for reason in proposal.reasons] == [
        "Kapitaal € 800,00 en interest € 100,00 zijn samen het bedrag",
        "1 vorige keer: 173000",
    ]
    # Next year's part moves to 423000 at year-end.
    assert [choice.title for choice in proposal.choices] == ["Lening op 423000"]
    assert proposal_for(instalment(), L173000=40, L650000=40).group == "READY"


def test_a_loan_that_was_on_two_accounts_is_a_choice_the_most_frequent_first() -> None:
    proposal = proposal_for(instalment(), L174000=3, L423000=1, L650000=4)
    assert (proposal.group, proposal.why_not_automatic) == ("CHOOSE", "Deze lening stond al op meer dan een rekening")
    assert [choice.title for choice in proposal.choices] == [
        "Lening op 174000",
        "Lening op 423000",
        "Lening op 173000",
    ]


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("Kapitaal: EUR 1.529,95 Interesten: EUR 320,05", -185_000),
        ("RENTE 320,05 AFLOSSING 1529,95", -185_000),
        ("Intérêts 320.05 capital 1 529.95", -185_000),
        ("principal 1529.95; interest 320.05 contract 12", -185_000),
    ],
)
def test_capital_and_interest_are_read_in_the_languages_of_the_country(text: str, cents: int) -> None:
    assert shares_of(proposal_for(instalment(text, cents), L173000=1)) == [("173000", -152_995), ("650000", -32_005)]


@pytest.mark.parametrize(
    "text",
    [
        "KAPITAAL 800.00 INTEREST 100.01",
        "KAPITAAL 900.00",
        "KAPITAAL 900.00 INTEREST 0.00",
        "KAPITAAL 800.000 INTEREST 100.00",
        "KAPITAALSVERHOGING 800.00 INTERESTENT 100.00",
        "Krediet: oud saldo 1000,00, nieuw saldo 1000,00",
        "Krediet: oud saldo 1000,00, nieuw saldo 1800,00",
        "Krediet: oud saldo 1000,00, nieuw saldo 99,999",
        "Krediet: oud saldo 90000,00, nieuw saldo 1,00",
        "mijn Krediet: oud saldo 1000,00, nieuw saldo 200,00",
    ],
)
def test_what_does_not_prove_itself_is_no_instalment(text: str) -> None:
    assert proposal_for(instalment(text), L173000=1).method != "BEREKENING"


def test_money_in_is_no_instalment() -> None:
    assert proposal_for(instalment(cents=90_000), L173000=1).method != "BEREKENING"


def of_credit(old: int, new: int) -> str:
    """Structured communication 125 as the reader words it, from balances in cents."""
    amounts = "".join(f"{cents * 10:015d}" for cents in (old, new, 90_000))
    return of_movement(f"125{'728037919358':<16}{'':10}{amounts}01112630112600035000000{'REF':<14}").text


def test_the_balances_of_structured_communication_125_tell_the_capital() -> None:
    proposal = proposal_for(instalment(of_credit(9_600_000, 9_520_000)), L173000=1)
    assert shares_of(proposal) == [("173000", -80_000), ("650000", -10_000)]
    assert proposal.reasons[0].text == "Het saldo van het krediet daalde met € 800,00"


def test_the_last_instalment_brings_the_balance_to_nothing() -> None:
    assert shares_of(proposal_for(instalment(of_credit(89_000, 0)), L423000=1)) == [
        ("423000", -89_000),
        ("650000", -1_000),
    ]


def test_a_payment_of_capital_alone_has_no_interest() -> None:
    proposal = proposal_for(instalment(of_credit(9_600_000, 9_510_000)), L173000=1)
    assert (proposal.title, shares_of(proposal)) == ("173000", [("173000", -90_000)])


def test_the_parts_of_a_loan_payment_are_told_apart_by_the_codes_of_the_bank() -> None:
    details = DetailFacts(-80_573, transaction_code="81301055"), DetailFacts(-696, transaction_code="81301002")
    whole = replace(instalment("LENING 12", -81_269, "31301000"), details=details)
    first = propose(whole, OpenItems(), {}, {})
    capital = replace(whole, amount_cents=-80_573, transaction_code="81301055", details=())

    assert [choice.title for choice in first.choices] == ["Lening op 173000", "Lening op 423000", "Verwerk 1 van de 2"]
    chosen = first.choices[0].decision
    assert [(share.gl_code, share.cents) for share in chosen.shares] == [("650000", -696), ("173000", -80_573)]

    following = propose(whole, OpenItems(), {features_of(capital)[0]: {"173000": 1}}, {})
    assert following.group == "READY"
    assert sorted(shares_of(following)) == [("173000", -80_573), ("650000", -696)]


def test_a_real_file_tells_capital_and_interest_of_a_loan_apart() -> None:
    if CORPUS is None:
        pytest.skip("the folder with real files is not on this machine")
    (statement,) = read_coda(Path(CORPUS, "coda-wimverstuyf/sample3.cod").read_bytes()).statements
    [read] = [one for one in statement.lines if one.transaction_code == "31301000"]
    details = tuple(DetailFacts(one.amount_cents, transaction_code=one.transaction_code) for one in read.details)

    proposal = propose(
        replace(instalment(read.communication, read.amount_cents, read.transaction_code), details=details),
        OpenItems(),
        {},
        {},
    )

    assert [(one.gl_code, one.cents) for one in proposal.choices[0].decision.shares] == [
        ("650000", -696),
        ("173000", -80_573),
    ]


def test_a_credit_that_says_nothing_is_a_choice_of_the_bank_code() -> None:
    proposal = proposal_for(instalment("LENING", code="01301000"))
    assert [choice.title for choice in proposal.choices] == ["Kapitaal 423000", "Interest 650000"]
