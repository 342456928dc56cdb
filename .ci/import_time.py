"""Print how long ``import hive_env`` takes in a fresh process, warm: the median of nine."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile

PROBE = """
import time
start = time.perf_counter()
import hive_env
print(time.perf_counter() - start)
"""


def import_seconds() -> float:
    """Import once in a new interpreter, away from the source tree."""
    with tempfile.TemporaryDirectory() as elsewhere:
        done = subprocess.run(
            [sys.executable, "-c", PROBE],
            capture_output=True,
            check=True,
            cwd=elsewhere,
            text=True,
        )
    return float(done.stdout)


if __name__ == "__main__":
    import_seconds()
    times = [import_seconds() for _ in range(9)]
    print(
        f"benchmark: import hive_env takes {statistics.median(times):.3f} s "
        f"(median of {len(times)}, from {min(times):.3f} to {max(times):.3f})"
    )
