"""One CT series out of a folder of DICOM files."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from pathlib import Path

from ..dicom_files import quiet_pydicom
from ..errors import ImageFileError, VolumeError
from .series_files import CTFile, NotDicomError, read_ct_file
from .series_geometry import SeriesGeometry, continues, orientation_note, series_geometry, tilt_contradiction
from .series_marks import takes_turns, taking_turns
from .series_pixels import read_volume, without_copies
from .slices import Slice

MIN_SLICES = 16
DICOM_EXTENSIONS = (".dcm", ".ima", ".dicom")

NO_RESCALE = "The CT states no rescale (RescaleSlope, RescaleIntercept); its stored values are taken for HU."


def read_series(folder: Path, series: str | None, acquisition: int | None):
    """The wanted CT series of a folder as a SimpleITK image in HU, and what was read; see `Diff2CTCore.ct.read_ct`.

    The image of a scan with a tilted gantry has a third axis that is not perpendicular to the others, so that each
    voxel is where its slice says.

    Raises:
        VolumeError: no CT slices, several series or interleaved acquisitions without a choice; a header that is
            damaged, incomplete or contradicts the others; missing slices; pixel data that cannot be decoded.
    """
    name = folder.name
    try:
        with quiet_pydicom():
            files, others = _choose_series(_ct_files(folder), series, name)
        slices = _choose_acquisition(_sound_slices(files), acquisition, name)
        single = without_copies(slices)
        if len(single) < MIN_SLICES:
            raise VolumeError(f"The series in {name} has {len(single)} slices; at least {MIN_SLICES} are needed.")
        geometry = series_geometry(single, name)
        if series is None:
            _check_others(others, single, geometry, name)
        notes = [_rescale_note(single), orientation_note(single), tilt_contradiction(single, geometry.tilt_deg)]
        image = _image(read_volume(single), geometry)
    except ImageFileError as error:
        raise VolumeError(str(error)) from error
    if len(single) < len(slices):
        notes.append(f"Slices of the CT lie twice in {name} ({len(slices) - len(single)}); one of each is read.")
    source = {
        "format": "dicom",
        "slices": len(single),
        "acquisition": acquisition,
        "gantry_tilt_deg": round(geometry.tilt_deg, 2),
        "notes": [note for note in notes if note],
    }
    return image, source


def _ct_files(folder: Path) -> list[CTFile]:
    """The CT files in a folder. A file that cannot be read is told, unless it is plainly something else."""
    found, unreadable, others = [], [], []
    for path in _paths(folder):
        try:
            file = read_ct_file(path)
        except NotDicomError:
            others.append(path)
        except ImageFileError as error:
            unreadable.append(error)
        else:
            found += [] if file is None else [file]
    if unreadable:
        raise unreadable[0]
    if not found:
        raise VolumeError(f"The folder {folder.name} holds no CT slices in DICOM; choose the folder of a CT series.")
    # Notes, indices and thumbnails lie in such folders too, and what systems name with a point and then like a slice.
    patterns = {_pattern(file.path) for file in found}
    for path in (path for path in others if not path.name.startswith(".")):
        if path.suffix.lower() in DICOM_EXTENSIONS or _pattern(path) in patterns:
            raise VolumeError(
                f"{path.name} in {folder.name} is named like a slice and does not begin like one; "
                "copy the series again, or remove the file."
            )
    return found


def _paths(folder: Path) -> list[Path]:
    def refuse(error: OSError):
        where = Path(error.filename).name
        raise VolumeError(f"The folder {where} cannot be opened ({error.strerror}); check its permissions.") from None

    walked = [Path(parent, file) for parent, _, files in os.walk(folder, onerror=refuse) for file in files]
    # A link that leads nowhere is a slice that is gone; pipes and devices would never end.
    return sorted(path for path in walked if path.is_file() or not path.exists())


def _pattern(path: Path) -> str:
    """The name with each number in it made alike, as in slices that are counted."""
    return re.sub(r"\d+", "0", path.name.lower())


def _choose_series(files: list[CTFile], series: str | None, name: str) -> tuple[list[CTFile], list[CTFile]]:
    """The files of the wanted series, and those of all others."""
    groups = defaultdict(list)
    for item in files:
        groups[item.series].append(item)
    if "" in groups and len(groups) > 1:
        raise VolumeError(
            f"{groups[''][0].path.name} in {name} does not state SeriesInstanceUID, so nobody knows whether it is part "
            "of a series there; export it again, or remove the file."
        )
    if series is not None:
        chosen = [group for uid, group in groups.items() if str(series) in (uid, group[0].series_number)]
    else:
        # Reports and protocols are images of the modality CT as well, without a place in the patient.
        placed = [group for group in groups.values() if sum(file.count for file in group if file.placed) >= MIN_SLICES]
        chosen = placed or [group for group in groups.values() if sum(file.count for file in group) >= MIN_SLICES]
    if not chosen and series is None:
        # What is wrong with the files tells more than how few slices are left.
        _sound_slices(files)
    if len(chosen) == 1:
        return chosen[0], [file for group in groups.values() if group is not chosen[0] for file in group]
    listing = "; ".join(
        f"number {group[0].series_number or '-'} with {sum(file.count for file in group)} slices, {uid or 'no UID'}"
        for uid, group in groups.items()
    )
    if chosen:
        raise VolumeError(f"The folder {name} holds several CT series ({listing}); choose one by number or UID.")
    if series is not None:
        raise VolumeError(f"The folder {name} has no CT series {series}; it holds: {listing}.")
    raise VolumeError(f"The folder {name} has no CT series of at least {MIN_SLICES} slices; it holds: {listing}.")


def _sound_slices(files: list[CTFile]) -> list[Slice]:
    problem = next((file.problem for file in files if file.problem), None)
    if problem is not None:
        raise VolumeError(problem)
    return [item for file in files for item in file.slices]


def _choose_acquisition(slices: list[Slice], acquisition: int | None, name: str) -> list[Slice]:
    slices = sorted(slices, key=lambda item: item.height)
    numbers = [item.acquisition for item in slices]
    listing = ", ".join(f"{number} ({numbers.count(number)} slices)" for number in sorted(set(numbers), key=str))
    if acquisition is not None:
        slices = [item for item in slices if item.acquisition == acquisition]
        if not slices:
            raise VolumeError(f"The series in {name} has no acquisition {acquisition}; it has {listing}.")
    # Acquisitions that follow one another along the patient make one volume; those that take turns are two.
    elif takes_turns(numbers):
        raise VolumeError(f"The series in {name} interleaves several acquisitions: {listing}; choose one of them.")
    several = acquisition is None and len(set(numbers)) > 1
    way = f"choose an acquisition: {listing}" if several else "export one of them as a series of its own"
    different = taking_turns([item.marks for item in slices])
    if different:
        raise VolumeError(
            f"The series in {name} mixes slices of several volumes, which take turns in {', '.join(different)}; {way}."
        )
    stacks = len({item.stack for item in slices})
    if stacks > 1:
        raise VolumeError(
            f"The series in {name} holds {stacks} stacks or points in time, which are volumes of their own; {way}."
        )
    return slices


def _check_others(others: list[CTFile], slices: list[Slice], geometry: SeriesGeometry, name: str) -> None:
    """Refuse files of other series that may well be slices of this one with a damaged SeriesInstanceUID."""
    members = Counter(file.series for file in others)
    _sound_slices([file for file in others if file.placed and members[file.series] == 1])
    for item in (item for file in others for item in file.slices):
        if continues(item, slices, geometry, MIN_SLICES):
            raise VolumeError(
                f"{item.path.name} in {name} continues the series of the other slices, but its SeriesInstanceUID is "
                "another; correct or remove it, or choose a series by number or UID."
            )


def _rescale_note(slices: list[Slice]) -> str | None:
    silent = [item for item in slices if item.rescale is None]
    if silent and len(silent) < len(slices):
        raise VolumeError(
            f"{silent[0].path.name} states no RescaleSlope and RescaleIntercept, but other slices of its series do; "
            "export the series again."
        )
    return NO_RESCALE if silent else None


def _image(volume, geometry: SeriesGeometry):
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(volume)
    image.SetOrigin(geometry.origin.tolist())
    image.SetSpacing(geometry.spacing)
    image.SetDirection(geometry.direction.ravel().tolist())
    return image
