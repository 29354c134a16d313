"""What can be trained and compared, by the architecture's name, and what a method has to tell the trainer.

A name stands in a configuration's `[model]` table and on a model's card. The modules of other methods than
Diff2CT are imported when they are needed.
"""

from .diff2ct import Diff2CTMethod
from .method import Method, Phase, Sampling
from .registry import load_network, method_class, reconstruct

__all__ = ["Diff2CTMethod", "Method", "Phase", "Sampling", "load_network", "method_class", "reconstruct"]
