"""Take the README's pictures of a report: `python tests/unit/screenshots.py docs/sample docs/pictures`."""

import sys
from pathlib import Path
from typing import Any

from chromium import launched, opened
from playwright.sync_api import Browser

WIDE: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
NARROW: dict[str, Any] = {"viewport": {"width": 400, "height": 860}}


def take(browser: Browser, report: Path, pictures: Path) -> None:
    """Photograph the overview, the page of the first failing case, and both in the dark and on a narrow screen."""
    page = report / "index.html"
    for name, options in (
        ("report", WIDE),
        ("report-dark", {**WIDE, "color_scheme": "dark"}),
        ("report-narrow", NARROW),
    ):
        with opened(browser, page, **options) as watched:
            watched.page.screenshot(path=pictures / f"{name}.png")
    with opened(browser, page, **WIDE) as watched:
        watched.page.locator("article.card a.case").first.click()
        watched.page.locator("svg.conv-picture").first.wait_for()
        watched.page.screenshot(path=pictures / "case.png", full_page=True)


if __name__ == "__main__":
    with launched() as started:
        take(started, Path(sys.argv[1]), Path(sys.argv[2]))
