"""CT collections to scans that can be trained on: found, cleaned, cut, split by patient."""

from .case import read_card
from .resampling import isotropic
from .whole import check_whole

__all__ = ["check_whole", "isotropic", "read_card"]
