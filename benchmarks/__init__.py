"""Measurements that lie beside the package: how fast others are in the same run."""
