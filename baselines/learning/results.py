"""Results of runs: a file a run, written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

METRIC = "u_per_worker"
"""What is measured: U, the value delivered in an episode, by worker."""


@dataclass(frozen=True)
class Cell:
    """One run: an algorithm on a task, with a seed."""

    task: str
    size: str | int
    algorithm: str
    seed: int

    @property
    def place(self) -> str:
        """What its task of its size is called."""
        return f"{self.task}-{self.size}"

    def folder(self, root: Path) -> Path:
        """Return where its files lie."""
        return root / self.place / self.algorithm

    def result(self, root: Path) -> Path:
        """Return the file of its result."""
        return self.folder(root) / f"seed-{self.seed}.json"

    def played(self, root: Path) -> Path:
        """Return the file of the policies that were scored, as `torch.save` writes them."""
        return self.folder(root) / f"seed-{self.seed}.pt"

    def part(self, root: Path) -> Path:
        """Return the file of a run that is not done: its checkpoints so far, and its state."""
        return self.folder(root) / f"seed-{self.seed}.part"


def write(path: Path, content: bytes) -> None:
    """Write a file so that whoever is killed meanwhile leaves the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write an object as JSON, whole or not at all."""
    write(path, (json.dumps(content, indent=1) + "\n").encode())


def runs_in(root: Path) -> Iterator[tuple[Cell, dict[str, Any]]]:
    """Yield the finished runs below a folder, in the order of their names."""
    for path in sorted(root.glob("*/*/seed-*[0-9].json")):
        found = json.loads(path.read_text())
        yield Cell(**found["cell"]), found
