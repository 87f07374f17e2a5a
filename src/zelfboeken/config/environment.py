"""What the environment says: `ZELFBOEKEN_*` and `DATABASE_URL`, checked when it is read."""

from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class AddressWrong(ValueError):
    """The address of a database that is none; the password in it is not told again."""

    code = "address_wrong"

    def __init__(self) -> None:
        super().__init__(
            "Het adres van de databank klopt niet. Schrijf postgresql://gebruiker:wachtwoord@server:poort/databank."
        )


class Environment(BaseSettings):
    """The settings of one installation."""

    model_config = SettingsConfigDict(env_prefix="ZELFBOEKEN_", extra="ignore")

    secret_key: SecretStr = SecretStr("only-for-tests-and-the-demo")
    demo: bool = False
    hosts: list[str] = ["localhost", "127.0.0.1", "[::1]"]
    plain_http: bool = True
    origins: list[str] = []
    address: str = ""
    former_secret_keys: list[SecretStr] = []
    mail_host: str = ""
    mail_port: int = 0
    mail_security: Literal["starttls", "tls", "none"] = "starttls"
    mail_user: str = ""
    mail_password: SecretStr = SecretStr("")
    mail_from: str = ""
    mail_folder: Path | None = None
    oidc_server: str = ""
    oidc_name: str = "OpenID"
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    files: Path = Path("var/files")
    locale_folder: Path = Path(__file__).resolve().parents[3] / "locale"
    database_url: str = Field(default="postgresql:///zelfboeken", validation_alias="DATABASE_URL")

    def own_address(self) -> str:
        """Where the portal is reached, without a slash at the end: the one that every link in a mail begins with.

        It is never taken from a request, so that nobody who names another host gets a link to it sent (INV-38).
        """
        scheme = "http" if self.plain_http else "https"
        return (self.address or next(iter(self.origins), "") or f"{scheme}://{self.hosts[0]}").rstrip("/")

    def mail(self) -> dict[str, Any]:
        """Django's settings for sending mail: to a server when one is named, else into files in a folder."""
        if not self.mail_host:
            return {
                "EMAIL_BACKEND": "zelfboeken.runtime.mail.ToFiles",
                "EMAIL_FILE_PATH": self.mail_folder or self.files.parent / "mail",
            }
        return {
            "EMAIL_BACKEND": "zelfboeken.runtime.mail.ToServer",
            "EMAIL_HOST": self.mail_host,
            "EMAIL_PORT": self.mail_port or _MAIL_PORTS[self.mail_security],
            "EMAIL_HOST_USER": self.mail_user,
            "EMAIL_HOST_PASSWORD": self.mail_password.get_secret_value(),
            "EMAIL_USE_TLS": self.mail_security == "starttls",
            "EMAIL_USE_SSL": self.mail_security == "tls",
            "EMAIL_TIMEOUT": 10,
        }

    def oidc(self) -> dict[str, Any]:
        """allauth's description of the provider of the log-in by OpenID Connect; empty when none is named."""
        if not self.oidc_server:
            return {}
        app = {
            "provider_id": OIDC,
            "name": self.oidc_name,
            "client_id": self.oidc_client_id,
            "secret": self.oidc_client_secret.get_secret_value(),
            "settings": {"server_url": self.oidc_server, "oauth_pkce_enabled": True},
        }
        return {"openid_connect": {"APPS": [app]}}

    def database(self) -> dict[str, Any]:
        """Django's description of the database at `DATABASE_URL`."""
        return database_from_url(self.database_url)


OIDC = "oidc"
"""The one provider's name in addresses."""
_MAIL_PORTS = {"starttls": 587, "tls": 465, "none": 25}


def database_from_url(url: str) -> dict[str, Any]:
    """Django's DATABASES entry for a ``postgresql://user:password@host:port/name?option=value`` address.

    A socket folder goes in the query as ``host``. Raises AddressWrong for anything else.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressWrong from None
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.lstrip("/"):
        raise AddressWrong
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or options.pop("user", "")),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or parts.hostname or "",
        "PORT": str(port or options.pop("port", "")),
        "CONN_MAX_AGE": 600,
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": 2, **options},
    }
