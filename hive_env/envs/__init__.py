"""Facades: the world as Gymnasium, vector and PettingZoo environments.

`HiveEnv`, `HiveVectorEnv` and `HiveParallelEnv` share one `Stage`, which plays one `Level` of W
worlds; each only puts the stage's arrays into the form that its API asks for.
"""
