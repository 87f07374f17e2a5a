import pytest
from hypothesis import given
from hypothesis import strategies as st

from zelfboeken.belgium import vat_number
from zelfboeken.belgium.vat_number import VatNumberNotValid


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("BE0403019261", "BE0403019261"),
        ("BE 0403.019.261", "BE0403019261"),
        ("btw BE 403.019.261", "BE0403019261"),
        ("0403019261", "BE0403019261"),
        ("NL 0044.95.445.B01", "NL004495445B01"),
        ("TVA: FR 61 954 506 077", "FR61954506077"),
        ("EL094259216", "EL094259216"),
        ("GR094259216", "EL094259216"),
        ("LU 150 274 42", "LU15027442"),
        ("DE136695976", "DE136695976"),
    ],
)
def test_a_number_is_normalised_with_its_country(text: str, number: str) -> None:
    assert vat_number.parse(text) == number


@pytest.mark.parametrize("text", ["", "BE", "BE0403019262", "FR00954506077", "US123456789", "XX", "GB980780684", "٠"])
def test_what_is_no_vat_number_of_a_member_state_is_refused(text: str) -> None:
    with pytest.raises(VatNumberNotValid, match="geen geldig btw-nummer"):
        vat_number.parse(text)


@pytest.mark.parametrize(("number", "country"), [("BE0403019261", "BE"), ("EL094259216", "GR"), ("XI980780684", "GB")])
def test_the_country_is_the_iso_country(number: str, country: str) -> None:
    assert vat_number.country_of(number) == country


@given(st.one_of(st.text(max_size=20), st.from_regex(r"[A-Z]{2}[0-9A-Z]{4,12}", fullmatch=True)))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert vat_number.is_valid(text) in (True, False)
