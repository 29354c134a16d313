"""The page of `diff2ct view` in a browser: what is drawn where, and what follows what."""

import io
import re

import numpy as np
import pytest
from page_case import BALL_HU, BALL_RAS_MM, seen_at
from PIL import Image

EXTENT_MM = 256.0


def picture(page, selector):
    """Grey values (rows, columns) of an element as it is on the screen."""
    shot = Image.open(io.BytesIO(page.locator(selector).screenshot())).convert("L")
    return np.asarray(shot, dtype=float)


def plane(page, volume, number):
    """Grey values of the axial (0), sagittal (1) or coronal (2) plane of a volume."""
    whole = picture(page, f"#{volume} .planes")
    width = whole.shape[1]
    return whole[:, int(width * number / 3) + 8 : int(width * (number + 1) / 3) - 8]


def point_of(page, volume, number, fraction):
    """Where on the screen a part (across, down) of a plane is."""
    box = page.locator(f"#{volume} .tile").nth(number).bounding_box()
    return box["x"] + fraction[0] * box["width"], box["y"] + fraction[1] * box["height"]


def cursor(page, centre):
    """RAS mm about the volume's centre, as the page writes it."""
    text = page.locator("#place").text_content()
    found = re.search(r"([LR]) ([\d.]+)\s+([PA]) ([\d.]+)\s+([FH]) ([\d.]+) mm", text).groups()
    signs = [1.0 if letter in "RAH" else -1.0 for letter in found[::2]]
    return np.array([sign * float(value) for sign, value in zip(signs, found[1::2], strict=True)]) - centre


def fractions_of_ball():
    """Across and down in the axial, sagittal and coronal plane: R, A and H are at the left, left or top."""
    right, front, head = (0.5 - value / EXTENT_MM for value in BALL_RAS_MM)
    return [(right, front), (front, head), (right, head)]


def go_to_ball(page):
    axial, sagittal, _coronal = fractions_of_ball()
    page.mouse.click(*point_of(page, "reconstruction", 0, axial))
    page.mouse.click(*point_of(page, "reconstruction", 1, sagittal))


def mark(page, side):
    found = page.locator(f"#{side} .mark")
    return float(found.get_attribute("data-column")), float(found.get_attribute("data-row"))


def test_it_opens_without_network_and_errors_and_draws_both_volumes(page):
    assert all(url.startswith(("file:", "data:", "blob:")) for url in page.asked)
    assert page.told == []
    for volume in ("reconstruction", "truth"):
        for number in range(3):
            values = plane(page, volume, number)
            assert values.std() > 15.0
            assert len(np.unique(values)) > 20
    assert "Research use only, not for clinical decisions." in page.locator("header").inner_text()


def test_a_click_finds_the_ball_in_all_planes_and_radiographs(page, case):
    _folder, report = case
    centre = np.array(report["outputs"]["centre_ras_mm"])
    assert f"{BALL_HU} HU" not in page.locator("#place").text_content()
    go_to_ball(page)
    assert cursor(page, centre) == pytest.approx(BALL_RAS_MM, abs=1.5)
    assert page.locator("#place").text_content().count(f": {BALL_HU} HU") == 2
    # The other volume shows the ball where it lies; the cursor's gap is in its middle.
    for number, (across, down) in enumerate(fractions_of_ball()):
        x, y = point_of(page, "truth", number, (across, down))
        shot = Image.open(io.BytesIO(page.screenshot(clip={"x": x - 4, "y": y - 4, "width": 8, "height": 8})))
        assert np.asarray(shot.convert("L")).mean() > 200.0
    for side, view in zip(("frontal", "lateral"), report["geometry"].values(), strict=True):
        assert mark(page, side) == pytest.approx(seen_at(view, cursor(page, centre)), abs=2.0)


def test_the_wheel_scrolls_both_volumes(page, case):
    centre = np.array(case[1]["outputs"]["centre_ras_mm"])
    before = plane(page, "truth", 2), cursor(page, centre)
    page.mouse.move(*point_of(page, "reconstruction", 2, (0.4, 0.4)))
    for _ in range(5):
        page.mouse.wheel(0, 120)
    page.wait_for_timeout(100)
    moved = np.abs(cursor(page, centre) - before[1])
    assert moved == pytest.approx((0.0, 40.0, 0.0), abs=8.1)
    assert moved[1] > 20.0
    assert np.abs(plane(page, "truth", 2) - before[0]).max() > 50.0


def test_clicks_in_both_radiographs_give_the_place_where_their_rays_meet(page, case):
    _folder, report = case
    centre = np.array(report["outputs"]["centre_ras_mm"])
    distances = []
    for side, view in zip(("frontal", "lateral"), report["geometry"].values(), strict=True):
        box = page.locator(f"#{side} svg").bounding_box()
        column, row = seen_at(view, BALL_RAS_MM)
        across, down = (column + 0.5) / view["columns"], (row + 0.5) / view["rows"]
        page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])
        distances.append(np.linalg.norm(cursor(page, centre) - BALL_RAS_MM))
        # After each click the mark lies where the click was.
        assert mark(page, side) == pytest.approx((column, row), abs=2.0)
    assert distances[1] < 1.5 < distances[0]


def test_a_right_drag_changes_the_window_of_both_volumes(page):
    assert page.locator("#window").text_content() == "Window 1000, level 250 HU"
    before = [plane(page, volume, 0).mean() for volume in ("reconstruction", "truth")]
    x, y = point_of(page, "truth", 0, (0.4, 0.4))
    page.mouse.move(x, y)
    page.mouse.down(button="right")
    page.mouse.move(x + 40, y + 60, steps=6)
    page.mouse.up(button="right")
    # Two HU a pixel; down is a lower level, so the tissue becomes brighter.
    assert page.locator("#window").text_content() == "Window 1080, level 130 HU"
    after = [plane(page, volume, 0).mean() for volume in ("reconstruction", "truth")]
    assert all(now > then + 3.0 for now, then in zip(after, before, strict=True))
    page.get_by_role("button", name="Lung").click()
    assert page.locator("#window").text_content() == "Window 1500, level -600 HU"


def test_the_slider_fades_from_radiograph_to_reprojection(page):
    measured = picture(page, "#frontal .view")
    page.locator("#fade").fill("100")
    reprojected = picture(page, "#frontal .view")
    page.locator("#fade").fill("50")
    halfway = picture(page, "#frontal .view")
    assert np.abs(reprojected - measured).mean() > 5.0
    inner = np.s_[30:-30, 40:-40]
    assert halfway[inner] == pytest.approx((measured + reprojected)[inner] / 2.0, abs=4.0)


def test_the_printed_page_shows_the_middle_planes_without_the_viewer(page):
    page.emulate_media(media="print")
    assert not page.locator("canvas").first.is_visible()
    assert plane(page, "reconstruction", 0).std() > 15.0
    # Radiograph and re-projection lie beside each other, whatever the slider says.
    boxes = [image.bounding_box() for image in page.locator("#lateral img").all()]
    assert boxes[1]["x"] >= boxes[0]["x"] + boxes[0]["width"]
    assert picture(page, "#lateral .reprojection").std() > 5.0
    page.emulate_media(media="screen")


def test_a_browser_without_3d_graphics_says_so_and_shows_the_middle_planes(launch, case):
    page = launch("--disable-3d-apis").new_page()
    page.goto((case[0] / "ct.html").as_uri())
    page.wait_for_selector("body[data-ready=true]")
    assert "This browser draws no 3D graphics (WebGL2)" in page.locator("#trouble").inner_text()
    assert not page.locator("#tools").is_visible()
    assert plane(page, "reconstruction", 0).std() > 15.0


def test_a_viewer_that_fails_says_so_and_leaves_the_middle_planes(browser, case):
    context = browser.new_context()
    context.add_init_script("WebGL2RenderingContext.prototype.createShader = () => { throw Error('out of memory') }")
    page = context.new_page()
    page.goto((case[0] / "ct.html").as_uri())
    page.wait_for_selector("body[data-ready=true]")
    assert "The viewer could not start (out of memory)" in page.locator("#trouble").inner_text()
    assert not page.locator("canvas").first.is_visible()
    assert plane(page, "reconstruction", 0).std() > 15.0


def test_a_browser_without_javascript_says_so(browser, case):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((case[0] / "ct.html").as_uri())
    assert "This page needs JavaScript" in page.locator("noscript").inner_text()
    assert plane(page, "truth", 0).std() > 15.0


def test_texts_of_the_report_are_escaped(page):
    assert page.locator(".warnings").inner_text() == "A <b>warning</b> & more."
    assert "small" in page.locator(".facts").inner_text()
