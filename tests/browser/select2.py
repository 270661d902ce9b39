"""Django's autocomplete, used as people use it."""

from playwright.sync_api import expect


def choose_option(page, container, text):
    """Type into the autocomplete inside `container`, a CSS selector, and take the first match."""
    selection = page.locator(f"{container} .select2-selection")
    selection.click()
    # The list shows other rows until the answer to the whole text is there: Enter would take one of them, or none.
    with page.expect_response(lambda response: f"term={text}&" in f"{response.url}&"):
        page.locator(".select2-container--open .select2-search__field").press_sequentially(text)
    page.locator(".select2-results__option--highlighted", has_text=text).wait_for()
    page.keyboard.press("Enter")
    expect(selection).to_contain_text(text)
