"""Published methods that Diff2CT is compared with, written from their papers.

`psr`, `cnn3d` and `x2ct` are networks that take the two radiographs as plain 2D images and re-arrange
channels to depth, as published; they know nothing of the rays. `sart` is classical and needs no training.
"""

from .sart import sart

__all__ = ["sart"]
