"""Whole files that tests spoil, a small model, and the program as a process of its own."""

import json
import os
import subprocess
import sys

import pytest
from ready_python import ready_python
from whole_files import ROOT, whole, write_whole_files

PROGRAM = "import sys; from Diff2CTCore.__main__ import main\n{before}\nsys.exit(main(sys.argv[1:]))"


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """So many small runs are faster without threads that wait for each other."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def whole_files(tmp_path_factory):
    """The folder of the whole files."""
    write_whole_files(tmp_path_factory.mktemp("whole"))
    return whole()


@pytest.fixture
def reconstruct(whole_files, tmp_path):
    """Run `diff2ct reconstruct` on the small model in a process of its own.

    `reconstruct(output, *options, before=code, **settings)` runs the Python lines `before` in that process first, and
    the process by the program `launcher`, or in a `fresh` Python where its start is tested, too; settings go to
    `subprocess.run`. Its temporary folder is `reconstruct.temporary`.
    """

    def run(output, *options, before="", pair=None, launcher=(), fresh=False, **settings):
        frontal, lateral = pair or (whole_files / "ap.dcm", whole_files / "lateral.dcm")
        command = [
            *((*launcher, sys.executable) if launcher or fresh else ready_python()),
            "-c",
            PROGRAM.format(before=before),
            "reconstruct",
            str(frontal),
            str(lateral),
        ]
        command += ["-o", str(output), "--model", str(whole_files / "model"), "--device", "cpu", "--steps", "1"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(run.temporary), "OMP_NUM_THREADS": "1"}
        environment |= settings.pop("environment", {})
        return subprocess.run(
            [*command, *options, "--progress", "none"],
            capture_output=True,
            text=True,
            errors="replace",
            env=environment,
            check=False,
            timeout=600,
            **settings,
        )

    run.temporary = tmp_path / "temporary"
    run.temporary.mkdir()
    return run


@pytest.fixture
def out(tmp_path):
    """An empty folder for results."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def report_of():
    """The report beside a volume."""
    return lambda volume: json.loads(volume.with_suffix(".json").read_text(encoding="utf-8"))


def names(folder):
    """Everything in a folder, at any depth, hidden or not."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.fixture(name="names")
def names_fixture():
    """`names(folder)`."""
    return names


@pytest.fixture
def assert_refused(names):
    """`assert_refused(done, out, words)`: one sentence with these words, exit code 2, and nothing left behind."""

    def check(done, folder, words):
        assert done.returncode == 2, done.stderr
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
        assert words in done.stderr
        assert names(folder) == []

    return check
