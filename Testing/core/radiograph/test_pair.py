"""Two radiographs are a pair if they show one patient from two sides."""

import numpy as np
import pytest
from radiograph_files import dicom, pattern

from Diff2CTCore.errors import RadiographError
from Diff2CTCore.radiograph import check_pair, read_radiograph


def test_a_pair_needs_two_views_of_one_patient(tmp_path):
    def read(name, view, patient="A", stored=None, **tags):
        return read_radiograph(dicom(tmp_path / name, stored, ViewPosition=view, PatientID=patient, **tags))

    frontal = read("f.dcm", "AP")
    lateral = read("l.dcm", "LL", stored=pattern()[::-1])
    check_pair(frontal, lateral)
    check_pair(frontal, read("anonymous.dcm", "LL", "", stored=pattern()[::-1]))
    with pytest.raises(RadiographError, match=r"a lateral view \(LL\) and the lateral one a frontal view \(AP\): swap"):
        check_pair(lateral, frontal)
    with pytest.raises(RadiographError, match=r"frontal radiograph is a lateral view \(LL\): swap"):
        check_pair(lateral, read("silent.dcm", "", stored=pattern()[:, ::-1]))
    with pytest.raises(RadiographError, match="same image"):
        check_pair(frontal, frontal)
    with pytest.raises(RadiographError, match="same image"):
        check_pair(frontal, read("copy.dcm", "LL"))
    with pytest.raises(RadiographError, match="different patients"):
        check_pair(frontal, read("other.dcm", "LL", "B", stored=pattern()[::-1]))
    with pytest.raises(RadiographError, match=r"lateral radiograph is a frontal view \(PA\) like the other one"):
        check_pair(frontal, read("pa.dcm", "PA", stored=pattern()[::-1]))
    with pytest.raises(RadiographError, match=r"frontal radiograph is a lateral view \(RL\) like the other one"):
        check_pair(read("rl.dcm", "RL"), lateral)


@pytest.mark.parametrize(
    ("tags", "one"),
    [
        ({"PatientID": "", "PatientName": "Quux^Quentin"}, False),
        ({"PatientID": "", "PatientName": "QUUX^ZELDA^^"}, True),
        ({"PatientID": "", "PatientName": ""}, True),
        ({"PatientID": "id-4711 ", "PatientName": "Married^Zelda"}, True),
    ],
)
def test_a_patient_is_known_by_the_identifier_or_else_by_all_that_both_files_state(tmp_path, tags, one):
    frontal = read_radiograph(dicom(tmp_path / "a.dcm", ViewPosition="AP"))
    lateral = read_radiograph(dicom(tmp_path / "b.dcm", pattern()[::-1], ViewPosition="LL", **tags))
    if one:
        check_pair(frontal, lateral)
        return
    with pytest.raises(RadiographError, match="different patients"):
        check_pair(frontal, lateral)


def test_two_frames_of_one_file_can_be_a_pair(tmp_path):
    path = dicom(tmp_path / "a.dcm", np.stack([pattern(), pattern()[::-1]]), "XA", PixelIntensityRelationship="LOG")
    check_pair(read_radiograph(path, frame=1, view="PA"), read_radiograph(path, frame=2, view="LL"))
