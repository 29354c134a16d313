"""What an enhanced file says about one frame: its own groups, the shared ones, and the elements of the whole file."""

import numpy as np
import pytest
from enhanced_files import distances, enhanced, item, pixel_properties, position
from pydicom import dcmread
from radiograph_files import dataset, pattern, save

from Diff2CTCore.dicom_files import UnreadableElementError, contradicted, frame_header, items, number, numbers

FRAMES = np.stack([pattern()] * 3)


def saved(path, **tags):
    """The header of an enhanced file of three frames, as it is read from disk."""
    shared = tags.pop(
        "shared", item(XRayGeometrySequence=distances(), FramePixelDataPropertiesSequence=pixel_properties())
    )
    per_frame = tags.pop("per_frame", [item(PositionerPositionSequence=position(angle)) for angle in (0, 45, 90)])
    return dcmread(save(enhanced(FRAMES, shared, per_frame, **tags), path), stop_before_pixels=True)


def test_each_frame_has_its_own_values_and_the_shared_ones(tmp_path):
    header = saved(tmp_path / "a.dcm")
    for index, angle in enumerate((0.0, 45.0, 90.0)):
        frame = frame_header(header, index)
        assert number(frame, "PositionerPrimaryAngle") == angle
        assert number(frame, "DistanceSourceToIsocenter") == 800.0
        assert numbers(frame, "ImagerPixelSpacing") == [0.3, 0.2]
        assert frame.PatientID == "ID-4711"


def test_the_sequences_of_the_groups_stand_under_their_own_names(tmp_path):
    shared = item(PixelIntensityRelationshipLUTSequence=[item(LUTFunction="TO_LINEAR"), item(LUTFunction="TO_LOG")])
    frame = frame_header(saved(tmp_path / "a.dcm", shared=shared), 1)
    assert [entry.LUTFunction for entry in items(frame, "PixelIntensityRelationshipLUTSequence")] == [
        "TO_LINEAR",
        "TO_LOG",
    ]
    assert "LUTFunction" not in frame
    assert len(items(frame, "PositionerPositionSequence")) == 1


def test_a_frame_goes_before_what_all_share_and_that_before_the_file(tmp_path):
    per_frame = [item(XRayGeometrySequence=distances(sid)) for sid in (1000.0, 1100.0, 1200.0)]
    header = saved(tmp_path / "a.dcm", per_frame=per_frame, DistanceSourceToDetector=1500, DistanceSourceToPatient=700)
    frame = frame_header(header, 1)
    assert number(frame, "DistanceSourceToDetector") == 1100.0
    assert number(frame, "DistanceSourceToPatient") == 700.0
    keywords = ("DistanceSourceToDetector", "DistanceSourceToPatient", "PositionerPrimaryAngle")
    assert contradicted(header, 1, keywords) == ["DistanceSourceToDetector"]
    header.DistanceSourceToDetector = 1100
    assert contradicted(header, 1, keywords) == []


def test_a_file_without_groups_is_given_back():
    header = dataset(pattern(), DistanceSourceToDetector=1500)
    assert frame_header(header, 0) is header
    assert contradicted(header, 0, ("DistanceSourceToDetector",)) == []


@pytest.mark.parametrize(
    ("groups", "keyword"),
    [
        ({"per_frame": [item(PositionerPositionSequence=position(0))] * 2}, "PerFrameFunctionalGroupsSequence"),
        ({"shared": item(XRayGeometrySequence=distances() * 2)}, "XRayGeometrySequence"),
        ({"shared": item(FramePixelDataPropertiesSequence=pixel_properties() * 2)}, "FramePixelDataPropertiesSequence"),
    ],
)
def test_groups_that_do_not_belong_to_the_frames_or_state_something_twice_are_refused(tmp_path, groups, keyword):
    header = saved(tmp_path / "a.dcm", **groups)
    with pytest.raises(UnreadableElementError) as caught:
        frame_header(header, 0)
    assert caught.value.keyword == keyword


def test_two_shared_groups_are_refused(tmp_path):
    header = saved(tmp_path / "a.dcm")
    header.SharedFunctionalGroupsSequence = [*header.SharedFunctionalGroupsSequence, item()]
    with pytest.raises(UnreadableElementError):
        frame_header(header, 0)


def test_references_to_several_other_images_say_nothing_of_the_frame(tmp_path):
    shared = item(DerivationImageSequence=[item(DistanceSourceToDetector=1), item(DistanceSourceToDetector=2)])
    assert number(frame_header(saved(tmp_path / "a.dcm", shared=shared), 0), "DistanceSourceToDetector") is None


def private(group, **tags):
    """A private sequence of one item in a group."""
    group.private_block(0x2005, "VENDOR", create=True).add_new(0x0F, "SQ", [item(**tags)])
    return group


def test_private_and_foreign_sequences_never_speak_for_the_frame(tmp_path):
    shared = private(
        item(XRayGeometrySequence=distances(1200.0)), DistanceSourceToDetector=555, PixelSpacing=[0.7, 0.7]
    )
    shared.DerivationImageSequence = [item(DistanceSourceToPatient=1)]
    per_frame = [private(item(), DistanceSourceToDetector=444, RescaleIntercept=-1000) for _ in FRAMES]
    frame = frame_header(saved(tmp_path / "a.dcm", shared=shared, per_frame=per_frame), 1)
    assert number(frame, "DistanceSourceToDetector") == 1200.0
    assert not any(keyword in frame for keyword in ("PixelSpacing", "RescaleIntercept", "DistanceSourceToPatient"))


def test_what_a_converter_could_not_assign_counts_only_where_nothing_else_says_it(tmp_path):
    unassigned = [item(DistanceSourceToDetector=999, DistanceSourceToPatient=888, GantryDetectorTilt=5)]
    shared = item(XRayGeometrySequence=distances(1200.0), UnassignedSharedConvertedAttributesSequence=unassigned)
    frame = frame_header(saved(tmp_path / "a.dcm", shared=shared, DistanceSourceToPatient=700), 0)
    assert number(frame, "DistanceSourceToDetector") == 1200.0
    assert number(frame, "DistanceSourceToPatient") == 700.0
    assert number(frame, "GantryDetectorTilt") == 5.0


def test_what_is_there_and_empty_says_nothing(tmp_path):
    per_frame = [item(XRayGeometrySequence=distances(None), FrameDisplayShutterSequence=[]) for _ in FRAMES]
    shutter = [item(ShutterShape="CIRCULAR", RadiusOfCircularShutter=30)]
    shared = item(XRayGeometrySequence=distances(1200.0), FrameDisplayShutterSequence=shutter)
    header = saved(tmp_path / "a.dcm", shared=shared, per_frame=per_frame, DistanceSourceToDetector=1200)
    frame = frame_header(header, 1)
    assert number(frame, "DistanceSourceToDetector") == 1200.0
    assert number(frame, "RadiusOfCircularShutter") == 30.0
    assert len(items(frame, "FrameDisplayShutterSequence")) == 1
    assert contradicted(header, 1, ("DistanceSourceToDetector",)) == []


def test_two_macros_that_contradict_each_other_are_refused(tmp_path):
    properties = [item(ImagerPixelSpacing=[0.3, 0.2], DistanceSourceToDetector=1000)]
    shared = item(XRayGeometrySequence=distances(1200.0), FramePixelDataPropertiesSequence=properties)
    with pytest.raises(UnreadableElementError) as caught:
        frame_header(saved(tmp_path / "a.dcm", shared=shared), 0)
    assert caught.value.keyword == "DistanceSourceToDetector"
    properties[0].DistanceSourceToDetector = "1200.0"
    assert number(frame_header(saved(tmp_path / "b.dcm", shared=shared), 0), "DistanceSourceToDetector") == 1200.0


def test_several_shapes_of_a_collimator_are_handed_on_in_place_of_the_shared_one(tmp_path):
    shared = item(CollimatorShapeSequence=[item(CollimatorShape="CIRCULAR", RadiusOfCircularCollimator=30)])
    several = [item(CollimatorShape="RECTANGULAR"), item(CollimatorShape="CIRCULAR")]
    per_frame = [item(), item(CollimatorShapeSequence=several), item()]
    header = saved(tmp_path / "a.dcm", shared=shared, per_frame=per_frame)
    assert frame_header(header, 0).CollimatorShape == "CIRCULAR"
    frame = frame_header(header, 1)
    shapes = [entry.CollimatorShape for entry in items(frame, "CollimatorShapeSequence")]
    assert shapes == ["RECTANGULAR", "CIRCULAR"]
    assert not any(keyword in frame for keyword in ("CollimatorShape", "RadiusOfCircularCollimator"))


def test_a_zero_is_stated(tmp_path):
    shared, own = (
        item(IsocenterReferenceSystemSequence=[item(PositionerIsocenterPrimaryAngle=angle)]) for angle in (30.0, 0.0)
    )
    frame = frame_header(saved(tmp_path / "a.dcm", shared=shared, per_frame=[own] * 3), 1)
    assert number(frame, "PositionerIsocenterPrimaryAngle") == 0.0
