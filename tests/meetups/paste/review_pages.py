"""What an organiser does on the pages of a paste: paste a document, read the review, press its buttons."""

from django.urls import reverse

from tests.pages import soup_of

PASTE = "admin:meetups_writeup_paste"
DOCUMENT = """A Night at Sea

POSTED BY Anna Lee
11 October 2018

Eight of us met last night at the George in Southwark.

It was *not* what we expected.

The Night Ferry

By Jo Doe

Questions

- Was it so?
- “It was.” – Discuss

Quotes from the book

“The sea keeps its letters” (p. 12)

Notes on the session:

1. Nobody slept
2. Tides matter – Nick
"""


def form_fields(page):
    """Return the fields that a browser would send of the review, unchanged, and its address as `action`."""
    sent = {"action": page.select_one("form.review")["action"]}
    for field in page.select("form.review [name]:not(button)"):
        if field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            sent[field["name"]] = chosen["value"]
        elif field.name == "textarea":
            sent[field["name"]] = field.text.removeprefix("\n")
        elif field.get("type") != "checkbox":
            sent[field["name"]] = field.get("value", "")
        elif field.has_attr("checked"):
            sent[field["name"]] = "on"
    return sent


def paste(client, text="", name=PASTE, *keys, **more):
    return client.post(reverse(name, args=keys), {"text": text, "html": ""} | more, follow=True)


def send(client, sent, press="save", value="1"):
    """Press a button of the review. Follow the redirect to the review, but not the one to what was saved."""
    return client.post(sent["action"], sent | {press: value}, follow=press != "save")


def number_of(page, words):
    """Return the number of the piece whose text contains `words`."""
    field = next(field for field in page.select(".piece textarea") if words in field.text)
    return field["name"].removeprefix("text-")


def messages(response):
    return [each.get_text(" ", strip=True) for each in soup_of(response).select(".messagelist li")]


def error_note(response):
    assert response.status_code == 200
    return soup_of(response).select_one(".errornote").get_text(" ", strip=True)
