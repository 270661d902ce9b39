"""axe on the open page, by the rules of WCAG 2.2 A and AA and axe's own best practice."""

from axe_playwright_python.sync_playwright import Axe

# "preload" would load media and style sheets again, for rules about sound and screen orientation: we have neither.
OPTIONS = {"resultTypes": ["violations"], "preload": False}
RULES = OPTIONS | {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
# The rules whose result depends on the colour scheme.
COLOUR_RULES = OPTIONS | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
# A colour in transition would be measured between its two values. What is driven by scrolling never finishes.
FINISH_TRANSITIONS = """Promise.allSettled(
    document.getAnimations()
        .filter((animation) => animation.timeline === document.timeline)
        .map((animation) => animation.finished)
)"""


def find_violations(page, rules=RULES, *, include="html", exclude=()):
    """Return `rule: element` for each broken rule; `include` and `exclude` are CSS selectors."""
    if page.evaluate("!window.axe"):
        page.evaluate(Axe().axe_script)
    page.evaluate(f"{FINISH_TRANSITIONS}.then(() => null)")
    context = {"include": [[include]], "exclude": [[selector] for selector in exclude]} if include != "html" else None
    found = page.evaluate(
        "async ([context, rules]) => (await axe.run(context ?? document, rules)).violations", [context, rules]
    )
    return [f"{rule['id']}: {node['target']}" for rule in found for node in rule["nodes"]]


def find_violations_in_both_schemes(page, **options):
    """Check all rules in the light scheme, and those about colours in the dark one; `options` as `find_violations`."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    in_light = find_violations(page, **options)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    return in_light + find_violations(page, COLOUR_RULES, **options)


def find_admin_violations(page, exclude=()):
    """Check what is ours on a page of the admin: the frame around it is Django's."""
    return find_violations(page, include="#content", exclude=exclude)
