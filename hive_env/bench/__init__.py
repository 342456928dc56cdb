"""Measurements: what the built-in controllers are worth, whether a task is valid, speed and memory.

``tasks`` says what is measured. ``episodes``, ``ladder``, ``gates``, ``validate`` say how good the
controllers are and whether every level is worth something, ``scales`` what divides the parts of a
reward. ``suite`` runs the ``cases``, each in a process of its own, that say how fast the world is,
beside what the ``limits`` of the machine allow. ``machine`` says where a result comes from.
"""
