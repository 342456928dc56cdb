"""Specialists: one small network for each kind of worker, all run in batches.

This is the only part of the package that needs torch (the extra ``baselines``), and nothing else
of the package imports it.
"""

from hive_env.specialists.network import SpecialistNetwork
from hive_env.specialists.pool import SpecialistPool

__all__ = ["SpecialistNetwork", "SpecialistPool"]
