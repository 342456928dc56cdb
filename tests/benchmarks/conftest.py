"""The benchmarks lie beside the package; they are imported from the root of the repository."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = str(Path(__file__).parents[2])
# Last, so that `hive_env` is still the package that is installed.
if ROOT not in sys.path:
    sys.path.append(ROOT)
