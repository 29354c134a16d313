"""A procedural spine patient: CT values and labels from a seed."""

from training.phantom.labels import LABELS
from training.phantom.phantom import REGIONS, Phantom, make_phantom

__all__ = ["LABELS", "REGIONS", "Phantom", "make_phantom"]
