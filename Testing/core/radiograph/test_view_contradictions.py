"""A DICOM radiograph that says two things of its view, or that it is none of the four exact ones."""

import pytest
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from radiograph_files import dataset, dicom, pattern, save

from Diff2CTCore.radiograph import read_radiograph, view_geometry

ORIENTATIONS = {"AP": ["L", "F"], "LL": ["P", "F"]}


def coded(value, scheme="SCT", **parts):
    """A sequence of one code, by its value or as pydicom's dictionary of codes has it."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator = getattr(value, "value", value), scheme
    item.CodeMeaning = "view"
    for keyword, content in parts.items():
        setattr(item, keyword, content)
    return [item]


def told(read, name="view"):
    """The reasons of what was assumed under a name."""
    return [note.why for note in read.assumptions if note.name == name]


@pytest.mark.parametrize(
    ("position", "code", "words"),
    [
        ("AP", codes.SCT.LateralProjection, "lateral"),
        ("AP", codes.SCT.AnteroPosteriorOblique, "oblique"),
        ("AP", codes.SCT.LeftLateral, "LL"),
        ("LL", codes.SCT.Frontal, "frontal"),
        ("LL", codes.SCT.LeftPosteriorOblique, "oblique"),
        ("LL", codes.SCT.RightAnteriorOblique, "oblique"),
        ("LL", "R-10238", "oblique"),
    ],
)
def test_a_code_that_contradicts_the_view_position_is_told(tmp_path, position, code, words):
    tags = {"ViewPosition": position, "PatientOrientation": ORIENTATIONS[position]}
    path = dicom(tmp_path / "a.dcm", ViewCodeSequence=coded(code), **tags)
    read = read_radiograph(path)
    assert read.view == position
    assert told(read) == [
        f"The file says {position} in ViewPosition but {words} in ViewCodeSequence; ViewPosition is followed."
    ]
    assert told(read_radiograph(path, view=position)) == []


@pytest.mark.parametrize(
    ("position", "code"),
    [
        ("AP", codes.SCT.Frontal),
        ("AP", codes.SCT.AnteroPosterior),
        ("LL", codes.SCT.LateralProjection),
        ("RL", codes.SCT.RightLateral),
        ("PA", "R-40888"),
    ],
)
def test_a_code_that_says_the_same_as_the_view_position_is_not_told(tmp_path, position, code):
    read = read_radiograph(dicom(tmp_path / "a.dcm", ViewPosition=position, ViewCodeSequence=coded(code)))
    assert (read.view, told(read)) == (position, [])


def test_a_code_of_no_view_at_all_is_told_and_not_repeated(tmp_path):
    read = read_radiograph(dicom(tmp_path / "a.dcm", ViewPosition="AP", ViewCodeSequence=coded("SPINE-7", "99ME")))
    (why,) = told(read)
    assert "ViewCodeSequence is none of" in why
    assert "SPINE-7" not in why


def test_codes_that_cannot_be_read_are_told_and_do_not_stop_the_file(tmp_path):
    ds = dataset(pattern(), ViewPosition="AP")
    ds.add_new("ViewCodeSequence", "LO", "AP")
    read = read_radiograph(save(ds, tmp_path / "a.dcm"))
    assert read.view == "AP"
    assert "ViewCodeSequence" in told(read)[0]


def test_an_oblique_view_of_a_known_plane_is_not_said_to_lack_only_the_way_of_the_beam(tmp_path):
    tags = {"PatientOrientation": ["L", "F"], "ViewCodeSequence": coded(codes.SCT.AnteroPosteriorOblique)}
    read = read_radiograph(dicom(tmp_path / "a.dcm", **tags))
    assert read.view == "AP"
    assert any("oblique in ViewCodeSequence" in why for why in told(read))
    assert not any("which way" in why for why in told(read))


def test_a_frontal_code_gives_the_plane_and_an_oblique_one_alone_no_view(tmp_path):
    frontal = read_radiograph(dicom(tmp_path / "a.dcm", ViewCodeSequence=coded(codes.SCT.Frontal)))
    assert frontal.view == "AP"
    assert "which way" in told(frontal)[0]
    oblique = read_radiograph(dicom(tmp_path / "b.dcm", ViewCodeSequence=coded(codes.SCT.LeftOblique)))
    assert oblique.view is None
    assert "oblique" in told(oblique)[0]


def test_the_angle_of_a_positioner_explains_an_oblique_view(tmp_path):
    tags = {"PositionerPrimaryAngle": 30, "PositionerSecondaryAngle": 0}
    code = coded(codes.SCT.LeftAnteriorOblique)
    read = read_radiograph(dicom(tmp_path / "a.dcm", modality="XA", ViewCodeSequence=code, **tags))
    assert (read.view, read.primary_deg, told(read)) == ("PA", 30.0, [])


@pytest.mark.parametrize(
    ("view", "orientation", "names"),
    [
        ("AP", ["LP", "F"], ["primary_deg"]),
        ("AP", ["LP", "FA"], ["primary_deg", "secondary_deg"]),
        ("LL", ["P", "FL"], ["secondary_deg"]),
        ("LL", ["PF", "F"], ["rotation_deg"]),
        ("AP", ["L", "F"], []),
    ],
)
def test_an_oblique_patient_orientation_is_told_under_the_angle_that_it_hides(tmp_path, view, orientation, names):
    path = dicom(tmp_path / "a.dcm", ViewPosition=view, PatientOrientation=orientation)
    whys = {
        name: [why for why in told(read_radiograph(path), name) if "oblique" in why]
        for name in ("primary_deg", "secondary_deg", "rotation_deg")
    }
    assert [name for name, reasons in whys.items() if reasons] == names
    chosen = view_geometry(read_radiograph(path), primary_deg=20.0, secondary_deg=5.0, rotation_deg=1.0)[1]
    assert not any("oblique" in note.why for note in chosen)


def test_an_oblique_patient_orientation_is_explained_by_an_angle(tmp_path):
    tags = {"ViewPosition": "AP", "PatientOrientation": ["LP", "F"], "PositionerSecondaryAngle": 0}
    for angle, reasons in ((160, 0), (180, 1)):
        path = dicom(tmp_path / "a.dcm", modality="XA", PositionerPrimaryAngle=angle, **tags)
        read = read_radiograph(path)
        assert read.primary_deg == angle - 180.0
        assert len(told(read, "primary_deg")) == reasons


def test_a_beam_that_is_coded_as_tilted_without_an_angle_is_told(tmp_path):
    code = coded(codes.SCT.AnteroPosterior, ViewModifierCodeSequence=coded(codes.SCT.Cephalad))
    read = read_radiograph(dicom(tmp_path / "a.dcm", ViewCodeSequence=code))
    assert read.view == "AP"
    assert "tilted" in told(read, "secondary_deg")[0]
    tags = {"PositionerPrimaryAngle": 180, "PositionerSecondaryAngle": 12}
    assert told(read_radiograph(dicom(tmp_path / "b.dcm", ViewCodeSequence=code, **tags)), "secondary_deg") == []
