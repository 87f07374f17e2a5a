"""Structured communications in words."""

import pytest

from zelfboeken.bank.readers import structured


@pytest.mark.parametrize(
    ("raw", "text", "reference"),
    [
        ("100RF18539007547034", "RF18539007547034", "RF18539007547034"),
        ("101010806817183", "+++010/8068/17183+++", "010806817183"),
        ("102010806817183", "+++010/8068/17183+++", "010806817183"),
        ("101010806817184", "010806817184", None),
        ("103000000495953", "Nummer: 000000495953", None),
        (
            "105" + "000000001075000" + "000000001200000" + "000111627907" + "USD" + "010806817183" + "US" + "0" * 15,
            "Oorspronkelijk bedrag: in rekeningmunt 1075,00, in oorspronkelijke munt 1200,00, koers 1,11627907, "
            "munt USD, mededeling +++010/8068/17183+++, land US",
            "010806817183",
        ),
        (
            "106" + "000000000005360" + "000000000025500" + "002100000000" + "2" + "000000005360".rjust(15, "0"),
            "Berekening: bedrag 5,36, berekend op 25,50, percentage 21, in euro 5,36",
            None,
        ),
        (
            "108" + "000000000012340" + "000000100000000" + "000125000000" + "010126" + "310326",
            "Afsluiting: bedrag 12,34, berekend op 100000,00, rentevoet 1,25, van 01/01/2026, tot 31/03/2026",
            None,
        ),
        (
            "1111123456001000123040326000130040326",
            "Kaartontvangsten: kaartstelsel Bancontact/Mister Cash, terminal 123456, periode 1, eerste nr. 123, "
            "op 04/03/2026, laatste nr. 130, op 04/03/2026",
            None,
        ),
        (
            "113" + "67030000XXXX1234" + "1" + "123456" + "000123" + "040326" + "1345" + "0" + f"{'DE BAKKER':<16}GENT",
            "Kaartbetaling: kaart 67030000XXXX1234, kaartstelsel Bancontact/Mister Cash, terminal 123456, nr. 123, "
            "op 04/03/2026, om 13:45, DE BAKKER, GENT",
            None,
        ),
        (
            "127" + "040326" + "11" + "2" + f"{'BE99ZZZ1':<35}{'M-1':<35}{'stroom':<62}",
            "stroom, mandaat M-1, schuldeiser BE99ZZZ1, niet betaald of teruggekomen (reden 2)",
            None,
        ),
        ("999 iets  anders", "iets anders", None),
        ("", "", None),
    ],
)
def test_a_movement_is_told_in_words(raw: str, text: str, reference: str | None) -> None:
    told = structured.of_movement(raw.ljust(149) if raw else raw)
    assert (told.text, told.structured) == (text, reference)


@pytest.mark.parametrize("kind", [str(n) for n in range(100, 128)])
@pytest.mark.parametrize("body", ["", "0" * 146, "9" * 146, "X" * 146, "é ½ ²" * 29, "1", "   12"])
def test_no_content_makes_a_type_fail(kind: str, body: str) -> None:
    assert structured.of_movement(kind + body).text is not None


@pytest.mark.parametrize("kind", [f"{n:03d}" for n in range(13)])
@pytest.mark.parametrize("body", ["", "0" * 265, "X" * 265, "1"])
def test_no_content_makes_information_fail(kind: str, body: str) -> None:
    assert structured.of_information(kind + body).text is not None


def test_the_other_side_is_named_in_information() -> None:
    told = structured.of_information("001" + "Jan Peeters".ljust(70) + "Kerkstraat 1".ljust(35) + "9000 Gent".ljust(35))
    assert (told.name, told.text) == ("Jan Peeters", "Tegenpartij: Jan Peeters, Kerkstraat 1, 9000 Gent")
    assert structured.of_information("008" + "Jan".ljust(70)).name is None
