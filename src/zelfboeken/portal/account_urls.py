"""The addresses of signing in and of one's own account: wiring only. The names are those the library looks for."""

from allauth.account import views as allauth
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.socialaccount.providers.openid_connect import views as openid
from django.urls import path, re_path
from django.views.generic import RedirectView

from zelfboeken.portal.account_view import in_transaction
from zelfboeken.portal.guessing import slowed
from zelfboeken.portal.views import account

urlpatterns = [
    path("", account.account, name="account"),
    path("login/", account.SignIn.as_view(), name="account_login"),
    path("login/code/", account.SecondStep.as_view(), name="mfa_authenticate"),
    path("logout/", allauth.logout, name="account_logout"),
    # allauth's own pages reverse this name; nobody signs up here, he is invited.
    path("signup/", RedirectView.as_view(pattern_name="account_login"), name="account_signup"),
    path("password/reset/", in_transaction(allauth.password_reset), name="account_reset_password"),
    path("password/reset/done/", allauth.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        slowed(in_transaction(allauth.password_reset_from_key)),
        name="account_reset_password_from_key",
    ),
    path("wachtwoord/", in_transaction(allauth.password_change), name="account_change_password"),
    path("wachtwoord/eerste/", in_transaction(allauth.password_set), name="account_set_password"),
    path("e-mail/", account.change_email, name="account_change_email"),
    path("e-mail/bevestig/<str:token>/", slowed(account.confirm_email), name="account_confirm_email"),
    path("sessies/", account.sessions, name="account_sessions"),
    path("bevestig/", allauth.reauthenticate, name="account_reauthenticate"),
    path("bevestig/code/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("bevestig/passkey/", account.PasskeyAgain.as_view(), name="mfa_reauthenticate_webauthn"),
    path("tweede-stap/", account.second_step, name="mfa_index"),
    path("tweede-stap/app/", in_transaction(account.ActivateApp.as_view()), name="mfa_activate_totp"),
    path("tweede-stap/app/weg/", in_transaction(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("tweede-stap/passkey/", in_transaction(account.AddPasskey.as_view()), name="mfa_add_webauthn"),
    path(
        "tweede-stap/passkey/<int:pk>/naam/", in_transaction(account.RenamePasskey.as_view()), name="mfa_edit_webauthn"
    ),
    path(
        "tweede-stap/passkey/<int:pk>/weg/", in_transaction(account.RemovePasskey.as_view()), name="mfa_remove_webauthn"
    ),
    path("tweede-stap/herstelcodes/", account.RecoveryCodes.as_view(), name="mfa_view_recovery_codes"),
    path(
        "tweede-stap/herstelcodes/nieuw/",
        in_transaction(codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path("tweede-stap/herstelcodes/bestand/", account.DownloadCodes.as_view(), name="mfa_download_recovery_codes"),
    path("oidc/afgebroken/", account.openid_cancelled, name="socialaccount_login_cancelled"),
    path("oidc/<slug:provider_id>/", account.openid_login, name="openid_connect_login"),
    path("oidc/<slug:provider_id>/terug/", openid.callback, name="openid_connect_callback"),
]
