"""Django's autocomplete, used as people use it."""


def choose_option(page, container, text):
    """Type into the autocomplete inside `container`, a CSS selector, and take the first match."""
    page.locator(f"{container} .select2-selection").click()
    page.keyboard.type(text)
    page.locator(".select2-results__option--highlighted", has_text=text).wait_for()
    page.keyboard.press("Enter")
