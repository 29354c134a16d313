"""Enhanced XA and XRF files, whose geometry and meaning stand in functional groups (PS3.3, A.47 and C.8.19.6)."""

from pydicom.dataset import Dataset
from pydicom.uid import EnhancedXAImageStorage, EnhancedXRFImageStorage
from radiograph_files import dataset

CLASSES = {"XA": EnhancedXAImageStorage, "RF": EnhancedXRFImageStorage}


def item(**tags):
    """An item of a sequence, or a group of macros."""
    made = Dataset()
    for keyword, value in tags.items():
        setattr(made, keyword, value)
    return made


def pixel_properties(relation="LOG", sign=-1, spacing=(0.3, 0.2)):
    """The macro about what pixels mean."""
    return [
        item(PixelIntensityRelationship=relation, PixelIntensityRelationshipSign=sign, ImagerPixelSpacing=list(spacing))
    ]


def position(primary, secondary=0.0):
    """The macro about where the positioner stands."""
    return [item(PositionerPrimaryAngle=primary, PositionerSecondaryAngle=secondary)]


def distances(sid=1200.0, isocentre=800.0):
    """The macro about distances from the source."""
    return [item(DistanceSourceToDetector=sid, DistanceSourceToIsocenter=isocentre)]


def enhanced(stored, shared, per_frame=None, modality="XA", bits=12, **tags):
    """A dataset of an enhanced class with one shared group, and one group for each frame if any are given."""
    ds = dataset(stored, modality, bits, **tags)
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = CLASSES[modality]
    ds.NumberOfFrames = 1 if stored.ndim == 2 else len(stored)
    if shared is not None:
        ds.SharedFunctionalGroupsSequence = [shared]
    if per_frame is not None:
        ds.PerFrameFunctionalGroupsSequence = per_frame
    return ds
