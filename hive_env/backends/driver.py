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

from hive_env.ecs import Members, Pass, System, Unit
from hive_env.ecs.columns import INDICES
from hive_env.errors import ConfigError

MEMBER_COLUMNS = ("member", "member_first", "member_stay")
"""Columns by which a pass finds the workers that stand in a region."""

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
    """

    name: str
    source: str
    arguments: tuple[str, ...]
    rules: Mapping[str, Callable[..., Any]]

    @classmethod
    def of(cls, pass_: Pass, binding: Binding, header: str, loop: str) -> Driver:
        """Write the driver of a pass.

        Parameters
        ----------
        pass_ : Pass
            What to run.
        binding : Binding
            What the names stand for.
        header : str
            The text before ``def run``: imports and the compiling decorator.
        loop : str
            The head of the loop over units, with ``{unit}`` for the index's name.
        """
        unit = pass_.unit.value
        used: dict[str, None] = {}
        rules: dict[str, Callable[..., Any]] = {}
        world_values: dict[str, None] = {}
        body: list[str] = []

        def call(system: System, indent: str) -> None:
            binding.check(system)
            spelled = []
            for name in system.parameters:
                if name in INDICES:
                    spelled.append(name)
                elif binding.columns.get(name) == "W" and name not in system.writes:
                    world_values[name] = None
                    spelled.append(f"{name}_here")
                else:
                    used[name] = None
                    spelled.append(name)
            rules.setdefault(system.name, system.rule)
            if rules[system.name] is not system.rule:
                raise ConfigError(f"Pass({pass_.name})", "rules whose names differ", system.name)
            body.append(f"{indent}{system.name}({', '.join(spelled)})")

        for step in pass_.steps:
            if isinstance(step, Members):
                used.update(dict.fromkeys(MEMBER_COLUMNS))
                body.append("        start = member_first[region]")
                body.append("        for number in range(member_stay[region]):")
                body.append("            row = np.int64(member[start + number])")
                for system in step.systems:
                    call(system, "            ")
            else:
                call(step, "        ")
        per_world = {Unit.REGION: "regions", Unit.SECTOR: "sectors", Unit.HIVE: "hives"}
        per_world[Unit.OFFICE] = "offices"
        heads = [loop.format(unit=unit)]
        if pass_.unit in per_world:
            count = per_world[pass_.unit]
            used[count] = None
            heads.append(f"        world = {unit} // {count}")
            if pass_.unit is Unit.REGION:
                heads.append("        place = region - world * regions")
        for name in world_values:
            used[name] = None
            heads.append(f"        {name}_here = {name}[world]")
        arguments = tuple(sorted(used))
        for name in rules:
            if name in used or name in world_values:
                raise ConfigError(
                    f"Pass({pass_.name})", "columns and rules whose names differ", name
                )
        signature = ", ".join(("first", "last", *arguments))
        text = "\n".join((header, f"def run({signature}):", *heads, *body, ""))
        return cls(pass_.name, text, arguments, rules)

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
    shared = [root / name for name in ("config.py", "enums.py", "random.py")]
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
