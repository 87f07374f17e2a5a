"""Answers by mail: an address of one person in one question, real messages, and all that is refused and kept."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core import mail as outbox

from tests.banking import take_in
from tests.books import NOW
from tests.files import invoice
from tests.questions.stage import link_to, open_stage, reply, reply_to_of
from zelfboeken.access.models import RoleAssignment, User
from zelfboeken.audit.models import Event
from zelfboeken.documents.limits import MAX_BYTES
from zelfboeken.documents.models import Arrival, Document
from zelfboeken.documents.storage import read_original, sha256_of
from zelfboeken.inbox.answers import GivenFile, answer_with_files
from zelfboeken.inbox.mail_in import NOBODYS, MailTaken, receive_mail
from zelfboeken.inbox.models import Outcome, Reading
from zelfboeken.questions.models import Attachment, IncomingMail, Message, Participant, Question, StrandedMail
from zelfboeken.questions.services import MAIL_LASTS, close, hand_to
from zelfboeken.questions.tokens import read_token, reply_address, token_in
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db


class Asked:
    """The office asked about a payment, and the user who books was mailed; no scope is open."""

    def __init__(self) -> None:
        with open_stage() as self.stage:
            self.question = self.stage.ask(self.stage.office)
        self.user = self.stage.books.user
        self.address = reply_to_of(self.user)
        self.domain = self.stage.books.domain

    def receive(self, content: bytes, *receivers: str, at: Any = NOW) -> MailTaken:
        """A mail comes in."""
        return receive_mail(content=content, receivers=receivers, at=at, link_to=link_to)

    def said(self) -> list[tuple[str, str, str]]:
        """What was said since the question itself: who, which way, what."""
        with domain_scope(self.domain.id):
            rows = Message.objects.filter(domain_id=self.domain.id, question_id=self.question.id, n__gt=1).order_by("n")
            return [(one.author_name, one.way, one.text) for one in rows]

    def kept(self) -> list[tuple[str, str]]:
        """(outcome, code) of the mails of this domain."""
        with domain_scope(self.domain.id):
            return list(
                IncomingMail.objects.filter(domain_id=self.domain.id).order_by("id").values_list("outcome", "code")
            )

    def state(self) -> str:
        """Of the question."""
        with domain_scope(self.domain.id):
            return Question.objects.get(domain_id=self.domain.id, id=self.question.id).state


@pytest.fixture
def asked() -> Asked:
    return Asked()


def test_an_answer_by_mail_is_that_of_the_one_its_address_names(asked: Asked):
    content = reply(
        sender=asked.user.email, to=asked.address, text="Voor de winkel.\n\nOp 24/11/2026 schreef Els:\n> Ja?"
    )

    taken = asked.receive(content)

    assert (taken.outcome, taken.code, taken.domain) == ("TAKEN", "", asked.domain.slug)
    assert taken.question == str(asked.question.public_id)
    assert asked.said() == [(asked.user.name, "MAIL", "Voor de winkel.")]
    assert asked.state() == "ANSWERED"
    assert asked.kept() == [("TAKEN", "")]
    assert read_original(domain_id=asked.domain.id, sha256=sha256_of(content)) == content
    assert outbox.outbox[-1].to == [asked.stage.office.email]
    with domain_scope(asked.domain.id):
        assert Message.objects.get(domain_id=asked.domain.id, n=2).quoted == "Op 24/11/2026 schreef Els:\n> Ja?"


def test_the_asker_answers_on_by_mail_with_an_address_of_his_own(asked: Asked):
    asked.receive(reply(sender=asked.user.email, to=asked.address))
    his = reply_to_of(asked.stage.office)

    assert his != asked.address
    assert (
        asked.receive(reply(sender=asked.stage.office.email, to=his, text="Welke?", mail_id="<2@t>")).outcome == "TAKEN"
    )
    assert [one[0] for one in asked.said()] == [asked.user.name, "Els Kantoor"]
    assert asked.state() == "OPEN"


def test_a_closed_question_is_opened_again_by_a_mail(asked: Asked):
    with domain_scope(asked.domain.id):
        close(access=asked.stage.access(asked.stage.office), question=asked.question, at=NOW)

    assert asked.receive(reply(sender=asked.user.email, to=asked.address)).outcome == "TAKEN"
    assert asked.state() == "OPEN"


def test_the_address_counts_where_the_mail_server_says_it_and_in_whatever_case(asked: Asked):
    head = reply(sender=asked.user.email.upper(), to="iemand@example.test")

    assert asked.receive(head, asked.address.upper()).outcome == "TAKEN"


def test_a_file_by_mail_becomes_a_document_and_its_sender_is_told_what_became_of_it(asked: Asked):
    content = reply(
        sender=asked.user.email,
        to=asked.address,
        files=[("factuur.xml", invoice("2026-77")), ("leeg.txt", b""), ("../../bon.pdf", b"%PDF-1.7 niets")],
    )

    taken = asked.receive(content)

    assert (taken.outcome, taken.files) == ("TAKEN", 2)
    with domain_scope(asked.domain.id):
        rows = Attachment.objects.filter(domain_id=asked.domain.id).order_by("n")
        assert [one.name for one in rows] == ["factuur.xml", "bon.pdf"]
        assert "Aankoop 2026-77" in rows[0].outcome
        document = Document.objects.get(domain_id=asked.domain.id, id=rows[0].document_id)
        assert Reading.objects.get(domain_id=asked.domain.id, document_id=document.id).outcome == Outcome.INVOICE
        assert Arrival.objects.get(domain_id=asked.domain.id, document_id=document.id).source == "MAIL"
    told = [one for one in outbox.outbox if one.to == [asked.user.email]][-1]
    assert "factuur.xml: Aankoop 2026-77" in told.body
    assert "bon.pdf: Dit is een pdf." in told.body


def test_the_same_mail_twice_is_one_answer_also_when_servers_wrote_on_it_underway(asked: Asked):
    content = reply(sender=asked.user.email, to=asked.address)

    assert [asked.receive(content).outcome for _ in range(3)] == ["TAKEN", "REPEATED", "REPEATED"]
    by_another_way = asked.receive(b"Received: from elders\r\n" + content)

    assert (by_another_way.outcome, by_another_way.code) == ("REFUSED", "repeated")
    assert len(asked.said()) == 1
    assert asked.kept() == [("TAKEN", ""), ("REFUSED", "repeated")]


def test_abuse26_another_sender_is_refused_and_kept_and_gets_no_answer(asked: Asked):
    before = len(outbox.outbox)
    for n, sender in enumerate(
        ["vreemd@example.test", asked.stage.owner.email, f'"{asked.user.email}" <vreemd@example.test>', "geen adres"]
    ):
        content = reply(sender=sender, to=asked.address, mail_id=f"<{n}@t>")
        taken = asked.receive(content)
        assert taken.outcome == "REFUSED", sender
        assert read_original(domain_id=asked.domain.id, sha256=taken.sha256) == content
    assert {code for _, code in asked.kept()} == {"wrong_sender", "unreadable"}
    assert asked.said() == []
    assert len(outbox.outbox) == before
    with domain_scope(asked.domain.id):
        assert Event.objects.filter(domain_id=asked.domain.id, action="mail.refused").count() == 4


def test_two_senders_in_one_mail_are_nobody(asked: Asked):
    content = b"From: %s, vreemd@example.test\r\nTo: %s\r\n\r\nJa" % (asked.user.email.encode(), asked.address.encode())

    assert asked.receive(content).outcome == "REFUSED"
    assert asked.said() == []


def test_a_forged_or_changed_address_is_of_no_domain_and_kept_for_who_runs_the_server(asked: Asked):
    local, _, host = asked.address.partition("@")
    named, _, seal = local.removeprefix("vraag+").rpartition(".")
    domain, _, participant = named.partition(".")
    forged = [
        f"vraag+{named}.{'a' * 26}@{host}",
        f"vraag+{named}.{seal[::-1]}@{host}",
        f"vraag+{domain}.{participant}0.{seal}@{host}",
        f"vraag+zzzz.{participant}.{seal}@{host}",
        f"vraag+{'9' * 13}.{'z' * 13}.{seal}@{host}",
    ]
    for n, address in enumerate(forged):
        content = reply(sender=asked.user.email, to=address, mail_id=f"<{n}@t>")
        taken = asked.receive(content)
        assert (taken.outcome, taken.code) == ("STRANDED", "forged"), address
        assert read_original(domain_id=NOBODYS, sha256=taken.sha256) == content
    elsewhere = asked.receive(reply(sender=asked.user.email, to=asked.address.replace(host, "elders.test")))
    assert (elsewhere.outcome, elsewhere.code) == ("STRANDED", "no_address")
    assert asked.kept() == []
    assert StrandedMail.objects.count() == 6


def test_an_address_that_is_too_old_or_was_handed_on_is_refused_and_its_sender_is_told_where_to_answer(asked: Asked):
    late = asked.receive(reply(sender=asked.user.email, to=asked.address), at=NOW + MAIL_LASTS)

    assert (late.outcome, late.code) == ("REFUSED", "expired")
    told = outbox.outbox[-1]
    assert told.to == [asked.user.email]
    assert f"https://test/{asked.domain.slug}/{asked.question.public_id}" in told.body
    with domain_scope(asked.domain.id):
        hand_to(
            access=asked.stage.access(asked.stage.office),
            question=asked.question,
            user_id=asked.stage.owner.id,
            at=NOW,
            link_to=link_to,
        )
    handed = asked.receive(reply(sender=asked.user.email, to=asked.address, mail_id="<2@t>"))
    assert (handed.outcome, handed.code) == ("REFUSED", "expired")
    assert asked.said() == [("Els Kantoor", "APP", "Bo Baas")]


def test_a_new_mail_makes_the_address_valid_for_longer(asked: Asked):
    asked.receive(reply(sender=asked.user.email, to=asked.address), at=NOW + timedelta(days=80))
    his = reply_to_of(asked.stage.office)
    later = NOW + timedelta(days=160)

    assert asked.receive(reply(sender=asked.stage.office.email, to=his, mail_id="<2@t>"), at=later).outcome == "TAKEN"


def test_inv23_who_lost_the_right_answers_no_more_by_mail_either(asked: Asked):
    RoleAssignment.objects.filter(member__user=asked.user).update(state="WITHDRAWN")

    taken = asked.receive(reply(sender=asked.user.email, to=asked.address))

    assert (taken.outcome, taken.code) == ("REFUSED", "not_allowed")
    User.objects.filter(id=asked.user.id).update(is_active=False)
    assert asked.receive(reply(sender=asked.user.email, to=asked.address, mail_id="<2@t>")).code == "not_allowed"
    assert asked.said() == []


@pytest.mark.parametrize("head", [{"Auto_Submitted": "auto-replied"}, {"Precedence": "auto_reply"}])
def test_an_out_of_office_reply_is_no_answer_and_is_answered_by_nobody(asked: Asked, head: dict[str, str]):
    before = len(outbox.outbox)

    taken = asked.receive(reply(sender=asked.user.email, to=asked.address, text="Ik ben er niet.", **head))

    assert (taken.outcome, taken.code) == ("REFUSED", "automatic")
    assert len(outbox.outbox) == before


def test_a_mail_without_own_words_or_files_is_refused_and_told(asked: Asked):
    taken = asked.receive(reply(sender=asked.user.email, to=asked.address, text="> Waarvoor was dit?\n"))

    assert (taken.outcome, taken.code) == ("REFUSED", "empty")
    assert outbox.outbox[-1].subject == "Niet aanvaard: Waarvoor was dit?"


def test_a_mail_above_50_mb_is_refused_told_and_kept_whole(asked: Asked):
    content = reply(sender=asked.user.email, to=asked.address) + b"x" * MAX_BYTES

    taken = asked.receive(content)

    assert (taken.outcome, taken.code) == ("REFUSED", "too_large")
    assert read_original(domain_id=asked.domain.id, sha256=taken.sha256) == content


def test_hostile_mails_break_nothing_and_are_kept(asked: Asked):
    head = f"From: {asked.user.email}\r\nTo: {asked.address}\r\n".encode()
    parts = b"".join(b"--g\r\nContent-Type: text/plain\r\n\r\nx\r\n" for _ in range(500))
    for content, code in (
        (head + b'Content-Type: multipart/mixed; boundary="g"\r\n\r\n' + parts + b"--g--", "unreadable"),
        (b"", "unreadable"),
        (b"\x00\xff" * 500, "unreadable"),
        (b"From: x@y\r\n\r\n" + b"a" * 100_000, "no_address"),
    ):
        taken = asked.receive(content)
        assert taken.code == code
        assert taken.outcome in {"REFUSED", "STRANDED"}
    assert asked.said() == []
    assert asked.receive(reply(sender=asked.user.email, to=asked.address)).outcome == "TAKEN"


def test_a_script_in_a_mail_stays_text(asked: Asked):
    text = "<script>alert('x')</script> & <b>vet</b>"
    asked.receive(reply(sender=asked.user.email, to=asked.address, text=text))

    assert asked.said()[0][2] == text


def test_the_address_holds_no_secret_of_the_database_and_only_this_key_makes_it(settings: Any):
    settings.REPLY_DOMAIN = "antwoord.test"
    settings.SECRET_KEY = "eerste"
    address = reply_address(domain_id=12, participant_id=345_678)
    token = token_in([f"Vraag <{address}>"])

    assert len(address.partition("@")[0]) <= 64
    assert read_token(token) == (12, 345_678)
    settings.SECRET_KEY = "tweede"
    assert read_token(token) is None
    settings.SECRET_KEY_FALLBACKS = ["eerste"]
    assert read_token(token) == (12, 345_678)
    assert reply_address(domain_id=12, participant_id=345_678) != address
    settings.REPLY_DOMAIN = ""
    assert (reply_address(domain_id=12, participant_id=345_678), token_in([address])) == ("", "")


def test_without_a_domain_for_answers_mails_name_no_address_to_answer_to(settings: Any):
    settings.REPLY_DOMAIN = ""
    with open_stage() as stage:
        stage.ask(stage.office)

    assert outbox.outbox[-1].reply_to == []
    assert "##-" not in outbox.outbox[-1].body


@pytest.fixture
def mail_server(settings: Any) -> Iterator[list[bytes]]:
    """A real mail server; what it was given, as it would hand it to a pipe."""
    given: list[bytes] = []

    class Keeper:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
            given.append(envelope.content)
            return "250 OK"

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(Keeper(), hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "zelfboeken.runtime.mail.ToServer"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield given
    server.stop()


def test_from_question_to_answer_over_a_real_mail_server(mail_server: list[bytes], settings: Any):
    with open_stage() as stage:
        question = stage.ask(stage.office, title="Waarvoor was de betaling in café Één?")
    [sent] = [message_from_bytes(one, policy=default) for one in mail_server]
    assert sent["To"] == stage.books.user.email
    assert sent["Subject"].strip() == "Vraag: Waarvoor was de betaling in café Één?"

    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sent["To"], sent["Reply-To"], f"Re: {sent['Subject']}"
    made["Message-ID"] = "<antwoord@example.test>"
    text = sent.get_body(("plain",)).get_content()
    quoted = "\n".join(f"> {line}" for line in text.split("\n"))
    made.set_content(f"Een etentje met klant Ümit.\n\nOp 25/11/2026 schreef Els:\n{quoted}")
    with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT) as post:
        post.send_message(made)

    taken = receive_mail(content=mail_server[-1], at=NOW, link_to=link_to)

    assert taken.outcome == "TAKEN"
    with domain_scope(stage.books.domain.id):
        last = Message.objects.filter(domain_id=question.domain_id).latest("n")
        assert (last.text, last.way, last.author_name) == ("Een etentje met klant Ümit.", "MAIL", stage.books.user.name)
    # The office is told of it, over the same server.
    assert message_from_bytes(mail_server[-1], policy=default)["To"] == stage.office.email


def test_every_participant_has_his_own_address(asked: Asked):
    with domain_scope(asked.domain.id):
        ids = list(Participant.objects.filter(domain_id=asked.domain.id).values_list("id", flat=True))
    addresses = {reply_address(domain_id=asked.domain.id, participant_id=one) for one in ids}

    assert len(addresses) == 2


def test_a_file_that_went_along_with_an_answer_is_read_when_it_is_handed_in_later():
    with open_stage() as stage:
        question = stage.ask(stage.office)
        taken = answer_with_files(
            access=stage.access(stage.books.user),
            question=question,
            text="",
            files=[GivenFile("factuur.xml", invoice("2026-78"))],
            is_delivered=False,
            at=NOW,
            link_to=link_to,
        )
        assert taken.outcomes == ()
        assert not Reading.objects.filter(domain_id=stage.books.domain.id, outcome=Outcome.INVOICE).exists()

        arrived = take_in(stage.books, invoice("2026-78"), name="factuur.xml")

        assert (arrived.is_repeat, arrived.outcome) == (False, Outcome.INVOICE)
