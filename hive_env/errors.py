"""Typed errors: each names the argument, what was expected, what came, and how to mend it.

An error is raised before anything changes, so the state is untouched.
"""

from __future__ import annotations


class HiveError(Exception):
    """Base of every error that hive_env raises on purpose."""


class ArgumentError(HiveError, ValueError):
    """An argument has a value, shape, dtype or type that cannot be used.

    Parameters
    ----------
    argument : str or ArgumentError
        Name of the argument as the caller wrote it; or an error to make again.
    expected : str
        What would have been accepted.
    got : object
        What came, shortened to 200 characters in the message.
    mend : str
        What to do about it; empty when ``expected`` says it all.
    """

    def __init__(
        self,
        argument: str | ArgumentError,
        expected: str = "",
        got: object = None,
        mend: str = "",
    ) -> None:
        if isinstance(argument, ArgumentError):
            # Gymnasium's AsyncVectorEnv raises a worker's error as ``type(error)(error)``.
            given = argument
            expected, got, mend = given.expected, given.got, given.mend
            argument = given.argument
        self.argument: str = argument
        self.expected: str = expected
        self.got: object = got
        self.mend: str = mend
        shown = got if isinstance(got, str) else repr(got)
        if len(shown) > 200:
            shown = shown[:197] + "..."
        message = f"{argument}: expected {expected}, got {shown}."
        super().__init__(f"{message} {mend}".rstrip())

    def __reduce__(self) -> tuple[type, tuple[str, str, object, str]]:
        """Pickle by the four parts, so the error survives a process boundary."""
        return type(self), (self.argument, self.expected, self.got, self.mend)


class ConfigError(ArgumentError):
    """A parameter of a size or a scenario is out of range or contradicts another."""


class ActionError(ArgumentError):
    """An action has the wrong shape, dtype, range or agent."""


class SnapshotError(HiveError):
    """A snapshot is truncated, altered, of another version, or of another world."""


class DeviceError(HiveError):
    """The device asked for is not there, or what it needs is not installed."""


class ResetNeededError(HiveError):
    """``step`` was called before ``reset``, or after the episode ended."""
