"""Malformed CTs, to simulate radiographs from and to evaluate; for `inputs.Kind.prepare`."""

from collections.abc import Callable

from mutations import spoiled_bytes
from whole_files import whole


def simulated(name: str, spoil: Callable) -> Callable:
    """Spoils a whole CT, of which radiographs are to be made."""

    def prepare(folder, random):
        path = folder / name
        path.write_bytes(spoil((whole() / name).read_bytes(), random))
        out = str(folder / "out")
        options = ["--spacing", "4", "--centre", "0", "0", "0", "--progress", "none"]
        return "diff2ct", ["simulate", str(path), "-o", out, *options]

    return prepare


def evaluated(folder, random):
    """A spoilt CT against a whole one."""
    name = ("ct.nrrd", "ct.nii", "ct.mha")[random.integers(3)]
    path = folder / name
    path.write_bytes(spoiled_bytes((whole() / name).read_bytes(), random))
    return "diff2ct", ["evaluate", str(path), str(whole() / "ct.nrrd"), "--progress", "none"]
