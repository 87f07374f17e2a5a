"""What the pages of one's own account show."""

from dataclasses import dataclass

from zelfboeken.portal.pages.parts import Link, Reason


@dataclass(frozen=True, slots=True)
class AccountPart:
    """A line of the account page: what it is, how it stands, and where it is changed."""

    label: str
    text: str
    link: Link


@dataclass(frozen=True, slots=True)
class AccountEventRow:
    """Something that happened to the account."""

    when: str
    text: str
    where: str


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Je account. The form beside it sends ``name`` and ``language``."""

    parts: tuple[AccountPart, ...]
    events: tuple[AccountEventRow, ...]


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A device on which somebody is signed in. Sends ``session=id``."""

    id: str
    device: str
    ip: str
    since: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class SessionsPage:
    """Where one is signed in. Sends ``all=1`` to end every session, ``others=1`` all but this one."""

    rows: tuple[SessionRow, ...]
    has_others: bool


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """A passkey of the user."""

    name: str
    text: str
    rename_url: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class SecondStepPage:
    """The second step of signing in: an app, passkeys, recovery codes. ``owed`` is the role that asks for it."""

    state: Reason
    owed: bool
    app: str
    app_link: Link
    passkeys: tuple[PasskeyRow, ...]
    add_passkey: Link
    codes: str
    codes_links: tuple[Link, ...]
    go_on: Link | None = None


@dataclass(frozen=True, slots=True)
class Square:
    """A square code as the path of a drawing, and how many modules it is wide."""

    path: str
    size: int
