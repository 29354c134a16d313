"""A picture of the demonstration's page in a browser: python Testing/viewer/page_picture.py PNG"""

import sys
import tempfile
from pathlib import Path

import browser
from PIL import Image
from playwright.sync_api import sync_playwright

from Diff2CTCore.commands.demonstration import PAGE, run_demo
from Diff2CTCore.reconstruction import Settings, in_palette

GREYS = 80
"""Of the picture, whose only colours are those of all pictures; half of the bytes so."""


def main(path):
    """Reconstruct the bundled pair, open its page, put the cursor into a vertebra and fade half of the way."""
    if browser.program() is None:
        sys.exit("Chromium or Chrome is missing; install one of them for the picture of the page.")
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        run_demo(Path(made), Settings())
        started = playwright.chromium.launch(executable_path=browser.program(), args=browser.FLAGS)
        page = browser.open_page(started.new_context(viewport=browser.VIEWPORT, offline=True), Path(made) / PAGE)
        sagittal = page.locator("#reconstruction .tile").nth(1).bounding_box()
        page.mouse.click(sagittal["x"] + 0.5 * sagittal["width"], sagittal["y"] + 0.66 * sagittal["height"])
        page.locator("#fade").fill("50")
        page.screenshot(path=path)
        started.close()
    with Image.open(path) as shot:
        small = in_palette(shot.convert("RGB"), GREYS)
    small.save(path, optimize=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
