"""Columns: every array of a world, declared once.

A component is one or more columns over the flat entity axis E = W * N (W worlds of N workers).
A declaration names the array, its dtype, its shape in letters, its unit and its meaning; nothing
else in the package allocates state. The letters:

====== ==========================================================
``E``  workers of all worlds, one row each
``R``  regions of all worlds
``S``  site slots of one region
``H``  hazards of one region
``D``  as ``E`` in worlds of depth above one, else no rows
``V``  as ``E`` where workers fly, else no rows
``C``  world cells of one region
``M``  map cells of one region
``k``  squares of 8 x 8 world cells of one region
``l``  words with a bit for every 2 x 2 world cells of one region
``P``  planes of the map
``K``  resource types
``T``  sectors of all worlds
``O``  hives of all worlds
``W``  worlds
``r``  regions of one world
``t``  sectors of one world
``o``  hives of one world
``G``  regions of one sector
``X``  slots for the regions under one governor
``x``  parts of a governor's action
``J``  sectors of one hive
``L``  slots of the member lists
``N``  width of the memory embedding
``Q``  as ``R`` where trails diffuse, else no rows
``F``  offices of all worlds
``A``  members of one office
``U``  roles of one office
``v``  roles that one member can serve, in the posture where it can serve most
``g``  postures that an office can have
``Y``  as ``F`` where offices have consensus, else no rows
``a``  Raft peers of one office
``b``  places of a Raft peer's log
``f``  planned faults of members of offices of one world
``B``  replicas of the ledger of all worlds: of each hive its own, then its sectors'
``z``  replicas of the ledger of one hive
``u``  blacklist entries that one replica can make
``I``  orders in the ledger of one hive: its quotas, then who governs each of its regions
``Z``  zones of one hive that its ledger knows of: its sectors
``p``  planned partitions of one world
``d``  as ``R`` where a ledger is kept, else no rows
``c``  as ``T`` where a ledger is kept, else no rows
``q``  as ``R`` where there are offices, else no rows
``s``  as ``T`` where there are offices or a ledger is kept, else no rows
``e``  as ``E`` where workers have all kinds of faults, else no rows
``j``  as ``R`` where workers are replaced or a ledger is kept, else no rows
``y``  as ``R`` where regions have outages, else no rows
``w``  as ``W`` where hosts have outages, else no rows
``h``  hosts of one world
``i``  planned faults of workers of one world
====== ==========================================================

A scenario may add letters of its own. A digit stands for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from keyword import iskeyword
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hive_env.errors import ArgumentError, ConfigError

Array = NDArray[Any]
"""An array of the device on which a world is."""

BATCHED = tuple("EDVeRQdjqyTcsOFYBWw")
"""Letters whose axis runs over all worlds: their length is that of one world times W."""

LOOPS = {"cell": "C", "spot": "M", "plane": "P", "site": "S", "hazard": "H", "bearing": "8"}
"""Indices over what a region holds, and the letters of their axes: its world cells, map cells,
planes, site slots and hazards, and the regions around it."""

INDICES = ("row", "number", "region", "place", "sector", "hive", "office", "world", *LOOPS)
"""Parameter names that stand for the index at hand: ``place`` is the region within its world,
``number`` that of the worker among those who stand in the region."""

RESERVED = (
    *INDICES, "first", "last", "start", "flat", "thread", "threads", "np", "cuda", "config_hash"
)  # fmt: skip
"""Names that a driver uses itself."""

WORKER_AXES = ("E", "D", "V", "e")
"""Letters whose axis has a row for every worker, or none at all."""


class Kind(Enum):
    """What a column is for, and so who keeps it."""

    STATE = "state"
    """Part of the state: hashed and saved."""
    CARRIED = "carried"
    """Saved but not hashed: floats that the user owns."""
    DERIVED = "derived"
    """Rebuilt from the state; neither hashed nor saved."""
    STATIC = "static"
    """Set at construction from the configuration and never written again."""
    OUTPUT = "output"
    """What the last tick produced for its readers; saved, not hashed."""


@dataclass(frozen=True)
class Column:
    """Declaration of one array.

    Parameters
    ----------
    name : str
        The column's name, which is also the parameter name by which a system asks for it.
    dtype : type
        NumPy scalar type.
    shape : str
        Letters, one an axis, separated by commas: ``"E"``, ``"R,S"``.
    unit : str
        Unit of a value.
    meaning : str
        One sentence.
    kind : Kind
        Who keeps it.
    """

    name: str
    dtype: type
    shape: str
    unit: str
    meaning: str
    kind: Kind = Kind.STATE

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or iskeyword(self.name) or self.name in RESERVED:
            raise ConfigError(
                "Column.name", f"an identifier other than {', '.join(RESERVED)}", self.name
            )
        if np.dtype(self.dtype).hasobject:
            raise ConfigError("Column.dtype", "a number's dtype", self.dtype)
        kept = self.kind in (Kind.STATE, Kind.CARRIED, Kind.OUTPUT)
        if kept and self.axes[0] not in BATCHED:
            raise ConfigError(
                f"Column {self.name!r}.shape",
                f"a first letter among {', '.join(BATCHED)}, since each world keeps its own",
                self.shape,
            )

    @property
    def axes(self) -> tuple[str, ...]:
        """The letters of the shape, one an axis."""
        return tuple(self.shape.split(","))

    def lengths(self, sizes: Mapping[str, int]) -> tuple[int, ...]:
        """Return the shape in numbers, given the length of every letter."""
        missing = [axis for axis in self.axes if not axis.isdigit() and axis not in sizes]
        if missing:
            raise ConfigError(
                f"Column {self.name!r}.shape", f"letters among {', '.join(sizes)}", self.shape
            )
        return tuple(int(axis) if axis.isdigit() else sizes[axis] for axis in self.axes)


class Arrays(dict[str, Array]):
    """The arrays of columns by name. Their entries may change; which array it is may not.

    Passes that have been compiled keep the arrays that they are given.
    """

    def __setitem__(self, name: str, array: Array) -> None:
        """Refuse, unless it is the array that is there already, as after ``arrays[name] += 1``."""
        if self.get(name) is not array:
            raise ArgumentError(
                f"columns[{name!r}]",
                "values for the entries of the array that is there",
                "another array",
                f"Write columns[{name!r}][...] = values, or put({name!r}, values).",
            )

    def replace(self, name: str, array: Array) -> None:
        """Let a name stand for another array; whoever keeps the old one has to be told."""
        super().__setitem__(name, array)


def allocate(
    declared: Iterable[Column],
    sizes: Mapping[str, int],
    zeros: Callable[[tuple[int, ...], type], Array] = np.zeros,
) -> Arrays:
    """Return one zeroed array a column, by name, in the order of declaration.

    Parameters
    ----------
    declared : iterable of Column
        The columns.
    sizes : mapping of str to int
        Length of every letter.
    zeros : callable
        Makes an array of a shape and a dtype; in the host's memory by default.

    Raises
    ------
    ConfigError
        When two columns share a name or a shape has an unknown letter.
    """
    arrays = Arrays()
    for column in declared:
        if column.name in arrays:
            raise ConfigError("columns", "names that differ", f"{column.name!r} twice")
        arrays.replace(column.name, zeros(column.lengths(sizes), column.dtype))
    return arrays


def bytes_of(declared: Iterable[Column], arrays: Mapping[str, Array]) -> dict[str, int]:
    """Return the bytes held by the columns of each kind.

    Under ``worker`` stands what the state columns with a row for every worker hold.
    """
    total: dict[str, int] = {kind.value: 0 for kind in Kind}
    total["worker"] = 0
    for column in declared:
        size = int(arrays[column.name].nbytes)
        total[column.kind.value] += size
        if column.axes[0] in WORKER_AXES and column.kind is Kind.STATE:
            total["worker"] += size
    return total
