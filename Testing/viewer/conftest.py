"""The system's own Chromium, without a network, and the page of one reconstruction in it."""

import os

import browser as chromium
import pytest
from page_case import make_case
from sample_pair import AP, LATERAL

from Diff2CTCore.__main__ import main


def missing(what):
    """Where the tests run for everybody, nothing may be left out."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing", pytrace=False)
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def launch():
    """Start the browser with more flags; all that were started end with the tests."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        missing("the package playwright")
    program = chromium.program()
    if program is None:
        missing("Chromium or Chrome")
    with sync_playwright() as playwright:
        started = []

        def start(*flags):
            started.append(playwright.chromium.launch(executable_path=program, args=[*chromium.FLAGS, *flags]))
            return started[-1]

        yield start
        for browser in started:
            browser.close()


@pytest.fixture(scope="session")
def browser(launch):
    return launch()


@pytest.fixture(scope="session")
def case(tmp_path_factory):
    """Folder, report, and the page with everything."""
    folder = tmp_path_factory.mktemp("page")
    report = make_case(folder)
    command = ["view", folder / "ct.nrrd", "--truth", folder / "truth.nrrd", "--radiographs", AP, LATERAL]
    assert main([str(item) for item in command]) == 0
    return folder, report


@pytest.fixture(scope="session")
def opened(browser, case):
    """The page, opened once from its file with the network refused; it keeps what was `told` and `asked` for."""
    folder, _report = case
    context = browser.new_context(viewport=chromium.VIEWPORT, offline=True)
    return chromium.open_page(context, folder / "ct.html")


@pytest.fixture
def page(opened):
    """The page as it is when it opens."""
    opened.evaluate("clicked = null; setWindow(data.windows[0]); moveCursor(data.centre)")
    opened.locator("#fade").fill("0")
    return opened
