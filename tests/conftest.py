"""Settings for all tests."""

from __future__ import annotations

from hypothesis import settings

# The first example of a test may compile what it calls: its time says nothing.
settings.register_profile("hive", deadline=None)
settings.load_profile("hive")
