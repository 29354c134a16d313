"""Results of earlier runs that are exported or that a batch finds again; for `inputs.Kind.prepare`."""

import json
import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK as sitk
from mutations import spoiled_bytes
from spoilt import ACCEPTED, EITHER, REFUSED, Spoilt
from text_mutations import spoiled_json
from whole_files import QUICK, run_whole, whole


def exported(folder, random):
    """A volume with the report of another one, a spoilt report, radiographs of another case, or a changed volume."""
    kind = random.integers(5)
    volume, report = folder / "made.nrrd", folder / "made.json"
    for path in (volume, report):
        path.write_bytes((whole() / path.name).read_bytes())
    radiographs, must = [whole() / "ap.dcm", whole() / "lateral.dcm"], ACCEPTED
    if kind == 1:
        report.write_bytes((whole() / "other.json").read_bytes())
        must = REFUSED
    elif kind == 2:
        report.write_text(spoiled_json(report.read_text(encoding="utf-8"), random), encoding="utf-8")
        must = EITHER
    elif kind == 3:
        image = sitk.ReadImage(str(volume))
        sitk.WriteImage(image + int(random.choice([1, -3, 40])), str(volume))
        must = REFUSED
    elif kind == 4:
        radiographs = [whole() / "rle.dcm", whole() / "lateral.dcm"]
        must = REFUSED
    names = "sound", "report of another volume", "spoilt report", "changed volume", "another radiograph"
    command = ["export", str(volume), "-o", str(folder / "out"), "--report", str(report), "--progress", "none"]
    command += ["--radiographs", *map(str, radiographs)]
    wrong = lambda: _wrong_series(folder / "out", volume)  # noqa: E731
    return Spoilt("diff2ct", command, must=must, about=names[kind], wrong=wrong)


def _wrong_series(folder: Path, volume: Path) -> str | None:
    """Each voxel of the volume must stand in the slices, at its place."""
    image = sitk.ReadImage(str(volume))
    slices = sorted((pydicom.dcmread(path) for path in folder.iterdir()), key=lambda data: data.ImagePositionPatient[2])
    if len(slices) != image.GetSize()[2]:
        return f"{len(slices)} slices instead of {image.GetSize()[2]}"
    values = np.stack([data.pixel_array * float(data.RescaleSlope) + float(data.RescaleIntercept) for data in slices])
    first = np.array(slices[0].ImagePositionPatient, dtype=float)
    if np.abs(first - image.GetOrigin()).max() > 0.01 or (values != sitk.GetArrayFromImage(image)).any():
        return "the slices do not hold the volume"
    return None


def whole_series(files: list[str]) -> bool:
    """Nothing but slices."""
    return len(files) > 16 and all(name.endswith(".dcm") for name in files)


def second_batch(folder, random):
    """Outputs of a batch that are gone, cut or replaced before the same batch runs again: it must make them anew."""
    pair = f"{whole() / 'ap.dcm'},{whole() / 'lateral.dcm'}"
    (folder / "cases.csv").write_text(f"case,frontal,lateral,seed\na,{pair},3\nb,{pair},4\n", encoding="utf-8")
    out = folder / "out"
    command = ["batch", str(folder / "cases.csv"), "-o", str(out), "--reprojections", "--model", str(whole() / "model")]
    command += QUICK
    for path in sorted(_first_batch().rglob("*")):
        target = out / path.relative_to(_first_batch())
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file():
            shutil.copy2(path, target)
    table = (out / "results.csv").read_bytes().replace(str(_first_batch()).encode(), str(out).encode())
    (out / "results.csv").write_bytes(table)
    victims = sorted(path for path in out.rglob("*") if path.is_file())
    victim = victims[random.integers(len(victims))]
    kind = random.integers(4)
    if kind == 0:
        victim.unlink()
    elif kind == 1:
        victim.write_bytes(victim.read_bytes()[: int(random.integers(victim.stat().st_size))])
    elif kind == 2:
        victim.write_bytes(spoiled_bytes(victim.read_bytes(), random))
    else:
        shutil.rmtree(out / "a_views")
        victim = out / "a_views"
    before = _first_batch() / victim.relative_to(out)
    # Another byte in a file of the same length is not looked for.
    unseen = victim if kind == 2 and victim.stat().st_size == before.stat().st_size else None
    about = f"{victim.relative_to(out)}, damage {kind}"
    must = EITHER if victim.name == "results.csv" else ACCEPTED
    return Spoilt("diff2ct", command, must=must, about=about, wrong=lambda: _wrong_second_batch(out, unseen))


@cache
def _first_batch() -> Path:
    """What an undisturbed run leaves."""
    out = whole() / "batch"
    pair = f"{whole() / 'ap.dcm'},{whole() / 'lateral.dcm'}"
    table = whole() / "cases.csv"
    table.write_text(f"case,frontal,lateral,seed\na,{pair},3\nb,{pair},4\n", encoding="utf-8")
    command = ["batch", str(table), "-o", str(out), "--reprojections", "--model", str(whole() / "model"), *QUICK]
    run_whole(command)
    return out


def _wrong_second_batch(out: Path, unseen: Path | None) -> str | None:
    for path in sorted(_first_batch().rglob("*.nrrd")):
        twin = out / path.relative_to(_first_batch())
        if twin != unseen and (not twin.is_file() or twin.read_bytes() != path.read_bytes()):
            return f"{twin.relative_to(out)} is not what the first run made"
    names = [name for name in ("a.json", "b.json") if out / name != unseen]
    reports = [json.loads((out / name).read_text(encoding="utf-8")) for name in names]
    wanted = [{"a.json": 3, "b.json": 4}[name] for name in names]
    return None if [report["settings"]["seed"] for report in reports] == wanted else "the reports are of other runs"


def any_files(_files: list[str]) -> bool:
    """What lies there is compared with the first run, name by name."""
    return True
