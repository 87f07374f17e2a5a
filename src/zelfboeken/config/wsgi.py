"""The WSGI application that granian serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zelfboeken.config.settings")
application = get_wsgi_application()

from zelfboeken.help.articles import library  # noqa: E402 - needs the settings

library()


# What was made at start stays: looking through all of it again and again would take a tenth of the time of each page.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
