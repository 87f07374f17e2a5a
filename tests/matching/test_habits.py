"""What a settled line teaches, and what it must not."""

from dataclasses import replace

from tests.matching.test_batches import alone, part, whole
from tests.matching.test_rules import line
from zelfboeken.matching.facts import Allocation, Decision, GLShare
from zelfboeken.matching.habits import accounts_seen, features_of, habit_of, lessons, observe


def book(*shares: tuple[str, int]) -> Decision:
    return Decision("BOOK", shares=tuple(GLShare(gl_code, cents, "") for gl_code, cents in shares))


def test_every_account_of_a_split_line_is_learnt_so_that_none_is_certain_alone() -> None:
    one = line(-90_000, "KREDIET")
    taught = lessons(one, book(("173000", -80_000), ("650000", -9_000), ("650000", -1_000)))
    assert taught == (*observe(one, "173000"), *observe(one, "650000"))

    history = {feature: {"173000": 5, "650000": 5} for feature in features_of(one)}
    assert habit_of(one, history) == ("650000", 5, False)
    assert accounts_seen(one, history) == ("650000", "173000")
    assert accounts_seen(one, {}) == ()


def test_what_is_paid_with_a_document_or_is_yet_to_be_processed_teaches_nothing() -> None:
    one = line(-90_000)
    assert lessons(one, Decision("MATCH", (Allocation(1, -89_998),), (GLShare("643000", -2, ""),))) == ()
    assert lessons(one, Decision("TRANSFER", shares=(GLShare("580000", -90_000, ""),))) == ()
    assert lessons(one, book(("499010", -90_000))) == ()


def test_a_part_teaches_its_own_features_when_its_amount_tells_its_share() -> None:
    ilse, chloe, alike = part(-158_000, name="Ilse"), part(-147_000, name="Chloe"), part(-158_000, name="Jan")
    two = book(("455000", -158_000), ("620200", -147_000))
    assert lessons(whole(ilse, chloe), two) == (*observe(alone(ilse), "455000"), *observe(alone(chloe), "620200"))

    both = book(("455000", -158_000), ("455000", -158_000))
    assert lessons(whole(ilse, alike), both) == (*observe(alone(ilse), "455000"), *observe(alone(alike), "455000"))
    apart = book(("455000", -158_000), ("620200", -158_000))
    assert lessons(whole(ilse, alike), apart) == ()
    assert lessons(whole(ilse, chloe), book(("455000", -158_000), ("499010", -147_000))) == observe(
        alone(ilse), "455000"
    )


def test_the_part_of_a_batch_with_documents_that_was_booked_is_learnt_too() -> None:
    paid, card = part(10_000), part(4_000, name="Losse klant")
    decision = Decision("MATCH", (Allocation(1, 10_000),), (GLShare("700000", 4_000, ""),))
    assert lessons(whole(paid, card), decision) == observe(alone(card), "700000")


def test_a_batch_booked_on_one_account_teaches_the_line_itself() -> None:
    batch = whole(part(-158_000), part(-147_000))
    assert lessons(batch, book(("455000", -305_000))) == observe(batch, "455000")


def test_a_code_without_words_is_no_feature_of_a_transfer() -> None:
    transfer = replace(line(-150_000, "VA 999"), transaction_code="00101000")
    assert not any("code" in feature for feature in features_of(transfer))
    nameless = replace(transfer, counterparty="", counter_iban=None)
    assert features_of(nameless) == ("bank:out:code:00101000",)
