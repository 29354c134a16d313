"""Two pictures and what an alignment says of them."""

import copy

import numpy as np
import SimpleITK as sitk
from host import wait_for

BLOCKS = {"frontal": (50, 220), "lateral": (140, 90)}
"""(row, column) of what stands out, in the file's pixels."""

UPRIGHT = {"frontal": (220, 149), "lateral": (140, 90)}
"""The same in the upright pictures: the frontal file has 200 rows and is turned clockwise by 90 degrees."""

RESULT = {
    "event": "result",
    "swapped": False,
    "frontal": {
        "path": "frontal picture.png",
        "view": "PA",
        "reading": {"rotate": 90, "flip": None, "invert": True},
        "geometry": {"centre_px": [149.0, 220.0], "rotation_deg": 2.4, "sod_mm": 983.1},
    },
    "lateral": {
        "path": "lateral picture.png",
        "view": "RL",
        "reading": {"rotate": 0, "flip": None, "invert": None},
        "geometry": {"centre_px": [90.0, 140.0], "rotation_deg": 0.0},
    },
    "line_px": {"frontal": [[149.0, 20.0], [149.0, 260.0]], "lateral": [[90.0, 10.0], [90.0, 220.0]]},
    "same_height": {"frontal": [20.0, 100.0, 180.0, 260.0], "lateral": [10.0, 80.0, 150.0, 220.0]},
    "sure": True,
    "probability": 0.97,
    "shift_mm": 58.2,
    "shift_error_mm": 2.1,
    "magnification": 1.08,
    "magnification_error": 0.01,
    "turn_deg": {"frontal": 2.4, "lateral": 0.0},
    "scale": {"known": False, "uncertainty": 0.15, "sentence": "Sizes are relative: they may be off by 15 %."},
    "found": ["The first one is taken for frontal: ribs on both sides.", "It was turned by 90°: the head was left."],
    "doubts": [],
}


def pictures():
    """The files' pixels by side, uint8 (rows, columns)."""
    noise = np.random.default_rng(0)
    frontal, lateral = (noise.integers(90, 110, shape).astype(np.uint8) for shape in ((200, 300), (280, 180)))
    for pixels, side, value in ((frontal, "frontal", 0), (lateral, "lateral", 255)):
        row, column = BLOCKS[side]
        pixels[row - 2 : row + 3, column - 2 : column + 3] = value
    return {"frontal": frontal, "lateral": lateral}


def result(**changes):
    """What the worker says; `frontal` and `lateral` change single entries of their "geometry"."""
    made = copy.deepcopy(RESULT)
    for side in ("frontal", "lateral"):
        made[side]["geometry"].update(changes.pop(side, {}))
    return {**made, **changes}


def unsure(**changes):
    """The same of a pair that stays doubtful."""
    doubts = ["Is “frontal picture” really the frontal one?"]
    return result(sure=False, probability=0.41, doubts=doubts, **changes)


def swapped():
    """The same pictures, with the one that is chosen as frontal taken for the lateral one."""
    made = result(swapped=True)
    first, second = made["frontal"], made["lateral"]
    made["frontal"], made["lateral"] = {**second, "view": "AP"}, {**first, "view": "LL"}
    made["same_height"] = {
        "frontal": made["same_height"]["lateral"],
        "lateral": made["same_height"]["frontal"],
    }
    return made


def align(window):
    """Press the button and wait until the job is over."""
    window.ui.alignButton.click()
    wait_for(lambda: not window.widget.logic.busy)


def shown(window):
    """What the box says, or None where there is none."""
    return None if window.ui.alignmentFrame.isHidden() else window.ui.alignmentLabel.text


def buttons(window):
    """Names of the buttons in the box."""
    named = {"accept": window.ui.acceptAlignmentButton, "change": window.ui.changeAlignmentButton}
    named["undo"] = window.ui.undoAlignmentButton
    return {name for name, button in named.items() if not button.isHidden()}


def parameters(window):
    """All parameters of the panel by name."""
    node = window.parameters
    return {name: node.getValue(name) for name in node.allParameters}


def other_picture(folder, name="other picture", step=-1):
    """A third radiograph, which is as large as the frontal one; `step` along its columns tells it from a fourth one."""
    path = str(folder / f"{name}.png")
    sitk.WriteImage(sitk.GetImageFromArray(pictures()["frontal"][::-1, ::step].copy()), path)
    return path
