"""What no header of a CT scan can mean, in whatever format it is stored."""

SPACING_MM = (0.01, 20.0)
"""The finest and the coarsest voxel of a scanner; what lies outside is a damaged header."""

FURTHEST_MM = 1e5
"""Scanners count from a point in their bore; a first voxel further from it is a damaged header."""
