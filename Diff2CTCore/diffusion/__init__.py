"""Drawing a volume: the path and its sampler, agreement with the measured radiographs, and how familiar they look."""

from . import familiarity
from .consistency import DataConsistency
from .sampling import diffuse, projection_loss, sample

__all__ = ["DataConsistency", "diffuse", "familiarity", "projection_loss", "sample"]
