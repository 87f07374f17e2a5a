import pytest
from hypothesis import given
from hypothesis import strategies as st

from zelfboeken.belgium import enterprise_number
from zelfboeken.belgium.enterprise_number import EnterpriseNumberNotValid


@pytest.mark.parametrize(
    "text",
    [
        "0403.019.261",
        "0403019261",
        "403019261",
        "403.019.261",
        "BE0403019261",
        "BE 0403.019.261",
        "be 403 019 261",
        "BTW BE 0403.019.261",
        "KBO: 0403.019.261",
        "0208:0403019261",
        "0208:BE0403019261",
        "02080403019261",
        "9925:be0403019261",
        "iso6523-actorid-upis::0208:0403019261",
        " 0403\u00a0019\u00a0261 ",
    ],
)
def test_every_way_people_write_the_number_gives_the_same_ten_digits(text: str) -> None:
    assert enterprise_number.parse(text) == "0403019261"


@pytest.mark.parametrize(
    "text",
    ["", "0403019262", "2403019261", "04030192611", "NL0403019261", "0000000000", "٠٤٠٣٠١٩٢٦١", "O403019261", "0208:"],
)
def test_what_is_no_enterprise_number_is_refused(text: str) -> None:
    with pytest.raises(EnterpriseNumberNotValid, match="geen geldig ondernemingsnummer"):
        enterprise_number.parse(text)


def test_a_number_is_shown_with_dots() -> None:
    assert enterprise_number.formatted("0403019261") == "0403.019.261"


@given(st.integers(min_value=1, max_value=19_999_999))
def test_each_base_has_exactly_one_check_and_survives_its_formatting(base: int) -> None:
    valid = [f"{base:08d}{check:02d}" for check in range(1, 98) if enterprise_number.is_valid(f"{base:08d}{check:02d}")]

    assert valid == [f"{base:08d}{97 - base % 97:02d}"]
    assert enterprise_number.parse(enterprise_number.formatted(valid[0])) == valid[0]


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert enterprise_number.is_valid(text) in (True, False)
