"""What the command line reads: values of arguments, each refused in words when it is wrong."""

from __future__ import annotations

import argparse
import math
import tempfile
from collections.abc import Callable
from pathlib import Path

from hive_env.errors import ArgumentError
from hive_env.sizes import SIZES, Size


def count(text: str) -> int:
    """Return a whole number, which may be written as ``1e6``."""
    value = float(text)
    if not value.is_integer():
        raise ValueError(text)
    return int(value)


def size(text: str) -> Size:
    """Return the size of a name or of a number of workers."""
    try:
        return SIZES[text] if text in SIZES else Size.of(count(text))
    except (ArgumentError, ValueError) as error:
        raise argparse.ArgumentTypeError(
            f"expected one of {', '.join(SIZES)} or a number of workers from 256 to {1 << 27}, "
            f"got {text}"
        ) from error


def integer(low: int, high: int) -> Callable[[str], int]:
    """Return what reads an integer within a range."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(
                f"expected an integer from {low} to {high}, got {text}"
            )
        return value

    return read


def positive(text: str) -> float:
    """Return a positive finite number."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"expected a positive finite number, got {text}")
    return value


def names(text: str) -> list[str]:
    """Return different names, separated by commas."""
    found = text.split(",")
    if len(set(found)) != len(found) or not all(found):
        raise argparse.ArgumentTypeError(f"expected different names, got {text}")
    return found


def worker_counts(text: str) -> tuple[int, ...]:
    """Return numbers of workers, such as ``1e5``, separated by commas."""
    try:
        return tuple(Size.of(count(part)).workers for part in text.split(","))
    except (ArgumentError, ValueError) as error:
        raise argparse.ArgumentTypeError(
            f"expected numbers of workers from 256 to {1 << 27}, such as 1e5,1e6, got {text}"
        ) from error


def writable(text: str) -> Path:
    """Return the path of a file that can be written; nothing is left there."""
    path = Path(text)
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        if path.exists():
            with path.open("r+b"):
                pass
        else:
            with tempfile.TemporaryFile(dir=path.parent):
                pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise argparse.ArgumentTypeError(
            f"expected a file that can be written, got {text}: {reason}"
        ) from error
    return path


def result_file(text: str) -> Path | str:
    """Return the path of a file that can be written, or ``-`` for standard output."""
    return text if text == "-" else writable(text)


def picture_file(text: str) -> Path:
    """Return the path of a PNG file that can be written."""
    if Path(text).suffix.lower() != ".png":
        raise argparse.ArgumentTypeError(f"expected a file name that ends in .png, got {text}")
    return writable(text)
