"""How long the first world of a process takes: ``python -m hive_env.bench.start FACADE``.

Whether that is cold or warm is for whoever starts the process to say, by the folder of the
compile cache. Prints seconds as JSON.
"""

from __future__ import annotations

import json
import sys
import time


def array_api() -> None:
    """Make and reset a nano world through the array API."""
    from hive_env.config import HiveConfig
    from hive_env.scenarios.forage import Forage
    from hive_env.sizes import Size

    Forage(HiveConfig(Size.of("nano"))).reset(0)


def gymnasium_api() -> None:
    """Make and reset a nano world through Gymnasium."""
    import gymnasium

    gymnasium.make("hive_env:Hive-v0", size="nano").reset(seed=0)


FACADES = {"array": array_api, "gymnasium": gymnasium_api}
"""What makes and resets a world, by the name of its interface."""


if __name__ == "__main__":
    began = time.perf_counter()
    FACADES[sys.argv[1]]()
    json.dump({"import_make_and_reset": time.perf_counter() - began}, sys.stdout)
