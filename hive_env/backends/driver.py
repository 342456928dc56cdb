"""The loop around the rules: one source text a pass, for every device.

A driver is written out as Python source, because a loop that the compiler can see whole is
compiled whole, kept in numba's cache between processes, and can be read. It lies in a folder
named by a hash of all that it is made from (its own text, the package's rules, the rules of the
user), so a cached driver is never older than what it calls.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numba
import numpy as np

from hive_env.ecs import Each, Fetch, Members, Pass, System, Unit
from hive_env.ecs.columns import INDICES, LOOPS
from hive_env.errors import ConfigError

MEMBER_COLUMNS = ("member", "member_first", "member_stay")
"""Columns by which a pass finds the workers that stand in a region."""

PER_WORLD = {
    Unit.REGION: "regions",
    Unit.SECTOR: "sectors",
    Unit.HIVE: "hives",
    Unit.OFFICE: "offices",
}
"""Constants that tell how many units of a kind a world has; a world is one by itself."""

CACHE_VARIABLE = "HIVE_ENV_CACHE_DIR"
"""Environment variable that names the folder for compiled drivers."""


_PLAIN = (int, float, complex, str, bytes, tuple, np.generic, Enum, type(None))
"""What is told apart by how it prints, the same in every process."""

_KNOWN = ("builtins", "hive_env", "math", "numba", "numpy")
"""Packages whose own versions are part of the digest, or whose functions never change."""

_loaded: dict[Path, Callable[..., Any]] = {}
"""Drivers loaded in this process; worlds of one shape share them."""


@dataclass(frozen=True)
class Binding:
    """What the names in a rule's signature stand for.

    Parameters
    ----------
    columns : mapping of str to str
        Name of every column, and the letters of its shape.
    constants : mapping of str to int or float
        Numbers of the configuration.
    """

    columns: Mapping[str, str]
    constants: Mapping[str, int | float]

    def check(self, system: System) -> None:
        """Raise `ConfigError` unless every parameter of the system is known here."""
        for name in system.parameters:
            if name not in INDICES and name not in self.columns and name not in self.constants:
                raise ConfigError(
                    f"System({system.name}).{name}",
                    "a column, a constant or an index",
                    f"the unknown name {name!r}",
                    "Declare a Column or a constant of that name.",
                )
        for name in system.writes:
            if name not in self.columns:
                raise ConfigError(f"System({system.name}).writes", "names of columns", name)


@dataclass(frozen=True)
class Target:
    """How the loops of a device are spelled.

    Parameters
    ----------
    header : str
        The text before ``def run``: imports and the compiling decorator.
    units : str
        Head of the loop over units, with ``{unit}`` for the index's name.
    shared : str
        Head of the loop over regions where the turns of their inner loops run at once, on as many
        threads as ``threads`` says, of which this one is ``thread``. Empty: they run in turn.
    alone : str
        Condition under which this thread does what is done once.
    barrier : str
        What lets no thread go on before all have come.
    fetch : str
        What asks for the region's rows of ``{column}``. Empty: nothing does.
    """

    header: str
    units: str
    shared: str = ""
    alone: str = ""
    barrier: str = ""
    fetch: str = ""


class _Writer:
    """The text of one driver, step by step."""

    def __init__(self, pass_: Pass, binding: Binding, target: Target) -> None:
        self.pass_ = pass_
        self.binding = binding
        self.target = target
        self.shared = pass_.loops and bool(target.shared)
        self.rules: dict[str, Callable[..., Any]] = {}
        self._used: dict[str, None] = {}
        self._world_values: dict[str, None] = {}
        self._body: list[str] = []

    def step(self, step: System | Members | Each | Fetch) -> None:
        """Write one step, and where turns run at once what parts it from the next."""
        if isinstance(step, Members):
            self._used.update(dict.fromkeys(MEMBER_COLUMNS))
            self._body.append("        start = member_first[region]")
            self._body.append(f"        for number in {self._range('member_stay[region]')}:")
            self._body.append("            row = np.int64(member[start + number])")
            self._calls(step.systems, "            ", ("row", "number"))
        elif isinstance(step, Each):
            self._each(step)
        elif isinstance(step, Fetch):
            for name in step.columns if self.target.fetch else ():
                self._used[name] = None
                self._body.append("        " + self.target.fetch.format(column=name))
            return
        elif self.shared:
            self._body.append(f"        if {self.target.alone}:")
            self._calls((step,), "            ")
        else:
            self._calls((step,), "        ")
        if self.shared:
            self._body.append(f"        {self.target.barrier}")

    def text(self) -> str:
        """Return the text of the module."""
        unit = self.pass_.unit.value
        head = self.target.shared if self.shared else self.target.units
        heads = [head.format(unit=unit)]
        if self.pass_.unit in PER_WORLD:
            heads.append(f"        world = {unit} // {PER_WORLD[self.pass_.unit]}")
            if self.pass_.unit is Unit.REGION:
                heads.append("        place = region - world * regions")
        heads += [f"        {name}_here = {name}[world]" for name in self._world_values]
        signature = ", ".join(("first", "last", *self.arguments()))
        return "\n".join((self.target.header, f"def run({signature}):", *heads, *self._body, ""))

    def arguments(self) -> tuple[str, ...]:
        """Return what the text's ``run`` takes after ``first`` and ``last``."""
        used = {**self._used, **self._world_values}
        if self.pass_.unit in PER_WORLD:
            used[PER_WORLD[self.pass_.unit]] = None
        for name in self.rules:
            if name in used:
                raise ConfigError(
                    f"Pass({self.pass_.name})", "columns and rules whose names differ", name
                )
        return tuple(sorted(used))

    def _range(self, count: str) -> str:
        return f"range(thread, {count}, threads)" if self.shared else f"range({count})"

    def _each(self, step: Each) -> None:
        """Write a loop over axes: nested, or where turns run at once as one over all of them."""
        lengths = [self._length(name, step) for name in step.over]
        indent = "        "
        if not self.shared:
            for name, length in zip(step.over, lengths, strict=True):
                self._body.append(f"{indent}for {name} in range({length}):")
                indent += "    "
            self._calls(step.systems, indent, step.over)
            return
        self._body.append(f"{indent}for flat in {self._range(' * '.join(lengths))}:")
        indent += "    "
        rest = "flat"
        for name, length in zip(reversed(step.over[1:]), reversed(lengths[1:]), strict=True):
            self._body.append(f"{indent}{name} = {rest} % {length}")
            rest = f"({rest} // {length})"
        self._body.append(f"{indent}{step.over[0]} = {rest}")
        self._calls(step.systems, indent, step.over)

    def _length(self, name: str, step: Each) -> str:
        """Return how the length of an axis is spelled: by a column that has it."""
        for system in step.systems:
            for parameter in system.parameters:
                axes = self.binding.columns.get(parameter, "").split(",")
                if LOOPS[name] in axes:
                    return f"{parameter}.shape[{axes.index(LOOPS[name])}]"
        raise ConfigError(
            f"Pass({self.pass_.name}).steps",
            f"a system with a column over the axis {LOOPS[name]!r} in a loop over {name!r}",
            ", ".join(system.name for system in step.systems),
        )

    def _calls(self, systems: Iterable[System], indent: str, inner: tuple[str, ...] = ()) -> None:
        """Write the calls of systems that stand in a loop over ``inner`` within the unit's."""
        at_hand = {self.pass_.unit.value, "world", *inner}
        if self.pass_.unit is Unit.REGION:
            at_hand.add("place")
        for system in systems:
            self.binding.check(system)
            spelled = []
            for name in system.parameters:
                if name in INDICES and name not in at_hand:
                    raise ConfigError(
                        f"Pass({self.pass_.name})",
                        f"System({system.name}) in a loop that has the index {name!r}",
                        f"one with {', '.join(sorted(at_hand))}",
                        "Put it into Members, or into Each over that index.",
                    )
                if name in INDICES:
                    spelled.append(name)
                elif self.binding.columns.get(name) == "W" and name not in system.writes:
                    self._world_values[name] = None
                    spelled.append(f"{name}_here")
                else:
                    self._used[name] = None
                    spelled.append(name)
            self.rules.setdefault(system.name, system.rule)
            if self.rules[system.name] is not system.rule:
                raise ConfigError(
                    f"Pass({self.pass_.name})", "rules whose names differ", system.name
                )
            self._body.append(f"{indent}{system.name}({', '.join(spelled)})")


@dataclass(frozen=True)
class Driver:
    """The loop of one pass as source text.

    Parameters
    ----------
    name : str
        The pass's name.
    source : str
        Text of a module that defines ``run(first, last, *arguments)``.
    arguments : tuple of str
        Names of the columns and constants that ``run`` takes, in order.
    rules : mapping of str to callable
        The rules under the names by which the text calls them.
    shared : bool
        Whether several threads share a unit.
    """

    name: str
    source: str
    arguments: tuple[str, ...]
    rules: Mapping[str, Callable[..., Any]]
    shared: bool = False

    @classmethod
    def of(cls, pass_: Pass, binding: Binding, target: Target) -> Driver:
        """Write the driver of a pass for a device."""
        writer = _Writer(pass_, binding, target)
        for step in pass_.steps:
            writer.step(step)
        return cls(pass_.name, writer.text(), writer.arguments(), writer.rules, writer.shared)

    def load(self, target: str) -> Callable[..., Any]:
        """Compile the text's ``run`` in a module of its own and return it.

        Parameters
        ----------
        target : str
            Name of the device, part of the folder's name.
        """
        folder = cache_root() / f"{target}-{self._digest()}"
        path = folder / f"{self.name}.py"
        if path not in _loaded:
            if not path.exists():
                _write(path, self.source)
            # numba's cache asks for the module of a cached function by name.
            module = ModuleType(f"{folder.name}.{self.name}")
            module.__file__ = str(path)
            module.__dict__.update(self.rules)
            sys.modules[module.__name__] = module
            exec(compile(self.source, str(path), "exec"), module.__dict__)
            _loaded[path] = module.run
        return _loaded[path]

    def _digest(self) -> str:
        parts = [self.source, numba.__version__, np.__version__, sys.version, _package_digest()]
        parts += _foreign_sources(self.rules.values())
        return hashlib.blake2b("\0".join(parts).encode(), digest_size=10).hexdigest()


@lru_cache(maxsize=1)
def _package_digest() -> str:
    """Hash of the source of every module whose rules a driver may call."""
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.blake2b(digest_size=16)
    shared = [
        root / name
        for name in ("atomics.py", "backends/prefetch.py", "config.py", "enums.py", "random.py")
    ]
    for path in [*shared, *sorted((root / "systems").glob("*.py"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _foreign_sources(rules: Iterable[Callable[..., Any]]) -> list[str]:
    """Sources of all that comes from outside the package and that is compiled into rules.

    Besides the file of a rule, where there is one, its code counts, and so does all that the
    code names: functions, numbers, and what it takes from modules or from around it.
    """
    seen: set[int] = set()
    sources: set[str] = set()
    waiting: list[Any] = list(rules)
    while waiting:
        found = waiting.pop()
        body = getattr(found, "py_func", found)
        if id(body) in seen:
            continue
        seen.add(id(body))
        if isinstance(body, np.ndarray):
            sources.add(f"{body.dtype} {body.shape} {hashlib.blake2b(body.tobytes()).hexdigest()}")
        elif isinstance(body, CodeType):
            sources.add(repr((body.co_code, body.co_names)))
        elif isinstance(body, _PLAIN):
            sources.add(f"{type(body).__name__} {body!r}")
        elif not isinstance(body, FunctionType | type):
            sources.add(type(body).__qualname__)
        elif body.__module__.split(".")[0] not in _KNOWN:
            with suppress(OSError, TypeError):
                sources.add(Path(inspect.getfile(body)).read_text())
            if isinstance(body, FunctionType):
                sources.add(repr((body.__code__.co_code, body.__code__.co_names)))
                waiting += _named_by(body)
    return sorted(sources)


def _named_by(body: FunctionType) -> list[Any]:
    """Return what a function's code names.

    That is constants, defaults, what it closes over, globals, and what it may take from modules,
    however deep.
    """
    names = body.__code__.co_names
    found = [*body.__code__.co_consts, *(body.__defaults__ or ())]
    found += [cell.cell_contents for cell in body.__closure__ or ()]
    asked: set[str] = set()
    waiting = [body.__globals__.get(name) for name in names]
    while waiting:
        item = waiting.pop()
        if not isinstance(item, ModuleType):
            found.append(item)
        elif item.__name__ not in asked and item.__name__.split(".")[0] not in _KNOWN:
            asked.add(item.__name__)
            waiting += [getattr(item, name, None) for name in names]
    return found


@lru_cache(maxsize=1)
def cache_root() -> Path:
    """Return the folder for compiled drivers.

    It is the one that the user names, else one in the user's cache folder, else, when that
    cannot be written, a temporary one.
    """
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    try:
        root = (Path(base) if base else Path.home() / ".cache") / "hive_env"
        root.mkdir(parents=True, exist_ok=True)
        if os.access(root, os.W_OK):
            return root
    except (OSError, RuntimeError):
        pass
    return Path(tempfile.mkdtemp(prefix="hive_env-"))


def _write(path: Path, text: str) -> None:
    """Write a file so that another process sees all of it or none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    except OSError as error:
        raise ConfigError(
            CACHE_VARIABLE, "a folder that can be written", f"{path.parent.parent} ({error})"
        ) from error
    with os.fdopen(handle, "w") as file:
        file.write(text)
    os.replace(name, path)
