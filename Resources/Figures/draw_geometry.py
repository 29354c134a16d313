"""Draw geometry.png: source, detector and centre of both views, as `Diff2CTCore.geometry.views` places them.

python Resources/Figures/draw_geometry.py
"""

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from Diff2CTCore.geometry import ViewGeometry  # noqa: E402
from Diff2CTCore.reconstruction import INK, MUTED, picture  # noqa: E402

CUBE_MM = 256.0
PIXELS, PITCH_MM = 1024, 0.42
# The marked vertebra lies beside the central ray, as it mostly does.
CENTRE_PX = {"AP": (560.0, 640.0), "LL": (430.0, 620.0)}
COLOURS = {"AP": "#5aa9e6", "LL": "#ff9f45"}
PATIENT = {"top": (170.0, 110.0), "side": (110.0, 420.0)}


def corners_mm(view: ViewGeometry) -> np.ndarray:
    """Middles of the detector's four sides and its principal point, RAS mm: left, right, top, bottom, point."""
    pixels = np.array([(0, (view.rows - 1) / 2), (view.columns - 1, (view.rows - 1) / 2)], dtype=float)
    pixels = np.vstack([pixels, [((view.columns - 1) / 2, 0), ((view.columns - 1) / 2, view.rows - 1)]])
    pixels = np.vstack([pixels, view.principal_point_px])
    ray, column_axis, row_axis = view.frame()
    offset = (pixels - view.principal_point_px) * np.array(view.pixel_spacing_mm)[::-1]
    return view.source_mm() + view.sid_mm * ray + offset[:, :1] * column_axis + offset[:, 1:] * row_axis


def draw_view(axes, view: ViewGeometry, plane: tuple[int, int], ends: tuple[int, int]) -> None:
    """Source, detector, central ray and the ray through the centre, in a plane of RAS axes."""
    colour = COLOURS[view.view]
    source, points = view.source_mm(), corners_mm(view)

    def draw(start, end, **style):
        axes.plot(*(np.array([start, end])[:, axis] for axis in plane), color=colour, **style)

    draw(points[ends[0]], points[ends[1]], linewidth=5, solid_capstyle="butt")
    draw(source, points[4], linestyle="--", linewidth=1)
    beyond = source * (1.0 - view.magnification)
    draw(source, beyond, linewidth=1.2)
    for end in ends:
        draw(source, points[end], linewidth=0.4)
    axes.plot(*source[list(plane)], "o", color=colour, markersize=9)
    axes.plot(*beyond[list(plane)], "x", color=colour, markersize=9, markeredgewidth=2)
    axes.annotate(f"source ({view.view})", source[list(plane)], xytext=(8, 8), textcoords="offset points")
    axes.annotate("marked pixel", beyond[list(plane)], xytext=(8, -14), textcoords="offset points", fontsize=8)


def draw_patient(axes, half, title: str, labels: tuple[str, str]) -> None:
    """Outline, reconstructed cube and centre."""
    turn = np.linspace(0, 2 * np.pi, 200)
    axes.fill(half[0] * np.cos(turn), half[1] * np.sin(turn) + (40 if half[1] < 200 else 0), color=MUTED, alpha=0.3)
    side = CUBE_MM / 2
    axes.plot([-side, side, side, -side, -side], [-side, -side, side, side, -side], color=INK, linewidth=1)
    axes.plot(0, 0, "+", color=INK, markersize=12, markeredgewidth=2)
    axes.annotate("centre", (0, 0), xytext=(6, 6), textcoords="offset points", fontsize=8)
    axes.set_title(title)
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
    axes.set_aspect("equal")
    axes.margins(x=0.25, y=0.08)


def main(path: Path) -> None:
    """Write the figure."""
    views = {
        name: ViewGeometry(name, PIXELS, PIXELS, (PITCH_MM, PITCH_MM), centre_px=centre)
        for name, centre in CENTRE_PX.items()
    }
    with picture(path, (13, 6.5)) as figure:
        top, side = figure.subplots(1, 2)
        figure.set_layout_engine("constrained")
        draw_patient(top, PATIENT["top"], "from above, through the centre", ("right  (mm)", "anterior  (mm)"))
        for view in views.values():
            draw_view(top, view, (0, 1), (0, 1))
        draw_patient(
            side, PATIENT["side"], "from the patient's right: the AP view", ("anterior  (mm)", "superior  (mm)")
        )
        draw_view(side, views["AP"], (1, 2), (2, 3))
        source, ray = views["AP"].source_mm(), views["AP"].frame()[0]
        for length, name, height in ((views["AP"].sod_mm, "SOD", -300.0), (views["AP"].sid_mm, "SID", -380.0)):
            ends = source[1], (source + length * ray)[1]
            side.annotate("", (ends[0], height), (ends[1], height), arrowprops={"arrowstyle": "<->", "color": INK})
            side.text(np.mean(ends), height + 12, f"{name} {length:g} mm", ha="center")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "geometry.png")
