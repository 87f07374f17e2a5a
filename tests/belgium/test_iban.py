import pytest
from hypothesis import given
from hypothesis import strategies as st

from zelfboeken.belgium import iban
from zelfboeken.belgium.iban import IbanNotValid


@pytest.mark.parametrize(
    "text", ["BE22 6792 0030 0047", "be22679200300047", "IBAN: BE22 6792 0030 0047", "BE22-6792-0030-0047"]
)
def test_every_way_of_writing_gives_the_same_account(text: str) -> None:
    assert iban.normalise(text) == "BE22679200300047"


def test_a_foreign_account_is_taken() -> None:
    assert iban.normalise("NL91 ABNA 0417 1643 00") == "NL91ABNA0417164300"


def test_the_account_inside_a_belgian_iban_is_checked_too() -> None:
    inside = "679200300048"  # one off, with the outer check made right for it
    outer = 98 - int(inside + "111400") % 97

    assert not iban.is_valid(f"BE{outer:02d}{inside}")


@pytest.mark.parametrize(
    "text", ["", "BE22 6792 0030 0048", "BE2267920030004", "ZZ22679200300047", "679-2003000-47", "BE²2"]
)
def test_what_is_no_account_is_refused(text: str) -> None:
    with pytest.raises(IbanNotValid, match="geen geldig rekeningnummer"):
        iban.normalise(text)


@given(st.integers(min_value=0, max_value=10**10 - 1))
def test_a_belgian_account_survives_its_formatting(ten: int) -> None:
    inside = f"{ten:010d}{ten % 97 or 97:02d}"
    number = f"BE{98 - int(inside + '111400') % 97:02d}{inside}"

    assert iban.normalise(iban.formatted(number)) == number


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert iban.is_valid(text) in (True, False)
