"""How two radiographs belong together: which is which, how each is turned, and where both show the same."""

from ..late import late_names

__all__ = [
    "PITCH_MM",
    "WITHIN_MM",
    "Alignment",
    "AlignmentModel",
    "AspectNetwork",
    "Line",
    "Proposal",
    "RowFeatures",
    "RowNetwork",
    "Side",
    "align",
    "alignment_model",
    "alignment_weights",
    "fit_line",
    "laid",
    "propose",
    "reduced",
    "row_heights_mm",
    "standardised",
    "thumbnail",
]

__getattr__ = late_names(
    __name__,
    pictures=("PITCH_MM", "reduced", "row_heights_mm", "standardised", "thumbnail"),
    networks=("AspectNetwork", "RowFeatures", "RowNetwork"),
    matching=("Line", "fit_line"),
    turning=("laid",),
    model=("WITHIN_MM", "AlignmentModel", "alignment_model", "alignment_weights"),
    estimate=("Alignment", "align"),
    proposal=("Proposal", "propose"),
    upright=("Side",),
)
