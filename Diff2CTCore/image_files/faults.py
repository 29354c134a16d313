"""The sentences about a header: a field that is absent, one that cannot be read, two that contradict each other.

They name fields and never what stands in them, which may be a patient's name.
"""

from __future__ import annotations

from ..errors import ImageFileError


def absent(name: str, field: str, what: str) -> ImageFileError:
    """`what` is not stated, since `field` is not there."""
    return ImageFileError(
        f"{name} does not state {what}: its header has no {field}; add it, or save the volume again from its source."
    )


def unreadable(name: str, field: str, meant: str) -> ImageFileError:
    """`field` is there and does not hold what is `meant`."""
    return ImageFileError(f"The {field} of {name} is there but cannot be read as {meant}; correct it in the file.")


def not_positive(name: str, field: str) -> ImageFileError:
    """A spacing in `field` is zero or negative."""
    return ImageFileError(f"The {field} of {name} is zero or negative; correct it in the file.")


def contradictory(name: str, one: str, other: str) -> ImageFileError:
    """Two statements of one header, or of a header and its pixels, cannot both be true."""
    return ImageFileError(f"{one} and {other} of {name} contradict each other; correct the one that is wrong.")


def unsupported(name: str, what: str, instead: str) -> ImageFileError:
    """The file is sound as far as can be told, but stored in a way that is not read."""
    return ImageFileError(f"{name} {what}; {instead}.")


def damaged(name: str, file_format: str) -> ImageFileError:
    """The file ends early, or its bytes are not those of its format."""
    return ImageFileError(
        f"{name} cannot be read: it is damaged, cut short, or no valid {file_format} file; copy or export it again."
    )
