"""Features: what one number of an observation is, and what range it has."""

from __future__ import annotations

from dataclasses import dataclass


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


def exact(name: str, low: float = 0.0, high: float = 1.0) -> Feature:
    """Return a feature that is written as float32."""
    return Feature(name, 0, 1, low, high)
