"""Django's settings, built from the environment. Wiring only."""

from pathlib import Path
from typing import Any

from zelfboeken.config.environment import Environment
from zelfboeken.config.logs import write_logs

write_logs()
ENV = Environment()
PACKAGE = Path(__file__).resolve().parent.parent

SECRET_KEY = ENV.secret_key.get_secret_value()
SECRET_KEY_FALLBACKS = [one.get_secret_value() for one in ENV.former_secret_keys]
DEBUG = False
DEMO = ENV.demo
FILES = ENV.files
ALLOWED_HOSTS = ENV.hosts
ADDRESS = ENV.own_address()
REPLY_DOMAIN = ENV.reply_domain
ROOT_URLCONF = "zelfboeken.config.urls"
WSGI_APPLICATION = "zelfboeken.config.wsgi.application"
DATABASES = {"default": ENV.database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "access.User"

USE_TZ = True
TIME_ZONE = "Europe/Brussels"
LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", "Nederlands"), ("fr", "Français"), ("en", "English")]
LOCALE_PATHS = [ENV.locale_folder]
USE_I18N = True

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "zelfboeken.runtime",
    "zelfboeken.tenancy",
    "zelfboeken.audit",
    "zelfboeken.workload",
    "zelfboeken.access",
    "zelfboeken.documents",
    "zelfboeken.contacts",
    "zelfboeken.questions",
    "zelfboeken.ledger",
    "zelfboeken.vat",
    "zelfboeken.booking",
    "zelfboeken.invoices",
    "zelfboeken.bank",
    "zelfboeken.payments",
    "zelfboeken.matching",
    "zelfboeken.inbox",
    "zelfboeken.billing",
    "zelfboeken.reports",
    "zelfboeken.help",
    "zelfboeken.portal",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "zelfboeken.portal.security.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "zelfboeken.portal.languages.LanguageOfTheUser",
    "zelfboeken.portal.second_factor.SecondFactorOfTheOffice",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "portal" / "templates", PACKAGE / "help" / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "zelfboeken.portal.template_files.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
        },
    }
]

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

AUTHENTICATION_BACKENDS = ["zelfboeken.access.sessions.SignIn"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "zelfboeken.portal.accounts.Accounts"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip,5/5m/key",
    "change_email": "5/h/user",
    "help_answer": "60/h/ip,12/h/key",
    "link": "30/m/ip",
}
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_FORMS = {
    "login": "zelfboeken.portal.account_forms.SignInForm",
    "reset_password": "zelfboeken.portal.account_forms.ResetForm",
    "reset_password_from_key": "zelfboeken.portal.account_forms.NewPasswordForm",
    "change_password": "zelfboeken.portal.account_forms.ChangePasswordForm",
    "set_password": "zelfboeken.portal.account_forms.FirstPasswordForm",
    "reauthenticate": "zelfboeken.portal.account_forms.PasswordAgainForm",
}
MFA_ADAPTER = "zelfboeken.portal.accounts.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Zelfboeken"
# One step of 30 seconds to each side for a clock that is off; a code works once all the same (account_forms).
MFA_TOTP_TOLERANCE = 1
# Nobody signs up: an address is known from an invitation, and a stray unproven row may not keep a factor away.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {
    "authenticate": "zelfboeken.portal.account_forms.CodeForm",
    "reauthenticate": "zelfboeken.portal.account_forms.CodeAgainForm",
    "authenticate_webauthn": "zelfboeken.portal.account_forms.PasskeyForm",
    "reauthenticate_webauthn": "zelfboeken.portal.account_forms.PasskeyAgainForm",
    "activate_totp": "zelfboeken.portal.account_forms.ActivateAppForm",
    "add_webauthn": "zelfboeken.portal.account_forms.AddPasskeyForm",
    "edit_webauthn": "zelfboeken.portal.account_forms.RenamePasskeyForm",
}
SOCIALACCOUNT_ADAPTER = "zelfboeken.portal.accounts.OpenIdAccounts"
SOCIALACCOUNT_PROVIDERS = ENV.oidc()
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
# A link, since our policy lets no form lead elsewhere; the answer is bound to this browser by its state.
SOCIALACCOUNT_LOGIN_ON_GET = True
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"

CACHES: dict[str, dict[str, Any]] = {
    # It holds the counts of attempts. With Django's 300 rows somebody could push his own out by trying many addresses.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "runtime_cache",
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    },
}
BEHIND_HTTPS = not ENV.plain_http
SESSION_ENGINE = "zelfboeken.access.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = BEHIND_HTTPS
CSRF_COOKIE_SECURE = BEHIND_HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = ENV.origins
CSRF_FAILURE_VIEW = "zelfboeken.portal.errors.csrf_failed"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = BEHIND_HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if BEHIND_HTTPS else 0
# The proxy that speaks https says so in this header; README tells that it must set it on every request.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_HTTPS else None
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_HTTPS else 0
X_FRAME_OPTIONS = "DENY"
PASSWORD_RESET_TIMEOUT = 30 * 60
globals().update(ENV.mail())
DEFAULT_FROM_EMAIL = ENV.mail_from or f"Zelfboeken <noreply@{ENV.hosts[0]}>"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 200
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False}},
}
