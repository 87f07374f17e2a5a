"""Whether the models say something that no migration does: for `make check`, without a database."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """0 when models and migrations agree, else 1."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zelfboeken.config.settings")
    import django

    django.setup()
    from django.apps import apps
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.state import ProjectState
    from django.utils import translation

    # Migrations hold the untranslated names.
    translation.deactivate_all()
    loader = MigrationLoader(None)
    own = {config.label for config in apps.get_app_configs() if config.name.startswith("zelfboeken.")}
    changes = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps)).changes(graph=loader.graph)
    missing = sorted(set(changes) & own)
    if missing:
        print(f"No migration yet for: {', '.join(missing)}. Run: django-admin makemigrations", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
