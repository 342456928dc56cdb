"""Write the table of claims: python -m hive_env.dependability."""

import sys

from hive_env.dependability.paper import claims_table

sys.stdout.write(claims_table())
