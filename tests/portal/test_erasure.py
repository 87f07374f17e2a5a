"""The end of an inactive domain on its sheet: announced, taken along, confirmed, and taken back while it lasts."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from tests.billing.stage import Stage, confirm_examples, know_operator, moment, open_stage
from tests.portal.offices import new_office
from tests.portal.pages import browser_of
from zelfboeken.access.models import User
from zelfboeken.audit.models import Event, PortalEvent
from zelfboeken.billing.erasure import erasure_of, months_later
from zelfboeken.billing.lifecycle import change_life
from zelfboeken.billing.models import ErasureStep, ErasureStepKind
from zelfboeken.billing.rules import Month
from zelfboeken.billing.statements import issue
from zelfboeken.tenancy.models import Domain, Lifecycle
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db
AWAY = moment("2026-03-10 09:00")
"""When the domain became inactive."""
ANNOUNCED = moment("2026-08-20 09:00")


class Clock:
    """What time it is in a test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = AWAY
        monkeypatch.setattr(timezone, "now", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def sheet(stage: Stage) -> str:
    return f"/kantoor/domeinen/{stage.domain.slug}/facturatie/"


def told_of(stage: Stage) -> str:
    # Signed in anew each time: weeks lie between two steps.
    response = browser_of(stage.admin).get(sheet(stage))
    assert response.status_code == 200
    return flat(response.content)


def flat(content: bytes) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", content.decode())).replace("\xa0", " ")


def put_away(at: datetime = AWAY) -> Stage:
    """A domain that is inactive since then."""
    confirm_examples()
    know_operator()
    with open_stage(bundle="MINIMAL", at=at - timedelta(days=40)) as stage:
        for life in (Lifecycle.ARCHIVED, Lifecycle.INACTIVE):
            change_life(office=stage.portal, domain_id=stage.domain.id, life=life, reason="stopt", at=at)
    return stage


def post(stage: Stage, action: str, **fields: str) -> tuple[int, str]:
    answer = browser_of(stage.admin).post(sheet(stage), {"action": action, **fields})
    return answer.status_code, flat(answer.content)


def announce(stage: Stage, clock: Clock) -> None:
    clock.now = ANNOUNCED
    assert post(stage, "announce_erasure", announce_reason="Zaak gestopt")[0] == 303


def take_along(stage: Stage) -> bytes:
    answer = browser_of(stage.admin).get(f"/kantoor/domeinen/{stage.domain.slug}/export/")
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def state_all(stage: Stage, until: datetime) -> None:
    """Every month that is over has its statement."""
    with domain_scope(stage.domain.id):
        month = Month(2026, 1)
        while month.until <= until.date():
            issue(domain_id=stage.domain.id, month=month, at=until)
            month = month.next


def kinds(stage: Stage) -> list[str]:
    with domain_scope(stage.domain.id):
        return list(ErasureStep.objects.filter(domain_id=stage.domain.id).order_by("id").values_list("kind", flat=True))


def test_it_is_announced_taken_along_and_confirmed_and_each_step_is_told(
    clock: Clock, django_capture_on_commit_callbacks
):
    stage = put_away()
    clock.now = ANNOUNCED
    assert "Wissen aankondigen" in told_of(stage)
    with django_capture_on_commit_callbacks(execute=True):
        announce(stage, clock)
    # Announced on the 20th of August: thirty days later is after the six months since the 10th of March.
    assert "Bevestigen kan vanaf 19/09/2026 09:00" in told_of(stage)
    assert [one.to for one in mail.outbox] == [[stage.owner.user.email]]
    assert mail.outbox[0].subject == "Alles van Bakkerij Voorbeeld wordt gewist vanaf 19/09/2026"
    assert "Reden: Zaak gestopt" in mail.outbox[0].body
    assert "tien jaar" in mail.outbox[0].body

    clock.now = moment("2026-09-19 08:59")
    assert post(stage, "confirm_erasure", erased_domain=stage.domain.slug)[0] == 409
    clock.now = moment("2026-09-19 09:00")
    code, told = post(stage, "confirm_erasure", erased_domain=stage.domain.slug)
    assert (code, "Neem eerst alles mee" in told) == (409, True)
    take_along(stage)
    code, told = post(stage, "confirm_erasure", erased_domain=stage.domain.slug)
    assert (code, "De afrekening van 01/2026 wacht nog" in told) == (409, True)
    state_all(stage, clock.now)
    assert "Wissen bevestigen" in told_of(stage)
    code, told = post(stage, "confirm_erasure", erased_domain="iets anders")
    assert (code, f"Typ het adres van het domein over: {stage.domain.slug}." in told) == (422, True)
    with django_capture_on_commit_callbacks(execute=True):
        assert post(stage, "confirm_erasure", erased_domain=f" {stage.domain.slug.upper()} ")[0] == 303

    assert kinds(stage) == ["ANNOUNCED", "CONFIRMED"]
    told = told_of(stage)
    assert "Bevestigd op 19/09/2026 door Pia." in told
    assert f"zelfboeken erase {stage.domain.slug}" in told
    assert mail.outbox[-1].subject == "Het wissen van Bakkerij Voorbeeld is bevestigd"
    actions = ["domain.erasure_announced", "domain.erasure_confirmed"]
    found = PortalEvent.objects.filter(portal_id=stage.domain.portal_id, action__startswith="domain.erasure")
    assert [one.action for one in found.order_by("id")] == actions
    assert {one.subject for one in found} == {f"domain:{stage.domain.slug}"}
    with domain_scope(stage.domain.id):
        logged = Event.objects.filter(domain_id=stage.domain.id, action__startswith="domain.erasure").order_by("id")
        assert [one.action for one in logged] == actions


def test_a_step_taken_twice_is_one_step(clock: Clock):
    stage = put_away()
    announce(stage, clock)
    announce(stage, clock)
    clock.now = moment("2026-10-02 09:00")
    take_along(stage)
    state_all(stage, clock.now)
    for _time in range(2):
        assert post(stage, "confirm_erasure", erased_domain=stage.domain.slug)[0] == 303

    assert kinds(stage) == ["ANNOUNCED", "CONFIRMED"]


def test_six_months_count_from_the_last_day_on_which_somebody_could_look(clock: Clock):
    stage = put_away()
    clock.now = moment("2026-05-31 10:00")
    assert post(stage, "look", looking_reason="Dirk")[0] == 303
    clock.now = moment("2026-08-31 10:00")
    assert "Definitief wissen" not in told_of(stage)
    assert post(stage, "announce_erasure", announce_reason="weg")[0] == 409
    assert post(stage, "close", looking_reason="Dirk")[0] == 303
    assert post(stage, "announce_erasure", announce_reason="weg")[0] == 303

    # The 31st of August and six months: February has no 31st.
    assert "Bevestigen kan vanaf 28/02/2027 10:00" in told_of(stage)
    # By the clock of the wall, also where it went back an hour meanwhile.
    assert months_later(moment("2026-08-31 10:00"), 6) == moment("2027-02-28 10:00")


@pytest.mark.parametrize("way", ["taken back", "opened again", "looked at again"])
def test_what_is_confirmed_can_still_be_ended_and_must_then_be_announced_anew(
    clock: Clock, way: str, django_capture_on_commit_callbacks
):
    stage = put_away()
    announce(stage, clock)
    clock.now = moment("2026-10-02 09:00")
    take_along(stage)
    state_all(stage, clock.now)
    assert post(stage, "confirm_erasure", erased_domain=stage.domain.slug)[0] == 303
    action, fields = {
        "taken back": ("withdraw_erasure", {"withdraw_reason": "Toch niet"}),
        "opened again": ("life", {"life": "ARCHIVED", "reason": "Toch niet"}),
        "looked at again": ("look", {"looking_reason": "Toch niet"}),
    }[way]
    with django_capture_on_commit_callbacks(execute=True):
        assert post(stage, action, **fields)[0] == 303

    assert kinds(stage) == ["ANNOUNCED", "CONFIRMED", "WITHDRAWN"]
    assert "Bakkerij Voorbeeld wordt niet gewist" in [one.subject for one in mail.outbox]
    with domain_scope(stage.domain.id):
        assert erasure_of(stage.now(), at=clock.now).announced is None


def test_an_announcement_or_its_end_without_a_reason_is_refused(clock: Clock):
    stage = put_away()
    code, told = post(stage, "announce_erasure", announce_reason=" ")
    assert (code, "Zeg waarom" in told, kinds(stage)) == (422, True, [])
    announce(stage, clock)
    code, told = post(stage, "withdraw_erasure", withdraw_reason="")
    assert (code, "Zeg waarom" in told, kinds(stage)) == (422, True, ["ANNOUNCED"])


def test_a_download_that_is_broken_off_is_no_export(clock: Clock):
    stage = put_away()
    announce(stage, clock)
    answer = browser_of(stage.admin).get(f"/kantoor/domeinen/{stage.domain.slug}/export/")
    parts = iter(answer.streaming_content)  # type: ignore[attr-defined]
    next(parts)
    del answer, parts
    assert "De export werd nog niet tot het einde meegenomen" in told_of(stage)
    take_along(stage)

    assert "De volledige export werd meegenomen op 20/08/2026" in told_of(stage)


def test_an_export_from_before_the_domain_was_inactive_does_not_count(clock: Clock):
    confirm_examples()
    know_operator()
    with open_stage(bundle="MINIMAL", at=AWAY - timedelta(days=40)) as stage:
        change_life(office=stage.portal, domain_id=stage.domain.id, life=Lifecycle.ARCHIVED, reason="stopt", at=AWAY)
    take_along(stage)
    clock.now = AWAY + timedelta(days=1)
    assert post(stage, "life", life="INACTIVE", reason="stopt")[0] == 303
    announce(stage, clock)

    assert "De export werd nog niet tot het einde meegenomen" in told_of(stage)


def test_a_domain_in_use_or_of_another_office_is_not_announced(clock: Clock):
    stage = put_away()
    other = new_office()
    assert other.browser().post(sheet(stage), {"action": "announce_erasure", "announce_reason": "x"}).status_code == 404
    code, told = post_to(other.browser(), other.url("facturatie/"))
    assert (code, "Alleen een inactief domein waar niemand in kijkt" in told) == (409, True)


def post_to(client: Client, url: str) -> tuple[int, str]:
    answer = client.post(url, {"action": "announce_erasure", "announce_reason": "x"})
    return answer.status_code, flat(answer.content)


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
def test_the_directie_is_told_in_its_own_language(clock: Clock, language: str, django_capture_on_commit_callbacks):
    stage = put_away()
    User.objects.filter(id=stage.owner.user_id).update(language=language)
    with django_capture_on_commit_callbacks(execute=True):
        announce(stage, clock)

    begins = {"nl": "Alles van", "fr": "Tout le contenu de", "en": "Everything of"}[language]
    assert mail.outbox[0].subject.startswith(begins)


def test_of_an_erased_domain_the_sheet_tells_so_and_takes_nothing(clock: Clock, monkeypatch: pytest.MonkeyPatch):
    stage = put_away()
    # What only its owner writes: here the page alone is looked at.
    as_erased = Domain.from_db.__func__  # type: ignore[attr-defined]

    def erased(cls: type[Domain], db: str, names: list[str], values: list[object]) -> Domain:
        found: Domain = as_erased(cls, db, names, values)
        found.erased_at = moment("2026-10-05 09:00")
        return found

    monkeypatch.setattr(Domain, "from_db", classmethod(erased))
    told = told_of(stage)

    assert "Alles van dit domein werd gewist op 05/10/2026." in told
    assert "Gewist" in told
    assert "Status wijzigen" not in told
    for action, fields in (
        ("life", {"life": "ARCHIVED", "reason": "terug"}),
        ("look", {"looking_reason": "x"}),
        ("announce_erasure", {"announce_reason": "x"}),
    ):
        code, refused = post(stage, action, **fields)
        assert (code, "Dit domein is definitief gewist" in refused) == (409, True)
    assert kinds(stage) == []
    assert ErasureStepKind.ERASED not in kinds(stage)
