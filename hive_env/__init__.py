"""hive_env."""

__version__ = "0.1.0"
