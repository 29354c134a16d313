"""`diff2ct batch` on the device, alone and started by torchrun."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.cuda

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "Resources" / "SampleData"


@pytest.mark.parametrize("launcher", ["python", "torchrun"])
def test_a_batch_is_reconstructed(device, tmp_path, environment, launcher):
    for library, purpose in (("SimpleITK", "volumes are written"), ("pydicom", "radiographs are read")):
        pytest.importorskip(library, reason=f"{library}, by which {purpose}, is not installed.")
    manifest = tmp_path / "cases.csv"
    pair = f"{SAMPLE / 'ap.dcm'},{SAMPLE / 'lateral.dcm'}"
    manifest.write_text(f"case,frontal,lateral,seed\nfirst,{pair},1\nagain,{pair},1\nother,{pair},2\n")
    command = [sys.executable, "-m"]
    if launcher == "torchrun":
        command += ["torch.distributed.run", "--standalone", "--nproc-per-node", "1", "-m"]
    command += ["Diff2CTCore", "batch", manifest, "-o", tmp_path / "out", "--steps", "2", "--device", device]
    command += ["--progress", "none"]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    table = next((tmp_path / "out").glob("results*.csv"))
    with open(table, encoding="utf-8", newline="") as file:
        assert [(row["case"], row["status"]) for row in csv.DictReader(file)] == [
            ("first", "done"),
            ("again", "done"),
            ("other", "done"),
        ]
    first, again, other = ((tmp_path / "out" / f"{case}.nrrd").read_bytes() for case in ("first", "again", "other"))
    assert first == again
    assert first != other
