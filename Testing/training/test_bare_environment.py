"""Training on a machine that has PyTorch, NumPy, SciPy, safetensors and tqdm, and nothing else."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def test_a_pack_is_trained_on_exported_and_reconstructed_with_without_other_libraries(tmp_path):
    paths = [HERE.parents[1], HERE, HERE.parent / "core", HERE.parent / "cuda"]
    done = subprocess.run(
        [sys.executable, str(HERE / "bare_run.py"), str(tmp_path), *map(str, paths)],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "reconstructed" in done.stdout
    pictures = [path.name for path in (tmp_path / "run").glob("*.png")]
    assert pictures  # also without a library that draws
