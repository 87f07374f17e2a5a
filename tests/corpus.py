"""Where the folder with real files from elsewhere is, when this machine has it; it is never part of the repository."""

import os
from pathlib import Path


def _located() -> Path | None:
    named = os.environ.get("ZELFBOEKEN_CORPUS")
    if named:
        return Path(named) if Path(named).is_dir() else None
    for folder in Path(__file__).resolve().parents:
        candidate = folder.parent / "shared" / "corpus"
        if candidate.is_dir():
            return candidate
    return None


CORPUS: Path | None = _located()
"""The folder, or None: a test that needs it then skips and says so."""
