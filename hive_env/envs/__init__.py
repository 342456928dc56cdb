"""Facades: the world as Gymnasium, vector and PettingZoo environments."""
