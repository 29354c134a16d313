"""The command line as a person and a program meet it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from sample_pair import AP, LATERAL, QUICK

from Diff2CTCore import reconstruction
from Diff2CTCore.__main__ import COMMANDS, main
from Diff2CTCore.ct.metrics import default_views
from Diff2CTCore.errors import DeviceError
from Diff2CTCore.geometry import VolumeGrid
from Diff2CTCore.reconstruction import job
from Diff2CTCore.storage import resource_path, write_volume

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(capsys):
    """Run the command line in this process; gives (exit code, stdout, stderr)."""

    def call(*arguments):
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return call


def events(text):
    return [json.loads(line) for line in text.splitlines()]


def assert_one_sentence(text):
    assert len(text.strip().splitlines()) == 1
    assert "Traceback" not in text


def files_in(folder):
    return sorted(path.name for path in folder.rglob("*"))


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
    assert {"stage": "sample", "step": 3, "of": 3, "seconds_left": 0.0, "event": "progress"} in progress
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


def test_a_file_in_the_place_of_the_reprojections_is_refused_before_any_work(run, model, tmp_path):
    (tmp_path / "taken").write_text("here")
    options = ("-o", tmp_path / "ct.nrrd", "--model", model, "--reprojections", tmp_path / "taken", *QUICK)
    code, _, stderr = run("reconstruct", AP, LATERAL, *options)
    assert code == 2
    assert_one_sentence(stderr)
    assert files_in(tmp_path) == ["taken"]


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
    assert "Assumed for the frontal view: view = AP." in err
    report = json.loads((tmp_path / "ct.json").read_text())
    assert report["geometry"]["AP"]["pixel_spacing_mm"] == [0.4, 0.4]
    assert report["geometry"]["LL"]["sod_mm"] == 950.0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"output": "ct.jpg"}, "extension"),
        ({"output": "missing/ct.nrrd"}, "does not exist"),
        ({"output": "."}, "extension"),
        ({"lateral": AP}, "same"),
        ({"frontal": LATERAL, "lateral": AP}, "swap"),
        ({"frontal": __file__}, "known format"),
        ({"frontal": "nowhere.dcm"}, "nowhere.dcm"),
        ({"options": ("--model", "nowhere")}, "no model"),
        ({"options": ("--sid", "900", "--sod", "1000")}, "sod"),
        ({"options": ("--spacing", "-1")}, "spacing"),
        ({"options": ("--spacing", "wide")}, "not a spacing"),
        ({"options": ("--steps", "0")}, "whole number"),
        ({"options": ("--steps", "many")}, "whole number"),
        ({"options": ("--std-output", "std.nrrd")}, "at least 2"),
        ({"options": ("--report", "ct.txt")}, "extension"),
        ({"options": ("--colour", "blue")}, "unrecognized"),
    ],
)
def test_bad_input_gives_one_sentence_exit_code_2_and_no_file(run, model, tmp_path, monkeypatch, change, words):
    monkeypatch.chdir(tmp_path)
    output = change.get("output", "ct.nrrd")
    files = change.get("frontal", AP), change.get("lateral", LATERAL)
    options = change.get("options", ())
    chosen = () if "--model" in options else ("--model", model)
    code, out, err = run("reconstruct", *files, "-o", output, *chosen, *QUICK[2:], *options, "--progress", "none")
    assert code == 2
    assert out == ""
    assert_one_sentence(err)
    assert words in err.lower()
    assert files_in(tmp_path) == []


def test_an_error_reaches_programs_as_an_event(run, tmp_path):
    code, out, err = run("reconstruct", AP, AP, "-o", tmp_path / "ct.nrrd", "--progress", "json")
    assert code == 2
    assert err == ""
    last = events(out)[-1]
    assert last["event"] == "error"
    assert last["kind"] == "radiograph"
    assert last["exit_code"] == 2
    assert "same" in last["message"]


def test_a_wrong_command_line_reaches_programs_as_an_event(run):
    for arguments in (("reconstruct", "--progress", "json"), ("--progress=json", "dance")):
        code, out, _ = run(*arguments)
        assert code == 2
        assert [(event["event"], event["kind"]) for event in events(out)] == [("error", "usage")]


def test_an_output_must_not_replace_a_radiograph(run, tmp_path, model):
    picture = tmp_path / "ap.nrrd"
    picture.write_bytes(b"precious")
    code, _, err = run("reconstruct", picture, LATERAL, "-o", picture, "--model", model, "--progress", "none")
    assert code == 2
    assert "one of the radiographs" in err
    assert picture.read_bytes() == b"precious"


def test_a_read_only_folder_is_refused_before_any_work(run, tmp_path, monkeypatch):
    # The superuser may write everywhere, so the system's answer is stood in for.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    monkeypatch.setattr(reconstruction, "run_job", lambda *_: pytest.fail("work was done"))
    code, _, err = run("reconstruct", AP, LATERAL, "-o", tmp_path / "ct.nrrd", "--progress", "none")
    assert code == 2
    assert "permission" in err
    assert files_in(tmp_path) == []


def test_a_report_that_cannot_be_written_keeps_the_volume_back(run, model, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(job, "write_json", full)
    (tmp_path / "ct.nrrd").write_bytes(b"older")
    code, _, err = run("reconstruct", AP, LATERAL, "-o", tmp_path / "ct.nrrd", "--model", model, *QUICK)
    assert code == 2
    assert "space" in err
    assert files_in(tmp_path) == ["ct.nrrd"]
    assert (tmp_path / "ct.nrrd").read_bytes() == b"older"


def test_a_missing_device_is_exit_code_3(run, model, tmp_path):
    options = ("--model", model, "--device", "cuda:99", "--progress", "none")
    code, _, err = run("reconstruct", AP, LATERAL, "-o", tmp_path / "ct.nrrd", *options)
    assert code == DeviceError.exit_code == 3
    assert_one_sentence(err)
    assert files_in(tmp_path) == []


@pytest.mark.parametrize(("error", "code"), [(MemoryError(), 3), (ZeroDivisionError("Doe^John"), 1)])
def test_what_nobody_foresaw_is_one_sentence_without_the_exceptions_own_words(run, monkeypatch, error, code):
    def fail(*_args, **_kwargs):
        raise error

    monkeypatch.setattr(reconstruction, "run_job", fail)
    command = ("reconstruct", AP, LATERAL, "-o", "ct.nrrd", "--progress", "none")
    found, _, err = run(*command)
    assert found == code
    assert_one_sentence(err)
    assert "Doe" not in err
    found, _, err = run(*command, "--debug")
    assert found == code
    assert "Traceback" in err


def test_a_stopped_run_leaves_one_sentence_and_no_file(model, tmp_path):
    command = [sys.executable, "-m", "Diff2CTCore", "reconstruct", AP, LATERAL, "-o", str(tmp_path / "ct.nrrd")]
    command += ["--model", model, "--steps", "1000", "--progress", "json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    for line in process.stdout:
        event = json.loads(line)
        if event.get("stage") == "sample" and event["step"] >= 1:
            break
    process.send_signal(signal.SIGTERM)
    begun = time.monotonic()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert time.monotonic() - begun < 20
    assert err == ""
    assert events(out)[-1]["kind"] == "cancelled"
    assert files_in(tmp_path) == []


def test_ctrl_c_while_writing_leaves_no_file(run, model, tmp_path, monkeypatch):
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(job, "write_json", lambda *_: signal.raise_signal(signal.SIGINT))
    code, out, err = run("reconstruct", AP, LATERAL, "-o", tmp_path / "ct.nrrd", "--model", model, *QUICK)
    assert code == 130
    assert out == ""
    assert "stopped" in err.splitlines()[-1]
    assert files_in(tmp_path) == []
    assert signal.getsignal(signal.SIGINT) is before


def test_evaluate_compares_on_the_reconstructions_grid(run, tmp_path):
    fine, coarse = VolumeGrid((80, 80, 80), 1.0), VolumeGrid((32, 32, 32), 2.0)

    def phantom(grid):
        axes = np.meshgrid(*(grid.axis_mm(axis) for axis in range(3)), indexing="ij")
        radius = np.sqrt(sum(axis**2 for axis in axes))
        return np.where(radius < 12, 700, np.where(radius < 26, 40, -1000)).astype(np.int16)

    centre = (5.0, -70.0, 300.0)
    write_volume(tmp_path / "truth.nrrd", phantom(fine), fine, centre)
    write_volume(tmp_path / "reconstruction.nii.gz", phantom(coarse), coarse, centre)
    code, out, _ = run("evaluate", tmp_path / "reconstruction.nii.gz", tmp_path / "truth.nrrd", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["truth_coverage"] == 1.0
    assert found["metrics"]["bone_dice"] > 0.9
    assert found["metrics"]["surface_distance_mm"] < 1.0
    code, out, err = run("evaluate", tmp_path / "reconstruction.nii.gz", tmp_path / "truth.nrrd")
    assert len(out.splitlines()) == len(found["metrics"])
    assert "psnr_body_db" in out
    # A ball of bone is no spine.
    assert found["metrics"]["level_profile"] is None
    shown = dict(line.split()[:2] for line in out.splitlines())
    assert (shown["level_profile"], shown["spine_dice"]) == ("-", "-")
    assert "No spine was found in the true CT, so its level profile and spine Dice are not given." in err


def test_evaluate_tells_how_much_of_the_reconstruction_the_truth_covers(run, tmp_path):
    grid = VolumeGrid((32, 32, 32), 2.0)
    hu = np.full(grid.shape, -1000, np.int16)
    hu[8:24, 8:24, 8:24] = 300
    write_volume(tmp_path / "a.nrrd", hu, grid)
    write_volume(tmp_path / "b.nrrd", hu, grid, (0.0, 0.0, 16.0))
    write_volume(tmp_path / "c.nrrd", hu, grid, (0.0, 0.0, 900.0))
    code, out, err = run("evaluate", tmp_path / "a.nrrd", tmp_path / "b.nrrd", "--json")
    assert code == 0
    assert json.loads(out)["truth_coverage"] == 0.75
    assert "covers 75%" in err
    code, _, err = run("evaluate", tmp_path / "a.nrrd", tmp_path / "c.nrrd", "--progress", "none")
    assert code == 2
    assert "do not overlap" in err


def test_simulate_writes_a_pair_that_reconstruct_takes(run, model, tmp_path):
    grid = VolumeGrid((32, 32, 32), 4.0)
    hu = np.full(grid.shape, -1000, np.int16)
    hu[:, 6:26, 4:28] = 40
    hu[:, 16:22, 13:19] = 500
    write_volume(tmp_path / "ct.nrrd", hu, grid)
    options = (
        "--sid",
        "1300",
        "--ap-sod",
        "1000",
        "--lateral-view",
        "RL",
        "--spacing",
        "0.2",
        "--centre",
        "0",
        "-9",
        "2",
    )
    code, out, err = run("simulate", tmp_path / "ct.nrrd", "-o", tmp_path / "pair", *options)
    assert code == 0, err
    assert "Wrote ap.dcm" in out
    assert files_in(tmp_path / "pair") == ["ap.dcm", "geometry.json", "lateral.dcm", "truth.nrrd"]
    pair = tmp_path / "pair" / "ap.dcm", tmp_path / "pair" / "lateral.dcm"
    code, _, err = run("reconstruct", *pair, "-o", tmp_path / "volume.nrrd", "--model", model, *QUICK)
    assert code == 0, err
    geometry = json.loads((tmp_path / "volume.json").read_text())["geometry"]
    assert geometry["AP"]["sod_mm"] == 1000.0
    assert geometry["RL"]["sid_mm"] == 1300.0
    assert geometry["RL"]["pixel_spacing_mm"] == [0.2, 0.2]


def test_info_names_models_devices_and_versions(run):
    code, out, _ = run("info", "--json")
    found = json.loads(out)
    assert code == 0
    assert set(found) == {"version", "models", "devices", "versions"}
    assert found["devices"][0]["device"] == "cpu"
    code, out, _ = run("info")
    assert f"Diff2CT {found['version']}" in out


def test_the_demo_writes_volume_report_and_picture_and_prints_the_metrics(run, model, tmp_path):
    code, out, err = run("demo", "-o", tmp_path / "demo", "--model", model, *QUICK)
    assert code == 0, err
    assert files_in(tmp_path / "demo") == ["ct.json", "ct.nrrd", "demo.png"]
    assert "ssim_body" in out
    assert "Research use only" in out
    assert "No spine" not in err
    report = json.loads((tmp_path / "demo" / "ct.json").read_text())
    assert report["metrics"]["values"]["psnr_volume_db"] < 40.0
    assert -1.0 <= report["metrics"]["values"]["level_profile"] < 0.9
    assert report["metrics"]["values"]["spine_dice"] < 0.9
    picture = sitk.ReadImage(str(tmp_path / "demo" / "demo.png"))
    assert min(picture.GetSize()) > 800
    # The volume lies where the truth lies, so that the two can be compared as files.
    written = sitk.ReadImage(str(tmp_path / "demo" / "ct.nrrd"))
    truth = sitk.ReadImage(str(resource_path("SampleData", "truth.nrrd")))
    middles = [v.TransformContinuousIndexToPhysicalPoint([(n - 1) / 2 for n in v.GetSize()]) for v in (written, truth)]
    assert middles[0] == pytest.approx(middles[1], abs=1e-3)


def test_help_and_version_need_no_heavy_library():
    code = "import sys; from Diff2CTCore.__main__ import main\ntry: main(sys.argv[1:])\nexcept SystemExit: pass\n"
    code += "heavy = {'torch', 'SimpleITK', 'pydicom', 'scipy', 'matplotlib', 'skimage'} & set(sys.modules)\n"
    code += "assert not heavy, heavy"
    for arguments in (["--version"], ["reconstruct", "--help"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, cwd=ROOT, check=False
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout


def test_the_readme_names_no_option_that_does_not_exist(capsys):
    for command in COMMANDS:
        with pytest.raises(SystemExit):
            main([command.__name__.split(".")[-1], "--help"])
    option = re.compile(r"--[a-z]+(?:-[a-z]+)*(?![a-z-])")
    existing = set(option.findall(capsys.readouterr().out))
    named = set(option.findall((ROOT / "README.md").read_text(encoding="utf-8")))
    assert named - existing == set()
    assert len(named) > 15


def test_default_views_see_the_whole_grid():
    grid = VolumeGrid()
    corners = grid.index_to_ras_mm(np.array(np.meshgrid(*([0, 127],) * 3)).reshape(3, -1).T)
    for view in default_views(grid).views:
        pixels = view.project(corners)
        assert pixels.min() >= 0
        assert pixels.max() <= view.rows - 1
