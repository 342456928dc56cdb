"""Measurements: episodes of the built-in controllers, their ladder, speed and memory.

``episodes`` and ``ladder`` say how good the controllers are; ``suite`` runs the ``cases``, each in
a process of its own, that say how fast the world is, beside what the ``limits`` of the machine
allow. ``machine`` says where a result comes from.
"""
