"""Published layouts: which scans are found, whose they are, and in which split they belong."""

from __future__ import annotations

import json

import pytest
from prepare_ct import ct_image, vertebra_label, write, write_dicom

from training.prepare.datalist import scans_of_datalist
from training.prepare.errors import DatasetError
from training.prepare.layouts import find_scans


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    return path


def by_name(scans):
    return {scan.path.name: scan for scan in scans}


def test_ctspine1k_pairs_parallel_trees_and_takes_the_published_split(tmp_path):
    names = ["1.3.6.1.4.1.9328.50.4.0001", "liver_110", "volume-covid19-A-0319_ct", "volume-covid19-A-0316_ct"]
    for name in names:
        touch(tmp_path / "rawdata" / "volumes" / "ANY" / f"{name}.nii.gz")
        touch(tmp_path / "rawdata" / "labels" / "ANY" / f"{name}_seg.nii.gz")
    (tmp_path / "metadata").mkdir()
    (tmp_path / "metadata" / "data_split.txt").write_text(
        f"trainset:\n{names[0]}.nii.gz\n\ntest_public:\n{names[1]}.nii.gz\n\n"
        f"test_private:\n{names[2]}.nii.gz{names[3]}.nii.gz\n"
    )
    scans = by_name(find_scans(tmp_path))
    assert [scans[f"{name}.nii.gz"].split for name in names] == ["train", "validation", "test", "test"]
    assert [scans[f"{name}.nii.gz"].label.name for name in names] == [f"{name}_seg.nii.gz" for name in names]
    assert scans["volume-covid19-A-0319_ct.nii.gz"].patient == "volume-covid19-A-0319"


def test_verse_subjects_with_two_series_are_one_patient_with_the_split_of_their_folder(tmp_path):
    for part, stems in {
        "dataset-01training": ["sub-verse401_split-verse253", "sub-verse401_split-verse260", "sub-gl003_dir-ax"],
        "dataset-02validation": ["sub-verse500_dir-sag"],
        "dataset-verse19test": ["sub-verse020"],
    }.items():
        for name in stems:
            subject = name.split("_")[0]
            touch(tmp_path / part / "rawdata" / subject / f"{name}_ct.nii.gz")
            touch(tmp_path / part / "derivatives" / subject / f"{name}_seg-vert_msk.nii.gz")
            touch(tmp_path / part / "derivatives" / subject / f"{name}_seg-subreg_ctd.json")
    scans = find_scans(tmp_path)
    assert sorted((scan.patient, scan.split) for scan in scans) == [
        ("sub-gl003", "train"),
        ("sub-verse020", "test"),
        ("sub-verse401", "train"),
        ("sub-verse401", "train"),
        ("sub-verse500", "validation"),
    ]
    for scan in scans:
        assert scan.label.name == scan.path.name.replace("_ct.nii.gz", "_seg-vert_msk.nii.gz")


def test_verse_challenge_names_pair_labels_beside_the_scan(tmp_path):
    touch(tmp_path / "verse005_CT-sag.nii.gz")
    touch(tmp_path / "verse005_CT-sag_seg.nii.gz")
    (scan,) = find_scans(tmp_path)
    assert (scan.patient, scan.label.name) == ("verse005", "verse005_CT-sag_seg.nii.gz")


def test_totalsegmentator_takes_patients_masks_and_splits_from_its_folders_and_table(tmp_path):
    for subject in ("s0011", "s0058", "s0310"):
        touch(tmp_path / subject / "ct.nii.gz")
        touch(tmp_path / subject / "segmentations" / "vertebrae_L1.nii.gz")
    (tmp_path / "meta.csv").write_text(
        "image_id;age;split\ns0011;70;train\ns0058;30;val\ns0310;50;test\n", encoding="utf-8-sig"
    )
    scans = find_scans(tmp_path)
    assert [(scan.patient, scan.split) for scan in scans] == [
        ("s0011", "train"),
        ("s0058", "validation"),
        ("s0310", "test"),
    ]
    assert all(scan.label.name == "segmentations" for scan in scans)


def test_dicom_tree_gives_one_scan_per_series_and_per_interleaved_acquisition(tmp_path):
    image = ct_image(spacing=(10.0, 10.0, 5.0))
    write_dicom(image, tmp_path / "LIDC-IDRI-0001" / "study" / "a", "LIDC-IDRI-0001", "1.2.1")
    mixed = tmp_path / "LIDC-IDRI-0002" / "study" / "b"
    write_dicom(image, mixed, "LIDC-IDRI-0002", "1.2.2", acquisition=1)
    write_dicom(image, mixed, "LIDC-IDRI-0002", "1.2.2", acquisition=2)
    scout = tmp_path / "LIDC-IDRI-0002" / "study" / "scout"
    write_dicom(image, scout, "LIDC-IDRI-0002", "1.2.9", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    write_dicom(image, tmp_path / "LIDC-IDRI-0002" / "study" / "film", "LIDC-IDRI-0002", "1.2.8", Modality="DX")
    (mixed / "annotation.xml").write_text("<x/>")
    scans = find_scans(tmp_path)
    assert [(scan.patient, scan.acquisition) for scan in scans] == [
        ("LIDC-IDRI-0001", None),
        ("LIDC-IDRI-0002", 1),
        ("LIDC-IDRI-0002", 2),
    ]
    assert len({scan.case_name() for scan in scans}) == 3


def test_acquisitions_that_follow_one_another_stay_one_volume(tmp_path):
    image = ct_image(spacing=(10.0, 10.0, 5.0))
    write_dicom(image[:, :, :9], tmp_path, "P", acquisition=1)
    write_dicom(image[:, :, 9:], tmp_path, "P", acquisition=2)
    (scan,) = find_scans(tmp_path)
    assert scan.acquisition is None


def test_patient_id_is_not_shown_when_identities_were_not_removed(tmp_path):
    write_dicom(ct_image(spacing=(10.0, 10.0, 5.0)), tmp_path / "s", "MRN-4711", identity_removed=False)
    (scan,) = find_scans(tmp_path)
    assert "4711" not in scan.patient + scan.case_name()


def test_plain_folder_reads_every_format_and_the_patient_from_a_pattern(tmp_path):
    for name in ("anna_1.nrrd", "anna_2.mha", "berta.nii.gz"):
        touch(tmp_path / name)
    touch(tmp_path / "notes.txt")
    assert [scan.patient for scan in find_scans(tmp_path)] == ["anna_1", "anna_2", "berta"]
    assert [scan.patient for scan in find_scans(tmp_path, r"^([a-z]+)")] == ["anna", "anna", "berta"]
    with pytest.raises(DatasetError, match=r"does not match .*anna_1\.nrrd"):
        find_scans(tmp_path, r"case\d")


def test_a_folder_without_scans_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="holds no CT"):
        find_scans(tmp_path)
    with pytest.raises(DatasetError, match="does not exist"):
        find_scans(tmp_path / "elsewhere")


def test_datalists_as_list_and_by_section_are_read_alike(tmp_path):
    image = write(ct_image(spacing=(10.0, 10.0, 10.0)), tmp_path / "ct" / "a.nii.gz")
    write(vertebra_label(ct_image(spacing=(10.0, 10.0, 10.0))), tmp_path / "ct" / "a-labels.nii.gz")
    entry = {"image": "ct/a.nii.gz", "label": "ct/a-labels.nii.gz", "patient": "p", "licence": "CC BY 3.0"}
    flat, sections = tmp_path / "flat.json", tmp_path / "sections.json"
    flat.write_text(json.dumps([entry | {"split": "train"}]))
    sections.write_text(json.dumps({"name": "set", "numTraining": 1, "training": [entry]}))
    for path in (flat, sections):
        (scan,) = scans_of_datalist(path)
        assert (scan.path, scan.patient, scan.split) == (image, "p", "train")
        assert scan.notes == {"licence": "CC BY 3.0"}
        assert scan.label.name == "a-labels.nii.gz"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not valid JSON"),
        ("[]", "names no scans"),
        ('"text"', "must be a list"),
        ('[{"label": "x"}]', 'has no "image"'),
        ('[{"image": "gone.nii.gz"}]', "does not exist"),
        ('[{"image": "gone.nii.gz", "split": "tarin"}]', "'tarin'"),
    ],
)
def test_unusable_datalists_are_refused_with_a_sentence(tmp_path, content, message):
    path = tmp_path / "datalist.json"
    path.write_text(content)
    with pytest.raises(DatasetError, match=message):
        scans_of_datalist(path)
