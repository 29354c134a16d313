"""`python -m training.pack PREPARED... -o scans.pack`: prepared scans as one small file that training reads at once.

PREPARED are folders written by `python -m training.prepare`. Bodies are stored at 2 mm, rounded to steps of 8 HU (16 HU
from 300 HU on), with their patient, split, source, licence and the spine's centreline.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from Diff2CTCore.ct import read_ct
from Diff2CTCore.geometry import HU_AIR
from Diff2CTCore.storage import check_output_path

from .command import command
from .data import SPLITS, PackedBody, PackError, check_line, check_patients, pack_entries, write_pack
from .prepare import isotropic, read_card

SPACING_MM = 2.0
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class _Prepared:
    folder: Path
    card: dict


def _cards(folders: list[Path]) -> list[_Prepared]:
    """The cards of prepared folders, sorted by name; PackError where there are none."""
    found = []
    for folder in folders:
        cards = [
            _Prepared(folder, _card(path)) for path in sorted(folder.glob("*.json")) if path.name != "datalist.json"
        ]
        if not cards:
            raise PackError(f"{folder} holds no prepared scans; fill it with python -m training.prepare.")
        found += cards
    return sorted(found, key=lambda item: item.card["name"])


def _card(path: Path) -> dict:
    card = read_card(path)
    if card is None or not {"name", "patient", "split", "image", "centreline_ras_mm", "notes"} <= set(card):
        raise PackError(f"{path} is not the card of a prepared scan; run python -m training.prepare again.")
    return card


def _chosen(cards: list[_Prepared], splits: list[str]) -> list[_Prepared]:
    """Cards of the splits that have a centreline; a line is printed for others that cannot be used."""
    split_cards = []
    for item in cards:
        name = item.card["name"]
        if not item.card["centreline_ras_mm"]:
            print(f"{name}: left out, because no spine was found in it")
        elif item.card["split"] not in SPLITS:
            print(f"{name}: left out, because it is in no split")
        else:
            split_cards.append(item)
    # Over all splits: a patient who stays behind for the test must not travel under another name of a scan.
    check_patients([(item.card["name"], item.card["patient"], item.card["split"]) for item in split_cards])
    chosen = [item for item in split_cards if item.card["split"] in splits]
    if not chosen:
        raise PackError(
            f"There is no scan with a spine in {' or '.join(splits)}; prepare more scans, or choose other --splits."
        )
    return chosen


def _body(item: _Prepared) -> PackedBody:
    """The scan at `SPACING_MM`, cropped to what is not air.

    Raises:
        VolumeError: the scan is missing or damaged.
        PackError: it is empty, or its spine's line lies elsewhere.
    """
    card, path = item.card, item.folder / item.card["image"]
    volume, grid, middle = isotropic(read_ct(path), SPACING_MM)
    hu = np.rint(volume).astype(np.int16)
    inside = [np.flatnonzero((hu > HU_AIR).any(axis=axes)) for axes in ((1, 2), (0, 2), (0, 1))]
    if not inside[0].size:
        raise PackError(f"{path} holds nothing but air; run python -m training.prepare again.")
    first = np.array([indices[0] for indices in inside])
    right, anterior, superior = np.array(card["centreline_ras_mm"], dtype=float).T
    body = PackedBody(
        name=card["name"],
        patient=card["patient"],
        split=card["split"],
        source=str(card["notes"].get("source") or ""),
        licence=str(card["notes"].get("licence") or ""),
        hu=hu[tuple(slice(indices[0], indices[-1] + 1) for indices in inside)],
        spacing_mm=SPACING_MM,
        origin_mm=np.array(grid.lps_origin_mm(middle))[::-1] + first * SPACING_MM,
        centreline_mm=np.stack([superior, -anterior, -right], axis=1),
    )
    check_line(body)
    return body


def _report(paths: list[Path]) -> None:
    entries = pack_entries(paths)
    for entry in entries:
        size = " x ".join(f"{count * entry['spacing_mm']:.0f}" for count in entry["shape"])
        print(f"{entry['name']}: {entry['split']}, {size} mm, {entry['bytes'] / 1000:.0f} kB")
    counts = Counter(entry["split"] for entry in entries)
    splits = ", ".join(f"{counts[split]} {split}" for split in SPLITS if counts[split])
    patients = len({entry["patient"] for entry in entries})
    size = sum(path.stat().st_size for path in paths) / MEGABYTE
    names = ", ".join(path.name for path in paths)
    print(f"{len(entries)} bodies ({splits}) of {patients} patients, {size:.1f} MB: {names}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.pack", description=__doc__.split("`: ", 1)[1])
    parser.add_argument("prepared", nargs="+", type=Path, help="folder written by training.prepare")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="PACK", help="file to write, NAME.pack")
    parser.add_argument(
        "--part-mb",
        type=float,
        metavar="MB",
        help="write parts of at most this many MB: NAME.pack, NAME-2.pack, ... (training is given NAME.pack)",
    )
    parser.add_argument(
        "--splits",
        nargs="+",
        choices=SPLITS,
        default=["train", "validation"],
        help="scans to pack (default: train validation, so that test patients stay where they are)",
    )
    return parser


@command
def main(argv: list[str] | None = None) -> None:
    """Pack prepared scans."""
    arguments = _parser().parse_args(argv)
    check_output_path(arguments.output, (".pack",))
    if arguments.part_mb is not None and not 0.0 < arguments.part_mb < float("inf"):
        raise PackError("--part-mb must be a number above 0.")
    chosen = _chosen(_cards(arguments.prepared), arguments.splits)
    bodies = [_body(item) for item in tqdm(chosen, desc="Reading", unit="scan", disable=None)]
    part_bytes = None if arguments.part_mb is None else int(arguments.part_mb * MEGABYTE)
    _report(write_pack(arguments.output, bodies, part_bytes))


if __name__ == "__main__":
    raise SystemExit(main())
