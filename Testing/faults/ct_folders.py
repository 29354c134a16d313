"""Folders of CT slices with something wrong in one slice or in all of them; for `inputs.Kind.prepare`."""

import numpy as np
from ct_inputs import CENTRE_RAS, SIMULATION
from ct_truth import image_of, wrong_truth
from mutations import raw_value, spoiled_bytes
from scene import SIZE, SOUND_BOX, SPACING_MM, slices, write_slices, wrong_scene
from spoilt import ACCEPTED, EITHER, REFUSED, Spoilt
from whole_files import whole

STEERING = (
    "PixelSpacing",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "RescaleSlope",
    "RescaleIntercept",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "SamplesPerPixel",
)
OTHER = (
    "AcquisitionNumber",
    "SeriesInstanceUID",
    "SeriesNumber",
    "InstanceNumber",
    "SliceThickness",
    "SpacingBetweenSlices",
    "GantryDetectorTilt",
    "PhotometricInterpretation",
    "ImageType",
    "Modality",
    "NumberOfFrames",
    "PatientPosition",
    "SpecificCharacterSet",
    "RescaleType",
    "SOPInstanceUID",
    "SOPClassUID",
)
HARMLESS = ("AcquisitionNumber", "InstanceNumber", "SliceThickness", "SpacingBetweenSlices", "PatientPosition")
"""A series tells its place and its values without them, so their absence is nobody's trouble."""
TEXTS = (
    b"",
    b"A1",
    b"-1",
    b"0",
    b"nan",
    b"inf",
    b"1e30",
    b"1\\2",
    b"1\\2\\3\\4\\5\\6\\7",
    b"7",
    b"\\",
    b"ISO 2022 IR 999",
)
NUMBERS = (0, 1, 7, 8, 16, 32, 255, 0xFFFF)


def read_by_a_command(folder, scan, random, question, **what) -> Spoilt:
    """The scan through `evaluate` or, now and then, `simulate`; `question` is asked of the volume that it became."""
    if random.random() < 0.15:
        command = ["simulate", str(scan), "-o", str(folder / "out"), *SIMULATION]

        def wrong():
            of_the_truth = wrong_truth(folder / "out", CENTRE_RAS, lambda image: None)
            return question(image_of(scan)) or of_the_truth

    else:
        command = ["evaluate", str(whole() / "sound.nrrd"), str(scan), "--progress", "none"]

        def wrong():
            return question(image_of(scan))

    return Spoilt("diff2ct", command, wrong=wrong, **what)


def _scan(folder, datasets, random, names=None, **wanted) -> dict:
    write_slices(folder / "scan", datasets, names)
    return {"scan": folder / "scan", "random": random, "question": lambda image: wrong_scene(image, **wanted)}


def header_values(folder, random):
    """One element missing, empty, unreadable or of another value, in one slice or in all of them."""
    datasets = slices()
    keyword = (STEERING if random.random() < 0.7 else OTHER)[random.integers(12)]
    chosen = datasets if random.random() < 0.5 else [datasets[_place(random)]]
    damage = ("removed", "empty", "comma", "other")[random.integers(4)]
    content = NUMBERS[random.integers(len(NUMBERS))], TEXTS[random.integers(len(TEXTS))]
    changed = [_spoil(data, keyword, damage, *content) for data in chosen]
    what = f"{keyword} {damage if damage != 'other' else content} in {len(chosen)} of {len(datasets)} slices"
    must = ACCEPTED if damage == "removed" and keyword in HARMLESS else EITHER
    return read_by_a_command(folder, **_scan(folder, datasets, random), about=what, must=must, changed=any(changed))


def _place(random) -> int:
    """The first and the last slice have no neighbour on one side, so they get their share."""
    return int(random.choice([0, SIZE[2] - 1, random.integers(1, SIZE[2] - 1)]))


def _spoil(data, keyword: str, damage: str, number: int, text: bytes) -> bool:
    """Whether anything was changed."""
    if keyword not in data:
        return False
    element = data[keyword]
    before = element.value
    if damage == "removed":
        del data[keyword]
    elif damage == "empty":
        data[keyword] = raw_value(element, b"")
    elif element.VR == "US":
        data[keyword] = raw_value(element, int(number).to_bytes(2, "little"))
        return before != number
    elif damage == "comma" and element.VR in ("DS", "IS"):
        values = [before] if isinstance(before, (str, int, float)) else before
        data[keyword] = raw_value(element, "\\".join(str(value).replace(".", ",") for value in values).encode())
        return any("." in str(value) for value in values)
    else:
        data[keyword] = raw_value(element, text)
    return True


def consistent_values(folder, random):
    """The same other, sensible value in every slice: the volume has to follow, or the scan is refused."""
    datasets = slices()
    kind, must = random.integers(6), EITHER
    seen, grey = np.eye(4), None
    first = np.array(datasets[0].ImagePositionPatient, dtype=float)
    if kind == 0:
        factor = np.array([random.uniform(0.6, 1.6), random.uniform(0.6, 1.6), 1.0])
        seen[:3, :3] = np.diag(factor)
        seen[:3, 3] = first - factor * first
        _set(datasets, "PixelSpacing", [SPACING_MM[1] * factor[1], SPACING_MM[0] * factor[0]])
    elif kind == 1:
        seen[:3, 3] = random.uniform(-300.0, 300.0, 3)
        for data in datasets:
            _set([data], "ImagePositionPatient", np.array(data.ImagePositionPatient, dtype=float) + seen[:3, 3])
    elif kind == 2:
        # Columns to the back and rows to the right: what was at +x is seen at +y.
        turn = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
        seen[:3, :3] = turn
        for data in datasets:
            _set([data], "ImagePositionPatient", turn @ np.array(data.ImagePositionPatient, dtype=float))
        _set(datasets, "ImageOrientationPatient", turn[:, :2].T.ravel())
    elif kind == 3:
        slope, must = random.choice([0.5, 2.0, -1.0, 10.0]), REFUSED
        _set(datasets, "RescaleSlope", [slope])
        grey = lambda hu: (hu + 1024.0) * slope - 1024.0  # noqa: E731
    elif kind == 4:
        shift = random.choice([-1000.0, 1024.0, 24.0, 0.5])
        must = EITHER if abs(shift) < 100.0 else REFUSED
        _set(datasets, "RescaleIntercept", [shift - 1024.0])
        grey = lambda hu: hu + shift  # noqa: E731
    else:
        factor = random.uniform(0.5, 2.0)
        seen[2, 2], seen[2, 3] = factor, first[2] * (1.0 - factor)
        for data in datasets:
            x, y, z = map(float, data.ImagePositionPatient)
            _set([data], "ImagePositionPatient", [x, y, first[2] + factor * (z - first[2])])
    what = _scan(folder, datasets, random, seen=seen, grey=grey)
    about = ["spacing", "position", "turn", "slope", "intercept", "step"][kind]
    return read_by_a_command(folder, **what, must=must, about=f"another {about} in all slices")


def _set(datasets, keyword: str, values):
    text = "\\".join(f"{value:.10g}" for value in values).encode()
    for data in datasets:
        data[keyword] = raw_value(data[keyword], text)


def slice_bytes(folder, random):
    """Bytes spoilt in one slice or two. What cannot be noticed: stored values, and what maps them in that slice."""
    datasets = slices()
    write_slices(folder / "scan", datasets)
    heights, changed = [], False
    for _ in range(random.integers(1, 3)):
        number = _place(random)
        path = folder / "scan" / f"I{number:04d}.dcm"
        before = path.read_bytes()
        path.write_bytes(spoiled_bytes(before, random))
        changed |= before != path.read_bytes()
        heights.append(float(datasets[number].ImagePositionPatient[2]))
    hidden = lambda at: np.any([np.abs(at[..., 2] - height) < 1.0 for height in heights], axis=0)  # noqa: E731
    question = lambda image: wrong_scene(image, hidden=hidden)  # noqa: E731
    return read_by_a_command(folder, folder / "scan", random, question, changed=changed, about="bytes of slices")


def slice_files(folder, random):
    """Slices missing, doubled, cut short, renamed or of another series, and files that are no slices."""
    datasets = slices()
    names = [f"I{number:04d}.dcm" for number in range(len(datasets))]
    place, kind, must, wanted = int(random.integers(1, len(datasets) - 1)), random.integers(9), EITHER, {}
    if kind == 0:
        del datasets[place]
        must = REFUSED
    elif kind == 1:
        del datasets[:: len(datasets) - 1]
        wanted["box"] = SOUND_BOX[0] + [0, 0, SPACING_MM[2]], SOUND_BOX[1] - [0, 0, SPACING_MM[2]]
    elif kind == 2:
        random.shuffle(names)
        must = ACCEPTED
    elif kind == 3:
        datasets[_place(random)].SeriesInstanceUID = "1.2.3.9"
    scan = _scan(folder, datasets, random, names[: len(datasets)], **wanted)
    one = folder / "scan" / f"I{_place(random) if kind != 1 else place:04d}.dcm"
    if kind == 4:
        (folder / "scan" / "copy.dcm").write_bytes(one.read_bytes())
    elif kind == 5:
        one.write_bytes(one.read_bytes()[: int(random.integers(one.stat().st_size))])
    elif kind == 6:
        one.write_bytes(one.read_bytes()[132:])
    elif kind == 7:
        one.write_bytes((b"", b"\0" * 4000, b"<html></html>")[random.integers(3)])
    elif kind == 8:
        for name, content in (("notes.txt", b"x"), ("DICOMDIR", b"\0" * 200), (".hidden", b""), ("a.jpg", b"\xff\xd8")):
            (folder / "scan" / name).write_bytes(content)
        must = ACCEPTED
    about = "one missing, ends missing, renamed, other series, doubled, cut, no file meta, not DICOM, other files"
    return read_by_a_command(folder, **scan, must=must, about=about.split(", ")[kind])


def slice_places(folder, random):
    """Turned and rounded slices, which are right, and tilted or uneven ones, which are straightened or refused."""
    kind, must, wanted, options = random.integers(5), ACCEPTED, {}, {}
    if kind == 0:
        signs = random.choice([-1, 1], 3)
        options["directions"] = np.roll(np.eye(3), int(random.integers(3)), axis=1) * signs
        wanted["box"] = None
    elif kind == 1:
        degrees, thickness = float(random.uniform(3.0, 30.0)), float(random.choice([0.5, 1.0, 3.0]))
        options["steps"] = [0.0, thickness * np.tan(np.radians(degrees)), thickness]
        wanted, must = {"margin": 6.0, "box": None}, EITHER
    datasets = slices(**options)
    if kind == 2:
        for data in datasets:
            _set([data], "ImagePositionPatient", np.round(np.array(data.ImagePositionPatient, dtype=float), 1))
    elif kind == 3:
        for data in datasets:
            noisy = np.array(data.ImageOrientationPatient, dtype=float) + random.uniform(-3e-5, 3e-5, 6)
            _set([data], "ImageOrientationPatient", noisy)
    elif kind == 4:
        data = datasets[_place(random)]
        _set([data], "ImagePositionPatient", [*np.array(data.ImagePositionPatient, dtype=float), 0, 0, 1.5])
        must = REFUSED
    about = ["turned", "tilted gantry", "rounded positions", "noisy orientation", "one slice elsewhere"][kind]
    return read_by_a_command(folder, **_scan(folder, datasets, random, **wanted), must=must, about=about)
