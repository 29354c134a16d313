"""`diff2ct reconstruct`: what it writes, and what people and programs are told."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from command_output import events, files_in
from sample_pair import AP, LATERAL, QUICK

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def reconstructed(model, tmp_path_factory):
    """One run with every output: its folder, exit code and events."""
    folder = tmp_path_factory.mktemp("out")
    command = [sys.executable, "-m", "Diff2CTCore", "reconstruct", AP, LATERAL, "-o", str(folder / "ct.nii.gz")]
    command += ["--std-output", str(folder / "std.nii.gz"), "--samples", "2", "--seed", "5", "--model", model, *QUICK]
    command += [
        "--sid",
        "1200",
        "--lateral-sid",
        "1250",
        "--ap-centre",
        "430",
        "445.5",
        "--centre-ras",
        "10",
        "20",
        "30",
    ]
    done = subprocess.run([*command, "--progress", "json"], capture_output=True, text=True, cwd=ROOT, check=False)
    return folder, done.returncode, events(done.stdout), done.stderr


def test_reconstruct_writes_volume_deviation_and_report_and_nothing_else(reconstructed):
    folder, code, _, stderr = reconstructed
    assert code == 0
    assert stderr == ""
    assert files_in(folder) == ["ct.json", "ct.nii.gz", "std.nii.gz"]
    volume = sitk.ReadImage(str(folder / "ct.nii.gz"))
    assert volume.GetSize() == (32, 32, 32)
    assert volume.GetSpacing() == pytest.approx((8.0, 8.0, 8.0))
    middle = volume.TransformContinuousIndexToPhysicalPoint([15.5] * 3)
    assert middle == pytest.approx((-10.0, -20.0, 30.0), abs=1e-3)
    array = sitk.GetArrayFromImage(volume)
    assert array.dtype == np.int16
    assert array.min() >= -1000
    assert array.max() <= 3000
    assert sitk.GetArrayFromImage(sitk.ReadImage(str(folder / "std.nii.gz"))).max() > 0.0


def test_programs_get_progress_notes_and_one_result(reconstructed):
    _, _, received, _ = reconstructed
    kinds = [event["event"] for event in received]
    assert kinds[0] == "progress"
    assert kinds[-1] == "result"
    assert set(kinds) == {"progress", "note", "result"}
    assert kinds.count("result") == 1
    progress = [event for event in received if event["event"] == "progress"]
    assert all(set(event) == {"event", "stage", "step", "of", "seconds_left"} for event in progress)
    assert {"stage": "sample", "step": 5, "of": 5, "seconds_left": 0.0, "event": "progress"} in progress
    assert set(received[-1]["reprojection_error"]) == {"AP", "LL"}


def test_the_report_holds_what_is_needed_to_judge_and_repeat_the_run(reconstructed):
    folder, _, received, _ = reconstructed
    report = json.loads((folder / "ct.json").read_text())
    assert report["intended_use"] == "research use only, not for clinical decisions"
    assert report["settings"] == {"steps": 1, "samples": 2, "seed": 5, "consistency": False, "device": "cpu"}
    assert report["model"]["name"] == "small"
    assert len(report["model"]["sha256"]) == 64
    assert {view: len(found["sha256"]) for view, found in report["radiographs"].items()} == {"AP": 64, "LL": 64}
    assert report["geometry"]["AP"]["sid_mm"] == 1200.0
    assert report["geometry"]["LL"]["sid_mm"] == 1250.0
    assert report["geometry"]["AP"]["centre_px"] == [430.0, 445.5]
    assert "centre_px" not in {item["name"] for item in report["assumptions"]["frontal"]}
    assert "centre_px" in {item["name"] for item in report["assumptions"]["lateral"]}
    notes = " ".join(event["message"] for event in received if event["event"] == "note")
    assert all(item["why"] in notes for items in report["assumptions"].values() for item in items)
    assert report["timings_s"]["total"] > 0.0
    assert report["versions"]["torch"]
    assert report["reprojection_error"] == received[-1]["reprojection_error"]
    voxels = sitk.GetArrayFromImage(sitk.ReadImage(str(folder / "ct.nii.gz"))).astype("<i2")
    assert report["outputs"]["sha256_of_voxels"] == hashlib.sha256(voxels.tobytes()).hexdigest()
    assert report["outputs"]["files"] == [
        {"name": name, "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest()}
        for name in ("ct.nii.gz", "std.nii.gz")
    ]
    assert report["peak_memory_bytes"] is None or 5e7 < report["peak_memory_bytes"] < 4e9


def test_reprojections_are_written_on_the_radiographs_own_pixels(run, model, tmp_path):
    options = ("-o", tmp_path / "ct.nrrd", "--model", model, "--reprojections", tmp_path / "views", *QUICK)
    code, _, _ = run("reconstruct", AP, LATERAL, *options)
    assert code == 0
    names = [f"{side}_{kind}.nrrd" for side in ("frontal", "lateral") for kind in ("measured", "reprojection")]
    assert files_in(tmp_path / "views") == names
    for name in names:
        image = sitk.ReadImage(str(tmp_path / "views" / name))
        assert image.GetSize() == (880, 880, 1)
        assert image.GetSpacing() == pytest.approx((0.4, 0.4, 1.0))


def test_two_pictures_without_tags_are_reconstructed_with_the_geometry_given(run, model, tmp_path):
    pictures = []
    for name in (AP, LATERAL):
        image = sitk.GetArrayFromImage(sitk.ReadImage(name))[0].astype(float)
        picture = (255 * (image - image.min()) / np.ptp(image)).astype(np.uint8)
        pictures.append(tmp_path / Path(name).with_suffix(".png").name)
        sitk.WriteImage(sitk.GetImageFromArray(picture), str(pictures[-1]))
    options = ("--spacing", "0.4", "--sid", "1150", "--sod", "950", "--no-ap-invert", "--no-lateral-invert")
    code, out, err = run("reconstruct", *pictures, "-o", tmp_path / "ct.mha", "--model", model, *QUICK, *options)
    assert code == 0, err
    assert "Re-projection error" in out
    assert "Assumed for the frontal radiograph: view = AP." in err
    report = json.loads((tmp_path / "ct.json").read_text())
    assert report["geometry"]["AP"]["pixel_spacing_mm"] == [0.4, 0.4]
    assert report["geometry"]["LL"]["sod_mm"] == 950.0


@pytest.mark.parametrize("ending", [".NII.GZ", ".Nii", ".Mha"])
def test_an_ending_in_capitals_is_written_as_it_was_asked_for(run, model, tmp_path, ending):
    options = ("--samples", 2, "--std-output", tmp_path / f"STD{ending}", "--model", model, *QUICK)
    code, _, err = run("reconstruct", AP, LATERAL, "-o", tmp_path / f"CT{ending}", *options)
    assert code == 0, err
    assert files_in(tmp_path) == sorted([f"CT{ending}", "CT.json", f"STD{ending}"])
