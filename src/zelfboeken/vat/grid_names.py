"""What the grids of a return are called, after the texts of the official schema (Belgian rules, chapter 2.3)."""

GRID_NAMES = {
    0: "Nultarief en bijzondere regelingen",
    1: "Handelingen aan 6 %",
    2: "Handelingen aan 12 %",
    3: "Handelingen aan 21 %",
    44: "Diensten met verlegde btw in een andere lidstaat",
    45: "Btw verlegd naar de medecontractant",
    46: "Vrijgestelde leveringen binnen de EU",
    47: "Andere vrijgestelde handelingen en handelingen in het buitenland",
    48: "Uitgereikte creditnota's op 44 en 46",
    49: "Andere uitgereikte creditnota's",
    81: "Handelsgoederen, grond- en hulpstoffen",
    82: "Diensten en diverse goederen",
    83: "Bedrijfsmiddelen",
    84: "Ontvangen creditnota's op 86 en 88",
    85: "Andere ontvangen creditnota's",
    86: "Aankoop van goederen binnen de EU",
    87: "Andere aankopen met verlegde btw",
    88: "Diensten uit de EU met verlegde btw",
    54: "Btw op 01, 02 en 03",
    55: "Btw op 86 en 88",
    56: "Btw op 87",
    57: "Btw op invoer met verlegging",
    59: "Aftrekbare btw",
    61: "Regularisaties voor de Staat",
    62: "Regularisaties voor jou",
    63: "Terug te storten btw op ontvangen creditnota's",
    64: "Terug te krijgen btw op uitgereikte creditnota's",
    71: "Te betalen aan de Staat",
    72: "Terug te krijgen van de Staat",
}
"""In the order of the return: frame II (sales), III (purchases), IV (due), V (deductible), VI (balance)."""

SALES_GRIDS = (0, 1, 2, 3, 44, 45, 46, 47, 48, 49)
PURCHASE_GRIDS = (81, 82, 83, 84, 85, 86, 87, 88)

CHECK_NAMES = {
    "13": "Geen enkel rooster is negatief",
    "71-72": "De aangifte heeft precies één saldo",
    "C": "55 past bij 86 en 88",
    "D": "56 en 57 passen bij 87",
    "O": "54 is 6, 12 en 21 % van 01, 02 en 03",
    "P": "55 is niet hoger dan 21 % van 84, 86 en 88",
    "Q": "56 en 57 zijn niet hoger dan 21 % van 85 en 87",
    "S": "59 is niet meer dan de helft van 81 tot 85",
    "T": "63 past bij 85",
    "U": "64 past bij 49",
    "AC": "88 past bij de andere aankopen",
    "AD": "44 past bij de andere verkopen",
}
"""What each control of chapter 2.5 says when it holds, by its code."""
