"""Root addresses: wiring only."""

from allauth.account import views as account
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from zelfboeken.portal.views.home import healthy

urlpatterns: list[URLPattern | URLResolver] = [
    path("gezond/", healthy, name="healthy"),
    path("account/login/", account.login, name="account_login"),
    path("account/logout/", account.logout, name="account_logout"),
    path("account/password/reset/", account.password_reset, name="account_reset_password"),
    path("account/password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "account/password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^account/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    # allauth's own pages reverse this name; nobody signs up here, he is invited.
    path("account/signup/", RedirectView.as_view(pattern_name="account_login"), name="account_signup"),
    path("help/", include("zelfboeken.help.urls")),
    path("", include("zelfboeken.portal.urls")),
]

handler400 = "zelfboeken.portal.errors.bad_request"
handler403 = "zelfboeken.portal.errors.forbidden"
handler404 = "zelfboeken.portal.errors.not_found"
handler429 = "zelfboeken.portal.errors.too_many"  # allauth's
handler500 = "zelfboeken.portal.errors.failed"
