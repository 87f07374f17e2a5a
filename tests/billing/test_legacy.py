"""The old "Backoffice toegang" (S3): kept with its end date, forecast, replaced at once, undone for thirty days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any

import psycopg
import pytest
from django.core import mail
from django.db import DatabaseError, transaction
from django.urls import reverse

from tests.billing.stage import START, Stage, confirm_examples, give, make_stage
from tests.books import new_user
from tests.portal.pages import browser_of
from tests.threads import in_threads
from zelfboeken.access.models import (
    CutOver,
    Invitation,
    LegacyGrant,
    PortalMember,
    PortalRoleAssignment,
    User,
)
from zelfboeken.access.rights import PortalRole, Right
from zelfboeken.access.services import Access, NotAllowed, UnknownDomain, access_of, add_member, domains_of
from zelfboeken.audit.models import Event, PortalEvent
from zelfboeken.billing.legacy import (
    ImportRefused,
    LegacyRefused,
    cut_over,
    cut_over_day,
    guests_of,
    import_grants,
    invite_guests,
    read_list,
    set_cut_over_day,
    undo_cut_over,
    undo_import,
)
from zelfboeken.billing.legacy_rules import (
    CUT_OVER_ON,
    UNDONE_WITHIN,
    Afterwards,
    Forecast,
    GuestFacts,
    Step,
    Todo,
    forecast,
    grants_of,
    read_day,
)
from zelfboeken.billing.readers.legacy_csv import LegacyRow, read_legacy_csv
from zelfboeken.runtime.cage import Refused
from zelfboeken.runtime.roles import Urls
from zelfboeken.tenancy.models import Bundle, Domain, DomainFacts, Lifecycle, PricingModel
from zelfboeken.tenancy.scope import domain_scope

HEAD = "domein;e-mail;naam;vanaf;tot\n"
ROW = LegacyRow(2, "bakker", "An@Gast.example", "An Gast", "2021-05-01", "")
LATER = START + timedelta(hours=1)


def link_to(token: str) -> str:
    return f"http://localhost/uitnodiging/{token}/"


# The list


def test_a_list_is_read_with_its_line_numbers_whatever_separates_its_columns():
    for between in ";,\t":
        text = HEAD.replace(";", between) + f"\nbakker{between}an@gast.example{between}An{between}2021-05-01{between}\n"
        assert read_legacy_csv(("\ufeff" + text).encode()) == (
            LegacyRow(3, "bakker", "an@gast.example", "An", "2021-05-01", ""),
        )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"\xff\xfe\x00", "not_utf8"),
        (b"domein;e-mail;vanaf\n\0", "not_text"),
        (b"domein;e-mail;vanaf;extra\n", "column_unknown"),
        (b"domein;naam;vanaf\n", "column_missing"),
        (b"domein;e-mail;email;vanaf\n", "column_twice"),
        (b"domein;e-mail;vanaf\na;b\n", "row_length"),
        (b'domein;e-mail;vanaf\n"a;b;c\n', "csv_broken"),
        (b"domein;e-mail;vanaf\n" + b"x" * 301 + b";b;c\n", "cell_too_long"),
        (b"domein;e-mail;vanaf\n" + b"a;b;c\n" * 5_001, "too_many_rows"),
    ],
)
def test_what_is_no_list_is_refused_with_what_to_do(content: bytes, code: str):
    with pytest.raises(Refused) as refused:
        read_legacy_csv(content)
    assert refused.value.code == code
    assert str(refused.value).endswith((".", "tot."))


def test_the_list_is_read_in_the_cage():
    assert read_list((HEAD + "bakker;an@gast.example;An;2021-05-01;\n").encode())[0].email == "an@gast.example"
    with pytest.raises(ImportRefused):
        read_list(b"x" * (1024 * 1024 + 1))
    with pytest.raises(ImportRefused) as refused:
        read_list(b"\xff\xff")
    assert "CSV UTF-8" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2021-05-01", date(2021, 5, 1)),
        ("1/5/2021", date(2021, 5, 1)),
        ("01.05.2021", date(2021, 5, 1)),
        ("2021-02-29", None),
        ("morgen", None),
        ("", None),
        ("2021-5", None),
        ("١/٥/٢٠٢١", None),
    ],
)
def test_a_day_is_read_as_people_and_programs_write_it(text: str, day: date | None):
    assert read_day(text) == day


def judged(*rows: LegacyRow, standing: Any = ()) -> tuple[Any, Any]:
    return grants_of(rows, domains={"bakker"}, standing=standing, cut_over_on=CUT_OVER_ON)


def test_a_line_becomes_a_grant_that_ends_on_the_day_of_the_cut_over():
    [grant], problems = judged(ROW)

    assert problems == ()
    assert (grant.domain, grant.email, grant.granted_on, grant.ends_on) == (
        "bakker",
        "an@gast.example",
        date(2021, 5, 1),
        date(2022, 1, 1),
    )


def test_the_last_day_of_a_line_still_counts():
    [one_day], _ = judged(replace(ROW, ends_on="2021-05-01"))
    [whole], _ = judged(replace(ROW, ends_on="2021-12-31"))

    assert (one_day.ends_on, whole.ends_on) == (date(2021, 5, 2), CUT_OVER_ON)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"domain": "slager"}, "Domein slager is er niet in dit portaal."),
        ({"email": "an"}, "an is geen mailadres."),
        ({"granted_on": "ooit"}, "Vanaf ooit is geen datum."),
        ({"ends_on": "later"}, "Tot later is geen datum."),
        ({"granted_on": "2022-01-01"}, "Vanaf 01/01/2022 bestaat de oude toegang niet meer"),
        ({"ends_on": "2022-01-01"}, "Tot 01/01/2022 valt niet voor 01/01/2022"),
        ({"ends_on": "2021-04-30"}, "Tot 30/04/2021 valt voor vanaf 01/05/2021"),
    ],
)
def test_a_line_that_is_wrong_says_what_and_how_to_mend_it(change: dict[str, str], told: str):
    grants, [problem] = judged(replace(ROW, **change))

    assert grants == ()
    assert (problem.number, problem.text[: len(told)]) == (2, told) or told in problem.text


def test_a_line_twice_and_one_that_is_kept_already_are_told():
    _, [twice] = judged(ROW, replace(ROW, number=3))
    _, [kept] = judged(ROW, standing={("bakker", "an@gast.example")})

    assert (twice.number, "staat al op regel 2" in twice.text) == (3, True)
    assert "staat er al voor bakker" in kept.text


# The forecast


LIVE = DomainFacts(
    pricing_model=PricingModel.BUNDLE,
    bundle=Bundle.MEDIUM,
    lifecycle=Lifecycle.ACTIVE,
    trial_until=None,
    is_authorised=True,
)
READY = GuestFacts(
    domain=LIVE,
    is_member=True,
    is_invited=False,
    is_guest=False,
    has_directie=True,
    holds_backoffice=True,
    has_room=True,
)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (READY, Forecast((), (), Afterwards.BOOKS_ON)),
        (replace(READY, is_guest=True), Forecast((Step.END_GUEST,), (), Afterwards.BOOKS_ON)),
        (
            replace(READY, is_member=False, holds_backoffice=False),
            Forecast((Step.INVITE,), (Todo.ACCEPT_INVITATION, Todo.GIVE_ROLE), Afterwards.LOCKED_OUT),
        ),
        (
            replace(READY, is_member=False, is_invited=True, holds_backoffice=False),
            Forecast((), (Todo.ACCEPT_INVITATION, Todo.GIVE_ROLE), Afterwards.LOCKED_OUT),
        ),
        (
            replace(READY, holds_backoffice=False, domain=replace(LIVE, is_authorised=False)),
            Forecast((Step.SWITCH_ON,), (Todo.GIVE_ROLE,), Afterwards.WAITS),
        ),
        (
            replace(READY, holds_backoffice=False, domain=replace(LIVE, bundle=Bundle.MINIMAL)),
            Forecast((), (Todo.TAKE_BUNDLE, Todo.GIVE_ROLE), Afterwards.WAITS),
        ),
        (
            replace(READY, holds_backoffice=False, domain=replace(LIVE, trial_until=date(2026, 12, 1))),
            Forecast((), (Todo.END_TRIAL, Todo.GIVE_ROLE), Afterwards.WAITS),
        ),
        (
            replace(
                READY,
                holds_backoffice=False,
                domain=replace(LIVE, pricing_model=PricingModel.MODULES, is_authorised=False),
            ),
            Forecast((), (Todo.LEAVE_MODULES, Todo.GIVE_ROLE), Afterwards.WAITS),
        ),
        (
            replace(READY, holds_backoffice=False, domain=replace(LIVE, pricing_model=PricingModel.LEGACY)),
            Forecast((), (Todo.LEAVE_MODULES, Todo.GIVE_ROLE), Afterwards.WAITS),
        ),
        (
            replace(READY, is_member=False, holds_backoffice=False, domain=replace(LIVE, lifecycle="ARCHIVED")),
            Forecast((), (Todo.MAKE_LIVE, Todo.ACCEPT_INVITATION, Todo.GIVE_ROLE), Afterwards.LOCKED_OUT),
        ),
        (
            replace(READY, holds_backoffice=False, has_directie=False, has_room=False),
            Forecast((), (Todo.NAME_OWNER, Todo.MORE_PLACES, Todo.GIVE_ROLE), Afterwards.WAITS),
        ),
    ],
)
def test_the_forecast_says_what_happens_and_what_must_be_done(facts: GuestFacts, expected: Forecast):
    assert forecast(facts) == expected


def test_whoever_books_on_lacks_nothing_and_who_is_no_user_is_always_locked_out():
    flags = ("is_member", "is_invited", "is_guest", "has_directie", "holds_backoffice", "has_room")
    for values in product((False, True), repeat=len(flags)):
        for bundle, model, life in product(Bundle.values, PricingModel.values, Lifecycle.values):
            facts = replace(
                READY,
                domain=replace(LIVE, bundle=bundle, pricing_model=model, lifecycle=life),
                **dict(zip(flags, values, strict=True)),
            )
            told = forecast(facts)
            assert (told.afterwards is Afterwards.LOCKED_OUT) == (not facts.is_member)
            assert (told.afterwards is Afterwards.BOOKS_ON) == (told.todo == ())


# The services


def a_list(stage: Stage, *emails: str, since: str = "2021-05-01") -> bytes:
    return (HEAD + "".join(f"{stage.domain.slug};{one};Gast;{since};\n" for one in emails)).encode()


def kept(stage: Stage, *emails: str) -> None:
    with transaction.atomic():
        import_grants(office=stage.portal, content=a_list(stage, *emails), at=START)


def guest_of(stage: Stage, email: str, *, is_portal_guest: bool = True) -> User:
    user = new_user(email, name="Gerda Gast")
    if is_portal_guest:
        member = PortalMember.objects.create(user=user, portal=stage.domain.portal)
        PortalRoleAssignment.objects.create(member=member, role=PortalRole.GUEST.value)
    return user


def actions(stage: Stage) -> list[str]:
    with domain_scope(stage.domain.id):
        found = Event.objects.filter(domain_id=stage.domain.id, action__startswith="legacy.").order_by("id")
        return list(found.values_list("action", flat=True))


@pytest.mark.django_db
def test_s3_a_list_is_kept_with_its_end_date_or_not_at_all():
    stage = make_stage()
    wrong = a_list(stage, "an@gast.example", "bo@gast.example") + b"elders;cleo@gast.example;;2021-05-01;\n;;;;x\n"

    with pytest.raises(ImportRefused) as refused:
        import_grants(office=stage.portal, content=wrong, at=START)
    assert [one.number for one in refused.value.problems] == [4, 5]
    assert str(refused.value) == "2 regels kloppen niet. Er is niets bewaard."
    assert not LegacyGrant.objects.filter(domain=stage.domain).exists()
    assert actions(stage) == []

    kept(stage, "an@gast.example", "bo@gast.example")
    found = LegacyGrant.objects.filter(domain=stage.domain).values_list("email", "granted_on", "ends_on")
    assert set(found) == {(f"{one}@gast.example", date(2021, 5, 1), CUT_OVER_ON) for one in ("an", "bo")}
    assert actions(stage) == ["legacy.imported", "legacy.imported"]


@pytest.mark.django_db
@pytest.mark.parametrize("role", [PortalRole.CONTROLLER, PortalRole.PORTAL_BACKOFFICE, PortalRole.DATA_ENTRY])
def test_only_a_portaalbeheerder_takes_any_of_these_steps(role: PortalRole):
    stage = make_stage()
    office = stage.portal
    other = PortalMember.objects.create(user=new_user("blijft@kantoor.test"), portal=stage.domain.portal)
    PortalRoleAssignment.objects.create(member=other, role=PortalRole.PORTAL_ADMIN.value)
    PortalRoleAssignment.objects.filter(member__user=stage.admin).update(role=role.value)

    steps: list[Any] = [
        lambda: import_grants(office=office, content=b"", at=START),
        lambda: undo_import(office=office, at=START),
        lambda: invite_guests(office=office, at=START, link_to=link_to),
        lambda: cut_over(office=office, at=START, link_to=link_to),
        lambda: undo_cut_over(office=office, at=START),
    ]
    for step in steps:
        with pytest.raises(NotAllowed):
            step()


def rights_on(user: User, stage: Stage, day: date) -> frozenset[Right]:
    return access_of(user_id=user.id, slug=stage.domain.slug, on=day).rights


@pytest.mark.django_db
def test_s3_before_its_end_the_guest_books_and_from_that_day_he_does_not():
    stage = make_stage(is_authorised=False, bundle=Bundle.MINIMAL)
    guest = guest_of(stage, "an@gast.example")
    kept(stage, guest.email)
    last = CUT_OVER_ON - timedelta(days=1)

    assert {Right.DOCUMENT_BOOK, Right.BANK_SPLIT, Right.LEDGER_SEE} <= rights_on(guest, stage, last)
    assert {Right.ROLE_GIVE, Right.PERIOD_CLOSE, Right.PORTAL_MANAGE} & rights_on(guest, stage, last) == set()
    assert [one.slug for one in domains_of(user_id=guest.id, on=last)] == [stage.domain.slug]
    for day in (date(2021, 4, 30), CUT_OVER_ON, START.date()):
        with pytest.raises(UnknownDomain):
            rights_on(guest, stage, day)
        assert domains_of(user_id=guest.id, on=day) == []


@pytest.mark.django_db
def test_a_guest_of_two_domains_is_told_that_there_is_another_place_while_that_access_stands():
    here, there = make_stage(), make_stage()
    guest = guest_of(here, "an@gast.example", is_portal_guest=False)
    kept(here, guest.email)
    last = CUT_OVER_ON - timedelta(days=1)

    def access(on: date) -> Access:
        return access_of(user_id=guest.id, slug=here.domain.slug, on=on)

    assert not access(last).has_other_places
    kept(there, guest.email)
    assert access(last).has_other_places
    add_member(domain=here.domain, user=guest)
    assert not access(CUT_OVER_ON).has_other_places


@pytest.mark.django_db
@pytest.mark.parametrize(("life", "books"), [("ACTIVE", True), ("BLOCKED", False), ("ARCHIVED", False)])
def test_the_old_access_obeys_the_life_of_the_domain(life: str, books: bool):
    stage = make_stage(lifecycle=life)
    guest = guest_of(stage, "an@gast.example")
    kept(stage, guest.email)

    assert (Right.DOCUMENT_BOOK in rights_on(guest, stage, date(2021, 12, 31))) == books


@pytest.mark.django_db
def test_the_old_access_is_no_seat_and_costs_no_place():
    confirm_examples()
    stage = make_stage(users=9)
    kept(stage, *(f"gast{n}@gast.example" for n in range(9)))
    with domain_scope(stage.domain.id):
        give(stage, stage.others[0])
    assert stage.states() == {"Dirk MANAGEMENT": "ACTIVE", "An BACKOFFICE": "ACTIVE"}


@pytest.mark.django_db
def test_the_dry_run_looks_at_each_guest_and_changes_nothing():
    stage = make_stage(is_authorised=False)
    guest_of(stage, "an@gast.example")
    kept(stage, "an@gast.example", stage.others[0].user.email)
    before = (Event.objects.none().count(), Invitation.objects.count(), stage.now().is_authorised)

    told = {one.grant.email: one.forecast for one in guests_of(office=stage.portal, at=START)}

    assert told == {
        "an@gast.example": Forecast(
            (Step.INVITE, Step.SWITCH_ON, Step.END_GUEST),
            (Todo.ACCEPT_INVITATION, Todo.GIVE_ROLE),
            Afterwards.LOCKED_OUT,
        ),
        stage.others[0].user.email: Forecast((Step.SWITCH_ON,), (Todo.GIVE_ROLE,), Afterwards.WAITS),
    }
    assert (0, Invitation.objects.count(), stage.now().is_authorised) == before
    assert mail.outbox == []


@pytest.mark.django_db
def test_invitations_go_out_before_the_cut_over_to_who_is_no_user_and_once(django_capture_on_commit_callbacks: Any):
    stage = make_stage()
    kept(stage, "an@gast.example", stage.others[0].user.email)

    with django_capture_on_commit_callbacks(execute=True):
        assert invite_guests(office=stage.portal, at=START, link_to=link_to) == 1
        assert invite_guests(office=stage.portal, at=LATER, link_to=link_to) == 0

    assert [one.to for one in mail.outbox] == [["an@gast.example"]]
    assert LegacyGrant.objects.get(email="an@gast.example").invited_at == START


@pytest.mark.django_db
def test_s2_s3_the_cut_over_is_the_step_of_the_office_and_gives_nobody_a_role(django_capture_on_commit_callbacks: Any):
    stage = make_stage(is_authorised=False)
    guest = guest_of(stage, "an@gast.example")
    client = browser_of(guest)
    assert not client.get("/").get("Location", "").startswith(reverse("account_login"))
    kept(stage, guest.email)

    with django_capture_on_commit_callbacks(execute=True):
        cut_over(office=stage.portal, at=LATER, link_to=link_to)

    domain = stage.now()
    assert (domain.is_authorised, domain.workflow, domain.former_workflow) == (True, "EXCLUDED", "NORMAL")
    assert stage.states() == {"Dirk MANAGEMENT": "ACTIVE"}
    assert Invitation.objects.get(domain=domain).email == guest.email
    held = PortalRoleAssignment.objects.filter(member__user=guest, withdrawn_at__isnull=True)
    assert not held.exists()
    assert client.get("/")["Location"].startswith(reverse("account_login"))
    with pytest.raises(UnknownDomain):
        rights_on(guest, stage, CUT_OVER_ON - timedelta(days=1))
    assert sorted(one.to[0] for one in mail.outbox) == sorted(
        [guest.email, guest.email, stage.owner.user.email, stage.owner.user.email]
    )
    assert actions(stage) == ["legacy.imported", "legacy.ended"]
    assert PortalEvent.objects.filter(portal=domain.portal, action="legacy.cut_over").count() == 1


@pytest.mark.django_db
def test_s3_after_the_cut_over_no_old_access_comes_any_more():
    stage = make_stage()
    kept(stage, "an@gast.example")
    cut_over(office=stage.portal, at=LATER, link_to=link_to)

    with pytest.raises(LegacyRefused) as refused:
        kept(stage, "bo@gast.example")
    assert refused.value.code == "cut_over_done"
    with pytest.raises(LegacyRefused):
        cut_over(office=stage.portal, at=LATER, link_to=link_to)
    with pytest.raises(LegacyRefused):
        undo_import(office=stage.portal, at=LATER)
    with pytest.raises(LegacyRefused):
        set_cut_over_day(portal=stage.domain.portal, on=date(2027, 1, 1), at=LATER)
    assert LegacyGrant.objects.filter(domain=stage.domain).count() == 1


@pytest.mark.django_db
def test_the_cut_over_is_undone_for_thirty_days_and_not_after():
    stage = make_stage(is_authorised=False)
    guest = guest_of(stage, "an@gast.example")
    kept(stage, guest.email)
    cut_over(office=stage.portal, at=LATER, link_to=link_to)

    with pytest.raises(LegacyRefused) as too_late:
        undo_cut_over(office=stage.portal, at=LATER + UNDONE_WITHIN)
    assert too_late.value.code == "undo_too_late"
    undo_cut_over(office=stage.portal, at=LATER + UNDONE_WITHIN - timedelta(seconds=1))

    domain = stage.now()
    assert (domain.is_authorised, domain.workflow) == (False, "NORMAL")
    assert Right.DOCUMENT_BOOK in rights_on(guest, stage, CUT_OVER_ON - timedelta(days=1))
    assert PortalRoleAssignment.objects.filter(member__user=guest, role="GUEST", withdrawn_at=None).exists()
    assert not Invitation.objects.filter(domain=domain, withdrawn_at__isnull=True).exists()
    assert actions(stage)[-1] == "legacy.restored"
    with pytest.raises(LegacyRefused) as nothing:
        undo_cut_over(office=stage.portal, at=LATER)
    assert nothing.value.code == "nothing_to_undo"
    assert cut_over(office=stage.portal, at=LATER, link_to=link_to).undone_at is None


@pytest.mark.django_db
def test_undoing_leaves_zelfboeken_on_where_it_was_on_already():
    stage = make_stage(is_authorised=True)
    kept(stage, "an@gast.example")
    cut_over(office=stage.portal, at=LATER, link_to=link_to)

    undo_cut_over(office=stage.portal, at=LATER)

    assert stage.now().is_authorised


@pytest.mark.django_db
def test_a_list_is_taken_back_for_thirty_days():
    stage = make_stage()
    kept(stage, "an@gast.example")
    import_grants(office=stage.portal, content=a_list(stage, "bo@gast.example"), at=LATER)

    with pytest.raises(LegacyRefused):
        undo_import(office=stage.portal, at=LATER + UNDONE_WITHIN)
    assert undo_import(office=stage.portal, at=LATER) == 1

    standing = LegacyGrant.objects.filter(domain=stage.domain, withdrawn_at__isnull=True)
    assert [one.email for one in standing] == ["an@gast.example"]
    import_grants(office=stage.portal, content=a_list(stage, "bo@gast.example"), at=LATER)


@pytest.mark.django_db
def test_the_day_of_the_cut_over_is_data_and_those_without_an_end_of_their_own_follow_it():
    stage = make_stage()
    guest = guest_of(stage, "an@gast.example")
    kept(stage, guest.email)
    portal = stage.domain.portal

    assert set_cut_over_day(portal=portal, on=date(2027, 1, 1), at=START)
    assert not set_cut_over_day(portal=portal, on=date(2027, 1, 1), at=START)
    assert cut_over_day(portal.id) == date(2027, 1, 1)
    assert Right.DOCUMENT_BOOK in rights_on(guest, stage, date(2026, 12, 31))
    import_grants(office=stage.portal, content=a_list(stage, "bo@gast.example", since="2026-06-01"), at=START)
    with pytest.raises(LegacyRefused) as refused:
        set_cut_over_day(portal=portal, on=date(2026, 6, 1), at=START)
    assert refused.value.code == "grant_begins_later"


@pytest.mark.django_db
def test_another_office_sees_and_imports_nothing_of_this_one():
    from tests.portal.offices import new_office

    stage, other = make_stage(), new_office()
    kept(stage, "an@gast.example")

    assert guests_of(office=other.access, at=START) == []
    with pytest.raises(ImportRefused) as refused:
        import_grants(office=other.access, content=a_list(stage, "bo@gast.example"), at=START)
    assert "is er niet in dit portaal" in refused.value.problems[0].text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong", [{"granted_on": CUT_OVER_ON}, {"granted_on": date(2023, 1, 1)}], ids=["same day", "later"]
)
def test_s3_the_database_keeps_no_grant_that_begins_at_or_after_its_end(wrong: dict[str, Any]):
    stage = make_stage()
    with pytest.raises(DatabaseError), transaction.atomic():
        LegacyGrant.objects.create(
            portal=stage.domain.portal,
            domain=stage.domain,
            email="an@gast.example",
            ends_on=CUT_OVER_ON,
            imported_at=START,
            imported_by=stage.admin,
            **wrong,
        )


@pytest.mark.django_db
def test_undoing_tells_each_guest_and_the_directie(django_capture_on_commit_callbacks: Any):
    stage = make_stage(is_authorised=True)
    guest = guest_of(stage, "an@gast.example")
    kept(stage, guest.email, "zonder@account.example")
    cut_over(office=stage.portal, at=LATER, link_to=link_to)
    with django_capture_on_commit_callbacks(execute=True):
        undo_cut_over(office=stage.portal, at=LATER)

    told = {one.to[0]: (one.subject, one.body) for one in mail.outbox if "ongedaan" in one.subject}
    assert set(told) == {guest.email, stage.owner.user.email}
    assert told[guest.email][0] == "Het einde van je Backoffice-toegang tot Bakkerij Voorbeeld is ongedaan gemaakt"
    assert "het einde blijft 01/01/2022" in told[guest.email][1]
    assert "Gast, Gast is weer wat ze was" in told[stage.owner.user.email][1]


LATE_GRANTS = {
    "a new one": (
        "grant_comes_before_the_cut_over",
        "INSERT INTO access_legacygrant (portal_id, domain_id, email, name, granted_on, ends_on, imported_at, "
        "imported_by_id, did_switch_on, did_end_guest) SELECT portal_id, domain_id, 'laat@gast.example', '', "
        "granted_on, ends_on, imported_at, imported_by_id, false, false FROM access_legacygrant "
        "WHERE email = 'an@gast.example'",
    ),
    "one that was withdrawn": (
        "grant_stays_as_it_was",
        "UPDATE access_legacygrant SET withdrawn_at = NULL WHERE email = 'weg@gast.example'",
    ),
    "a longer one": (
        "grant_stays_as_it_was",
        "UPDATE access_legacygrant SET ends_on = ends_on + 365 WHERE email = 'an@gast.example'",
    ),
    "one of somebody else": (
        "grant_stays_as_it_was",
        "UPDATE access_legacygrant SET email = 'ander@gast.example' WHERE email = 'an@gast.example'",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("late", LATE_GRANTS)
def test_s3_sabotage_only_its_trigger_keeps_a_grant_out_after_the_cut_over(own_database: Urls, late: str):
    trigger, statement = LATE_GRANTS[late]
    stage = make_stage()
    kept(stage, "an@gast.example", "weg@gast.example")
    LegacyGrant.objects.filter(email="weg@gast.example").update(withdrawn_at=START)
    with psycopg.connect(own_database.app) as session:
        assert session.execute(statement).rowcount == 1
        session.rollback()
    with transaction.atomic():
        cut_over(office=stage.portal, at=LATER, link_to=link_to)

    with (
        psycopg.connect(own_database.app) as session,
        pytest.raises(psycopg.errors.RestrictViolation, match="cut_over_done"),
    ):
        session.execute(statement)
    with psycopg.connect(own_database.migrate, autocommit=True) as owner:
        owner.execute("SET ROLE zb_owner")
        owner.execute(f"DROP TRIGGER {trigger} ON access_legacygrant")
    with psycopg.connect(own_database.app) as session:
        assert session.execute(statement).rowcount == 1


@pytest.mark.slow
def test_s3_a_grant_and_a_cut_over_that_are_written_at_once_wait_for_one_another(own_database: Urls):
    stage = make_stage()
    kept(stage, "an@gast.example")
    made = (
        f"INSERT INTO access_cutover (portal_id, at, by_id) VALUES ({stage.domain.portal_id}, now(), {stage.admin.id})"
    )
    with psycopg.connect(own_database.app) as first, psycopg.connect(own_database.app) as second:
        first.execute(LATE_GRANTS["a new one"][1])
        second.execute("SET LOCAL lock_timeout = '300ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            second.execute(made)
        first.rollback()
        second.rollback()
        second.execute(made)
        first.execute("SET LOCAL lock_timeout = '300ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            first.execute(LATE_GRANTS["a new one"][1])


@pytest.mark.slow
def test_two_cut_overs_at_once_give_one(own_database: Urls):
    stage = make_stage(is_authorised=False)
    kept(stage, "an@gast.example", "bo@gast.example")

    def replace_them(_: int) -> str:
        try:
            with transaction.atomic():
                cut_over(office=stage.portal, at=LATER, link_to=link_to)
        except LegacyRefused as no:
            return no.code
        return "done"

    assert sorted(in_threads(4, replace_them)) == ["cut_over_done"] * 3 + ["done"]
    assert CutOver.objects.count() == 1
    assert Invitation.objects.filter(domain=stage.domain).count() == 2


@pytest.mark.slow
def test_an_import_while_the_cut_over_runs_comes_before_it_or_is_refused(own_database: Urls):
    for _ in range(3):
        stage = make_stage()
        kept(stage, "an@gast.example")

        def work(number: int, stage: Stage = stage) -> str:
            try:
                with transaction.atomic():
                    if number:
                        cut_over(office=stage.portal, at=LATER, link_to=link_to)
                    else:
                        import_grants(office=stage.portal, content=a_list(stage, "bo@gast.example"), at=LATER)
            except LegacyRefused as no:
                return no.code
            return "done"

        told = in_threads(2, work)
        assert told[1] == "done"
        assert told[0] in {"done", "cut_over_done"}
        loose = LegacyGrant.objects.filter(domain=stage.domain, cut_over__isnull=True, withdrawn_at__isnull=True)
        assert not loose.exists()
        with transaction.atomic():
            undo_cut_over(office=stage.portal, at=LATER)
            Domain.objects.filter(id=stage.domain.id).update(is_authorised=False)
