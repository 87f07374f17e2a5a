"""A browser for the story tests: the one that is there, Debian's package as root, else the test tool's own download."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def browser() -> str | None:
    """The path of a Chromium, from `ZELFBOEKEN_CHROMIUM` or the PATH; None when there is none."""
    given = os.environ.get("ZELFBOEKEN_CHROMIUM")
    return given or next((path for name in _NAMES if (path := shutil.which(name))), None)


def main() -> int:
    """Make sure that there is a browser; 1 with a sentence when there is none to be had."""
    if browser():
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"stdout": subprocess.DEVNULL, "check": False}
        subprocess.run(["apt-get", "update", "-qq"], **quiet)  # type: ignore[call-overload]  # noqa: S607
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], **quiet)  # type: ignore[call-overload]  # noqa: S607
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if browser() or _own_browser():
        return 0
    print("No browser for the story tests. Install Chromium, or set ZELFBOEKEN_CHROMIUM to one.", file=sys.stderr)
    return 1


def _own_browser() -> bool:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return os.path.exists(playwright.chromium.executable_path)  # noqa: PTH110


if __name__ == "__main__":
    sys.exit(main())
