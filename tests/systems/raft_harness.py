"""Load the Raft rules under their harness, as they are or altered, and run searches on threads."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from systems.raft_properties import Broken, Count

import hive_env.random
from hive_env.backends.driver import cache_root
from hive_env.systems import raft

_HERE = Path(__file__).parent
_RULES = Path(raft.__file__).parent
TEXTS = {
    "hive_env.systems.raft_messages": _RULES / "raft_messages.py",
    "hive_env.systems.raft_log": _RULES / "raft_log.py",
    "hive_env.systems.raft_peers": _RULES / "raft_peers.py",
    "hive_env.systems.raft": _RULES / "raft.py",
    "systems.raft_properties": _HERE / "raft_properties.py",
    "systems.raft_kernels": _HERE / "raft_kernels.py",
    "systems.raft_explorer": _HERE / "raft_explorer.py",
}
"""What is compiled together, each importing only those before it."""

CHUNK = 500
"""Schedules that a thread runs at a time."""


@dataclass(frozen=True)
class Edit:
    """One place in a text, and what stands there instead.

    Parameters
    ----------
    text : str
        Last part of a name in `TEXTS`.
    old, new : str
        Exact strings; ``old`` stands in the text ``times`` times.
    times : int
        How often.
    """

    text: str
    old: str
    new: str
    times: int = 1


@dataclass(frozen=True)
class Found:
    """What a search found: the first schedule that broke a property, or -1; and its counts."""

    schedule: int
    broken: Broken
    counts: dict[str, int]


@dataclass(frozen=True)
class Group:
    """What searches the rules, compiled with them."""

    raft_kernels: Any
    raft_explorer: Any


def load(edits: Sequence[Edit] = ()) -> Group:
    """Return copies of the rules, as edited, and of the searches over them.

    The texts are written into a folder named by a hash of them all, so what numba keeps there is
    never older than what it was compiled from.
    """
    texts = {name: path.read_text(encoding="utf-8") for name, path in TEXTS.items()}
    for edit in edits:
        name = next(name for name in TEXTS if name.endswith(f".{edit.text}"))
        assert texts[name].count(edit.old) == edit.times, f"{name}: {edit.old!r}"
        texts[name] = texts[name].replace(edit.old, edit.new)
    random = Path(hive_env.random.__file__).read_text(encoding="utf-8")
    digest = hashlib.blake2b("\0".join([*texts.values(), random]).encode(), digest_size=8)
    mark = f"_{digest.hexdigest()}"
    folder = cache_root() / f"raft{mark}"
    names = {name: name.rsplit(".", 1)[1] + mark for name in texts}
    modules = []
    for name, text in texts.items():
        for other, copy in names.items():
            text = text.replace(f"from {other} import ", f"from {copy} import ")
        modules.append(_module(names[name], text, folder))
    return Group(*modules[-2:])


def _module(name: str, text: str, folder: Path) -> Any:
    """Write a module, unless it is there, and import it."""
    if name in sys.modules:
        return sys.modules[name]
    path = folder / f"{name}.py"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=folder, suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(part, path)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def sweep(
    group: Group,
    count: int,
    *,
    peers: int = 3,
    slots: int = 8,
    length: int = 200,
    seed: int = 0,
    ticks: bool = False,
    threads: int = 2,
) -> Found:
    """Run random schedules of events, or of ticks, until one breaks a property.

    The first by number among the chunks that were run is reported, whatever the threads did.
    """
    kernels = group.raft_kernels
    search = kernels.sweep_ticks if ticks else kernels.sweep
    counts = np.zeros((-(-count // CHUNK), 8), np.int64)
    stop = threading.Event()

    def part(chunk: int) -> tuple[int, int]:
        if stop.is_set():
            return -1, 0
        first = chunk * CHUNK
        last = min(first + CHUNK, count)
        schedule, broken = search(seed, first, last, peers, slots, length, counts[chunk])
        if broken:
            stop.set()
        return int(schedule), int(broken)

    with ThreadPoolExecutor(threads) as pool:
        results = list(pool.map(part, range(len(counts))))
    total = counts.sum(axis=0)
    names = {kind.name.lower(): int(total[kind]) for kind in Count}
    schedule, broken = min((found for found in results if found[1]), default=(-1, 0))
    return Found(schedule, Broken(broken), names)
