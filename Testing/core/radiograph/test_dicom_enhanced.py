"""Enhanced XA and XRF files, and runs in which the positioner moves."""

import numpy as np
import pytest
from assumed import assumed
from enhanced_files import distances, enhanced, item, pixel_properties, position
from radiograph_files import dicom, line_integrals, pattern, save
from refusal import refuse

from Diff2CTCore.radiograph import read_radiograph, view_geometry

FRAMES = np.stack([pattern(), pattern() // 2, pattern() // 3])


def whole(**macros):
    """One shared group with all that a radiograph needs."""
    return item(
        **{
            "PositionerPositionSequence": position(10.0, -5.0),
            "XRayGeometrySequence": distances(),
            "FramePixelDataPropertiesSequence": pixel_properties(),
            **macros,
        }
    )


@pytest.mark.parametrize("modality", ["XA", "RF"])
def test_geometry_and_polarity_come_from_the_functional_groups(tmp_path, modality):
    read = read_radiograph(save(enhanced(pattern(), whole(), modality=modality), tmp_path / "a.dcm"))
    geometry, assumptions = view_geometry(read)
    assert (geometry.view, geometry.primary_deg, geometry.secondary_deg) == ("PA", 10.0, -5.0)
    assert (geometry.sid_mm, geometry.sod_mm, geometry.pixel_spacing_mm) == (1200.0, 800.0, (0.3, 0.2))
    np.testing.assert_array_equal(read.pixels, pattern())
    assert set(assumed(assumptions)) == {"rotate", "principal_point_px", "centre_px"}


def test_the_modality_follows_from_the_class(tmp_path):
    ds = enhanced(pattern(), whole())
    ds.Modality = ""
    assert read_radiograph(save(ds, tmp_path / "a.dcm")).provenance["modality"] == "XA"


def test_each_frame_has_its_own_angle_distance_and_sign(tmp_path):
    per_frame = [
        item(
            PositionerPositionSequence=position(angle),
            XRayGeometrySequence=distances(sid),
            FramePixelDataPropertiesSequence=pixel_properties(sign=sign),
        )
        for angle, sid, sign in ((0.0, 1000.0, 1), (88.0, 1100.0, -1), (-92.0, 1200.0, 1))
    ]
    path = save(enhanced(FRAMES, None, per_frame, PositionerMotion="DYNAMIC"), tmp_path / "a.dcm")
    found = [read_radiograph(path, frame=frame) for frame in (1, 2, 3)]
    assert [(read.view, read.primary_deg, read.sid_mm) for read in found] == [
        ("PA", 0.0, 1000.0),
        ("LL", -2.0, 1100.0),
        ("RL", -2.0, 1200.0),
    ]
    np.testing.assert_array_equal(found[1].pixels, FRAMES[1])
    np.testing.assert_array_equal(found[2].pixels, 4095.0 - FRAMES[2])


def test_a_table_back_to_linear_intensity_is_not_applied_to_logarithmic_values(tmp_path):
    truth = line_integrals()
    stored = np.round(65535 * (1 - truth / 6.0))
    table = item(LUTFunction="TO_LINEAR", LUTDescriptor=[256, 0, 16], LUTData=bytes(512))
    group = whole(
        FramePixelDataPropertiesSequence=pixel_properties("LOG", 1), PixelIntensityRelationshipLUTSequence=[table]
    )
    read = read_radiograph(save(enhanced(stored, group, bits=16), tmp_path / "a.dcm"))
    np.testing.assert_allclose(read.pixels / 65535 * 6.0, truth, atol=1e-4)


def test_linear_values_become_line_integrals(tmp_path):
    truth = line_integrals()
    group = whole(FramePixelDataPropertiesSequence=pixel_properties("LIN", 1))
    stored = np.round(65535 * np.exp(-truth))
    read = read_radiograph(save(enhanced(stored, group, bits=16), tmp_path / "a.dcm"))
    np.testing.assert_allclose(read.pixels, truth, atol=0.005)


def test_a_spacing_in_the_patient_is_led_back_to_the_detector(tmp_path):
    calibration = [item(ObjectPixelSpacingInCenterOfBeam=[0.2, 0.15])]
    properties = [item(PixelIntensityRelationship="LOG", PixelIntensityRelationshipSign=-1)]
    group = whole(ProjectionPixelCalibrationSequence=calibration, FramePixelDataPropertiesSequence=properties)
    read = read_radiograph(save(enhanced(pattern(), group), tmp_path / "a.dcm"))
    assert read.object_spacing_mm == pytest.approx((0.2, 0.15))
    assert view_geometry(read, view="PA")[0].pixel_spacing_mm == pytest.approx((0.3, 0.225))


def test_a_file_that_contradicts_its_frame_is_read_by_the_frame_and_says_so(tmp_path):
    ds = enhanced(pattern(), whole(), DistanceSourceToDetector=1500, ImagerPixelSpacing=[0.3, 0.2])
    read = read_radiograph(save(ds, tmp_path / "a.dcm"))
    assert read.sid_mm == 1200.0
    assert assumed(read.assumptions)["sid_mm"] == 1200.0
    assert "pixel_spacing_mm" not in assumed(read.assumptions)


def test_angles_about_the_room_are_told_and_not_taken_for_angles_about_the_patient(tmp_path):
    group = whole(IsocenterReferenceSystemSequence=[item(PositionerIsocenterPrimaryAngle=30.0)])
    del group.PositionerPositionSequence
    read = read_radiograph(save(enhanced(pattern(), group), tmp_path / "a.dcm"), view="PA")
    assert "room" in next(note.why for note in view_geometry(read)[1] if note.name == "primary_deg")


def test_groups_that_are_not_one_for_each_frame_are_refused(tmp_path):
    ds = enhanced(FRAMES, whole(), [item(PositionerPositionSequence=position(0.0))] * 2)
    refuse(save(ds, tmp_path / "a.dcm"), "PerFrameFunctionalGroupsSequence", frame=1)


def test_a_volume_made_from_such_a_run_is_no_radiograph(tmp_path):
    ds = enhanced(pattern(), whole())
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.13.1.1"
    refuse(save(ds, tmp_path / "a.dcm"), "computed from X-ray images")


def rotation(path, **tags):
    """A run of three frames during which the positioner turns."""
    usual = {"PositionerMotion": "DYNAMIC", "PositionerPrimaryAngle": 0, "PositionerSecondaryAngle": 2}
    return dicom(path, FRAMES, "XA", PixelIntensityRelationship="LOG", **{**usual, **tags})


@pytest.mark.parametrize(
    ("tags", "angles"),
    [
        (
            {"PositionerPrimaryAngleIncrement": [0, 80, 95], "PositionerSecondaryAngleIncrement": [0, 1, -3]},
            [("PA", 0.0, 2.0), ("LL", -10.0, 3.0), ("LL", 5.0, -1.0)],
        ),
        (
            {"PositionerPrimaryAngleIncrement": 44, "PositionerSecondaryAngleIncrement": 0},
            [("PA", 0.0, 2.0), ("PA", 44.0, 2.0), ("LL", -2.0, 2.0)],
        ),
        (
            {"PositionerPrimaryAngle": 170, "PositionerPrimaryAngleIncrement": [0, 20, 100]},
            [("AP", -10.0, 2.0), ("AP", 10.0, 2.0), ("RL", 0.0, 2.0)],
        ),
        ({"PositionerMotion": "STATIC", "PositionerPrimaryAngle": 88}, [("LL", -2.0, 2.0)] * 3),
    ],
)
def test_a_frame_of_a_rotation_has_the_first_angle_and_its_own_increment(tmp_path, tags, angles):
    # Where only one of two angles has increments, the file says that the other one moved and not how far.
    tags = {"PositionerSecondaryAngleIncrement": [0, 0, 0], **tags}
    path = rotation(tmp_path / "a.dcm", **tags)
    found = [read_radiograph(path, frame=frame) for frame in (1, 2, 3)]
    assert [(read.view, pytest.approx(read.primary_deg), read.secondary_deg) for read in found] == angles
    assert all("primary_deg" not in assumed(view_geometry(read)[1]) for read in found if abs(read.primary_deg) <= 40)


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"PositionerPrimaryAngleIncrement": [0, 80]},
        {"PositionerPrimaryAngleIncrement": [0, 80, 90, 95]},
        {"PositionerMotion": "STATIC", "PositionerPrimaryAngleIncrement": [0, 45, 90]},
    ],
)
def test_an_angle_that_cannot_be_known_is_told_and_leaves_the_view_to_the_user(tmp_path, tags):
    read = read_radiograph(rotation(tmp_path / "a.dcm", **tags), frame=3)
    assert (read.view, read.primary_deg) == (None, None)
    chosen = read_radiograph(rotation(tmp_path / "a.dcm", **tags), frame=3, view="LL")
    note = next(note for note in view_geometry(chosen)[1] if note.name == "primary_deg")
    assert "PositionerPrimaryAngleIncrement" in note.why
