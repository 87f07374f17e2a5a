"""SQL files beside the migrations that run them."""

from pathlib import Path

from django.db.migrations import RunSQL


def run_file(migration: str, name: str) -> RunSQL:
    """The step that runs `sql/<name>` beside the migration file given as `__file__`."""
    return RunSQL((Path(migration).parent / "sql" / name).read_text(encoding="utf-8"))
