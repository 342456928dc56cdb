"""Every mistake of a list is caught by the tests of offices."""

from __future__ import annotations

import pytest
from mutants.office_mutants import MUTANTS, caught


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("name", MUTANTS)
def test_a_mistake_in_the_model_is_caught(name):
    assert caught(name), "no test fails"
