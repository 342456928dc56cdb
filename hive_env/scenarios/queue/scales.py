"""The constants by which reward components are divided: frozen with the task's version.

Each is the standard deviation of its component over 16 nano seeds under the scripted hierarchy,
as ``hive-env scales --task queue`` prints them.
"""

from __future__ import annotations

from collections.abc import Mapping

SCALES: Mapping[str, tuple[float, float, float, float]] = {
    "worker": (0.406, 0.2476, 0.02693, 0.4057),
    "manager": (0.531, 0.2242, 0.138, 0.531),
    "governor": (0.6553, 0.3527, 0.4727, 0.6553),
    "orchestrator": (1.0, 1.0, 0.7439, 0.7439),
}
"""By level: immediate, local, global as ``mean``, global as ``difference``."""
