"""What a calculation gives, and the numbers it takes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from numbers import Integral, Rational, Real
from typing import TypeAlias

from hive_env.checks import need

Number: TypeAlias = Fraction | float
"""A rational, which calculations keep exact, or a float."""


ROUNDED = 2.0**-50
"""Relative error that the few roundings of a closed formula may leave."""


@dataclass(frozen=True)
class Result:
    """A value, and how far it may be trusted.

    Parameters
    ----------
    value : Fraction or float
        The value; a `Fraction` when it is exact.
    unit : str
        ``h`` (hours), ``1/h``, ``s`` (seconds) or ``1`` (a probability or a ratio).
    method : str
        How the value was found.
    residual : float
        What is left when the value is put back into its equations, relative to their terms; for
        R(t) the bound of its absolute error. 0 when the value is exact.
    """

    value: Number
    unit: str
    method: str
    residual: float

    def __float__(self) -> float:
        return float(self.value)


def number(value: object, argument: str, low: float = 0, high: float = math.inf) -> Number:
    """Return a finite number within bounds: integers and rationals as `Fraction`.

    Parameters
    ----------
    value : int, Fraction or float
        What came.
    argument : str
        Its name, for the error.
    low, high : float
        Bounds, both allowed.

    Raises
    ------
    ConfigError
        It is no number, is not finite, or lies outside the bounds.
    """
    expected = f"a finite number from {low}" + (f" to {high}" if high < math.inf else "")
    good = isinstance(value, Real) and not isinstance(value, bool)
    need(good and math.isfinite(value) and low <= value <= high, argument, expected, value)  # type: ignore[arg-type, operator]
    if isinstance(value, Integral):
        return Fraction(int(value))
    if isinstance(value, Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    return float(value)  # type: ignore[arg-type]


def positive(value: object, argument: str, unit: str = "") -> Number:
    """Return a finite number above zero, as `number` does."""
    given = number(value, argument)
    need(given > 0, argument, f"a number above 0{', ' + unit if unit else ''}", value)
    return given
