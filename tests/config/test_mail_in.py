"""`zelfboeken mail-in`: the pipe of a mail server. What it cannot take now the mail server keeps."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import Any

import pytest

from tests.config.command import ROOT, run
from tests.questions.stage import open_stage, reply
from zelfboeken.config import commands
from zelfboeken.questions.models import Message, Participant, StrandedMail
from zelfboeken.questions.tokens import reply_address
from zelfboeken.tenancy.scope import domain_scope


class Pipe:
    """The standard input of a command."""

    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)


@pytest.mark.django_db
def test_an_answer_is_taken_and_told_as_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, settings: Any
):
    settings.REPLY_DOMAIN = "antwoord.test"
    with open_stage() as stage:
        question = stage.ask(stage.office)
        his = Participant.objects.get(domain_id=question.domain_id, user=stage.books.user)
        address = reply_address(domain_id=question.domain_id, participant_id=his.id)
    content = reply(sender=stage.books.user.email, to="iemand@example.test", text="Voor de winkel.")
    monkeypatch.setattr(sys, "stdin", Pipe(content))

    ran = run(capsys, "mail-in", address)

    assert ran.code == 0
    assert ran.rows[0]["outcome"] == "TAKEN"
    assert ran.rows[0]["question"] == str(question.public_id)
    with domain_scope(question.domain_id):
        assert Message.objects.filter(domain_id=question.domain_id).latest("n").text == "Voor de winkel."


@pytest.mark.django_db
def test_a_mail_of_nobody_is_kept_and_the_command_is_done_with_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "stdin", Pipe(b"From: x@example.test\r\nSubject: Reclame\r\n\r\nKoop nu"))

    ran = run(capsys, "mail-in")

    assert ran.code == 0
    assert (ran.rows[0]["outcome"], ran.rows[0]["code"]) == ("STRANDED", "no_address")
    assert StrandedMail.objects.get().subject == "Reclame"


def test_a_mail_above_the_limit_goes_back_to_its_sender(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(commands, "_MOST_MAIL", 1_000)
    monkeypatch.setattr(sys, "stdin", Pipe(b"x" * 1_001))

    ran = run(capsys, "mail-in")

    assert (ran.code, ran.out) == (69, "")
    assert ran.err.startswith("Deze mail is groter dan 256 MB")


def test_without_a_database_the_mail_server_tries_again_later():
    done = subprocess.run(
        [sys.executable, "-m", "zelfboeken", "mail-in"],
        input=b"From: x@example.test\r\n\r\nDag",
        env={
            "PATH": "/usr/bin",
            "PYTHONPATH": str(ROOT / "src"),
            "DATABASE_URL": "postgresql://niemand@127.0.0.1:1/niets",
        },
        capture_output=True,
        timeout=120,
    )

    assert done.returncode == 75
    assert done.stdout == b""
    assert b"Traceback" not in done.stderr
    assert b"De databank antwoordt niet" in done.stderr
