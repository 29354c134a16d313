"""Nodes, views and layouts: what the user loads, what a result becomes, and what the pictures of both are."""

from . import comparison, layout, radiographs, results, sample_data, take_over, thumbnails
from .own_nodes import make_own_node, remove_own_node
from .result_sentence import result_sentence, uncertainty_text
from .volume_files import unmodified_file, write_volume
from .window_link import WindowLink

__all__ = [
    "WindowLink",
    "comparison",
    "layout",
    "make_own_node",
    "radiographs",
    "remove_own_node",
    "result_sentence",
    "results",
    "sample_data",
    "take_over",
    "thumbnails",
    "uncertainty_text",
    "unmodified_file",
    "write_volume",
]
