"""Running `zelfboeken` in a test: inside the process, on the test's own transaction, or as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from zelfboeken.config.commands import main

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    """What a command did: its exit code, what it printed, what it told on the error output."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The JSON objects it printed, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> Ran:
    """Run a command inside this process; a refusal of the argument parser is its exit code."""
    capsys.readouterr()
    try:
        code = main([str(one) for one in arguments])
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    captured = capsys.readouterr()
    return Ran(code, captured.out, captured.err)


def run_apart(*arguments: object, **environment: str) -> Ran:
    """Run a command as a process of its own, with this environment and nothing else of ours."""
    done = subprocess.run(
        [sys.executable, "-m", "zelfboeken", *(str(one) for one in arguments)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src"), **environment},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=300,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def is_one_sentence(ran: Ran) -> bool:
    """Whether a command refused with one line on the error output, nothing printed, and no traceback."""
    lines = ran.err.strip().splitlines()
    return ran.code == 1 and ran.out == "" and len(lines) == 1 and lines[0].endswith((".", ")"))
