"""Pictures of pages, kept to be looked at: TSUNAGI_PICTURES names the folder, and without it nothing is kept."""

import os
import re

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
