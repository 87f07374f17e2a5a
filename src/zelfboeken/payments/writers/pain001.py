"""Write credit transfers as ISO 20022 pain.001, version 03 or 09.

Sources: ISO 20022, EPC132-08 (credit transfer, from customer to bank) and EPC217-08 (signs), rules §4.4. Amounts are
cents of euro. The same values give the same bytes, whenever they are asked for.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime

from lxml import etree

from zelfboeken.belgium import structured_reference

_LONGEST_NAME, _LONGEST_TEXT = 70, 140
_NO_NAME = "NOTPROVIDED"
"""What stands for a name of which no sign is left: an empty one breaks the whole file."""
_SPELLED = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D",
     "ð": "d", "þ": "th", "&": "+", "_": "-", "–": "-", "—": "-", "’": "'", "‘": "'", "“": "'", "”": "'", '"': "'"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CreditTransfer:
    """One payment. `structured` goes as such when it is a Belgian communication of 12 digits or an RF reference with
    its right check, else as a text; where there is none, `text` is sent.
    """

    end_to_end_id: str
    name: str
    iban: str
    amount_cents: int
    structured: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """Payments of one account on one day; `format` is the name of the message with its version."""

    format: str
    message_id: str
    made_at: datetime
    pays_on: date
    payer_name: str
    payer_enterprise_number: str
    payer_iban: str
    transfers: tuple[CreditTransfer, ...]


def written(order: PaymentOrder) -> bytes:
    """The file. Batch booking is asked off, so that the statement tells each payment apart."""
    space = f"urn:iso:std:iso:20022:tech:xsd:{order.format}"
    is_newer = not order.format.endswith(".03")
    root = etree.Element(f"{{{space}}}Document", nsmap={None: space})  # type: ignore[dict-item]
    start = _in(root, "CstmrCdtTrfInitn")
    head = _in(start, "GrpHdr")
    count = str(len(order.transfers))
    total = _euro(sum(one.amount_cents for one in order.transfers))
    _in(head, "MsgId", order.message_id)
    _in(head, "CreDtTm", order.made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    _in(head, "NbOfTxs", count)
    _in(head, "CtrlSum", total)
    _payer(_in(head, "InitgPty"), order)
    block = _in(start, "PmtInf")
    _in(block, "PmtInfId", order.message_id)
    _in(block, "PmtMtd", "TRF")
    _in(block, "BtchBookg", "false")
    _in(block, "NbOfTxs", count)
    _in(block, "CtrlSum", total)
    _in(_in(_in(block, "PmtTpInf"), "SvcLvl"), "Cd", "SEPA")
    asked = _in(block, "ReqdExctnDt")
    (_in(asked, "Dt") if is_newer else asked).text = order.pays_on.isoformat()
    _in(_in(block, "Dbtr"), "Nm", latin(order.payer_name, _LONGEST_NAME) or _NO_NAME)
    account = _in(block, "DbtrAcct")
    _in(_in(account, "Id"), "IBAN", order.payer_iban)
    _in(account, "Ccy", "EUR")
    _in(_in(_in(_in(block, "DbtrAgt"), "FinInstnId"), "Othr"), "Id", "NOTPROVIDED")
    _in(block, "ChrgBr", "SLEV")
    for one in order.transfers:
        _transfer(_in(block, "CdtTrfTxInf"), one)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def message_id_of(public_id: str) -> str:
    """What the bank knows a file by: 34 signs, the same each time."""
    return "ZB" + public_id.replace("-", "").upper()


def latin(text: str, longest: int) -> str:
    """A text in the signs that every bank takes (EPC217-08, chapter 6.2): accents go, other signs become a space."""
    plain = unicodedata.normalize("NFKD", text.translate(_SPELLED))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    plain = re.sub(r"[^A-Za-z0-9/?:().,'+ -]+", " ", plain)
    # No text begins or ends with a slash or holds two in a row.
    plain = re.sub(r"/{2,}", "/", re.sub(r" {2,}", " ", plain))
    return plain[:longest].strip(" /")


def _payer(party: etree._Element, order: PaymentOrder) -> None:
    _in(party, "Nm", latin(order.payer_name, _LONGEST_NAME) or _NO_NAME)
    if order.payer_enterprise_number:
        other = _in(_in(_in(party, "Id"), "OrgId"), "Othr")
        _in(other, "Id", order.payer_enterprise_number)
        _in(other, "Issr", "KBO-BCE")


def _transfer(element: etree._Element, one: CreditTransfer) -> None:
    _in(_in(element, "PmtId"), "EndToEndId", one.end_to_end_id)
    amount = _in(_in(element, "Amt"), "InstdAmt", _euro(one.amount_cents))
    amount.set("Ccy", "EUR")
    _in(_in(element, "Cdtr"), "Nm", latin(one.name, _LONGEST_NAME) or _NO_NAME)
    _in(_in(_in(element, "CdtrAcct"), "Id"), "IBAN", one.iban)
    if issuer := _issuer_of(one.structured):
        reference = _in(_in(_in(element, "RmtInf"), "Strd"), "CdtrRefInf")
        kind = _in(reference, "Tp")
        _in(_in(kind, "CdOrPrtry"), "Cd", "SCOR")
        _in(kind, "Issr", issuer)
        _in(reference, "Ref", one.structured)
    elif text := latin(one.structured or one.text, _LONGEST_TEXT):
        _in(_in(element, "RmtInf"), "Ustrd", text)


def _issuer_of(structured: str) -> str:
    """Whose reference it is; empty for what is none: with a wrong check the bank refuses the whole file."""
    try:
        if structured_reference.is_valid(structured):
            return "BBA" if structured_reference.parse(structured) == structured else ""
        return "ISO" if structured_reference.parse_creditor_reference(structured) == structured else ""
    except structured_reference.StructuredReferenceNotValid:
        return ""


def _in(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    child = etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{name}")
    child.text = text
    return child


def _euro(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
