"""The data to post to an address: none, the fields of its forms, and each action of a list on hidden rows.

Marks in a form become words that are none: nobody who may not see them could have typed them.
"""

from bs4 import BeautifulSoup
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME

from bench.page_people import data_of
from tests.access.marks import blunt
from tests.access.query_strings import model_of

# For addresses without a page of their own: the fields of small forms.
SMALL_FORM = {
    "answer": "going", "guests": "1", "message": "I am coming", "name": "Somebody", "email": "somebody@example.org",
    "confirmed": "1", "reset": "1", "preview": "prose:body", "body": "Some *words*", "password": "wrong-password-1",
    "wants_letter": "on", "code": "AAAA-AAAA", "q": "zq1", "isbn": "9780000000002", "text": "Title\n\nSome words",
}  # fmt: skip


def bodies_for(world, address, page):
    """Return the bodies to post to an address; `page` is the response to GET of somebody who sees everything."""
    return [{}, SMALL_FORM, *forms_of(page), *actions_on(world, address.pattern)]


def forms_of(page):
    """Return the fields of the page's forms that post to the page itself, with their first button."""
    if page.streaming or "html" not in page.get("Content-Type", ""):
        return []
    forms = []
    for form in BeautifulSoup(page.content, "lxml").select("form[method=post]"):
        button = form.select_one("[type=submit][name], button[name]")
        data = data_of(form) | ({button["name"]: [button.get("value", "")]} if button else {})
        forms.append({name: [blunt(value) for value in values] for name, values in data.items()})
    return forms[:3]


def actions_on(world, pattern):
    """Return each action of an admin list, on one row of each audience."""
    if not pattern.name.endswith("_changelist"):
        return []
    model = model_of(pattern)
    keys = [row.pk for row in world.specimens(model)]
    actions = [
        "delete_selected",
        *(getattr(each, "__name__", each) for each in admin.site.get_model_admin(model).actions),
    ]
    return [{"action": name, ACTION_CHECKBOX_NAME: keys, "index": "0"} for name in actions]
