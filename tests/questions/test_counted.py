"""The counter of a domain tells whose turn it is in its questions: the same as its questions one by one (INV-26)."""

from __future__ import annotations

import pytest

from tests.books import NOW
from tests.questions.stage import Stage, controller, link_to, open_stage
from zelfboeken.access.models import User
from zelfboeken.questions.models import Question
from zelfboeken.questions.services import Words, answer, close, hand_to, standing_of
from zelfboeken.tenancy.scope import close_now
from zelfboeken.workload.models import Counter
from zelfboeken.workload.services import Miscounted, miscounted

pytestmark = pytest.mark.django_db


def kept(stage: Stage) -> tuple[int, int]:
    """(waits for the office, waits for the domain) as the counter says."""
    close_now()
    found = Counter.objects.get(domain_id=stage.books.domain.id)
    return found.questions_to_office, found.questions_to_client


def one_by_one(stage: Stage) -> tuple[int, int]:
    standings = [standing_of(one) for one in Question.objects.filter(domain_id=stage.books.domain.id)]
    return sum(office for office, _domain in standings), sum(domain for _office, domain in standings)


def say(stage: Stage, by: User, question: Question, text: str = "Zo is het.") -> Question:
    return answer(access=stage.access(by), question=question, words=Words(text), at=NOW, link_to=link_to)


def test_inv26_the_counter_follows_a_question_from_asking_to_closing_and_opening_again():
    with open_stage() as stage:
        colleague = controller(stage)
        seen = []

        def look() -> None:
            assert kept(stage) == one_by_one(stage)
            assert miscounted() == []
            seen.append(kept(stage))

        to_client = stage.ask(stage.office)
        look()
        to_office = stage.ask(stage.owner, title="Mag dit?")
        look()
        say(stage, stage.owner, to_client)
        look()
        say(stage, stage.office, to_client, "En waar is het bonnetje?")
        look()
        hand_to(
            access=stage.access(stage.office), question=to_office, user_id=colleague.id, at=NOW, link_to=link_to
        )  # fmt: skip
        look()
        close(access=stage.access(stage.office), question=to_client, at=NOW)
        look()
        say(stage, stage.owner, to_client, "Toch nog iets.")
        look()
        say(stage, colleague, to_office)
        look()

        assert seen == [(0, 1), (1, 1), (2, 0), (1, 1), (1, 1), (1, 0), (2, 0), (1, 1)]


def test_inv26_a_question_changed_behind_the_back_of_the_services_is_named():
    with open_stage() as stage:
        stage.ask(stage.office)
        close_now()
        Question.objects.filter(domain_id=stage.books.domain.id).update(state="CLOSED", waits_for="")

        assert miscounted() == [Miscounted("questions_to_client", "1", "0")]
