"""One's own account: passwords, addresses, sessions, and the mails about them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail, signing
from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from tests.books import PASSWORD, new_domain, new_user
from tests.conftest import CheapArgon2
from tests.everything import new_everything
from tests.portal.pages import browser_of, give_app
from tests.portal.test_security import kept_nowhere, strict
from zelfboeken.access.models import AccountEvent, User
from zelfboeken.portal.devices import device_name

pytestmark = pytest.mark.django_db

NEW = "een-nieuw-lang-geheim"
TYPED = {"password1": NEW, "password2": NEW}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(autouse=True)
def no_attempts_yet() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def user() -> User:
    return new_domain()[1]


def signed_in(user: User, *, device: str = FIREFOX, password: str = PASSWORD) -> Client:
    """A browser in which the user signed in himself, as a person does."""
    client = Client(headers={"user-agent": device})
    answer = client.post(reverse("account_login"), {"login": user.email, "password": password})
    assert answer.status_code == 302, answer.content.decode()
    return client


def is_in(client: Client) -> bool:
    return client.get(reverse("account")).status_code == 200


def shown_again(client: Client, password: str = PASSWORD) -> Client:
    """The same browser, in which the user showed once more that it is him."""
    answer = client.post(reverse("account_reauthenticate"), {"password": password})
    assert answer.status_code == 302, answer.content.decode()
    return client


def link_in(message: Any) -> str:
    """The path of the link in a mail."""
    found = re.search(r"https?://[^/\s]+(/\S+)", str(message.body))
    assert found
    return found[1]


def reset_link(user: User) -> str:
    Client().post(reverse("account_reset_password"), {"email": user.email})
    return link_in(mail.outbox.pop())


def choose(link: str, typed: dict[str, str] = TYPED, client: Client | None = None) -> Any:
    """Open a link to a new password and choose one."""
    client = client or Client()
    form = client.get(link, follow=True)
    return client.post(form.request["PATH_INFO"], typed)


def told(action: str) -> list[AccountEvent]:
    return list(AccountEvent.objects.filter(action=action).order_by("id"))


# Signing in


def test_inv24_signing_in_and_out_and_a_refusal_are_logged_with_place_and_device(user: User):
    Client(headers={"user-agent": FIREFOX}).post(
        reverse("account_login"), {"login": user.email, "password": "fout-geraden"}
    )
    signed_in(user).post(reverse("account_logout"))

    events = list(AccountEvent.objects.order_by("id"))
    assert [(one.action, one.user_id, one.email) for one in events] == [
        ("sign_in_refused", user.pk, user.email),
        ("signed_in", user.pk, user.email),
        ("signed_out", user.pk, user.email),
    ]
    assert {(one.ip, one.device) for one in events} == {("127.0.0.1", FIREFOX)}
    assert events[1].detail == {"ways": [{"method": "password"}]}


class Counting(CheapArgon2):
    """Argon2, which counts how often it was asked to work."""

    worked = 0

    def encode(self, *args: Any, **kwargs: Any) -> str:
        Counting.worked += 1
        return str(super().encode(*args, **kwargs))

    def verify(self, *args: Any, **kwargs: Any) -> bool:
        Counting.worked += 1
        return bool(super().verify(*args, **kwargs))


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer_for_the_same_work(user: User, settings: Any):
    settings.PASSWORD_HASHERS = [f"{__name__}.Counting"]

    def tried(email: str) -> tuple[str, int, int]:
        before = Counting.worked
        page = Client().post(reverse("account_login"), {"login": email, "password": "fout-geraden"})
        events = AccountEvent.objects.filter(action="sign_in_refused").count()
        return re.sub(r'value="[^"]*"', "", page.content.decode()), Counting.worked - before, events

    known, unknown = tried(user.email), tried("niemand@example.test")

    assert known[0] == unknown[0]
    assert "Dit e-mailadres en wachtwoord horen niet bij elkaar." in known[0]
    assert (known[1], unknown[1]) == (1, 1)
    assert (known[2], unknown[2]) == (1, 2)


def test_a_closed_account_is_told_so_only_to_who_knows_its_password(user: User):
    User.objects.filter(pk=user.pk).update(is_active=False)

    wrong = Client().post(reverse("account_login"), {"login": user.email, "password": "fout-geraden"})
    right = Client().post(reverse("account_login"), {"login": user.email, "password": PASSWORD})

    assert "horen niet bij elkaar" in wrong.content.decode()
    assert (right.status_code, "niet meer in gebruik" in right.content.decode()) == (403, True)


def test_inv03_the_log_of_accounts_only_grows(user: User):
    signed_in(user)

    for change in (
        lambda: AccountEvent.objects.update(action="niets"),
        lambda: AccountEvent.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            change()
    assert len(told("signed_in")) == 1


# A link to a new password


def test_a_link_is_mailed_in_the_language_of_the_account_from_a_fixed_address(user: User, settings: Any):
    settings.ADDRESS = "https://boek.example"
    settings.ALLOWED_HOSTS = ["boek.example", "ander.example"]
    User.objects.filter(pk=user.pk).update(language="fr")

    Client().post(reverse("account_reset_password"), {"email": user.email}, headers={"host": "ander.example"})

    [sent] = mail.outbox
    assert (sent.to, sent.subject, sent.extra_headers["Content-Language"]) == (
        [user.email],
        "Choisir un nouveau mot de passe",
        "fr",
    )
    assert "https://boek.example/account/password/reset/key/" in str(sent.body)
    assert "ander.example" not in str(sent.body)
    assert [one.user_id for one in told("password_link_sent")] == [user.pk]


def test_who_has_no_account_gets_the_same_answer_and_is_told_by_mail(user: User):
    known = Client().post(reverse("account_reset_password"), {"email": user.email})
    unknown = Client().post(reverse("account_reset_password"), {"email": "niemand@example.test"})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [one.to for one in mail.outbox] == [[user.email], ["niemand@example.test"]]
    assert "Er is geen account met dit adres" in mail.outbox[1].subject
    assert len(told("password_link_sent")) == 2


@pytest.mark.parametrize("email", ["known", "niemand@example.test"])
def test_without_a_mail_server_known_and_unknown_are_told_the_same(user: User, settings: Any, email: str):
    settings.EMAIL_BACKEND = "zelfboeken.runtime.mail.ToServer"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 9, 1

    answer = Client().post(reverse("account_reset_password"), {"email": user.email if email == "known" else email})

    assert answer.status_code == 503
    assert "De mail kon niet verstuurd worden" in answer.content.decode()
    assert told("password_link_sent") == []


def test_inv38_a_link_works_once_ends_every_session_and_is_told_by_mail(
    user: User, django_capture_on_commit_callbacks: Any
):
    elsewhere = signed_in(user)
    link = reset_link(user)

    with django_capture_on_commit_callbacks(execute=True):
        assert choose(link)["Location"] == reverse("account_reset_password_from_key_done")

    assert not is_in(elsewhere)
    assert is_in(signed_in(user, password=NEW))
    assert [(one.to, one.subject) for one in mail.outbox] == [([user.email], "Je wachtwoord is gewijzigd")]
    assert "Alle sessies zijn beëindigd" in str(mail.outbox[0].body)
    assert [one.user_id for one in told("password_reset")] == [user.pk]
    again = Client().get(link, follow=True).content.decode()
    assert "Deze link werkt niet meer" in again
    assert 'name="password1"' not in again


def test_inv38_of_two_links_the_other_is_gone_once_one_was_used(user: User):
    first, second = reset_link(user), reset_link(user)
    choose(second)

    assert "Deze link werkt niet meer" in Client().get(first, follow=True).content.decode()


@pytest.mark.parametrize(("minutes", "works"), [(29, True), (31, False)])
def test_inv38_a_link_works_for_half_an_hour(user: User, minutes: int, works: bool):
    from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
    from allauth.account.utils import user_pk_to_url_str

    generator = EmailAwarePasswordResetTokenGenerator()
    made = generator._num_seconds(datetime.now() - timedelta(minutes=minutes))  # noqa: DTZ005 - as Django counts
    key = generator._make_token_with_timestamp(user, made, generator.secret)

    page = Client().get(f"/account/password/reset/key/{user_pk_to_url_str(user)}-{key}/", follow=True).content.decode()

    assert ('name="password1"' in page) == works


def test_a_forged_link_opens_nothing(user: User):
    link = reset_link(user)
    other = new_user("ander@example.test")
    uid = re.search(r"key/([^-]+)-", link)
    assert uid

    for forged in (f"{link[:-3]}xx/", link.replace(f"key/{uid[1]}-", f"key/{other.pk:x}-"), link + "x/"):
        assert "Deze link werkt niet meer" in Client().get(forged, follow=True).content.decode()


def test_abuse25_guessing_links_of_mails_is_stopped_whether_they_are_real_or_made_up(user: User):
    real = reset_link(user)
    uid = real.split("key/")[1].split("-")[0]
    made_up = [
        *(f"/account/password/reset/key/{uid}-{number:032x}/" for number in range(15)),
        *(reverse("account_confirm_email", args=[f"verzonnen-{number}"]) for number in range(15)),
    ]

    answers = [Client().get(one) for one in made_up]
    after = [Client().get(one) for one in (made_up[0], made_up[-1], real)]

    assert {one.status_code for one in answers[:15]} == {200}
    assert len({one.content for one in answers[:15]}) == 1
    assert {one.status_code for one in answers[15:]} == {404}
    assert [one.status_code for one in after] == [429] * 3
    assert len({one.content for one in after}) == 1
    assert Client().get(real, REMOTE_ADDR="203.0.113.9").status_code == 302


def test_a_new_password_does_not_take_the_place_of_the_second_step(user: User):
    give_app(user)
    client = Client()
    choose(reset_link(user), client=client)

    assert not is_in(client)
    answer = Client().post(reverse("account_login"), {"login": user.email, "password": NEW})
    assert answer["Location"] == reverse("mfa_authenticate")


# Another password


def test_a_password_is_changed_by_who_knows_it_and_his_other_sessions_end(
    user: User, django_capture_on_commit_callbacks: Any
):
    here, elsewhere = signed_in(user), signed_in(user)

    wrong = here.post(reverse("account_change_password"), {"oldpassword": "fout-geraden", **TYPED})
    assert "Dit is je wachtwoord niet." in wrong.content.decode()
    assert is_in(elsewhere)
    with django_capture_on_commit_callbacks(execute=True):
        answer = here.post(reverse("account_change_password"), {"oldpassword": PASSWORD, **TYPED})

    assert answer["Location"] == reverse("account")
    assert "Je wachtwoord is gewijzigd. Je andere sessies zijn beëindigd." in here.get("/account/").content.decode()
    assert not is_in(elsewhere)
    assert [one.user_id for one in told("password_changed")] == [user.pk]
    assert [one.subject for one in mail.outbox] == ["Je wachtwoord is gewijzigd"]
    assert "Firefox · Linux, adres 127.0.0.1" in str(mail.outbox[0].body)


@pytest.mark.parametrize("password", ["kort-geheim", "password1234"])
def test_a_short_or_well_known_password_is_refused(user: User, password: str):
    client = signed_in(user)
    typed = {"oldpassword": PASSWORD, "password1": password, "password2": password}

    assert client.post(reverse("account_change_password"), typed).status_code == 200

    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_two_passwords_that_differ_are_refused(user: User):
    typed = {"oldpassword": PASSWORD, "password1": NEW, "password2": "een-ander-lang-geheim"}

    assert signed_in(user).post(reverse("account_change_password"), typed).status_code == 200

    user.refresh_from_db()
    assert user.check_password(PASSWORD)


# Name and language


def test_name_and_language_are_kept_and_logged(user: User):
    client = signed_in(user)

    answer = client.post(reverse("account"), {"name": "Mia Peeters", "language": "fr"})

    assert (answer.status_code, answer["Location"]) == (303, reverse("account"))
    page = client.get(reverse("account")).content.decode()
    assert 'lang="fr"' in page
    assert "Vos données sont enregistrées." in page
    assert [one.detail for one in told("details_changed")] == [{"name": "Mia Peeters", "language": "fr"}]


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"name": "", "language": "nl"}, 422),
        ({"name": "Mia", "language": "de"}, 422),
        ({"name": "M" * 101, "language": "nl"}, 422),
        ({"name": "Mia", "language": "nl", "email": "boef@example.test"}, 400),
        ({"name": "Mia", "language": "nl", "is_superuser": "1"}, 400),
    ],
)
def test_inv33_what_is_wrong_or_does_not_belong_there_changes_nothing(user: User, form: dict[str, str], status: int):
    client = signed_in(user)

    assert client.post(reverse("account"), form).status_code == status

    former = user.name
    user.refresh_from_db()
    assert (user.name, user.language, user.is_superuser) == (former, "nl", False)
    assert told("details_changed") == []


# The mail address


def asked(client: Client, email: str) -> Any:
    return client.post(reverse("account_change_email"), {"email": email})


def test_inv38_an_address_changes_when_its_owner_says_so_and_both_are_told(
    user: User, django_capture_on_commit_callbacks: Any
):
    former = user.email
    EmailAddress.objects.create(user=user, email=former, primary=True)
    here, elsewhere = shown_again(signed_in(user)), signed_in(user)

    page = asked(here, "Nieuw@Example.test")
    assert "nieuw@example.test" in page.content.decode()
    [sent] = mail.outbox
    mail.outbox.clear()
    link = link_in(sent)
    assert (sent.to, sent.subject) == (["nieuw@example.test"], "Bevestig je nieuwe mailadres")
    user.refresh_from_db()
    assert user.email == former
    # Only the button changes it: programs open the links of a mail too.
    phone = Client()
    assert "nieuw@example.test" in phone.get(link).content.decode()
    user.refresh_from_db()
    assert user.email == former

    with django_capture_on_commit_callbacks(execute=True):
        answer = phone.post(link)

    assert (answer.status_code, answer["Location"]) == (303, reverse("account"))
    user.refresh_from_db()
    assert user.email == "nieuw@example.test"
    assert not is_in(here)
    assert not is_in(elsewhere)
    assert {one.to[0]: one.subject for one in mail.outbox} == {
        former: "Je mailadres is gewijzigd",
        "nieuw@example.test": "Je mailadres is gewijzigd",
    }
    assert [(one.user_id, one.detail) for one in told("address_changed")] == [(user.pk, {"former": former})]
    assert phone.post(link).status_code == 404
    # No link for a password goes by the former address any more.
    mail.outbox.clear()
    Client().post(reverse("account_reset_password"), {"email": former})
    assert mail.outbox[0].subject == "Er is geen account met dit adres"


def test_who_confirms_where_he_asked_stays_signed_in_there(user: User):
    here, elsewhere = shown_again(signed_in(user)), signed_in(user)
    asked(here, "nieuw@example.test")

    answer = here.post(link_in(mail.outbox[0]), follow=True)

    assert "Je mailadres is gewijzigd. Je andere sessies zijn beëindigd." in answer.content.decode()
    assert is_in(here)
    assert not is_in(elsewhere)
    assert "dit toestel" in here.get(reverse("account_sessions")).content.decode()


def test_another_address_is_asked_only_by_who_shows_again_that_it_is_him(user: User):
    client = signed_in(user)

    answer = asked(client, "nieuw@example.test")

    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert mail.outbox == []
    wrong = client.post(answer["Location"], {"password": "fout-geraden"})
    assert "Dit is je wachtwoord niet." in wrong.content.decode()
    assert mail.outbox == []


def test_an_address_of_somebody_else_gets_the_same_page_and_only_he_is_told(user: User):
    other = new_user("ander@example.test")
    User.objects.filter(pk=other.pk).update(language="en")
    client = shown_again(signed_in(user))

    free, taken = asked(client, "vrij@example.test"), asked(client, other.email)

    def page(answer: Any, email: str) -> str:
        return re.sub(r'value="[^"]*"', "", answer.content.decode()).replace(email, "…")

    assert page(free, "vrij@example.test") == page(taken, other.email)
    assert [(one.to, one.subject) for one in mail.outbox] == [
        (["vrij@example.test"], "Bevestig je nieuwe mailadres"),
        ([other.email], "Je mailadres werd gevraagd"),
    ]
    assert "http" not in str(mail.outbox[1].body)


def test_an_address_that_was_taken_meanwhile_stays_with_its_owner(user: User):
    asked(shown_again(signed_in(user)), "nieuw@example.test")
    new_user("nieuw@example.test")

    assert Client().post(link_in(mail.outbox[0])).status_code == 404


@pytest.mark.parametrize(
    "changed", ["forged", "old", "password", "closed", "of another account"], ids=lambda one: str(one)
)
def test_inv38_a_link_to_a_new_address_is_refused_when(user: User, changed: str):
    client = shown_again(signed_in(user))
    asked(client, "nieuw@example.test")
    link = link_in(mail.outbox[0])
    if changed == "forged":
        link = link[:-4] + "xyz/"
    elif changed == "old":
        link = old_link(user)
    elif changed == "password":
        client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, **TYPED})
    elif changed == "closed":
        User.objects.filter(pk=user.pk).update(is_active=False)
    else:
        link = reverse("account_confirm_email", args=[signing.dumps([user.pk, "x", "y", 0], salt="iets-anders")])

    for answer in (Client().get(link), Client().post(link)):
        assert answer.status_code == 404
        assert "Deze link werkt niet meer" in answer.content.decode()
    user.refresh_from_db()
    assert user.email != "nieuw@example.test"


def old_link(user: User) -> str:
    """A link as it was made 31 minutes ago."""
    salt = "zelfboeken.access.new-address"

    class Then(signing.TimestampSigner):
        def timestamp(self) -> str:
            return signing.b62_encode(signing.b62_decode(super().timestamp()) - 31 * 60)

    made = Then(salt=salt).sign_object([user.pk, user.email, "nieuw@example.test", 0], compress=True)
    assert signing.loads(made, salt=salt)[2] == "nieuw@example.test"
    return reverse("account_confirm_email", args=[made])


@pytest.mark.parametrize("email", ["", "geen-adres", "a@b", "own"])
def test_what_is_no_new_address_is_refused(user: User, email: str):
    client = shown_again(signed_in(user))

    assert asked(client, user.email if email == "own" else email).status_code == 422
    assert mail.outbox == []


def test_asking_for_many_addresses_is_stopped(user: User):
    client = shown_again(signed_in(user))

    statuses = [asked(client, f"nieuw{number}@example.test").status_code for number in range(6)]

    assert statuses == [200] * 5 + [429]
    assert len(mail.outbox) == 5


# Sessions


def test_inv23_a_session_that_was_ended_elsewhere_is_out_at_its_next_request(user: User):
    here = signed_in(user)
    phone = signed_in(user, device="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1")
    page = here.get(reverse("account_sessions")).content.decode()
    assert page.count('name="session"') == 1
    assert "Firefox · Linux" in page
    assert "Safari · iPhone" in page
    number = re.search(r'name="session"\s+value="(\d+)"', page)
    assert number

    answer = here.post(reverse("account_sessions"), {"session": number[1]})

    assert (answer.status_code, answer["Location"]) == (303, reverse("account_sessions"))
    assert not is_in(phone)
    assert is_in(here)
    assert "Safari · iPhone" not in here.get(reverse("account_sessions")).content.decode()
    assert [one.detail for one in told("sessions_ended")] == [{"which": "Safari · iPhone"}]


def test_all_other_sessions_end_at_once_and_this_one_goes_on(user: User):
    here, others = signed_in(user), [signed_in(user), signed_in(user), browser_of(user)]

    here.post(reverse("account_sessions"), {"others": "1"})

    assert is_in(here)
    assert [is_in(one) for one in others] == [False] * 3
    assert here.get(reverse("account_sessions")).content.decode().count("dit toestel") == 1


def test_signing_out_everywhere_ends_this_session_too_and_what_nobody_kept_a_record_of(user: User):
    here, elsewhere, unrecorded = signed_in(user), signed_in(user), browser_of(user)

    answer = here.post(reverse("account_sessions"), {"all": "1"})

    assert (answer.status_code, answer["Location"]) == (303, reverse("account_login"))
    assert [is_in(one) for one in (here, elsewhere, unrecorded)] == [False] * 3
    assert is_in(signed_in(user))


def test_inv09_the_session_of_somebody_else_is_like_one_that_does_not_exist(user: User):
    other = new_domain()[1]
    theirs = signed_in(other)
    number = re.search(r'name="session"\s+value="(\d+)"', signed_in(other).get("/account/sessies/").content.decode())
    assert number
    client = signed_in(user)

    foreign = client.post(reverse("account_sessions"), {"session": number[1]})
    for nothing in ("0", "x", "²", "9" * 30, ""):
        unknown = client.post(reverse("account_sessions"), {"session": nothing})
        assert (foreign.status_code, foreign.content) == (404, unknown.content)

    assert is_in(theirs)
    assert told("sessions_ended") == []


# The pages themselves

OWN_PAGES = ("account", "account_sessions", "account_change_password", "mfa_index", "account_reauthenticate")


@pytest.mark.parametrize("name", OWN_PAGES)
def test_inv31_pages_of_the_account_are_strict_and_kept_nowhere(user: User, name: str):
    response = signed_in(user).get(reverse(name))

    assert response.status_code == 200
    strict(response)
    kept_nowhere(response)
    body = response.content.decode()
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", body) == []


@pytest.mark.parametrize("name", [*OWN_PAGES, "account_change_email", "mfa_activate_totp", "mfa_add_webauthn"])
def test_who_is_not_signed_in_is_asked_to(name: str):
    response = Client().get(reverse(name))

    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


def test_the_account_is_in_the_menu_of_a_domain():
    books = new_everything().books

    page = browser_of(books.user).get(f"/d/{books.domain.slug}/").content.decode()

    assert re.search(r'href="/account/"[^>]*>.*Je account', page, re.DOTALL)


def test_inv31_a_name_is_text_on_the_page_and_in_the_mail(user: User):
    client = signed_in(user)
    client.post(reverse("account"), {"name": "<script>alert(1)</script>", "language": "nl"})

    assert "<script>alert" not in client.get(reverse("account")).content.decode()


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (FIREFOX, "Firefox · Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge · Windows"),
        ("Mozilla/5.0 (Linux; Android 15; Pixel) Chrome/140.0 Mobile Safari/537.36", "Chrome · Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15", "Safari · Mac"),
        ("curl/8.0", "een onbekend toestel"),
        ("", "een onbekend toestel"),
    ],
)
def test_a_device_is_named_as_a_person_knows_it(user_agent: str, name: str):
    assert device_name(user_agent) == name
