"""The permissions of each role for every model, as decided; a new model must be added here."""

from django.apps import apps
from django.contrib.auth.models import Group, Permission

from bookclub.roles import ALL, AUTHOR, ORGANISER

NOBODY = {ORGANISER: (), AUTHOR: ()}
ORGANISERS = {ORGANISER: ALL, AUTHOR: ()}
BOTH = {ORGANISER: ALL, AUTHOR: ALL}

MAY = {
    "bookclub.club": {ORGANISER: (*ALL, "view_drafts", "publish"), AUTHOR: ()},
    "bookclub.communitylink": ORGANISERS,
    "bookclub.redirect": NOBODY,  # written by the site itself
    "bookclub.outgoingmail": {ORGANISER: ("view", "change"), AUTHOR: ()},
    "bookclub.worker": {ORGANISER: ("view",), AUTHOR: ()},
    "bookclub.sendingpause": {ORGANISER: ("view", "delete"), AUTHOR: ()},
    "members.member": ORGANISERS,
    "members.author": ORGANISERS,
    "books.book": {ORGANISER: ALL, AUTHOR: ("view", "add", "change")},
    "books.contributor": {ORGANISER: ALL, AUTHOR: ("view", "add")},
    "books.contribution": BOTH,
    "books.note": BOTH,
    "books.term": BOTH,
    "books.question": BOTH,
    "books.quote": BOTH,
    "books.reading": BOTH,
    "meetups.venue": ORGANISERS,
    "meetups.meetup": {ORGANISER: ALL, AUTHOR: ("view",)},
    "meetups.rsvp": ORGANISERS,
    "newsletter.subscriber": ORGANISERS,
    "newsletter.issue": {ORGANISER: (*ALL, "send_issue"), AUTHOR: ()},
    "newsletter.delivery": {ORGANISER: ("view", "change"), AUTHOR: ()},
    "meetups.writeup": BOTH,
    "meetups.sessionnote": BOTH,
    "meetups.photo": BOTH,
}


def codenames(label, actions):
    """Return full permission names: “books.add_quote” for "add"; any other action is a codename already."""
    app, model = label.split(".")
    return {f"{app}.{action}_{model}" if action in ALL else f"{app}.{action}" for action in actions}


def make_again(sender, using, **_):
    """Create missing groups with the permissions above; called after each flush of the test database.

    Called for each app: only after the last one do all permissions exist.
    """
    if sender is not [app for app in apps.get_app_configs() if app.models_module][-1]:
        return
    rows = Permission.objects.using(using).values_list("content_type__app_label", "codename", "pk")
    keys = {f"{app}.{codename}": key for app, codename, key in rows}
    for role in (ORGANISER, AUTHOR):
        group, is_new = Group.objects.using(using).get_or_create(name=role)
        if is_new:
            group.permissions.set(keys[name] for name in permissions_of(role))


def permissions_of(role):
    """Return the permissions of a role, named as for `has_perm`."""
    return {name for label, roles in MAY.items() for name in codenames(label, roles[role])}
