"""A real browser for tests: one Chromium a session, pages that may load nothing but the file they show."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Dialog, Page, Route, sync_playwright

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Watched:
    """A page, and whatever went wrong in it."""

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)


def executable() -> str:
    """Where Chromium is: the environment's CHROMIUM, else one of the names that it is installed by."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.fail(
            f"no Chromium: none of {', '.join(_NAMES)} is on the path, and CHROMIUM names none; install it, like "
            "`apt-get install chromium`, or `playwright install --with-deps chromium` and set CHROMIUM to its path"
        )
    return found


@contextmanager
def launched() -> Iterator[Browser]:
    """Start the browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(_ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: Browser, file: Path, fragment: str = "", *, ready: str = "html[data-ready]", **options: Any
) -> Iterator[Watched]:
    """Open a file and wait for its script; every other request is stopped and remembered, like every error."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 1000}, **options})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    watched = Watched(page)
    address = file.resolve().as_uri()

    def decide(route: Route) -> None:
        if route.request.url.split("#", maxsplit=1)[0] == address:
            route.continue_()
        else:
            watched.requests.append(route.request.url)
            route.abort()

    def dismiss(dialog: Dialog) -> None:
        watched.dialogs.append(dialog.message)
        dialog.dismiss()

    page.route("**/*", decide)
    page.on("console", lambda message: watched.errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: watched.errors.append(str(error)))
    page.on("dialog", dismiss)
    page.goto(address + fragment)
    page.wait_for_selector(ready)
    yield watched
    context.close()
