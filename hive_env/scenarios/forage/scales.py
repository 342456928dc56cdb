"""The constants by which reward components are divided: frozen with the task's version.

Each is the standard deviation of its component over all seats and decisions of 16 nano seeds under
the scripted hierarchy, in the component's units, as ``hive-env scales`` measures it. A component
that never varies has 1: the orchestrator's immediate and local ones.
"""

from __future__ import annotations

from collections.abc import Mapping

SCALES: Mapping[str, tuple[float, float, float, float]] = {
    "worker": (0.1296, 0.1129, 0.007581, 0.1277),
    "manager": (0.1568, 0.09802, 0.04509, 0.1568),
    "governor": (0.2436, 0.1548, 0.1606, 0.2436),
    "orchestrator": (1.0, 1.0, 0.2584, 0.2584),
}
"""By level: immediate, local, global as ``mean``, global as ``difference``."""
