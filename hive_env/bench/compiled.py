"""The folder of compiled passes: what it holds, and how to empty it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from hive_env.backends.driver import cache_root

FOLDER = re.compile(r"(cpu|cuda)-[0-9a-f]{20}")
"""Name of a folder of one compiled pass; nothing else in the cache's folder is touched."""


def folders() -> list[Path]:
    """Return the folders of compiled passes."""
    root = cache_root()
    if not root.is_dir():
        return []
    return [path for path in root.iterdir() if path.is_dir() and FOLDER.fullmatch(path.name)]


def contents() -> tuple[Path, int, int]:
    """Return the cache's folder, the passes in it, and their bytes."""
    found = folders()
    files = [path for folder in found for path in folder.rglob("*") if path.is_file()]
    return cache_root(), len(found), sum(path.stat().st_size for path in files)


def clear() -> None:
    """Remove every compiled pass; the next run compiles anew."""
    for folder in folders():
        shutil.rmtree(folder)
