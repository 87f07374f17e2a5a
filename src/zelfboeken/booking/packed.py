"""How a proposal takes little room: its JSON packed by DEFLATE (RFC 1951) with the words that every proposal has.

PostgreSQL packs a value above 2 kB only, and one proposal is less than half of that; together they were the largest
table of the database (docs/decisions/0014). The first byte says which words a value was packed with: words
are never changed, only added under a next number.
"""

import json
import zlib
from typing import Any

from django.db import models

# The likeliest stand last: what is nearest costs least to point at.
_WORDS = {
    1: b"SALE.service_non_eu.0.service SALE.cocontractor.0.any SALE.export_goods.0.goods SALE.ic_service.0.service "
    b"SALE.ic_goods.0.goods SALE.domestic.12.any SALE.domestic.6.any SALE.domestic.21.any "
    b"PURCHASE.ic_service.21.service PURCHASE.ic_goods.21.goods PURCHASE.cocontractor.21.service PURCHASE.domestic.12."
    b"PURCHASE.domestic.6.goods PURCHASE.domestic.6.service PURCHASE.domestic.21.investment"
    b"Geen vorige boeking en geen bekend woord: voorlopig op rekening "
    b"Rekening 700000 is de gewone rekening voor zulke verkopen.Van de btw is 50 % aftrekbaar; de rest is kost."
    b"Btw-code \xe2\x80\x9cBinnenland 21 %\xe2\x80\x9d zoals je ze hier gebruikt.Zonder btw, samen De  lijnen zijn "
    b"samengevat tot , per rekening en btw-code.\xe2\x80\x9d hoort gewoonlijk op rekening "
    b'["Rekening 604000 zoals bij de 11 vorige facturen van deze relatie."]'
    b'[["700000","SALE.domestic.6.any",0,"100",""],["615000","PURCHASE.domestic.21.service",0,"50",""],'
    b'["610000","611000","616000","640000","601000","602000","603000",'
    b'["613000","PURCHASE.domestic.21.service",5000,"100","],["612000","PURCHASE.domestic.21.service",2500,"100","],'
    b'["604000","PURCHASE.domestic.21.goods",10000,"100","]]'
    b'{"side":"SALE","kind":"CREDIT_NOTE","total":0,"vat":[["6",0,0],["12",0,0],["0",0,0],["21",0,0]],"text":" BV 2026-'
    b'","accepts":true,"number":"","due":null,"structured":"","sha256":"0123456789abcdef","seen":[],"currency":"USD",'
    b'"doubts":[]}{"side":"PURCHASE","kind":"INVOICE","total":1000,"vat":[["21",1000,210]],"text":" BV 2026-","accept'
    b's":false,"number":"2026-","due":"2026-01-","structured":"","sha256":"","seen":[["BE0","",1000,"PIS21"],["BE0'
    b'","",00,"PIS21"]],"currency":"EUR","doubts":[]}'
}
_NEWEST = max(_WORDS)


def packed(value: Any) -> bytes:
    """The stored form of a JSON value."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    # The default level, raw, with a window of 8 kB: the words and a long proposal fit in it.
    packer = zlib.compressobj(6, zlib.DEFLATED, -13, 8, zlib.Z_DEFAULT_STRATEGY, _WORDS[_NEWEST])
    return bytes((_NEWEST,)) + packer.compress(text) + packer.flush()


def unpacked(stored: bytes) -> Any:
    """The JSON value of a stored form.

    Raises:
        ValueError: this is no stored form, or one of a later version of the program.
    """
    words = _WORDS.get(stored[0]) if stored else None
    if words is None:
        raise ValueError("a packed value begins with the number of its words")
    unpacker = zlib.decompressobj(-13, words)
    try:
        text = unpacker.decompress(bytes(stored[1:]))
    except zlib.error as error:
        raise ValueError("a packed value is damaged") from error
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError("a packed value is damaged")
    return json.loads(text)


class PackedJSONField(models.BinaryField):  # type: ignore[type-arg]
    """A JSON value that is kept packed. The database cannot look inside: nothing is filtered or sorted by it."""

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Any:
        """What was stored."""
        return None if value is None else unpacked(bytes(value))

    def to_python(self, value: Any) -> Any:
        """The value as it is."""
        return value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """What is stored for a value."""
        return super().get_db_prep_value(None if value is None else packed(value), connection, prepared)

    def get_lookup(self, lookup_name: str) -> Any:
        """None but for IS NULL: a comparison would compare how two values were packed."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None
