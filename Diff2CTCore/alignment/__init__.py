"""How two radiographs belong together: which is which, how each is turned, and where both show the same."""

from ..late import late_names

__all__ = [
    "PITCH_MM",
    "Alignment",
    "AlignmentModel",
    "AspectNetwork",
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
    "standardised",
    "thumbnail",
]

__getattr__ = late_names(
    __name__,
    pictures=("PITCH_MM", "reduced", "standardised", "thumbnail"),
    networks=("AspectNetwork", "RowFeatures", "RowNetwork"),
    matching=("fit_line",),
    turning=("laid",),
    model=("AlignmentModel", "alignment_model", "alignment_weights"),
    estimate=("Alignment", "align"),
    proposal=("Proposal", "propose"),
    upright=("Side",),
)
