# ruff: noqa: INP001, S603
"""Draws docs/pictures/audit.png: the page of an audit of the archives in tests/data, in Chromium.

python docs/pictures/audit.py
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PICTURE = Path(__file__).with_name("audit.png")


def main() -> None:
    """Audit, and let the browser draw the page."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("there is no chromium")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "audit.html")
        command = [sys.executable, "-m", "pyggcr", "audit", "tests/data/docker"]
        options = ["--for", "trivy=0.48.3", "--for", "kaniko=1.20.0", "--fail-on", "never"]
        subprocess.run([*command, *options, "-o", page], cwd=ROOT, check=True)
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000"]
        size = ["--window-size=1280,2300", f"--screenshot={PICTURE}"]
        profile = f"--user-data-dir={folder}/profile"
        subprocess.run([chromium, *flags, profile, *size, page.as_uri()], check=True)


if __name__ == "__main__":
    main()
