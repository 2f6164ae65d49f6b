"""The main navigation: few groups, the current place marked, one menu on a phone, and only what a person may open."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect


def test_a_group_shows_its_pages_and_marks_where_one_is(page: Page) -> None:
    page.goto("/accounts")
    main = page.get_by_role("navigation", name="Main")
    expect(main.get_by_role("link")).to_have_text(["Records", "Documents", "Sync", "Open items", "Rules", "Settings"])
    main.get_by_role("link", name="Settings").click()
    expect(main.locator("[aria-current]")).to_have_text("Settings")
    page.get_by_role("navigation", name="Settings").get_by_role("link", name="Permissions").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Permissions")
    expect(page.get_by_role("navigation", name="Settings").locator("[aria-current=page]")).to_have_text("Permissions")


def test_content_begins_at_the_same_height_on_every_page(page: Page) -> None:
    tops = set()
    for path in ("/accounts", "/sync-runs", "/open-items", "/rules", "/services"):
        page.goto(path)
        tops.add(page.evaluate("document.querySelector('main').getBoundingClientRect().top"))
    assert len(tops) == 1


def test_a_phone_has_one_menu_that_moves_nothing(narrow: Page) -> None:
    narrow.goto("/rules")
    before = narrow.evaluate("document.querySelector('h1').getBoundingClientRect().top")
    menu = narrow.get_by_role("button", name="メニュー")
    menu.focus()
    narrow.keyboard.press("Enter")
    pages = narrow.get_by_role("navigation", name="すべてのページ")
    expect(pages.locator("[aria-current=page]")).to_have_text("ルール")
    assert narrow.evaluate("document.querySelector('h1').getBoundingClientRect().top") == before
    found = Axe().run(narrow, options={"resultTypes": ["violations"]}).response["violations"]
    assert [each["id"] for each in found if each["impact"] in {"serious", "critical"}] == []
    narrow.keyboard.press("Escape")
    expect(pages).to_be_hidden()
    expect(menu).to_be_focused()
    menu.click()
    pages.get_by_role("link", name="権限").click()
    expect(narrow.get_by_role("heading", level=1)).to_have_text("権限")


def test_the_menu_works_without_scripts(browser: Browser, base_url: str, signed_in: object) -> None:
    context = browser.new_context(
        base_url=base_url,
        viewport={"width": 390, "height": 844},
        locale="en",
        java_script_enabled=False,
        storage_state=signed_in,  # type: ignore[arg-type]  # what a browser keeps
    )
    page = context.new_page()
    page.goto("/accounts")
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Plugins").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Plugins")
    context.close()


def test_the_operations_of_the_api_are_narrowed_down_while_one_types(page: Page) -> None:
    page.goto("/reference")
    listed = page.locator("[data-words]:visible")
    assert listed.count() > 100
    page.get_by_role("searchbox").fill("pause RUN")
    expect(listed).to_have_count(1)
    page.get_by_role("searchbox").fill("xyzzy")
    expect(page.get_by_text("No operation has these words.")).to_be_visible()
    page.get_by_role("searchbox").fill("matrix cells")
    listed.get_by_role("link").click()
    expect(page.locator("section:target h2")).to_contain_text("/api/permissions/matrix")
