"""Scenarios: task families, each a list of columns and a tick."""
