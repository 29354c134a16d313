"""What a radiograph says of the patient stays in the radiograph."""

import gzip

import pytest
from patient import PATIENT, WORDS, named_in
from radiograph_files import dataset, pattern, save


@pytest.fixture
def pair(tmp_path):
    """A patient's radiographs."""
    shared = {"ImagerPixelSpacing": [4.0, 4.0], "PixelIntensityRelationship": "LOG", **PATIENT}
    frontal = save(dataset(pattern(), ViewPosition="AP", **shared), tmp_path / "1.dcm")
    lateral = save(dataset(pattern()[::-1], ViewPosition="LL", **shared), tmp_path / "2.dcm")
    return frontal, lateral


def test_the_search_finds_what_it_looks_for(pair):
    content = pair[0].read_bytes()
    assert set(named_in(content)) == set(WORDS)
    assert set(named_in(gzip.compress(content))) == set(WORDS)


@pytest.mark.parametrize("ending", [".nrrd", ".nii.gz", ".mha"])
def test_results_and_messages_do_not_name_the_patient(reconstruct, pair, out, ending):
    options = ("--samples", "2", "--std-output", str(out / f"std{ending}"), "--reprojections", str(out / "views"))
    done = reconstruct(out / f"ct{ending}", *options, "--debug", pair=pair)
    assert done.returncode == 0, done.stderr
    assert named_in((done.stdout + done.stderr).encode()) == []
    files = [path for path in out.rglob("*") if path.is_file()]
    assert len(files) == 7
    assert {path.name: named_in(path.read_bytes()) for path in files} == {path.name: [] for path in files}
    assert list(reconstruct.temporary.iterdir()) == []


@pytest.mark.parametrize("kept", [300, 900, 5000])
def test_messages_about_a_cut_file_do_not_name_the_patient(reconstruct, pair, out, names, kept):
    frontal, _lateral = pair
    frontal.write_bytes(frontal.read_bytes()[:kept])
    done = reconstruct(out / "ct.nrrd", "--debug", pair=pair)
    assert done.returncode == 2
    assert named_in((done.stdout + done.stderr).encode()) == []
    assert names(out) == []
    assert list(reconstruct.temporary.iterdir()) == []


def test_an_unforeseen_failure_does_not_name_the_patient(reconstruct, pair, out, names):
    fail = "import Diff2CTCore.radiograph as r\ndef boom(path, **_): raise KeyError('Phantomova^Petronella')\n"
    done = reconstruct(out / "ct.nrrd", before=fail + "r.open_radiograph = boom", pair=pair)
    assert done.returncode == 1
    assert named_in(done.stderr.encode()) == []
    assert names(out) == []
