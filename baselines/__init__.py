"""Learners on hives, each reproducible with one command. Needs the extra ``baselines``."""
