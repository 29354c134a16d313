"""A run that is killed leaves no result, and the next one cleans up after it."""

import signal
import subprocess

import pytest
import SimpleITK as sitk
from ready_python import ready_python

KILL = "import os, signal\ndef die(*_): os.kill(os.getpid(), signal.SIGKILL)\n"
AT_STAGE = """
from Diff2CTCore.progress import Silent
def tell(self, stage, step, of):
    if stage == {stage!r}:
        die()
Silent.__call__ = tell
"""
STOP = "import signal\ndef die(*_): signal.raise_signal(signal.SIGTERM)\n"
WHILE_WRITING = "import Diff2CTCore.reconstruction.job\nDiff2CTCore.reconstruction.job.write_json = die\n"
WHILE_DECODING = "import SimpleITK\nSimpleITK.ImageFileReader.Execute = die\n"
STAGES = ("starting", "reading", "prepare", "condition", "sample", "project")


@pytest.mark.parametrize("stage", STAGES)
def test_a_run_killed_in_any_stage_leaves_nothing(reconstruct, out, names, stage):
    done = reconstruct(out / "ct.nrrd", before=KILL + AT_STAGE.format(stage=stage))
    assert done.returncode == -signal.SIGKILL
    assert names(out) == []
    assert names(reconstruct.temporary) == []


def test_a_run_killed_while_writing_keeps_the_older_result_and_the_next_run_cleans_up(reconstruct, out, names):
    (out / "ct.nrrd").write_bytes(b"older")
    done = reconstruct(out / "ct.nrrd", before=KILL + WHILE_WRITING)
    assert done.returncode == -signal.SIGKILL
    assert (out / "ct.nrrd").read_bytes() == b"older"
    left = [path for path in out.iterdir() if path.name != "ct.nrrd"]
    assert left
    assert all(path.name.startswith(".diff2ct-") and path.stat().st_mode & 0o777 == 0o700 for path in left)
    assert reconstruct(out / "ct.nrrd").returncode == 0
    assert names(out) == ["ct.json", "ct.nrrd"]


def test_a_run_killed_while_decoding_leaves_a_private_file_that_the_next_run_removes(
    reconstruct, whole_files, out, names
):
    pair = whole_files / "jpeg.dcm", whole_files / "lateral.dcm"
    done = reconstruct(out / "ct.nrrd", before=KILL + WHILE_DECODING, pair=pair)
    assert done.returncode == -signal.SIGKILL
    folder, *files = sorted(reconstruct.temporary.rglob("*"))
    assert folder.stat().st_mode & 0o777 == 0o700
    assert files
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert reconstruct(out / "ct.nrrd", pair=pair).returncode == 0
    assert names(reconstruct.temporary) == []


@pytest.mark.parametrize(
    "moment", [AT_STAGE.format(stage="sample"), WHILE_DECODING, WHILE_WRITING], ids=["sampling", "decoding", "writing"]
)
def test_a_run_that_is_cancelled_leaves_nothing_behind(reconstruct, whole_files, out, names, moment):
    pair = whole_files / "jpeg.dcm", whole_files / "lateral.dcm"
    done = reconstruct(out / "ct.nrrd", before=STOP + moment, pair=pair)
    assert done.returncode == 130
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert names(out) == []
    assert names(reconstruct.temporary) == []


def test_a_folder_of_a_run_that_still_works_is_left_alone(out):
    from Diff2CTCore.storage import private_folder

    with private_folder(out) as mine, private_folder(out) as other:
        assert mine.is_dir()
        assert other.is_dir()
    assert not list(out.iterdir())


def test_a_folder_of_another_computer_is_left_alone(out, monkeypatch):
    from Diff2CTCore.storage import private_folders

    monkeypatch.setattr(private_folders.platform, "node", lambda: "elsewhere")
    with private_folders.private_folder(out) as theirs:
        # No process has this number: it is above the kernel's limit.
        gone = theirs.with_name(theirs.name.rsplit("-", 2)[0] + f"-{2**22 + 1}-x")
        gone.mkdir()
        monkeypatch.undo()
        private_folders.remove_abandoned(out)
        assert gone.is_dir()
        monkeypatch.setattr(private_folders.platform, "node", lambda: "elsewhere")
        private_folders.remove_abandoned(out)
        assert not gone.is_dir()


def test_two_runs_on_one_output_leave_one_whole_result(reconstruct, whole_files, out, names, report_of):
    command = [*ready_python(), "-m", "Diff2CTCore", "reconstruct", str(whole_files / "ap.dcm")]
    command += [str(whole_files / "lateral.dcm"), "--model", str(whole_files / "model"), "--steps", "1"]
    expected = {}
    for seed in ("1", "2"):
        assert reconstruct(out / "alone.nrrd", "--seed", seed).returncode == 0
        expected[int(seed)] = sitk.GetArrayFromImage(sitk.ReadImage(str(out / "alone.nrrd")))
    (out / "alone.nrrd").unlink()
    (out / "alone.json").unlink()
    both = [
        subprocess.Popen(
            [*command, "-o", str(out / "ct.nrrd"), "--seed", seed, "--progress", "none", "--device", "cpu"],
            stdout=subprocess.DEVNULL,
        )
        for seed in ("1", "2")
    ]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    assert names(out) == ["ct.json", "ct.nrrd"]
    volume = sitk.GetArrayFromImage(sitk.ReadImage(str(out / "ct.nrrd")))
    assert any((volume == other).all() for other in expected.values())
    assert report_of(out / "ct.nrrd")["settings"]["seed"] in expected
