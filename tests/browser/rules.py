"""The rules of accessibility: WCAG 2.2 A and AA and axe's own best practice."""

from axe_playwright_python.sync_playwright import Axe

# What axe would load again before it looks, for rules about sound and about turned screens: we have neither.
NOTHING_MORE = {"resultTypes": ["violations"], "preload": False}
RULES = NOTHING_MORE | {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
# What a colour scheme can change; the others look at the document, which is the same in both.
COLOURS = NOTHING_MORE | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


def violations(page, rules=RULES):
    """`rule: element` for each place where one is broken."""
    if page.evaluate("!window.axe"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate("async (rules) => (await axe.run(rules)).violations", rules)
    return [f"{rule['id']}: {node['target']}" for rule in found for node in rule["nodes"]]
