"""The quality report: one HTML page with every scan, its remarks and its picture."""

from __future__ import annotations

from collections import Counter
from html import escape
from pathlib import Path

from Diff2CTCore.storage import replaced_when_complete

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 1200px; padding: 0 1em;
       color: #1d2430; background: #fff }
h1 { font-size: 1.5em } h2 { font-size: 1.15em; margin-top: 2em }
table { border-collapse: collapse; width: 100% }
td, th { border-bottom: 1px solid #dde2ea; padding: .45em .7em; text-align: left; vertical-align: top }
img { display: block; height: 200px; background: #000 }
.flag { background: #fff0d6; border-radius: .7em; padding: .1em .6em; margin-right: .3em; white-space: nowrap }
@media (prefers-color-scheme: dark) { body { color: #dde2ea; background: #161a20 }
  td, th { border-color: #333b47 } .flag { background: #5a4213 } }
"""


def write_report(path: Path, cards: list[dict], refused: list[tuple[str, str]]) -> Path:
    """Write the report; it shows the pictures that lie beside it.

    Args:
        path: the HTML file, in the folder of the prepared cases.
        cards: of the prepared cases.
        refused: (place, sentence) of each scan that was not prepared.

    Raises:
        OutputError: the folder cannot be written.
    """
    cards = sorted(cards, key=lambda card: card["name"])
    parts = [
        "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>Prepared CT</title>",
        f"<style>{_STYLE}</style></head><body><h1>Prepared CT</h1>",
        f"<p>{len(cards)} scans of {len({card['patient'] for card in cards})} patients prepared, "
        f"{len(refused)} refused. Research use only.</p>",
        _summary(cards),
    ]
    if refused:
        parts.append("<h2>Refused</h2><table><tr><th>Scan</th><th>Why</th></tr>")
        parts += [f"<tr><td>{escape(where)}</td><td>{escape(why)}</td></tr>" for where, why in sorted(refused)]
        parts.append("</table>")
    parts.append("<h2>Prepared</h2><table><tr><th>Scan</th><th>Axial, sagittal, coronal</th></tr>")
    parts += [_row(card) for card in cards]
    parts.append("</table></body></html>\n")
    with replaced_when_complete(path) as staged:
        staged.write_text("\n".join(parts), encoding="utf-8")
    return path


def _summary(cards: list[dict]) -> str:
    splits = Counter(card["split"] or "not used" for card in cards)
    patients = {split: len({c["patient"] for c in cards if (c["split"] or "not used") == split}) for split in splits}
    remarks = Counter(flag for card in cards for flag in card["flags"])
    rows = [
        f"<tr><td>{split}</td><td>{count} scans, {patients[split]} patients</td></tr>"
        for split, count in splits.items()
    ]
    rows += [
        f"<tr><td><span class='flag'>{escape(flag)}</span></td><td>{count} scans</td></tr>"
        for flag, count in remarks.most_common()
    ]
    return f"<table>{''.join(rows)}</table>"


def _row(card: dict) -> str:
    flags = "".join(f"<span class='flag'>{escape(flag)}</span>" for flag in card["flags"])
    size = " × ".join(map(str, card["scan_size"]))
    spacing = " × ".join(f"{value:.4g}" for value in card["scan_spacing_mm"])
    low, high = card["scan_range"]
    labels = "" if card["levels"] is None else f"{len(card['levels'])} labels<br>"
    return (
        f"<tr><td><b>{escape(card['name'])}</b><br>patient {escape(card['patient'])}<br>{card['split'] or 'not used'}"
        f"<br>{size}<br>{spacing} mm<br>{low:.0f} to {high:.0f} HU<br>{labels}{flags}</td>"
        f"<td><img loading='lazy' src='{escape(card['name'])}.png' alt='{escape(card['name'])}'></td></tr>"
    )
