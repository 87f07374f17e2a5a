"""Mails: plain text with the same in simple HTML, through a real server or into a folder."""

from __future__ import annotations

import datetime
import email
import email.policy
import socket
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.mail import send_mail
from pydantic import SecretStr, ValidationError

from zelfboeken.config.environment import Environment
from zelfboeken.runtime.mail import MailNotSent, html_of, send_later, send_now

TEXT = """Dag Mia,

Kies hier een nieuw wachtwoord:

https://boek.example/account/x-1/

<b>Niet</b> vet & "los"
tweede lijn
"""


class Inbox:
    """What a real server took in, and from whom."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuses = False
        self.was_encrypted: list[bool] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.refuses:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        content = envelope.content.replace(b"\r\n", b"\n")
        self.mails.append(email.message_from_bytes(content, policy=email.policy.default))  # type: ignore[arg-type]
        self.was_encrypted.append(session.ssl is not None)
        return "250 OK"


def certificate(folder: Path) -> Path:
    """A certificate for localhost with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "localhost.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def encrypted(inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Controller]:
    """A server that asks for STARTTLS and a password, with a certificate that this machine trusts."""
    path = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)

    def allowed(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"portaal", b"geheim"))

    running = Controller(
        inbox,
        hostname="localhost",
        port=free_port("localhost"),
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=allowed,
    )
    running.start()
    yield running
    running.stop()


@pytest.fixture
def plain(inbox: Inbox) -> Iterator[Controller]:
    running = Controller(inbox, hostname="127.0.0.1", port=free_port("127.0.0.1"))
    running.start()
    yield running
    running.stop()


def port_of(server: Controller) -> int:
    return int(server.port)


def free_port(host: str) -> int:
    """The server takes no 0 for one of its own choice."""
    with socket.create_server((host, 0)) as probe:
        return int(probe.getsockname()[1])


def use(settings: Any, environment: Environment) -> None:
    """As settings.py does it."""
    for name, value in environment.mail().items():
        setattr(settings, name, value)
    settings.DEFAULT_FROM_EMAIL = "Zelfboeken <portaal@boek.example>"


def test_a_mail_reaches_a_real_server_encrypted_and_signed_in_as_text_and_html(
    encrypted: Controller, inbox: Inbox, settings: Any
):
    use(
        settings,
        Environment(
            mail_host="localhost", mail_port=port_of(encrypted), mail_user="portaal", mail_password=SecretStr("geheim")
        ),
    )

    send_now(to="mia@example.test", language="nl", written=lambda: ("Nieuw\nwachtwoord", TEXT))

    [mail] = inbox.mails
    assert inbox.was_encrypted == [True]
    assert (mail["From"], mail["To"], mail["Subject"], mail["Content-Language"]) == (
        "Zelfboeken <portaal@boek.example>",
        "mia@example.test",
        "Nieuw wachtwoord",
        "nl",
    )
    parts = {part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()}
    assert list(parts) == ["text/plain", "text/html"]
    assert parts["text/plain"].strip() == TEXT.strip()
    assert '<html lang="nl">' in parts["text/html"]
    assert '<a href="https://boek.example/account/x-1/">https://boek.example/account/x-1/</a>' in parts["text/html"]


def test_a_certificate_nobody_knows_and_a_wrong_password_send_nothing(
    encrypted: Controller, inbox: Inbox, settings: Any, monkeypatch: pytest.MonkeyPatch
):
    given = {"mail_host": "localhost", "mail_port": port_of(encrypted), "mail_user": "portaal"}
    use(settings, Environment(**given, mail_password=SecretStr("fout")))
    with pytest.raises(MailNotSent):
        send_now(to="mia@example.test", language="nl", written=lambda: ("x", "x"))
    monkeypatch.delenv("SSL_CERT_FILE")
    use(settings, Environment(**given, mail_password=SecretStr("geheim")))
    with pytest.raises(MailNotSent):
        send_now(to="mia@example.test", language="nl", written=lambda: ("x", "x"))

    assert inbox.mails == []


def test_a_mailbox_that_is_refused_is_told_to_who_waits_and_undoes_nothing_for_who_does_not(
    plain: Controller, inbox: Inbox, settings: Any, db: None, django_capture_on_commit_callbacks: Any
):
    use(settings, Environment(mail_host="127.0.0.1", mail_port=port_of(plain), mail_security="none"))
    inbox.refuses = True

    with pytest.raises(MailNotSent) as no:
        send_now(to="weg@example.test", language="nl", written=lambda: ("x", "x"))
    with django_capture_on_commit_callbacks(execute=True):
        send_later(to="weg@example.test", language="nl", written=lambda: ("x", "x"))

    assert str(no.value) == "De mail kon niet verstuurd worden. Probeer het over enkele minuten opnieuw."
    assert inbox.mails == []


def test_a_mail_that_any_part_of_the_portal_sends_gets_its_html(plain: Controller, inbox: Inbox, settings: Any):
    use(settings, Environment(mail_host="127.0.0.1", mail_port=port_of(plain), mail_security="none"))

    send_mail("Bundel", "Dag\n\nKlaar.", None, ["mia@example.test"])
    send_mail("Eigen", "Dag", None, ["mia@example.test"], html_message="<p>Eigen</p>")

    found = [[part.get_content_type() for part in mail.walk() if not part.is_multipart()] for mail in inbox.mails]
    assert found == [["text/plain", "text/html"]] * 2
    assert "<p>Dag</p>\n<p>Klaar.</p>" in inbox.mails[0].get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert inbox.mails[1].get_body(("html",)).get_content().strip() == "<p>Eigen</p>"  # type: ignore[union-attr]


def test_a_server_that_is_not_there_is_told(settings: Any, inbox: Inbox):
    gone = Controller(inbox, hostname="127.0.0.1", port=free_port("127.0.0.1"))
    gone.start()
    port = port_of(gone)
    gone.stop()
    use(settings, Environment(mail_host="127.0.0.1", mail_port=port, mail_security="none"))

    with pytest.raises(MailNotSent):
        send_now(to="mia@example.test", language="nl", written=lambda: ("x", "x"))


def test_without_a_server_mails_are_files_in_the_folder_of_the_demo(settings: Any, tmp_path: Path):
    use(settings, Environment(files=tmp_path / "files"))

    send_now(to="mia@example.test", language="fr", written=lambda: ("Lien", TEXT))

    [path] = (tmp_path / "mail").iterdir()
    written = path.read_text(encoding="utf-8")
    assert "Content-Language: fr" in written
    assert "text/plain" in written
    assert '<html lang="fr">' in written


def test_inv31_what_looks_like_html_is_text_in_a_mail():
    html = html_of('Dag <script>alert(1)</script>\n\nhttps://x.example/"><img src=x onerror=y>', language='nl"><x')

    assert "<script" not in html
    assert "<img" not in html
    assert "<x" not in html
    assert "<p>Dag &lt;script&gt;alert(1)&lt;/script&gt;</p>" in html


@pytest.mark.parametrize(
    ("security", "port", "starttls", "tls"),
    [("starttls", 587, True, False), ("tls", 465, False, True), ("none", 25, False, False)],
)
def test_the_port_follows_the_security_unless_it_is_given(security: Any, port: int, starttls: bool, tls: bool):
    made = Environment(mail_host="mail.example", mail_security=security).mail()

    assert (made["EMAIL_PORT"], made["EMAIL_USE_TLS"], made["EMAIL_USE_SSL"]) == (port, starttls, tls)
    assert Environment(mail_host="mail.example", mail_security=security, mail_port=2525).mail()["EMAIL_PORT"] == 2525


def test_an_unknown_security_is_no_setting():
    with pytest.raises(ValidationError):
        Environment(mail_security="ssl")  # type: ignore[arg-type]
