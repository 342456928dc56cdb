"""Recording of episodes as offline data sets in Minari's format.

`record` plays a policy and leaves a data set; `Recorder` watches a `SeatsVectorEnv` that somebody
else plays. Both need Minari and h5py: ``pip install 'hive-env[offline]'``.
"""

from hive_env.recording.play import record
from hive_env.recording.recorder import Recorder

__all__ = ["Recorder", "record"]
