"""Train from a pack, export and reconstruct with PyTorch, NumPy, SciPy, safetensors and tqdm alone: run as a program.

Arguments: the folder to work in, and the test folders for Python's path.
"""

import sys
from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder
from pathlib import Path

ALLOWED = {"torch", "torchgen", "functorch", "numpy", "scipy", "safetensors", "tqdm", "Diff2CTCore", "training"}
OWN = {"packs", "column_scan", "run_config", "small_model", "synthetic_pair"}
NEEDED_BY_THEM = {
    "typing_extensions",
    "sympy",
    "mpmath",
    "networkx",
    "jinja2",
    "markupsafe",
    "fsspec",
    "filelock",
    "packaging",
}


class NothingElse:
    """Finds what is allowed and the standard library; other packages are as if they were not installed."""

    @staticmethod
    def find_spec(name: str, path=None, target=None):
        top = name.partition(".")[0]
        known = top in sys.stdlib_module_names | ALLOWED | OWN | NEEDED_BY_THEM or top.startswith("_sysconfigdata")
        return PathFinder.find_spec(name, path, target) if known else None


def main(folder: Path) -> None:
    import numpy as np
    from packs import write_pack_run
    from synthetic_pair import radiograph_pair

    from Diff2CTCore.models import load_model
    from Diff2CTCore.reconstruction import Settings, reconstruct
    from training import export, train
    from training.run import load_checkpoint

    config = write_pack_run(folder, "picture_every = 10\ncheckpoint_every = 10", "real_share = 1.0")
    assert train.main([str(config), "--steps", "20"]) == 0
    assert load_checkpoint(folder / "run" / "checkpoint.safetensors")[1]["step"] == 20
    assert export.main([str(config), str(folder / "model"), "--name", "bare", "--version", "1"]) == 0
    model = load_model(folder / "model")
    assert [source["name"] for source in model.card.training_data] == ["Columns"]
    *radiographs, geometry = radiograph_pair()
    found = reconstruct(*radiographs, geometry, model, Settings(samples=1, device="cpu"))
    assert np.isfinite(found.hu).all()
    assert found.hu.shape == (32, 32, 32)
    print("reconstructed", found.reprojection_error)


if __name__ == "__main__":
    sys.path[:0] = sys.argv[2:]
    sys.meta_path[:] = [BuiltinImporter, FrozenImporter, NothingElse]
    main(Path(sys.argv[1]))
