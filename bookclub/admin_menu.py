"""The menu on every page of the admin: the lists that a user may open, in groups."""

GROUPS = {
    "Write-ups": ["WriteUp", "Photo"],
    "Meetups": ["Meetup", "Venue"],
    "Books": ["Book", "Quote", "Question", "Note", "Term", "Reading", "Contributor"],
    "People": ["Member", "Author"],
    "Newsletter": ["Issue", "Subscriber", "Delivery"],
    "Settings": ["Club", "OutgoingMail"],
}
OTHERS = "For the operator"  # the models of libraries, which only superusers may open


def build_menu(app_list, current_path):
    """Return [(heading, links)] from the `app_list` of Django's admin, which holds only what the user may open."""
    models = {model["object_name"]: model for app in app_list for model in app["models"] if model["admin_url"]}
    groups = {heading: [models.pop(name) for name in names if name in models] for heading, names in GROUPS.items()}
    groups[OTHERS] = list(models.values())
    return [
        (heading, [build_link(model, current_path) for model in found]) for heading, found in groups.items() if found
    ]


def build_link(model, current_path):
    url = model["admin_url"]
    current = "page" if current_path == url else "true" if current_path.startswith(url) else ""
    return {"label": model["name"], "url": url, "current": current}
