"""Malformed CTs in files, to simulate radiographs from and to evaluate; for `inputs.Kind.prepare`."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from ct_truth import wrong_truth, wrong_voxels
from mutations import spoiled_bytes
from spoilt import ACCEPTED, REFUSED, Spoilt
from text_mutations import HEADER_WORDS, spoiled_header, spoiled_text
from whole_files import whole

CENTRE_RAS = (-4.0, 8.0, 10.0)
SIMULATION = ["--spacing", "2", "--centre", *map(str, CENTRE_RAS), "--progress", "none"]
META_END = b"ElementDataFile = LOCAL\n"
NRRD_END = b"\n\n"

NIFTI_FIELDS = (
    ("dim", 40, "8h"),
    ("datatype", 70, "h"),
    ("bitpix", 72, "h"),
    ("pixdim", 76, "8f"),
    ("vox_offset", 108, "f"),
    ("scl_slope", 112, "f"),
    ("scl_inter", 116, "f"),
    ("xyzt_units", 123, "B"),
    ("qform_code", 252, "h"),
    ("sform_code", 254, "h"),
    ("quatern", 256, "3f"),
    ("qoffset", 268, "3f"),
    ("srow_x", 280, "4f"),
    ("srow_y", 296, "4f"),
    ("srow_z", 312, "4f"),
    ("sizeof_hdr", 0, "i"),
    ("magic", 344, "4B"),
)
NIFTI_VALUES = (0, 1, -1, 2, 3, 4, 8, 16, 24, 64, 256, 352, 1024, 0.001, 4.5, -3.5, 1e30, float("nan"), float("inf"))


def simulated(name: str, spoil: Callable) -> Callable:
    """Spoils a whole CT, of which radiographs are to be made."""

    def prepare(folder, random):
        path, changed = _spoilt_copy(folder, name, spoil, random)
        command = ["simulate", str(path), "-o", str(folder / "out"), *SIMULATION]
        voxels = wrong_voxels(path)

        def wrong():
            return voxels() or wrong_truth(folder / "out", CENTRE_RAS, lambda image: None)

        return Spoilt("diff2ct", command, changed=changed, wrong=wrong)

    return prepare


def evaluated(name: str, spoil: Callable) -> Callable:
    """Spoils a whole CT, which is compared with another."""

    def prepare(folder, random):
        path, changed = _spoilt_copy(folder, name, spoil, random)
        return compared_with_the_sound_one(path, changed=changed)

    return prepare


def _spoilt_copy(folder: Path, name: str, spoil: Callable, random) -> tuple[Path, bool]:
    path, before = folder / name, (whole() / name).read_bytes()
    path.write_bytes(spoil(before, random))
    return path, path.read_bytes() != before


def compared_with_the_sound_one(path: Path, told: Path | None = None, **what) -> Spoilt:
    """`evaluate` of a CT; `told` is a file that says to an independent reader what that CT is."""
    command = ["evaluate", str(path), str(whole() / "sound.nrrd"), "--progress", "none"]
    return Spoilt("diff2ct", command, wrong=wrong_voxels(path, told), **what)


def nrrd_header(content: bytes, random) -> bytes:
    """A NRRD file with a spoilt header before the data."""
    return spoiled_header(content, random, NRRD_END)


def meta_header(content: bytes, random) -> bytes:
    """A MetaImage file with a spoilt header before the data."""
    return spoiled_header(content, random, META_END)


def nifti_field(content: bytes, random) -> bytes:
    """A NIfTI file with other numbers in one or two fields of its header, or in the other byte order."""
    spoilt = bytearray(content)
    for _ in range(random.integers(1, 3)):
        _, place, form = NIFTI_FIELDS[random.integers(len(NIFTI_FIELDS))]
        count, kind = int(form[:-1] or 1), form[-1]
        values = list(struct.unpack_from("<" + form, spoilt, place))
        value = NIFTI_VALUES[random.integers(len(NIFTI_VALUES))]
        values[random.integers(count)] = value if kind == "f" else int(np.nan_to_num(value, posinf=7, neginf=7)) % 256
        try:
            struct.pack_into("<" + form, spoilt, place, *values)
        except (struct.error, OverflowError):
            struct.pack_into("<" + form, spoilt, place, *[0] * count)
    return bytes(spoilt)


def detached(folder, random):
    """A header with its data in another file or in one for each slice, either of them spoilt."""
    kind = ("mhd", "list", "nhdr")[random.integers(3)]
    name, end = ("ct.nrrd", NRRD_END) if kind == "nhdr" else ("ct.mha", META_END)
    header, _, data = (whole() / name).read_bytes().partition(end)
    if kind == "nhdr":
        path, text, files = folder / "ct.nhdr", header.decode() + "\ndata file: ct.raw\n", {"ct.raw": data}
    else:
        slices = int(header.decode().split("DimSize = ")[1].split()[2])
        size = len(data) // slices
        files = {f"{i:02d}.raw": data[i * size : (i + 1) * size] for i in range(slices)} if kind == "list" else {}
        files = files or {"ct.raw": data}
        named = "LIST\n" + "\n".join(files) if kind == "list" else "ct.raw"
        path, text = folder / "ct.mhd", f"{header.decode()}ElementDataFile = {named}\n"
    sound, damage = text, random.integers(4)
    chosen = sorted(files)[random.integers(len(files))]
    if damage == 0:
        text = spoiled_text(text, random, HEADER_WORDS)
    elif damage == 1:
        files[chosen] = spoiled_bytes(files[chosen], random)
    elif damage == 2:
        files[chosen] = files[chosen][: int(random.integers(len(files[chosen])))]
    else:
        del files[chosen]
    path.write_text(text, encoding="utf-8")
    for file, content in files.items():
        (folder / file).write_bytes(content)
    return compared_with_the_sound_one(path, about=f"{kind}, damage {damage}", changed=damage > 0 or text != sound)


def _outside_the_field_of_view(image) -> np.ndarray:
    """The corners of each slice, of which a scanner knows nothing."""
    columns, rows, _ = np.array(image.GetSize()) * image.GetSpacing()
    steps = [np.arange(count) * step for count, step in zip(image.GetSize(), image.GetSpacing(), strict=True)]
    column, row = steps[0][None, None, :] - columns / 2, steps[1][None, :, None] - rows / 2
    return np.broadcast_to(np.hypot(column, row) > 0.5 * columns, image.GetSize()[::-1])


def other_values(folder, random):
    """Voxels that are no HU, which must be refused, and padding, which becomes air."""
    kind = random.integers(7)
    image = sitk.ReadImage(str(whole() / "ct.nrrd"))
    hu = sitk.GetArrayFromImage(image).astype(float)
    changed = (
        hu + 1024.0,
        hu * 10.0,
        -hu,
        np.clip((hu + 160.0) / 400.0 * 255.0, 0.0, 255.0),
        hu - 1000.0,
        hu / 1000.0,
        np.where(_outside_the_field_of_view(image), -2000.0, hu),
    )[kind]
    if kind < 6 and random.random() < 0.5:
        # A few voxels that reach both ends of a CT's scale.
        changed[0, 0, :2] = -2000.0, 3000.0
    names = "with 1024 added, times ten, inverted, windowed, with 1000 taken away, divided by 1000, padded"
    path = folder / ("values.nrrd", "values.nii.gz", "values.mha")[random.integers(3)]
    made = sitk.GetImageFromArray(changed.astype(np.float32 if kind == 5 else np.int16))
    made.CopyInformation(image)
    sitk.WriteImage(made, str(path))
    about = names.split(", ")[kind]
    return compared_with_the_sound_one(path, about=about, must=REFUSED if kind < 6 else ACCEPTED)
