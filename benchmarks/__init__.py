"""How fast pyggcr is, beside crane and skopeo, on the machine that it runs on.

``python -m benchmarks`` (``make bench``) measures all parts, keeps the figures as JSON and makes
docs/performance.md of them: see README.md. The suites of pytest-benchmark are the files test_*.py.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# The tests' writers of archives are used here too.
if str(ROOT / "tests") not in sys.path:
    sys.path.append(str(ROOT / "tests"))
