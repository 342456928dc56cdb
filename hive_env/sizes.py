"""How many workers a hive has, and how its seats nest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields

from hive_env.checks import need, need_integer

CELLS_PER_WORKER = 32
"""Density of every size: world cells for each worker."""

MOST_ACROSS = 10
"""Most regions along a sector, and sectors along a hive, of a size that is made from a number. What
an orchestrator's ledger keeps grows with the square of its sectors."""


def _oblong(area: int) -> tuple[int, int]:
    """Return the sides of the most nearly square rectangle of a whole area, the longer first."""
    short = next(side for side in range(math.isqrt(area), 0, -1) if area % side == 0)
    return area // short, short


def _hives(count: float) -> tuple[int, int]:
    """Return the sides of a rectangle of about so many hives, seldom over twice as long as high."""
    pairs = (
        (across, down)
        for down in range(1, math.isqrt(int(count)) + 2)
        for across in range(down, 2 * down + 2)
    )
    return min(pairs, key=lambda sides: (abs(sides[0] * sides[1] - count), sides))


@dataclass(frozen=True)
class Size:
    """How many workers there are, and how regions, sectors and hives nest.

    Parameters
    ----------
    workers : int
        Workers in one world, from 4 to 2**27. They are dealt to the regions in order of id;
        where the number of regions does not divide it, spans differ by one.
    sector_x, sector_y : int
        A sector is ``sector_x`` x ``sector_y`` regions, one governor's area.
    hive_x, hive_y : int
        A hive is ``hive_x`` x ``hive_y`` sectors, one orchestrator's area.
    hives_x, hives_y : int
        The world is ``hives_x`` x ``hives_y`` hives.
    """

    workers: int
    sector_x: int = 2
    sector_y: int = 2
    hive_x: int = 2
    hive_y: int = 2
    hives_x: int = 1
    hives_y: int = 1

    def __post_init__(self) -> None:
        need_integer(self.workers, "workers", 4, 1 << 27)
        for item in fields(self)[1:]:
            need_integer(getattr(self, item.name), item.name, 1, 1 << 12)
        need(
            self.regions <= self.workers,
            "workers",
            f"at least one worker for each of the {self.regions} regions",
            self.workers,
            "Ask for more workers or fewer regions.",
        )

    @property
    def regions_x(self) -> int:
        """Regions along x."""
        return self.sector_x * self.hive_x * self.hives_x

    @property
    def regions_y(self) -> int:
        """Regions along y."""
        return self.sector_y * self.hive_y * self.hives_y

    @property
    def regions(self) -> int:
        """Regions, and so managers, of one world."""
        return self.regions_x * self.regions_y

    @property
    def sectors(self) -> int:
        """Sectors, and so governors, of one world."""
        return self.hive_x * self.hives_x * self.hive_y * self.hives_y

    @property
    def hives(self) -> int:
        """Hives, and so orchestrators, of one world."""
        return self.hives_x * self.hives_y

    @property
    def sector_regions(self) -> int:
        """Regions of one sector: a governor's initial span."""
        return self.sector_x * self.sector_y

    @property
    def hive_sectors(self) -> int:
        """Sectors of one hive: an orchestrator's span."""
        return self.hive_x * self.hive_y

    @property
    def span(self) -> float:
        """Mean number of workers of a region."""
        return self.workers / self.regions

    @property
    def region_side(self) -> int:
        """World cells along a region's side: a multiple of 4 that holds the density."""
        return max(8, 4 * round(math.sqrt(CELLS_PER_WORKER * self.span) / 4))

    @classmethod
    def of(cls, size: str | int | Size) -> Size:
        """Return a size by its name, by its number of workers, or as it is.

        Parameters
        ----------
        size : str, int or Size
            One of the names in ``SIZES``, or any number of workers from 256 to 2**27: a manager's
            span is then about 100 (32 below 3,200 workers, 1,000 from 50 million), and no
            other's is above 100, so that above a million workers there are several hives.

        Raises
        ------
        ConfigError
            When the name is unknown or the number is out of range.
        """
        if isinstance(size, Size):
            return size
        if isinstance(size, str):
            need(
                size in SIZES,
                "size",
                f"one of {', '.join(SIZES)}, a number of workers, or a Size",
                size,
            )
            return SIZES[size]
        need_integer(size, "size", 256, 1 << 27)
        span = 32 if size < 3_200 else 100 if size < 50_000_000 else 1_000
        side = max(2, round(math.sqrt(size / span)))
        if side > MOST_ACROSS**2:
            return cls(size, *(MOST_ACROSS,) * 4, *_hives(size / (span * MOST_ACROSS**4)))
        best = min(
            (abs(sector * hive - side), -sector, sector, hive)
            for sector in range(2, MOST_ACROSS + 1)
            for hive in (side // sector, side // sector + 1)
            if 1 <= hive <= MOST_ACROSS
        )
        return cls(size, best[2], best[2], best[3], best[3])

    @classmethod
    def with_spans(
        cls, workers: int, worker_span: int, manager_span: int, governor_span: int
    ) -> Size:
        """Return a size from its initial spans: how many report to each seat.

        Regions, sectors and hives are laid out as nearly square as the spans allow.

        Parameters
        ----------
        workers : int
            Workers of one world.
        worker_span, manager_span, governor_span : int
            Workers of a manager, managers of a governor, governors of an orchestrator. There are
            as many orchestrators as the spans leave.

        Raises
        ------
        ConfigError
            When a span does not divide those whom it is to divide.
        """
        need_integer(workers, "workers", 4, 1 << 27)
        left = workers
        sides: list[int] = []
        for name, span, whom in (
            ("worker_span", worker_span, "workers"),
            ("manager_span", manager_span, "managers"),
            ("governor_span", governor_span, "governors"),
        ):
            need_integer(span, name, 1, 1 << 24)
            need(left % span == 0, name, f"a divisor of the {left:,} {whom}", span)
            left //= span
            if name != "worker_span":
                sides += _oblong(span)
        return cls(workers, *(*sides, *_oblong(left)))


SIZES: Mapping[str, Size] = {
    "nano": Size(512, 2, 2, 2, 2),
    "v0": Size(10_000, 5, 5, 2, 2),
    "40k": Size(40_000, 10, 10, 2, 2),
    "1m": Size(1_000_000, 10, 10, 10, 10),
    "100m": Size(100_000_000, 10, 10, 10, 10, 5, 2),
}
"""The published sizes."""
