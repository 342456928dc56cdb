"""Snapshots on disk: one file that holds a whole world, and says when it does not.

Layout, the prelude's numbers little-endian::

    prelude   64 bytes: magic, format version, length of the header, length of the file,
              BLAKE2b of the header, BLAKE2b of the 48 bytes before
    header    JSON: family, configuration, constants, worlds, and the columns' dtypes and shapes
    columns   the saved columns in the header's order, each in C order, nothing between them
    trailer   32 bytes: BLAKE2b of everything before

The prelude has a checksum of its own, so that a file cut short is told from one that was
altered; the trailer covers every byte, whatever the version. Nothing is pickled. Columns are
streamed between file and memory, so a world needs no second copy of itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np

from hive_env.config import HiveConfig
from hive_env.ecs.columns import Array
from hive_env.errors import SnapshotError
from hive_env.records import remade
from hive_env.simulation import Simulation

Config = TypeVar("Config")

FORMAT = 1
"""Version of the layout above; a reader takes its own and no other."""

MAGIC = b"\x89hive snapshot\r\n"
"""First bytes of every snapshot: a high bit and a line end show a transfer as text."""

CHUNK = 1 << 24
"""Bytes read, written and hashed at a time."""

_PRELUDE = struct.Struct("<16sIIQ16s")
_CHECK = 16
_DIGEST = 32
_HEADER_AT = _PRELUDE.size + _CHECK


def save(simulation: Simulation, path: str | os.PathLike[str]) -> None:
    """Write a simulation's state to a file, all of it or nothing.

    The bytes go to a new file in the same folder, which takes the name only when they are on
    disk. Whatever interrupts this, the file that had the name before is still there; a process
    killed in mid-write leaves a ``.tmp`` file beside it.

    Parameters
    ----------
    simulation : Simulation
        An episode must have been started in every world.
    path : str or path
        The file; an existing one is replaced.

    Raises
    ------
    ResetNeededError
        Before the first reset.
    OSError
        When the file cannot be written. A file that had the name before is untouched.
    """
    simulation.need_ready()
    target = Path(path)
    partial = target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")
    try:
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb", 0) as file:
            for block in _blocks(simulation):
                _write(file, block)
            os.fsync(file.fileno())
        os.replace(partial, target)
    except BaseException:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def load(path: str | os.PathLike[str], simulation: Simulation) -> None:
    """Put a simulation into the state that a file holds; it continues bit-exactly.

    The device and the number of threads may differ from those of the simulation that was saved.

    Parameters
    ----------
    path : str or path
        A file that `save` wrote.
    simulation : Simulation
        One of the same scenario, configuration and number of worlds.

    Raises
    ------
    SnapshotError
        When the file is no snapshot, is truncated, altered or of another format version, is of
        another kind of world, or holds what cannot be. The simulation is untouched.
    OSError
        When the file cannot be read. The simulation is untouched, but for a disk that fails
        between the check of the file and its reading: then the simulation needs a reset.
    """
    with open(path, "rb") as file:
        header, start = _verified(file, path)
        _compare(header, simulation, path)
        simulation.inspect(_mapped(file, header["columns"], start))
        file.seek(start)
        simulation.ready = False
        for name in header["columns"]:
            column = simulation.draft(name)
            _read_into(file, column, path)
            simulation.put(name, column)
    simulation.restored += 1
    simulation.resume()


def describe(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return a snapshot's header: what the file holds, without reading the columns.

    Returns
    -------
    dict
        ``package`` (version that wrote it), ``family``, ``config_hash``, ``config`` (None for a
        simulation that is no hive), ``constants``, ``worlds``,
        ``first_world`` (its seed, episode and tick) and ``columns`` (dtype and shape by name).

    Raises
    ------
    SnapshotError
        When the file is no snapshot, is truncated or of another version, or its header is
        altered. The columns are not checked.
    """
    with open(path, "rb") as file:
        version, _, _, text = _opened(file, path)
        _need_format(version, path)
        return _parsed(text, path)


def config_of(path: str | os.PathLike[str], kind: type[Config] = HiveConfig) -> Config:  # type: ignore[assignment]
    """Return the configuration of the world in a snapshot, to make a simulation for it.

    Parameters
    ----------
    path : str or path
        A file that `save` wrote.
    kind : type
        What the configuration is of: a frozen dataclass.

    Raises
    ------
    SnapshotError
        As `describe`, and when this version of the package has no such configuration.
    """
    stored = describe(path).get("config")
    if not isinstance(stored, dict):
        raise SnapshotError(f"{path}: the snapshot holds no {kind.__name__}.")
    try:
        made: Config = remade(kind, stored)
    except (TypeError, ValueError) as error:
        raise SnapshotError(
            f"{path}: this version of hive_env cannot make the snapshot's configuration: {error}"
        ) from error
    return made


# --- writing -----------------------------------------------------------------------------------


def _blocks(simulation: Simulation) -> Iterator[bytes | memoryview]:
    """Yield the bytes of a snapshot in order, at most `CHUNK` at a time."""
    text = json.dumps(_header_of(simulation), default=_plain, allow_nan=False).encode()
    arrays = [simulation.columns[column.name] for column in simulation.saved_columns()]
    length = _HEADER_AT + len(text) + sum(array.nbytes for array in arrays) + _DIGEST
    prelude = _PRELUDE.pack(MAGIC, FORMAT, len(text), length, _check(text))
    digest = hashlib.blake2b(digest_size=_DIGEST)
    for block in (prelude, _check(prelude), text):
        digest.update(block)
        yield block
    for array in arrays:
        flat = _bytes_of(array)
        for at in range(0, len(flat), CHUNK):
            digest.update(flat[at : at + CHUNK])
            yield flat[at : at + CHUNK]
    yield digest.digest()


def _header_of(simulation: Simulation) -> dict[str, Any]:
    # A hive has both; what a simulation of another kind calls its config may be anything.
    config, kind = (getattr(simulation, name, None) for name in ("config", "config_type"))
    columns = simulation.columns
    first_world = {name: int(columns[name][0]) for name in ("seed", "episode", "tick")}
    first_world["seed"] %= 1 << 64
    return {
        # Asked of the loaded package: an import of it would be one of the layers above.
        "package": sys.modules["hive_env"].__version__,
        **_identity(simulation),
        "config": None if config is None or kind is None else asdict(config),
        "first_world": first_world,
    }


def _plain(number: Any) -> Any:
    """A NumPy number as Python's, for JSON."""
    return number.item()


def _identity(simulation: Simulation) -> dict[str, Any]:
    """What must agree between a snapshot and the simulation that takes it over."""
    blueprint = simulation.blueprint
    return {
        "family": blueprint.family,
        "config_hash": blueprint.config_hash,
        "worlds": simulation.worlds,
        "constants": dict(blueprint.constants),
        "columns": {
            column.name: [array.dtype.str, list(array.shape)]
            for column in simulation.saved_columns()
            for array in (simulation.columns[column.name],)
        },
    }


def _write(file: BinaryIO, block: bytes | memoryview) -> None:
    """Write all of a block: an unbuffered file may take less of it than it was given."""
    rest = memoryview(block)
    while rest:
        rest = rest[file.write(rest) :]


def _sync_folder(folder: Path) -> None:
    """Put a folder's entries on disk, so that a new name outlives a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _bytes_of(array: Array) -> memoryview:
    """The bytes of a column, in place."""
    flat: Any = array.reshape(-1).view(np.uint8)
    return memoryview(flat)


def _check(block: bytes) -> bytes:
    return hashlib.blake2b(block, digest_size=_CHECK).digest()


# --- reading -----------------------------------------------------------------------------------


def _opened(file: BinaryIO, path: object) -> tuple[int, int, int, bytes]:
    """Read the prelude and the header; return version, start of columns, length and header."""
    found = os.fstat(file.fileno()).st_size
    start = file.read(_HEADER_AT)
    if not MAGIC.startswith(start[: len(MAGIC)]):
        raise SnapshotError(f"{path}: not a hive_env snapshot: it does not begin as one.")
    if len(start) < _HEADER_AT:
        raise _truncated(path, found, f"at least {_HEADER_AT}")
    prelude = start[: _PRELUDE.size]
    if _check(prelude) != start[_PRELUDE.size :]:
        raise _altered(path, "its first bytes do not have their checksum")
    _, version, header_length, length, header_check = _PRELUDE.unpack(prelude)
    if found < length:
        raise _truncated(path, found, str(length))
    if found > length:
        raise _altered(path, f"it has {found} bytes and should have {length}")
    text = file.read(header_length)
    if _check(text) != header_check:
        raise _altered(path, "its header does not have its checksum")
    return version, _HEADER_AT + header_length, length, text


def _verified(file: BinaryIO, path: object) -> tuple[dict[str, Any], int]:
    """Check every byte of a file; return its header and where its columns start."""
    version, start, length, text = _opened(file, path)
    file.seek(0)
    digest = hashlib.blake2b(digest_size=_DIGEST)
    left = length - _DIGEST
    while left > 0:
        block = file.read(min(CHUNK, left))
        if not block:
            raise _truncated(path, length - left, str(length))
        digest.update(block)
        left -= len(block)
    if file.read(_DIGEST) != digest.digest():
        raise _altered(path, "its bytes do not have their checksum")
    _need_format(version, path)
    return _parsed(text, path), start


def _need_format(version: int, path: object) -> None:
    if version != FORMAT:
        raise SnapshotError(
            f"{path}: the snapshot has format version {version}, this hive_env reads version "
            f"{FORMAT}. Load it with the version of hive_env that wrote it."
        )


def _parsed(text: bytes, path: object) -> dict[str, Any]:
    try:
        header = json.loads(text)
    except ValueError as error:
        raise SnapshotError(f"{path}: the snapshot's header is not JSON: {error}") from error
    if not isinstance(header, dict):
        raise SnapshotError(f"{path}: the snapshot's header is not a JSON object.")
    return header


def _compare(header: dict[str, Any], simulation: Simulation, path: object) -> None:
    """Raise `SnapshotError` unless a simulation can take over what a header describes."""
    here = _identity(simulation)
    for name, meaning in (
        ("family", "scenario"),
        ("config_hash", "configuration (by its hash)"),
        ("worlds", "number of worlds"),
    ):
        if header.get(name) != here[name]:
            raise _stranger(path, meaning, header.get(name), here[name])
    for name in ("constants", "columns"):
        there, own = header.get(name) or {}, here[name]
        differ = sorted(k for k in own.keys() | there.keys() if own.get(k) != there.get(k))
        if differ:
            raise _stranger(
                path, name, {k: there.get(k) for k in differ}, {k: own.get(k) for k in differ}
            )


def _mapped(file: BinaryIO, columns: dict[str, Any], at: int) -> dict[str, Array]:
    """Return a file's columns where they lie, without reading them."""
    mapped: dict[str, Array] = {}
    for name, (dtype, shape) in columns.items():
        if 0 in shape:  # nothing to map
            mapped[name] = np.empty(shape, dtype)
        else:
            mapped[name] = np.memmap(file, dtype, "r", at, tuple(shape))
        at += mapped[name].nbytes
    return mapped


def _read_into(file: BinaryIO, array: Array, path: object) -> None:
    flat = _bytes_of(array)
    for at in range(0, len(flat), CHUNK):
        block = flat[at : at + CHUNK]
        if file.readinto(block) != len(block):  # type: ignore[attr-defined]
            raise OSError(f"{path}: the file changed while it was read; reset the simulation.")


def _truncated(path: object, found: int, length: str) -> SnapshotError:
    return SnapshotError(f"{path}: the snapshot is truncated: {found} bytes of {length}.")


def _altered(path: object, how: str) -> SnapshotError:
    return SnapshotError(f"{path}: the snapshot is altered: {how}.")


def _stranger(path: object, what: str, there: object, here: object) -> SnapshotError:
    return SnapshotError(
        f"{path}: the snapshot is of another world: its {what}: {there}; this simulation's: "
        f"{here}. Load it into one of the same kind; `config_of` gives the configuration."
    )
