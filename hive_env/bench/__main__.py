"""Run one case in this process: ``python -m hive_env.bench NAME PARAMETERS BAR``.

``PARAMETERS`` and ``BAR`` are JSON. The result goes to standard output as JSON, the progress bar
to standard error.
"""

from __future__ import annotations

import json
import sys

from tqdm import tqdm

from hive_env.bench.cases import CASES


def main(name: str, parameters: str, bar: str) -> None:
    """Run a case and print its result."""
    with tqdm(**json.loads(bar), file=sys.stderr) as shown:
        found = CASES[name](**json.loads(parameters), tell=shown.update)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
