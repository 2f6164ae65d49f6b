"""Pages as they are looked at: TSUNAGI_PICTURES names a folder for pictures, and without it none is kept."""

import os
import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

PICTURES = os.environ.get("TSUNAGI_PICTURES", "")


def keep(page: Page, name: str) -> None:
    """A picture of the whole page, named with its width, language and colours."""
    if PICTURES:
        language = page.evaluate("document.documentElement.lang")
        width = page.viewport_size["width"] if page.viewport_size else 0
        scheme = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'")
        plain = re.sub(r"\W+", "-", name).strip("-")
        page.screenshot(path=f"{PICTURES}/{plain}-{width}-{language}-{scheme}.png", full_page=True)


def examine(page: Page) -> None:
    """Nothing spills over the side, and axe finds nothing serious."""
    # A table may scroll in its own box; the page itself must not.
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    serious = [
        (each["id"], each["nodes"][0]["html"][:200]) for each in found if each["impact"] in {"serious", "critical"}
    ]
    assert not serious, serious
