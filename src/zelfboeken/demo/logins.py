"""Who signs in to the demo."""

from zelfboeken.access.rights import Role

PASSWORD = "bakkerij-voorbeeld"  # noqa: S105 - the demo's own, printed at its start
SLUG = "bakkerij"
USERS = (
    ("backoffice@bakkerij.example", "Bo Backoffice", frozenset({Role.BACKOFFICE}), False),
    ("directie@bakkerij.example", "Dirk Directie", frozenset({Role.MANAGEMENT}), True),
    ("kijker@bakkerij.example", "Kim Kijker", frozenset({Role.VIEWER}), False),
)
OFFICE_USER = ("kantoor@kantoor.example", "Katrien Kantoor")
