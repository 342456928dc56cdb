"""Errors name the argument, what was expected, what came, and how to mend it."""

from __future__ import annotations

import pickle

import pytest

from hive_env import errors
from hive_env.errors import ActionError, ArgumentError, ConfigError, HiveError, SnapshotError


def test_the_message_names_all_four_parts() -> None:
    error = ArgumentError("threads", "a positive integer", 0, "Ask for one.")

    assert str(error) == "threads: expected a positive integer, got 0. Ask for one."
    assert (error.argument, error.expected, error.got, error.mend) == (
        "threads",
        "a positive integer",
        0,
        "Ask for one.",
    )


def test_what_came_is_shown_as_code_but_for_a_description() -> None:
    assert str(ArgumentError("a", "b", [1])) == "a: expected b, got [1]."
    assert str(ArgumentError("a", "b", "shape (2,)")) == "a: expected b, got shape (2,)."


def test_what_came_is_shortened_in_the_message_and_kept_whole_in_the_error() -> None:
    error = ArgumentError("a", "b", "x" * 1000)

    assert "x" * 197 + "..." in str(error)
    assert "x" * 198 not in str(error)
    assert error.got == "x" * 1000


@pytest.mark.parametrize("kind", [ArgumentError, ConfigError, ActionError])
def test_an_argument_error_survives_a_process_boundary(kind: type[ArgumentError]) -> None:
    error = kind("actions[3]", "a verb", [9, 0], "Mend it.")
    copy = pickle.loads(pickle.dumps(error))

    assert type(copy) is kind
    assert str(copy) == str(error)
    assert copy.got == [9, 0]


def test_a_plain_error_survives_a_process_boundary() -> None:
    copy = pickle.loads(pickle.dumps(SnapshotError("the file is truncated")))

    assert isinstance(copy, SnapshotError)
    assert str(copy) == "the file is truncated"


def test_every_error_is_a_hive_error_and_bad_arguments_are_value_errors() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]

    assert all(issubclass(kind, HiveError) for kind in kinds)
    assert all(issubclass(kind, ValueError) == issubclass(kind, ArgumentError) for kind in kinds)
