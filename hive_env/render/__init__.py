"""Pictures of a world: arrays of pixels, files, and a window."""

from __future__ import annotations

from hive_env.render.frame import frame, save
from hive_env.render.viewer import Viewer

__all__ = ["Viewer", "frame", "save"]
