"""Named failures. Each carries one sentence that tells the user what is wrong and what to do."""


class Diff2CTError(Exception):
    """Base of every failure that the user can act on.

    `exit_code` is what the command line returns; `kind` is the stable name that
    programs read from the JSON error event.
    """

    exit_code = 2
    kind = "error"


class ImageFileError(Diff2CTError):
    """The header or the pixels of an image file are missing, damaged, or contradict each other."""

    kind = "image"


class RadiographError(Diff2CTError):
    """A radiograph cannot be read, or is not a radiograph."""

    kind = "radiograph"


class GeometryError(Diff2CTError):
    """Distances, angles or spacings that no X-ray system can have, or that contradict each other."""

    kind = "geometry"


class VolumeError(Diff2CTError):
    """A CT volume cannot be read, or does not fit what is asked of it."""

    kind = "volume"


class ModelError(Diff2CTError):
    """A model file is missing, altered, or made for something else."""

    kind = "model"


class OutputError(Diff2CTError):
    """The result cannot be written where the user wants it."""

    kind = "output"


class DeviceError(Diff2CTError):
    """The computing device is missing, or its memory does not suffice."""

    exit_code = 3
    kind = "device"


class CancelledError(Diff2CTError):
    """The user stopped the run."""

    exit_code = 130
    kind = "cancelled"


class UnexpectedError(Diff2CTError):
    """A fault of the program itself."""

    exit_code = 1
    kind = "unexpected"


def in_one_sentence(error: Exception) -> Diff2CTError:
    """Any failure as one with a sentence for the user.

    What nobody foresaw is told by its type alone, because its own text may name the patient.
    """
    if isinstance(error, Diff2CTError):
        return error
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return DeviceError("The memory does not suffice; close other programs, use fewer samples or another --device.")
    return UnexpectedError(
        f"Diff2CT failed unexpectedly ({type(error).__name__}); run it again with --debug to see where."
    )
