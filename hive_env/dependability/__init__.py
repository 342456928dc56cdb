"""Exact dependability: reliability, MTTF and availability of blocks, chains and teams.

It stands alone: nothing of the environment is needed. Rates are per hour and times in hours, but
for failovers, which are in seconds. Integers and `fractions.Fraction` are kept exact; floats give
floats. Every result is a `Result`: value, unit, method, residual.
"""

from hive_env.dependability.blocks import Block, Item, KOfN, Parallel, Series
from hive_env.dependability.chain import Chain
from hive_env.dependability.discrete import DiscreteTeam
from hive_env.dependability.evidence import (
    failures_needed,
    faults_per_day,
    least_mttf,
    patterns_missed,
)
from hive_env.dependability.lumping import lump, lumping_defect
from hive_env.dependability.paper import Claim, claims, claims_table, paper_team
from hive_env.dependability.repair import PRIORITIES, REPAIRS
from hive_env.dependability.results import Result
from hive_env.dependability.roles import Role
from hive_env.dependability.rotation import ELIGIBILITIES
from hive_env.dependability.standby import Failover, Proficiency, capacity_on_backups
from hive_env.dependability.team import Team

__all__ = [
    "ELIGIBILITIES",
    "PRIORITIES",
    "REPAIRS",
    "Block",
    "Chain",
    "Claim",
    "DiscreteTeam",
    "Failover",
    "Item",
    "KOfN",
    "Parallel",
    "Proficiency",
    "Result",
    "Role",
    "Series",
    "Team",
    "capacity_on_backups",
    "claims",
    "claims_table",
    "failures_needed",
    "faults_per_day",
    "least_mttf",
    "lump",
    "lumping_defect",
    "paper_team",
    "patterns_missed",
]
