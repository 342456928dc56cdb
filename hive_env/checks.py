"""Checks of parameters: each raises `ConfigError` that names the argument."""

from __future__ import annotations

from hive_env.errors import ConfigError


def need(condition: bool, argument: str, expected: str, got: object, mend: str = "") -> None:
    """Refuse what does not meet a condition."""
    if not condition:
        raise ConfigError(argument, expected, got, mend)


def need_integer(value: object, argument: str, low: int, high: int) -> None:
    """Refuse what is no integer from ``low`` to ``high``."""
    good = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    need(good, argument, f"an integer from {low} to {high}", value)


def need_number(value: object, argument: str, low: float, high: float) -> None:
    """Refuse what is no number from ``low`` to ``high``."""
    good = isinstance(value, int | float) and not isinstance(value, bool)
    good = good and low <= value <= high  # type: ignore[operator]
    need(good, argument, f"a finite number from {low} to {high}", value)


def need_felt(value: float, argument: str, steps: float) -> None:
    """Refuse a positive number that its fixed-point form would round to zero."""
    need(
        value == 0 or value * steps >= 1,
        argument,
        f"0, or at least {1 / steps:.2g}, the step of its fixed-point form",
        value,
    )
