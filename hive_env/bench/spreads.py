"""Spreads of measurements as text: the median, and the least to the most."""

from __future__ import annotations


def millions(spread: dict[str, float] | None) -> str:
    """Return a rate in millions a second: median, and least to most."""
    if spread is None:
        return "–"
    middle, low, high = (spread[name] / 1e6 for name in ("median", "min", "max"))
    return f"{middle:.1f} ({low:.1f}–{high:.1f})"


def gigabytes(spread: dict[str, float]) -> str:
    """Return a bandwidth in GB/s: median, and least to most."""
    middle, low, high = (spread[name] / 1e9 for name in ("median", "min", "max"))
    return f"{middle:.1f} ({low:.1f}–{high:.1f})"


def milliseconds(spread: dict[str, float]) -> str:
    """Return a duration in milliseconds: median, and least to most."""
    middle, low, high = (1000 * spread[name] for name in ("median", "min", "max"))
    return f"{middle:.2f} ({low:.2f}–{high:.2f})"


def ratio(spread: dict[str, float], digits: int) -> str:
    """Return a ratio: median, and least to most."""
    middle, low, high = (f"{spread[name]:.{digits}f}" for name in ("median", "min", "max"))
    return f"{middle} ({low}–{high})"
