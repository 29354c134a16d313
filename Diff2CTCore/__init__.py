"""Reconstruct a spine CT volume from a frontal and a lateral radiograph."""

__version__ = "0.2.0"
