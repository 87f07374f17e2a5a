"""The JSON that the command line prints for a bank file."""

import json
from datetime import date

from zelfboeken.bank.readers.coda import read_coda
from zelfboeken.bank.readers.report import as_read_json
from zelfboeken.demo.coda_file import CodaDetail, CodaMovement, CodaStatement, write_statement

_DAY = date(2026, 3, 4)


def test_a_bank_file_is_told_in_cents_and_iso_days() -> None:
    detail = CodaDetail(12_100, "Klant", None, None, "deel", None, "50150000")
    movement = CodaMovement(_DAY, 12_100, "", None, None, "", "010806817183", "00150000", details=(detail,))
    statement = CodaStatement("BE22679200300047", "Bedrijf", "0403019261", "", 7, _DAY, 0, _DAY, (movement,))
    told = as_read_json(read_coda(write_statement(statement)), "uittreksel.cod")
    assert json.loads(json.dumps(told)) == {
        "file": "uittreksel.cod",
        "kind": "bank",
        "format": "coda",
        "statements": [
            {
                "iban": "BE22679200300047",
                "currency": "EUR",
                "number": 7,
                "date": "2026-03-04",
                "opening_cents": 0,
                "closing_cents": 12_100,
                "lines": [
                    {
                        "booked_on": "2026-03-04",
                        "value_on": "2026-03-04",
                        "amount_cents": 12_100,
                        "counterparty": None,
                        "counter_iban": None,
                        "communication": "+++010/8068/17183+++",
                        "structured": "010806817183",
                        "bank_reference": "26030400700010000",
                        "details": [
                            {
                                "amount_cents": 12_100,
                                "counterparty": "Klant",
                                "counter_iban": None,
                                "communication": "deel",
                                "structured": None,
                            }
                        ],
                    }
                ],
                "findings": [],
            }
        ],
        "findings": [],
    }
