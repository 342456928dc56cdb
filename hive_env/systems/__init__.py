"""Systems: the rules of the world, each written once as a plain function over columns.

Every rule takes arrays and numbers and nothing else; see `hive_env.ecs.systems` for how its
parameter names bind. Narrow integers are widened with ``np.int64`` before arithmetic, so that
compiled code, NumPy scalars and CUDA agree on every bit.
"""
