"""Nodes, views and layouts: what the user loads, what a result becomes, and what the pictures of both are."""

from . import comparison, frames, layout, radiographs, results, sample_data, take_over, thumbnails
from .legend import hide_legend, show_legend
from .node_follower import NodeFollower
from .own_nodes import make_own_node, remove_own_node
from .place import Place
from .result_sentence import remarks_in, result_sentence, uncertainty_text
from .sources import Source, place_of_pair, source_of
from .view_texts import ViewTexts
from .volume_files import file_of, numbers_with_a_point, refuse_transform, write_volume
from .window_link import WindowLink

__all__ = [
    "NodeFollower",
    "Place",
    "Source",
    "ViewTexts",
    "WindowLink",
    "comparison",
    "file_of",
    "frames",
    "hide_legend",
    "layout",
    "make_own_node",
    "numbers_with_a_point",
    "place_of_pair",
    "radiographs",
    "refuse_transform",
    "remarks_in",
    "remove_own_node",
    "result_sentence",
    "results",
    "sample_data",
    "show_legend",
    "source_of",
    "take_over",
    "thumbnails",
    "uncertainty_text",
    "write_volume",
]
