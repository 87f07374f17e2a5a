import pytest
from hypothesis import given
from hypothesis import strategies as st

from zelfboeken.belgium import structured_reference
from zelfboeken.belgium.structured_reference import StructuredReferenceNotValid


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("+++123/4567/89002+++", "123456789002"),
        ("***123/4567/89002***", "123456789002"),
        ("+++ 123 / 4567 / 89002 +++", "123456789002"),
        ("123456789002", "123456789002"),
        ("+++010/8068/17183+++", "010806817183"),
        ("000000009797", "000000009797"),
    ],
)
def test_an_ogm_is_read_however_it_is_written(text: str, digits: str) -> None:
    assert structured_reference.parse(text) == digits


@pytest.mark.parametrize(
    "text", ["", "+++123/4567/89003+++", "12345678900", "1234567890022", "000000009700", "١٢٣٤٥٦٧٨٩٠٠٢"]
)
def test_what_is_no_ogm_is_refused(text: str) -> None:
    with pytest.raises(StructuredReferenceNotValid, match="geen geldige gestructureerde mededeling"):
        structured_reference.parse(text)


def test_every_ogm_in_a_text_is_found_once_and_in_order() -> None:
    text = "Betaal +++010/8068/17183+++ of 123456789002, dus 010806817183; niet 123456789003."

    assert structured_reference.find_in(text) == ["010806817183", "123456789002"]


@pytest.mark.parametrize("text", ["BE22679200300047", "BE22 679200300047", "1234567890021", "tel 0123456789002"])
def test_an_account_or_a_longer_number_is_no_ogm(text: str) -> None:
    assert structured_reference.find_in(text) == []


def test_the_digits_of_that_account_alone_are_an_ogm() -> None:
    assert structured_reference.find_in("ref 679200300047") == ["679200300047"]


@given(st.integers(min_value=0, max_value=10**10 - 1))
def test_a_made_reference_is_found_back_as_printed(number: int) -> None:
    digits = structured_reference.from_number(number)

    assert structured_reference.parse(structured_reference.formatted(digits)) == digits
    assert structured_reference.find_in(f"Mededeling {structured_reference.formatted(digits)} a.u.b.") == [digits]


@pytest.mark.parametrize("number", [-1, 10**10])
def test_a_number_beyond_ten_digits_is_no_reference(number: int) -> None:
    with pytest.raises(ValueError, match="ten digits"):
        structured_reference.from_number(number)


@given(st.integers(min_value=0, max_value=10**10 - 1), st.integers(min_value=0, max_value=11), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen(number: int, place: int, shift: int) -> None:
    digits = structured_reference.from_number(number)
    wrong = digits[:place] + str((int(digits[place]) + shift) % 10) + digits[place + 1 :]

    # 00 and 97 stand for the same remainder, but only 97 is ever printed.
    assert not structured_reference.is_valid(wrong)


@pytest.mark.parametrize("text", ["RF3120260001", "rf31 2026 0001"])
def test_a_creditor_reference_is_read(text: str) -> None:
    assert structured_reference.parse_creditor_reference(text) == "RF3120260001"


@pytest.mark.parametrize("text", ["", "RF3020260001", "RF31", "RF18" + "5" * 30, "XX3120260001"])
def test_what_is_no_creditor_reference_is_refused(text: str) -> None:
    with pytest.raises(StructuredReferenceNotValid):
        structured_reference.parse_creditor_reference(text)


@pytest.mark.parametrize(
    ("reference", "printed"),
    [
        ("123456789002", "+++123/4567/89002+++"),
        ("RF18539007547034", "RF18 5390 0754 7034"),
        ("KL-4711/2026", "KL-4711/2026"),
        ("", ""),
    ],
)
def test_either_kind_of_reference_is_shown_as_people_read_it(reference: str, printed: str) -> None:
    assert structured_reference.as_printed(reference) == printed


def test_creditor_references_are_found_in_a_text() -> None:
    text = "Graag RF3120260001 vermelden, of RF18 5390 0754 7034; niet RF3020260001"

    assert structured_reference.find_creditor_references_in(text) == ["RF3120260001", "RF18539007547034"]


@given(st.text(max_size=60))
def test_any_text_can_be_searched(text: str) -> None:
    assert all(structured_reference.is_valid(found) for found in structured_reference.find_in(text))
    assert structured_reference.find_creditor_references_in(text) == structured_reference.find_creditor_references_in(
        text
    )
