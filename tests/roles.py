"""Who may do what: every model of ours, and what its permissions are for. A new one is decided here."""

from django.apps import apps
from django.contrib.auth.models import Group, Permission

from bookclub.roles import ALL, AUTHOR, ORGANISER

NOBODY = {ORGANISER: (), AUTHOR: ()}
ORGANISERS = {ORGANISER: ALL, AUTHOR: ()}
BOTH = {ORGANISER: ALL, AUTHOR: ALL}

MAY = {
    "bookclub.club": {ORGANISER: (*ALL, "view_drafts", "publish"), AUTHOR: ()},
    "bookclub.communitylink": ORGANISERS,
    "bookclub.oldaddress": NOBODY,  # kept by the site itself
    "bookclub.outgoingmail": {ORGANISER: ("view", "change"), AUTHOR: ()},
    "bookclub.worker": {ORGANISER: ("view",), AUTHOR: ()},
    "bookclub.fence": {ORGANISER: ("view", "delete"), AUTHOR: ()},
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
    """“books.add_quote” for "add"; what is no common action is a codename already."""
    app, model = label.split(".")
    return {f"{app}.{action}_{model}" if action in ALL else f"{app}.{action}" for action in actions}


def make_again(sender, using, **_):
    """The groups where they are missing, as decided above; called after each flush of the test database.

    It is called for each app; by the last, all permissions are there.
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
    """As `has_perm` names them."""
    return {name for label, roles in MAY.items() for name in codenames(label, roles[role])}
