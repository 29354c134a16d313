"""Label values of the phantom."""

LEVELS = (
    *(f"C{number}" for number in range(3, 8)),
    *(f"T{number}" for number in range(1, 13)),
    *(f"L{number}" for number in range(1, 6)),
)
"""Vertebrae that are drawn, from head to feet."""

TISSUES = (
    "subcutaneous_fat",
    "muscle",
    "visceral_fat",
    "lung",
    "mediastinum",
    "heart",
    "aorta",
    "vena_cava",
    "liver",
    "spleen",
    "kidney",
    "stomach",
    "bowel",
    "bladder",
    "gas",
    "vessel",
)

BONES = (
    "disc",
    "spinal_canal",
    "sacrum",
    "hip",
    "femur",
    "rib",
    "costal_cartilage",
    "sternum",
    "scapula",
    "clavicle",
    "humerus",
)

HARDWARE = ("implant", "cement")

LABELS: dict[str, int] = {
    "background": 0,
    **{name: 1 + index for index, name in enumerate(TISSUES)},
    **{name: 30 + index for index, name in enumerate(BONES)},
    **{name: 50 + index for index, name in enumerate(LEVELS)},
    **{name: 80 + index for index, name in enumerate(HARDWARE)},
}
"""Structure name to label value; background (air outside the body) is 0."""
