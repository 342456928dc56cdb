"""What is observed and chosen: features, action masks, the spaces that hold them.

A world writes observations as bytes. As float32 each feature is a fixed linear map of its byte,
``(byte - zero) / scale``, so both forms carry the same information.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from gymnasium import spaces

from hive_env.ecs.columns import Array
from hive_env.enums import Plane

TYPES = ("a", "b", "c", "d")
"""Names of the resource types in those of the features."""

OBSERVATIONS = ("float32", "uint8")
"""Forms in which observations are given."""


@dataclass(frozen=True)
class Feature:
    """One observed feature: ``float = (byte - zero) / scale``, from ``low`` to ``high``.

    Parameters
    ----------
    name : str
        What it is; groups share a prefix.
    zero : int
        Byte that means 0.
    scale : int
        Bytes from 0 to 1.
    low, high : float
        Least and greatest value as float32.
    """

    name: str
    zero: int
    scale: int
    low: float
    high: float


def share(name: str) -> Feature:
    """Return a feature from 0 to 1."""
    return Feature(name, 0, 255, 0.0, 1.0)


def offset(name: str, scale: int = 127) -> Feature:
    """Return a feature from -1 to 1, 0 at the byte 128."""
    return Feature(name, 128, scale, -1.0, 1.0)


def worker_features(depth: int) -> tuple[Feature, ...]:
    """Return what a worker observes, in order: 64 features, 80 in worlds of depth above one.

    ========================= ===== ===== =====================================================
    names                     plane depth value
    ========================= ===== ===== =====================================================
    ``site_T_dx``, ``_dy``    2 x 4 3 x 4 Way to the nearest visible site of type T: 1 is the
                                          edge of sight, 2 cells (``_dz``: 1 cell).
    ``site_T_stock``          4     4     What is left there, share of a new site; 0: none seen.
    ``crowd_P``               5     7     Workers in place P, 1 is 15 or more.
    ``threat_P``              5     7     0 free, 1/3 a wall, 2/3 a failed worker, 1 a hazard.
    ``trail_C``               7     7     Trail of plane C here, 1 is 65,280; for ``exploration``
                                          the cap less the trail of visits.
    ``trail_C_dx``, ``_dy``   14    21    Slope of the trail (and ``_dz``), 1 is 32,512 or more.
    ``cargo_T``               4     4     1 when it carries type T.
    ``specialist_T``          4     4     1 when it is made for type T.
    ``health``                1     1     1 alive, 0 failed.
    ``fatigue``               1     1     The worker fails at 1.
    ``home_dx``, ``_dy``      2     3     Way to the depot (and ``_dz``), 1 is 127 cells or more.
    ``success``               1     1     Last pick since a drop: 0 none, about 1/2 it emptied the
                                          site, 1 it left stock.
    ``goal_T``                4     4     1 when it is ordered to look for type T.
    ``zone_dx``, ``_dy``      2     2     Way to the ordered zone, 1 is 127 cells or more.
    ``time_left``             1     1     Share of the episode.
    ``blocked``               1     1     1 when a wall or a crowd held it up in the last tick.
    ========================= ===== ===== =====================================================

    Places P are ``here``, ``north``, ``east``, ``south``, ``west``, and with depth ``above`` and
    ``below``. Planes C are ``danger``, ``resource_T``, ``congestion`` and ``exploration``.

    Parameters
    ----------
    depth : int
        World cells along z.
    """
    deep = depth > 1
    axes = ("dx", "dy", "dz") if deep else ("dx", "dy")
    places = ("here", "north", "east", "south", "west") + (("above", "below") if deep else ())
    found: list[Feature] = []
    for kind in TYPES:
        found += [offset(f"site_{kind}_{axis}", 32 if axis == "dz" else 64) for axis in axes]
        found.append(share(f"site_{kind}_stock"))
    found += [share(f"crowd_{place}") for place in places]
    found += [share(f"threat_{place}") for place in places]
    for plane in plane_names():
        found.append(share(f"trail_{plane}"))
        found += [offset(f"trail_{plane}_{axis}") for axis in axes]
    found += [share(f"cargo_{kind}") for kind in TYPES]
    found += [share(f"specialist_{kind}") for kind in TYPES]
    found += [share("health"), share("fatigue")]
    found += [offset(f"home_{axis}") for axis in axes]
    found.append(share("success"))
    found += [share(f"goal_{kind}") for kind in TYPES]
    found += [offset("zone_dx"), offset("zone_dy"), share("time_left"), share("blocked")]
    return tuple(found)


def plane_names() -> tuple[str, ...]:
    """Return the names of the planes of the map, in their order."""
    resources = tuple(f"resource_{kind}" for kind in TYPES)
    names = {int(Plane.DANGER): ("danger",), int(Plane.RESOURCE): resources}
    names |= {int(Plane.CONGESTION): ("congestion",), int(Plane.EXPLORATION): ("exploration",)}
    return tuple(name for plane in sorted(names) for name in names[plane])


FEATURES = worker_features(depth=1)
"""What a worker of a plane world observes."""


class Scaling:
    """The linear map from bytes to float32, feature by feature.

    Parameters
    ----------
    features : sequence of Feature
        F features.
    """

    def __init__(self, features: Sequence[Feature]) -> None:
        self._zero = np.array([feature.zero for feature in features], np.float32)
        self._scale = np.array([feature.scale for feature in features], np.float32)

    def floats(self, observed: Array) -> Array:
        """Return bytes uint8[..., F] as a new float32[..., F]."""
        out = np.subtract(observed, self._zero, dtype=np.float32)
        out /= self._scale
        return out


def observation_space(features: Sequence[Feature], form: str, seats: int | None) -> spaces.Box:
    """Return the space of one agent's observation.

    Parameters
    ----------
    features : sequence of Feature
        F features.
    form : {"float32", "uint8"}
        Numbers in the features' ranges, or the bytes themselves.
    seats : int, optional
        Rows, for one agent that sits in several seats: the shape is then (seats, F).
    """
    shape = (len(features),) if seats is None else (seats, len(features))
    if form == "uint8":
        return spaces.Box(0, 255, shape, np.uint8)
    low = np.array([feature.low for feature in features], np.float32)
    high = np.array([feature.high for feature in features], np.float32)
    return spaces.Box(
        np.broadcast_to(low, shape).copy(), np.broadcast_to(high, shape).copy(), dtype=np.float32
    )


def action_space(choices: Sequence[int], seats: int = 1) -> spaces.MultiDiscrete:
    """Return the space of one agent's action: a number for each choice of each of its seats."""
    return spaces.MultiDiscrete(list(choices) * seats)


def masks_of(able: Array, choices: Sequence[int]) -> Array:
    """Return which values of each choice are open: all, or the first alone.

    Parameters
    ----------
    able : bool[...]
        Whether a seat's action counts.
    choices : sequence of int
        Number of values of each choice.

    Returns
    -------
    bool[..., sum(choices)]
        The choices one after another.
    """
    first = np.zeros(sum(choices), bool)
    first[np.cumsum((0, *choices[:-1]))] = True
    return np.asarray(able[..., None] | first)


def mask_parts(masks: Array, choices: Sequence[int]) -> list[tuple[Array, ...]]:
    """Return masks as ``MultiDiscrete.sample`` takes them, one tuple a row.

    Parameters
    ----------
    masks : bool[R, S * sum(choices)]
        Rows of S seats each.
    choices : sequence of int
        Number of values of each choice.

    Returns
    -------
    list of tuple of int8 arrays
        R tuples of S * len(choices) arrays, views of one new array.
    """
    rows = masks.astype(np.int8)
    seats = rows.shape[1] // sum(choices)
    ends = np.cumsum(np.tile(choices, seats))
    columns = [
        list(rows[:, end - size : end]) for end, size in zip(ends, [*choices] * seats, strict=True)
    ]
    return list(zip(*columns, strict=True))
