"""Django's settings, built from the environment. Wiring only."""

from zelfboeken.config.environment import Environment

ENV = Environment()

SECRET_KEY = ENV.secret_key.get_secret_value()
DEBUG = False
ALLOWED_HOSTS = ENV.hosts
ROOT_URLCONF = "zelfboeken.config.urls"
WSGI_APPLICATION = "zelfboeken.config.wsgi.application"
USE_TZ = True
TIME_ZONE = "Europe/Brussels"
LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", "Nederlands"), ("fr", "Français"), ("en", "English")]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "zelfboeken.runtime",
    "zelfboeken.tenancy",
    "zelfboeken.audit",
    "zelfboeken.access",
    "zelfboeken.documents",
    "zelfboeken.contacts",
    "zelfboeken.ledger",
    "zelfboeken.vat",
    "zelfboeken.booking",
    "zelfboeken.invoices",
    "zelfboeken.bank",
    "zelfboeken.matching",
    "zelfboeken.inbox",
    "zelfboeken.reports",
    "zelfboeken.portal",
]
DATABASES = {"default": ENV.database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FILES = ENV.files
AUTH_USER_MODEL = "access.User"
