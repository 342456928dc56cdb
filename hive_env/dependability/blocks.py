"""Reliability block diagrams: series, parallel and k-of-n, of items and of one another.

Items are independent, fail at a constant rate and, where they are repaired, each has a repairer of
its own. An item that stands in two places of a diagram counts as two.

Notes
-----
Barlow and Proschan, *Statistical Theory of Reliability and Life Testing*, 1975, sections 2.1 and
2.2: a block works with a probability that is a polynomial in those of its items. With
R_i(t) = exp(-lambda_i t) it is a sum of exponentials, of which the integral, the MTTF, is exact.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hive_env.checks import need, need_integer
from hive_env.dependability.results import Number, Result, number

MOST_TERMS = 1 << 16
"""Most different exponentials in the R(t) of a block whose MTTF is asked for."""

_ROUNDED = 2.0**-53
"""Relative error of rounding once to a float."""


class Block(ABC):
    """An item, or blocks that together work or not."""

    @abstractmethod
    def items(self) -> Iterator[Item]:
        """Yield the items."""

    @abstractmethod
    def _works(self, of: Callable[[Item], Any]) -> Any:
        """Return the probability that the block works, given those of its items.

        The values may be of any kind that can be added, subtracted and multiplied.
        """

    def reliability(self, time: float) -> Result:
        """Return R(t), the probability that the block has worked all the time, unrepaired.

        Parameters
        ----------
        time : float
            Time t, h.
        """
        hours = float(number(time, "time"))
        found = self._works(lambda item: math.exp(-float(item.failure_rate) * hours))
        return Result(found, "1", "structure function", self._rounding())

    def mttf(self) -> Result:
        """Return the mean time to failure without repair, h: the integral of R(t).

        Raises
        ------
        ConfigError
            R(t) has more than ``MOST_TERMS`` different exponentials.
        """
        survival: _Exponentials = self._works(
            lambda item: _Exponentials({Fraction(item.failure_rate): Fraction(1)})
        )
        if survival.terms.get(Fraction(0)):
            return Result(math.inf, "h", "an item that never fails", 0.0)
        total = sum((c / rate for rate, c in survival.terms.items() if rate), Fraction(0))
        return self._exact(total, "h", f"integral of {len(survival.terms)} exponentials")

    def availability(self) -> Result:
        """Return the share of a long time in which the block works, its items repaired."""
        found = self._works(lambda item: item.share_up)
        return self._exact(Fraction(found), "1", "structure function")

    def _exact(self, value: Fraction, unit: str, method: str) -> Result:
        """Return a value as it is if the rates are rational, else rounded to a float."""
        if all(item.rational for item in self.items()):
            return Result(value, unit, method, 0.0)
        return Result(float(value), unit, f"{method}, rounded once", _ROUNDED)

    def _rounding(self) -> float:
        """Return a bound of the roundings of the structure function in floats."""
        return 8 * _ROUNDED * sum(1 for _ in self.items()) ** 2


@dataclass(frozen=True)
class Item(Block):
    """What fails, and perhaps is repaired.

    Parameters
    ----------
    failure_rate : Fraction or float
        Rate of failure, 1/h.
    repair_rate : Fraction or float
        Rate of return once failed, 1/h; 0: never.

    Raises
    ------
    ConfigError
        A rate is negative or not finite.
    """

    failure_rate: Number
    repair_rate: Number = Fraction(0)

    def __post_init__(self) -> None:
        for name in ("failure_rate", "repair_rate"):
            object.__setattr__(self, name, number(getattr(self, name), name))

    @property
    def rational(self) -> bool:
        """Whether both rates are rational."""
        return isinstance(self.failure_rate, Fraction) and isinstance(self.repair_rate, Fraction)

    @property
    def share_up(self) -> Fraction:
        """Availability mu / (lambda + mu); 1 for an item that never fails."""
        failing, returning = Fraction(self.failure_rate), Fraction(self.repair_rate)
        return returning / (failing + returning) if failing else Fraction(1)

    def items(self) -> Iterator[Item]:
        """Yield the item itself."""
        yield self

    def _works(self, of: Callable[[Item], Any]) -> Any:
        return of(self)


@dataclass(frozen=True, init=False)
class _Composed(Block):
    """Blocks that together make one."""

    blocks: tuple[Block, ...]

    def __init__(self, *blocks: Block) -> None:
        need(bool(blocks), "blocks", "at least one block", blocks)
        for index, block in enumerate(blocks):
            need(isinstance(block, Block), f"blocks[{index}]", "a block", block, "Use Item(rate).")
        object.__setattr__(self, "blocks", blocks)

    def items(self) -> Iterator[Item]:
        """Yield the items of the blocks."""
        for block in self.blocks:
            yield from block.items()


class Series(_Composed):
    """Works if all its blocks work."""

    def _works(self, of: Callable[[Item], Any]) -> Any:
        return math.prod(block._works(of) for block in self.blocks)


class Parallel(_Composed):
    """Works if any of its blocks works."""

    def _works(self, of: Callable[[Item], Any]) -> Any:
        return 1 - math.prod(1 - block._works(of) for block in self.blocks)


@dataclass(frozen=True, init=False)
class KOfN(_Composed):
    """Works if at least k of its n blocks work.

    Parameters
    ----------
    k : int
        Blocks that must work, from 1 to n.
    *blocks : Block
        The n blocks, alike or not.

    Raises
    ------
    ConfigError
        ``k`` is out of range, or there is no block.
    """

    k: int

    def __init__(self, k: int, *blocks: Block) -> None:
        super().__init__(*blocks)
        need_integer(k, "k", 1, len(blocks))
        object.__setattr__(self, "k", k)

    def _works(self, of: Callable[[Item], Any]) -> Any:
        # The last entry counts all that is k or more.
        chances: Sequence[Any] = [1] + [0] * self.k
        for block in self.blocks:
            works = block._works(of)
            before, enough = [0, *chances[:-1]], chances[-1]
            chances = [
                stay * (1 - works) + come * works
                for stay, come in zip(chances, before, strict=True)
            ]
            chances[-1] = enough + before[-1] * works
        return chances[-1]


@dataclass(frozen=True)
class _Exponentials:
    """A sum of exponentials: rate to coefficient."""

    terms: dict[Fraction, Fraction]

    def __add__(self, other: _Exponentials | int) -> _Exponentials:
        terms = dict(self.terms)
        for rate, coefficient in _terms(other).items():
            terms[rate] = terms.get(rate, Fraction(0)) + coefficient
        return _Exponentials({rate: c for rate, c in terms.items() if c})

    def __mul__(self, other: _Exponentials | int) -> _Exponentials:
        terms: dict[Fraction, Fraction] = {}
        for rate, coefficient in self.terms.items():
            for more, factor in _terms(other).items():
                terms[rate + more] = terms.get(rate + more, Fraction(0)) + coefficient * factor
            need(
                len(terms) <= MOST_TERMS,
                "blocks",
                f"at most {MOST_TERMS:,} different exponentials",
                f"more than {MOST_TERMS:,}",
                "Give equal items equal rates, or integrate reliability().",
            )
        return _Exponentials({rate: c for rate, c in terms.items() if c})

    def __rsub__(self, other: int) -> _Exponentials:
        return self * -1 + other

    __radd__, __rmul__ = __add__, __mul__


def _terms(value: _Exponentials | int) -> dict[Fraction, Fraction]:
    """Return the terms of a sum, or of a constant."""
    return value.terms if isinstance(value, _Exponentials) else {Fraction(0): Fraction(value)}
