"""What a worker observes, written a second time: whole-world pictures and plain Python.

Nothing here comes from `hive_env.systems`; the features are appended in the documented order.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from systems.worlds import ground_reference, picture

from hive_env.enums import Boundary, Event, Health
from hive_env.scenarios.forage import Forage

Array = NDArray[Any]


class Look:
    """One world as pictures of (Z, Y, X), with what lies beyond its edges."""

    def __init__(self, hive: Forage, world: int) -> None:
        config, c = hive.config, hive.columns
        self.hive, self.world = hive, world
        self.side, self.depth = config.region_side, config.forage.depth
        self.torus = config.forage.boundary is Boundary.TORUS
        self.resolution = config.forage.trail_resolution
        self.cap = config.forage.trail_cap
        self.ground = picture(hive, ground_reference(hive), self.side, world)
        _, self.high, self.wide = self.ground.shape
        fine = -(-self.side // self.resolution)
        planes = [picture(hive, c["trail"][:, p], fine, world) for p in range(7)]
        self.trails = np.stack(planes).astype(np.int64)
        self.trails[6] = self.cap - self.trails[6]
        self.sites = self._sites()

    def _sites(self) -> dict[tuple[int, int, int], tuple[int, int]]:
        """Type and stock of the live site with the lowest slot, by cell of the world."""
        c, side, found = self.hive.columns, self.side, {}
        regions = self.hive.config.size.regions
        for place in range(regions):
            at = self.world * regions + place
            for slot in reversed(range(c["site_cell"].shape[1])):
                if c["site_stock"][at, slot] > 0:
                    z, rest = divmod(int(c["site_cell"][at, slot]), side * side)
                    y, x = divmod(rest, side)
                    key = (z, y + int(c["region_y0"][place]), x + int(c["region_x0"][place]))
                    found[key] = (int(c["site_type"][at, slot]), int(c["site_stock"][at, slot]))
        return found

    def inside(self, z: int, y: int, x: int) -> tuple[int, int, int] | None:
        """The cell itself, the one that a ring makes of it, or None beyond a wall."""
        if self.torus:
            x, y = x % self.wide, y % self.high
        ok = 0 <= x < self.wide and 0 <= y < self.high and 0 <= z < self.depth
        return (z, y, x) if ok else None

    def short(self, offset: int, extent: int) -> int:
        """An offset, or on a ring the shorter way; ties go backward."""
        if not self.torus:
            return offset
        return min((offset % extent, offset % extent - extent), key=lambda d: (abs(d), d))

    def trail(self, plane: int, z: int, y: int, x: int) -> int | None:
        _, deep, high, wide = self.trails.shape
        if self.torus:
            x, y = x % wide, y % high
        if not (0 <= x < wide and 0 <= y < high and 0 <= z < deep):
            return None
        return int(self.trails[plane, z, y, x])


def offset(cells: int) -> int:
    """A way as a byte: straight lines between four points, rounded toward zero."""
    step = np.interp(abs(cells), (0, 7, 32, 200), (0, 56, 106, 127))
    return 128 + int(np.sign(cells) * np.floor(step + 1e-9))


def one_hot(index: int) -> list[int]:
    return [255 * (index == kind) for kind in range(4)]


def sites(look: Look, z: int, y: int, x: int) -> list[int]:
    deep = look.depth > 1
    best: dict[int, tuple[int, int, int, int, int, int]] = {}
    for dz in (-1, 0, 1) if deep else (0,):
        for dy in range(-2, 3):
            for dx in range(-2, 3):
                cell = look.inside(z + dz, y + dy, x + dx)
                if cell in look.sites:
                    kind, stock = look.sites[cell]
                    seen = (abs(dx) + abs(dy) + abs(dz), dz, dy, dx, stock, 0)
                    if kind not in best or seen[:4] < best[kind][:4]:
                        best[kind] = seen
    full = look.hive.config.forage.site_stock
    features = []
    for kind in range(4):
        _, dz, dy, dx, stock, _ = best.get(kind, (0, 0, 0, 0, 0, 0))
        features += [128 + 32 * dx, 128 + 32 * dy, *([128 + 32 * dz] if deep else [])]
        features.append(max(1, stock * 255 // full) if stock else 0)
    return features


def surroundings(look: Look, z: int, y: int, x: int) -> list[int]:
    steps = [(0, 0, 0), (0, -1, 0), (1, 0, 0), (0, 1, 0), (-1, 0, 0)]
    if look.depth > 1:
        steps += [(0, 0, 1), (0, 0, -1)]
    crowd, threat = [], []
    for dx, dy, dz in steps:
        cell = look.inside(z + dz, y + dy, x + dx)
        bits = 0 if cell is None else int(look.ground[cell])
        crowd.append(17 * (bits & 15))
        if cell is None:
            threat.append(85)
        else:
            threat.append(255 if bits & 64 else 170 if bits & 32 else 0)
    return crowd + threat


def trails(look: Look, z: int, y: int, x: int) -> list[int]:
    z, y, x = z // look.resolution, y // look.resolution, x // look.resolution
    features = []
    for plane in range(7):
        here = look.trail(plane, z, y, x)
        assert here is not None
        features.append(here // 256)
        for dz, dy, dx in ((0, 0, 1), (0, 1, 0), (1, 0, 0))[: 2 + (look.depth > 1)]:
            ahead = look.trail(plane, z + dz, y + dy, x + dx)
            behind = look.trail(plane, z - dz, y - dy, x - dx)
            slope = (here if ahead is None else ahead) - (here if behind is None else behind)
            features.append(128 + int(np.clip(np.trunc(slope / 256), -127, 127)))
    return features


def observation(look: Look, row: int) -> list[int]:
    """The features of the worker in a row."""
    hive, c = look.hive, look.hive.columns
    x, y = int(c["x"][row]) >> 12, int(c["y"][row]) >> 12
    z = int(c["z"][row]) >> 12 if look.depth > 1 else 0
    home, zone = int(c["home"][row]), int(c["task_zone"][row])
    corner = int(c["region_x0"][home]), int(c["region_y0"][home])
    half = look.side // 2
    features = sites(look, z, y, x) + surroundings(look, z, y, x) + trails(look, z, y, x)
    features += one_hot(int(c["cargo"][row]) - 1) + one_hot(int(c["specialist"][row]))
    features.append(255 * int(c["health"][row] == Health.ALIVE))
    features.append(int(c["fatigue"][row]))
    features.append(offset(look.short(corner[0] + half - x, look.wide)))
    features.append(offset(look.short(corner[1] + half - y, look.high)))
    if look.depth > 1:
        features.append(offset(look.depth // 2 - z))
    features.append({0: 0, 1: 128, 2: 255}[int(c["success"][row])])
    packed = int(c["task_priority"][row])
    features += [(0, 128, 255)[packed // 4**kind % 4] for kind in range(4)]
    if zone:
        part, across = (half, 2) if zone > 16 else (look.side // 4, 4)
        row_of, column_of = divmod((zone - 1) % 16, across)
        middle = part // 2
        to_x, to_y = column_of * part + middle, row_of * part + middle
        if zone == 21:
            to_x, to_y = half, half
        features.append(offset(look.short(corner[0] + to_x - x, look.wide)))
        features.append(offset(look.short(corner[1] + to_y - y, look.high)))
    else:
        features += [128, 128]
    length = hive.config.episode_ticks
    features.append(max(length - int(c["tick"][look.world]), 0) * 255 // length)
    features.append(255 * bool(int(c["event"][row]) & (Event.BLOCKED | Event.SLOWED)))
    return features


def observations(hive: Forage) -> Array:
    """Every worker's observation, by id."""
    out = np.empty((hive.worlds * hive.workers, 64 if hive.config.forage.depth == 1 else 80))
    for world in range(hive.worlds):
        look = Look(hive, world)
        for row in range(world * hive.workers, (world + 1) * hive.workers):
            out[world * hive.workers + int(hive.columns["id"][row])] = observation(look, row)
    return out.astype(np.uint8)
