"""Nodes, views and layouts: what the user loads, what a result becomes, and what the pictures of both are."""

from . import comparison, dicom_images, frames, layout, radiographs, results, sample_data, take_over, thumbnails
from .assumptions import assumptions_sentence
from .bone import bone_segmentation
from .common_grid import common_grid
from .layout_switch import LayoutSwitch
from .legend import hide_legend, show_legend
from .measured_line import HeightLine, MeasuredLine
from .node_follower import NodeFollower
from .own_nodes import make_own_node, remove_own_node
from .patient_study import common_study, put_under_patient
from .place import Place
from .proposal import Proposal, rests_on
from .proposal_reader import read_proposal
from .result_sentence import result_sentence
from .run_removal import RunRemoval
from .simulation_input import only_point, refuse_flat
from .sources import Source, place_of_pair, source_of, sources_of
from .view_guard import ViewGuard
from .view_texts import ViewTexts
from .volume_files import file_of, numbers_with_a_point, refuse_transform, write_volume
from .window_link import WindowLink

__all__ = [
    "HeightLine",
    "LayoutSwitch",
    "MeasuredLine",
    "NodeFollower",
    "Place",
    "Proposal",
    "RunRemoval",
    "Source",
    "ViewGuard",
    "ViewTexts",
    "WindowLink",
    "assumptions_sentence",
    "bone_segmentation",
    "common_grid",
    "common_study",
    "comparison",
    "dicom_images",
    "file_of",
    "frames",
    "hide_legend",
    "layout",
    "make_own_node",
    "numbers_with_a_point",
    "only_point",
    "place_of_pair",
    "put_under_patient",
    "radiographs",
    "read_proposal",
    "refuse_flat",
    "refuse_transform",
    "remove_own_node",
    "rests_on",
    "result_sentence",
    "results",
    "sample_data",
    "show_legend",
    "source_of",
    "sources_of",
    "take_over",
    "thumbnails",
    "write_volume",
]
