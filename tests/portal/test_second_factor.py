"""The second step of signing in: an app, a passkey, recovery codes. The staff of an office cannot do without."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.exceptions import NoReverseMatch

from tests.books import PASSWORD, new_domain, new_user, office_access
from tests.everything import new_everything
from tests.portal.pages import SECRET, browser_of, give_app
from zelfboeken.access.models import AccountEvent, PortalMember, PortalRoleAssignment, User
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.access.services import add_member
from zelfboeken.demo.loading import give_demo_factor
from zelfboeken.portal.accounts import DEMO_CODE, DEMO_SECRET, SecondFactors
from zelfboeken.portal.second_factor import OPEN_WITHOUT
from zelfboeken.tenancy.models import Domain

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_attempts_yet() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def user() -> User:
    return new_domain()[1]


def code_of(secret: str, *, steps: int = 0) -> str:
    """What an app shows now, or so many steps of half a minute from now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps)))


def early_in_a_step() -> None:
    """Wait out the end of the half minute of a code, so that none passes while it is used."""
    left = 30 - time.time() % 30
    if left < 5:
        time.sleep(left)


def after_password(user: User) -> Client:
    """A browser in which the password was right."""
    client = Client()
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    return client


def second_step(client: Client, code: str) -> Any:
    return client.post(reverse("mfa_authenticate"), {"code": code})


def is_in(client: Client) -> bool:
    return client.get(reverse("account")).status_code == 200


def shown_again(client: Client) -> Client:
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302
    return client


def own_secret(client: Client) -> str:
    """The key that the page of setting up an app shows."""
    found = re.search(r"data-secret>([A-Z2-7 ]+)<", client.get(reverse("mfa_activate_totp")).content.decode())
    assert found
    return found[1].replace(" ", "")


def set_up_app(client: Client) -> str:
    """Set up an app, as a person does; its key."""
    secret = own_secret(client)
    answer = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    assert answer["Location"] == reverse("mfa_view_recovery_codes"), answer.content.decode()
    return secret


def recovery_codes(client: Client) -> list[str]:
    return re.findall(r"<li>(\d{4} \d{4})</li>", client.get(reverse("mfa_view_recovery_codes")).content.decode())


def told(action: str) -> list[dict[str, Any]]:
    return [one.detail for one in AccountEvent.objects.filter(action=action).order_by("id")]


# Setting up and signing in


def test_inv38_a_user_chooses_an_app_is_told_by_mail_and_his_other_sessions_end(
    user: User, django_capture_on_commit_callbacks: Any
):
    elsewhere = after_password(user)
    client = shown_again(after_password(user))

    with django_capture_on_commit_callbacks(execute=True):
        secret = set_up_app(client)

    assert not is_in(elsewhere)
    assert len(recovery_codes(client)) == 10
    assert "Aan: app" in client.get(reverse("account")).content.decode()
    assert told("factor_added") == [{"factor": "app"}, {"factor": "recovery_codes"}]
    assert [(one.to, one.subject) for one in mail.outbox] == [([user.email], "Tweede stap ingesteld")]
    again = after_password(user)
    assert not is_in(again)
    assert second_step(again, code_of(secret, steps=1))["Location"] == "/"
    assert is_in(again)
    assert told("signed_in")[-1] == {"ways": [{"method": "password"}, {"method": "mfa", "type": "totp"}]}


def test_the_square_holds_the_key_and_is_a_drawing_of_our_own(user: User):
    client = shown_again(after_password(user))

    page = client.get(reverse("mfa_activate_totp")).content.decode()

    assert re.search(r'<svg\s+class="square"\s+viewBox="0 0 \d+ \d+"', page)
    assert "data:image" not in page
    assert re.search(r'href="otpauth://totp/[^"]*issuer=Zelfboeken"', page)


def test_setting_up_needs_the_password_once_more(user: User):
    client = after_password(user)

    for name in ("mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes"):
        for answer in (client.get(reverse(name)), client.post(reverse(name), {"code": "123456"})):
            assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert not Authenticator.objects.exists()


def test_a_wrong_code_sets_nothing_up(user: User):
    client = shown_again(after_password(user))
    own_secret(client)

    page = client.post(reverse("mfa_activate_totp"), {"code": "000000"}).content.decode()

    assert "Deze code klopt niet, of ze is al gebruikt." in page
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("code", ["000000", "", "abc", "²²²²²²", "１２３４５６", "9" * 40])
def test_what_is_no_code_of_the_app_opens_nothing(user: User, code: str):
    give_app(user)
    client = after_password(user)

    assert second_step(client, code).status_code == 200

    assert not is_in(client)


def test_inv24_a_wrong_second_step_is_logged(user: User):
    give_app(user)
    second_step(after_password(user), "000000")

    assert told("sign_in_refused") == [{"way": "second_factor"}]


def test_inv38_a_code_opens_once_and_an_older_one_never_after_it(user: User):
    give_app(user)
    first, second, third = (after_password(user) for _ in range(3))
    early_in_a_step()
    former, code, later = (code_of(SECRET, steps=steps) for steps in (-1, 0, 1))
    assert second_step(first, code)["Location"] == "/"

    assert second_step(second, code).status_code == 200
    assert second_step(second, former).status_code == 200
    cache.clear()  # what the library remembers of used codes is not what refuses them
    assert second_step(third, code).status_code == 200
    assert second_step(third, later)["Location"] == "/"


def test_the_code_that_set_up_an_app_does_not_open_as_well(user: User):
    client = shown_again(after_password(user))
    code = code_of(own_secret(client))
    assert client.post(reverse("mfa_activate_totp"), {"code": code}).status_code == 302

    assert second_step(after_password(user), code).status_code == 200


@pytest.mark.parametrize(("steps", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_off_by_one_step(user: User, steps: int, opens: bool):
    give_app(user)
    client = after_password(user)
    early_in_a_step()

    assert (second_step(client, code_of(SECRET, steps=steps)).status_code == 302) == opens


def test_a_recovery_code_opens_once(user: User):
    client = shown_again(after_password(user))
    set_up_app(client)
    codes = recovery_codes(client)

    assert second_step(after_password(user), codes[3])["Location"] == "/"

    assert second_step(after_password(user), codes[3]).status_code == 200
    assert second_step(after_password(user), codes[4].replace(" ", ""))["Location"] == "/"
    assert recovery_codes(client) == [one for one in codes if one not in codes[3:5]]
    assert "nog 8 codes" in client.get(reverse("mfa_index")).content.decode()


def test_new_recovery_codes_take_the_place_of_the_former(user: User, django_capture_on_commit_callbacks: Any):
    client = shown_again(after_password(user))
    set_up_app(client)
    former = recovery_codes(client)
    mail.outbox.clear()

    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("mfa_generate_recovery_codes"))

    assert answer["Location"] == reverse("mfa_view_recovery_codes")
    assert set(former) & set(recovery_codes(client)) == set()
    assert second_step(after_password(user), former[0]).status_code == 200
    assert [one.subject for one in mail.outbox] == ["Nieuwe herstelcodes"]


def test_who_has_a_second_step_and_no_codes_is_offered_to_make_them(user: User):
    client = shown_again(after_password(user))
    set_up_app(client)
    Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).delete()

    page = client.get(reverse("mfa_index")).content.decode()

    assert "Je hebt er geen." in page
    assert f'href="{reverse("mfa_generate_recovery_codes")}"' in page
    assert client.post(reverse("mfa_generate_recovery_codes"))["Location"] == reverse("mfa_view_recovery_codes")
    assert len(recovery_codes(client)) == 10


def test_recovery_codes_come_as_a_file_to_who_showed_that_it_is_him(user: User):
    client = shown_again(after_password(user))
    set_up_app(client)

    answer = client.get(reverse("mfa_download_recovery_codes"))

    assert answer["Content-Disposition"] == 'attachment; filename="herstelcodes.txt"'
    assert answer.content.decode().splitlines() == ["Zelfboeken", *recovery_codes(client)]
    other = after_password(user)
    second_step(other, recovery_codes(client)[0])
    for name in ("mfa_download_recovery_codes", "mfa_view_recovery_codes"):
        assert other.get(reverse(name))["Location"].startswith(reverse("account_reauthenticate"))


def test_guessing_a_second_step_is_stopped_also_for_the_right_code(user: User):
    give_app(user)
    client = after_password(user)

    for _ in range(5):
        assert "Deze code klopt niet" in second_step(client, "000000").content.decode()

    assert "Te veel pogingen" in second_step(client, code_of(SECRET)).content.decode()
    assert not is_in(client)


def test_the_second_step_cannot_be_reached_or_passed_without_the_first(user: User):
    give_app(user)
    client = Client()

    assert client.get(reverse("mfa_authenticate"))["Location"] == reverse("account_login")
    assert second_step(client, code_of(SECRET))["Location"] == reverse("account_login")
    half = after_password(user)
    for name in ("account", "account_sessions", "mfa_index", "mfa_view_recovery_codes", "home"):
        assert half.get(reverse(name))["Location"].startswith(reverse("account_login")), name


def test_the_app_is_removed_by_who_shows_that_it_is_him(user: User, django_capture_on_commit_callbacks: Any):
    client = shown_again(after_password(user))
    set_up_app(client)
    elsewhere = after_password(user)
    second_step(elsewhere, recovery_codes(client)[0])
    mail.outbox.clear()

    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(reverse("mfa_deactivate_totp"))["Location"] == reverse("mfa_index")

    assert not Authenticator.objects.exists()
    assert not is_in(elsewhere)
    assert is_in(client)
    assert told("factor_removed") == [{"factor": "app"}, {"factor": "recovery_codes"}]
    assert [one.subject for one in mail.outbox] == ["Tweede stap verwijderd"]
    assert is_in(after_password(user))


# What the database keeps


def test_secrets_are_stored_encrypted_and_a_former_key_still_reads_them(user: User, settings: Any):
    give_app(user)
    stored = Authenticator.objects.get().data["secret"]
    assert SECRET not in stored

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "een-nieuwe-sleutel", [settings.SECRET_KEY]
    assert SecondFactors().decrypt(stored) == SECRET

    settings.SECRET_KEY_FALLBACKS = []
    assert SecondFactors().decrypt(stored) not in {SECRET, stored}


# INV-38: nobody touches the factor of somebody else


def passkey_of(user: User) -> Authenticator:
    """The row of a passkey, as far as pages without it need one."""
    return Authenticator.objects.create(user=user, type="webauthn", data={"name": "Telefoon", "credential": {}})


def test_inv38_the_passkey_of_somebody_else_is_like_one_that_does_not_exist(user: User):
    theirs = passkey_of(new_user("ander@example.test"))
    client = shown_again(after_password(user))

    for name in ("mfa_remove_webauthn", "mfa_edit_webauthn"):
        for method in ("get", "post"):
            foreign = getattr(client, method)(reverse(name, args=[theirs.pk]), {"name": "x"})
            unknown = getattr(client, method)(reverse(name, args=[9_000_000]), {"name": "x"})
            assert (foreign.status_code, foreign.content) == (404, unknown.content)
    theirs.refresh_from_db()
    assert theirs.data["name"] == "Telefoon"


def test_inv38_code_that_took_the_factor_of_another_would_be_stopped(user: User):
    other = new_user("ander@example.test")
    give_app(other)
    client = after_password(user)
    request = client.get(reverse("account")).wsgi_request
    for change in (Authenticator.objects.filter(user=other).delete, lambda: passkey_of(other)):
        with context.request_context(request), pytest.raises(PermissionError), transaction.atomic():
            change()
    assert [one.type for one in Authenticator.objects.all()] == ["totp"]


def test_a_passkey_is_renamed_and_removed_by_its_owner(user: User):
    client = shown_again(after_password(user))
    own = passkey_of(user)

    client.post(reverse("mfa_edit_webauthn", args=[own.pk]), {"name": "Werktelefoon"})
    assert "Werktelefoon" in client.get(reverse("mfa_index")).content.decode()
    answer = client.post(reverse("mfa_remove_webauthn", args=[own.pk]))

    assert answer["Location"] == reverse("mfa_index")
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("credential", ["", "null", "[]", "{}", '{"response": 1}', "x", '{"id": "a", "rawId": "a"}'])
def test_an_answer_that_no_passkey_gives_is_refused(user: User, credential: str):
    client = shown_again(after_password(user))
    client.get(reverse("mfa_add_webauthn"))

    answer = client.post(reverse("mfa_add_webauthn"), {"name": "x", "credential": credential})

    assert answer.status_code == 200
    assert not Authenticator.objects.exists()


# The staff of an office


def staff(domain: Domain, role: PortalRole = PortalRole.CONTROLLER) -> User:
    return User.objects.get(pk=office_access(domain, role).user_id)


@pytest.mark.parametrize("role", list(PortalRole))
def test_staff_without_a_second_factor_is_led_to_set_it_up_whatever_its_role(role: PortalRole):
    domain, _ = new_domain()
    user = new_user("kantoor@example.test")
    member = PortalMember.objects.create(user=user, portal=domain.portal)
    PortalRoleAssignment.objects.create(member=member, role=role)
    client = after_password(user)

    answer = client.get("/", follow=True)

    assert answer.redirect_chain[-1] == (reverse("mfa_index"), 303)
    page = answer.content.decode()
    assert "Stel eerst een tweede stap in." in page
    assert "Naar het begin" not in page


def named_addresses() -> Iterator[tuple[str, str]]:
    """Every address of the portal by its name, with something in each place."""
    values = {
        "domain": "domein", "pk": 1, "token": "x", "provider_id": "oidc", "number": 1, "page": 1, "entry_id": 1,
        "period": "2026-K4", "gl_code": "613000", "uidb36": "1", "key": "x-1", "slug": "aanmelden",
    }  # fmt: skip

    def walk(patterns: list[Any], prefix: str) -> Iterator[tuple[str, str]]:
        for one in patterns:
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns, prefix)
            elif isinstance(one, URLPattern) and one.name:
                names = one.pattern.regex.groupindex
                filled = {name: values.get(name, "00000000-0000-4000-8000-000000000000") for name in names}
                try:
                    yield one.name, reverse(one.name, kwargs=filled)
                except NoReverseMatch:
                    yield one.name, reverse(one.name, kwargs={**filled, **dict.fromkeys(set(names) - set(values), 1)})

    yield from walk(get_resolver().url_patterns, "")


def test_inv38_staff_without_a_second_factor_gets_nowhere_by_any_address_and_any_method():
    everything = new_everything(slug="domein")
    user = staff(everything.books.domain, PortalRole.PORTAL_ADMIN)
    client = after_password(user)
    tried = set()

    for name, address in named_addresses():
        if name in OPEN_WITHOUT:
            continue
        for method in ("get", "head", "post", "put", "patch", "delete", "options"):
            answer = getattr(client, method)(address)
            assert (answer.status_code, answer.get("Location")) == (303, reverse("mfa_index")), (name, method)
        tried.add(name)

    assert {"home", "start", "documents", "bank_line", "account_change_email", "mfa_deactivate_totp"} <= tried
    assert len(tried) > 25


def test_it_is_that_guard_and_nothing_else_that_keeps_them_out(settings: Any):
    domain = new_everything().books.domain
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "second_factor" not in one]

    assert after_password(staff(domain)).get(f"/d/{domain.slug}/").status_code == 200


def test_what_opens_without_a_second_factor_shows_nothing_of_an_office_or_a_domain():
    everything = new_everything(slug="domein")
    client = after_password(staff(everything.books.domain, PortalRole.PORTAL_ADMIN))

    for name, address in named_addresses():
        if name in OPEN_WITHOUT and name not in {"account_logout", "language"}:
            page = client.get(address, follow=True).content.decode()
            assert everything.books.domain.name not in page, name
            assert "/d/domein/" not in page, name


def test_a_member_of_a_domain_who_is_staff_too_gets_nowhere_without_it_either():
    domain, _ = new_domain()
    user = staff(domain)
    own, _ = new_domain()
    add_member(domain=own, user=user, roles=frozenset({Role.MANAGEMENT}))

    assert after_password(user).get(f"/d/{own.slug}/")["Location"] == reverse("mfa_index")


def test_staff_comes_in_at_the_request_after_it_was_set_up():
    everything = new_everything()
    domain = everything.books.domain
    client = shown_again(after_password(staff(domain)))
    assert client.get(f"/d/{domain.slug}/").status_code == 303

    set_up_app(client)

    assert client.get(f"/d/{domain.slug}/").status_code == 200
    assert "Naar het begin" in client.get(reverse("mfa_index")).content.decode()


def test_inv23_who_becomes_staff_is_led_to_it_at_his_next_request(user: User):
    everything = new_everything()
    client = browser_of(everything.books.user)
    assert client.get("/").status_code == 302
    member = PortalMember.objects.create(user=everything.books.user, portal=everything.books.domain.portal)
    given = PortalRoleAssignment.objects.create(member=member, role=PortalRole.DATA_ENTRY)

    assert client.get("/")["Location"] == reverse("mfa_index")

    PortalRoleAssignment.objects.filter(pk=given.pk).update(withdrawn_at="2026-11-25T10:00:00Z")
    assert client.get("/")["Location"] == f"/d/{everything.books.domain.slug}/"


def test_recovery_codes_alone_are_no_second_factor():
    domain, _ = new_domain()
    user = staff(domain)
    Authenticator.objects.create(user=user, type="recovery_codes", data={"seed": "x", "used_mask": 0})

    assert after_password(user).get("/")["Location"] == reverse("mfa_index")


def test_staff_keeps_its_last_factor_and_is_told_why():
    domain, _ = new_domain()
    user = staff(domain)
    client = shown_again(after_password(user))
    set_up_app(client)

    for answer in (client.get(reverse("mfa_deactivate_totp")), client.post(reverse("mfa_deactivate_totp"))):
        assert "Je rol bij het kantoor vraagt een tweede stap" in answer.content.decode()
    assert Authenticator.objects.filter(user=user, type="totp").exists()
    own = Authenticator.objects.get(user=user, type="totp")
    own.type, own.data = "webauthn", {"name": "Sleutel", "credential": {}}
    own.save()
    refused = client.post(reverse("mfa_remove_webauthn", args=[own.pk]))
    assert (refused.status_code, "vraagt een tweede stap" in refused.content.decode()) == (403, True)
    assert Authenticator.objects.filter(pk=own.pk).exists()


def test_a_user_of_a_domain_may_do_without():
    everything = new_everything()

    assert after_password(everything.books.user).get(f"/d/{everything.books.domain.slug}/").status_code == 200


# The demo


def test_the_fixed_code_of_the_demo_is_shown_there_and_opens(settings: Any):
    settings.DEMO = True
    domain, _ = new_domain()
    user = staff(domain)
    give_demo_factor(user)

    for _ in range(3):
        client = after_password(user)
        page = client.get(reverse("mfa_authenticate")).content.decode()
        assert "Dit is de demo" in page
        assert DEMO_CODE in page
        assert second_step(client, DEMO_CODE)["Location"] == "/"
    assert second_step(after_password(user), code_of(DEMO_SECRET))["Location"] == "/"


def test_outside_the_demo_neither_its_code_nor_its_key_opens_anything(settings: Any):
    domain, _ = new_domain()
    user = staff(domain)
    give_demo_factor(user)
    client = after_password(user)

    assert DEMO_CODE not in client.get(reverse("mfa_authenticate")).content.decode()
    assert second_step(client, DEMO_CODE).status_code == 200
    assert second_step(client, code_of(DEMO_SECRET)).status_code == 200
    assert not is_in(client)


def test_in_the_demo_the_fixed_code_opens_no_other_account(settings: Any):
    settings.DEMO = True
    domain, _ = new_domain()
    user = staff(domain)
    give_app(user)
    client = after_password(user)

    assert DEMO_CODE not in client.get(reverse("mfa_authenticate")).content.decode()
    assert second_step(client, DEMO_CODE).status_code == 200
