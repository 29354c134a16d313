"""The system's own Chromium, which draws without a graphics card."""

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]
VIEWPORT = {"width": 1400, "height": 900}


def program() -> str | None:
    """Path of Chromium or Chrome; None where neither is installed."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def open_page(context, path):
    """A page from its file, as soon as it has drawn itself."""
    page = context.new_page()
    page.told, page.asked = [], []
    page.on("console", lambda message: page.told.append(message.text))
    page.on("pageerror", lambda error: page.told.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_selector("body[data-ready=true]", timeout=60_000)
    return page
