"""Procedural patients, and a stream of them drawn by processes beside the training."""

from .labels import LABELS
from .patient import sample_patient
from .phantom import make_phantom
from .stream import REGIONS, SPACING_MM, DrawnPhantom, PhantomStream, PhantomStreamError

__all__ = [
    "LABELS",
    "REGIONS",
    "SPACING_MM",
    "DrawnPhantom",
    "PhantomStream",
    "PhantomStreamError",
    "make_phantom",
    "sample_patient",
]
