"""The WSGI application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zelfboeken.config.settings")
application = get_wsgi_application()

from zelfboeken.config.memory import settle_memory  # noqa: E402 - needs the settings
from zelfboeken.help.articles import library  # noqa: E402 - needs the settings

library()
settle_memory()
