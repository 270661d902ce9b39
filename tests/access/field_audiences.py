"""The audience of each text field of each model: one word, which a new field needs, too.

The words say for whom: those who may see the row (ROW), its owner and organisers (OWNER), its owner alone (ALONE),
those whom a private venue lets in (GUEST), organisers (ORGANISER), nobody (HIDDEN). FIXED fields hold no free text.
Of what is not stored as typed, HTML has the marks of its source, and versions of rows are for owner and organisers.
"""

from enum import Enum

from django.apps import apps
from django.db import models

from bookclub.core.markdown_fields import RenderedHTMLField


class Audience(Enum):
    ROW, OWNER, ALONE, GUEST, ORGANISER, HIDDEN, FIXED = range(7)


ROW, OWNER, ALONE, GUEST = Audience.ROW, Audience.OWNER, Audience.ALONE, Audience.GUEST
ORGANISER, HIDDEN, FIXED = Audience.ORGANISER, Audience.HIDDEN, Audience.FIXED

PUBLISHABLE = {FIXED: "audience"}
FIELDS = {
    "bookclub.Club": {
        ROW: "name tagline usually_meets about motto newsletter_promise contact_email",
        FIXED: "accent typeface first_host time_zone names_visible_to joining guest_list_visible_to",
    },
    "bookclub.CommunityLink": {ROW: "label url about"},
    "bookclub.Redirect": {HIDDEN: "path", FIXED: "target_model"},
    "bookclub.MailRequest": {HIDDEN: "address_hash network_hash", FIXED: "kind"},
    "bookclub.OutgoingMail": {
        OWNER: "to subject text calendar",
        ORGANISER: "error key html headers message_id worker",
        FIXED: "state retention kind",
    },
    "bookclub.Worker": {ORGANISER: "name host problem"},
    "bookclub.ShareCard": {FIXED: "kind digest"},
    "bookclub.SendingPause": {ORGANISER: "detail", FIXED: "reason"},
    # Repeats words of other rows, which the search page shows to those who may see these rows.
    "bookclub.SearchEntry": {FIXED: "kind path title text source title_stems text_stems words vector"},
    "bookclub.SearchMark": {FIXED: "kind"},
    "bookclub.SearchWord": {FIXED: "word"},
    "members.Member": {OWNER: "email name", HIDDEN: "password", ALONE: "calendar_token"},
    "members.MergedMember": {ALONE: "calendar_token"},
    "members.SignIn": {ALONE: "browser", HIDDEN: "session_key"},
    "members.Author": {ROW: "name slug job_title bio website", OWNER: "email phone"},
    "books.Book": {ROW: "title subtitle slug kind verdict publisher cover_alt", FIXED: "audience isbn"},
    "books.Contributor": {ROW: "name"},
    "books.Contribution": {FIXED: "role"},
    "books.Note": {ROW: "heading body"} | PUBLISHABLE,
    "books.Term": {ROW: "heading headword definition source emphasis_note"} | PUBLISHABLE,
    "books.Question": {ROW: "text lead_word source"} | PUBLISHABLE,
    "books.Quote": {ROW: "text locator written_by"} | PUBLISHABLE,
    "books.Reading": {ROW: "title by url why"} | PUBLISHABLE,
    "meetups.Venue": {ROW: "area", GUEST: "name address getting_in website", FIXED: "time_zone"},
    "meetups.Meetup": {
        ROW: "standfirst about cost cancellation_reason slug",
        GUEST: "room",
        FIXED: "audience time_zone",
    },
    "meetups.GuestMessage": {ORGANISER: "subject text", FIXED: "whom"},
    "meetups.MeetupChange": {HIDDEN: "room", FIXED: "time_zone"},
    "meetups.WriteUp": {ROW: "title slug standfirst body pull_quote", HIDDEN: "sample_fingerprint", FIXED: "audience"},
    "meetups.SessionNote": {ROW: "text", OWNER: "name"},
    "meetups.Paste": {
        OWNER: "title text html details reports corrections outcome",
        FIXED: "destination digest",
    },
    "meetups.Photo": {ROW: "alt caption credit"},
    "meetups.PreviewLink": {OWNER: "token", FIXED: "digest"},
    "meetups.RSVP": {OWNER: "message removal_reason", FIXED: "answer"},
    "newsletter.Subscriber": {
        OWNER: "email name consent_text asked_on_page new_request confirmed_by left_by diagnostic",
        ALONE: "token confirm_token",
        FIXED: "suppression_reason",
    },
    "newsletter.MergedSubscriber": {ALONE: "token confirm_token"},
    "newsletter.Refusal": {HIDDEN: "key"},
    "newsletter.ProviderReport": {HIDDEN: "key"},
    "newsletter.SubscriberImport": {ALONE: "consent examples problem columns", FIXED: "state counts answers"},
    "newsletter.Issue": {
        ROW: "subject frozen_subject frozen_body",
        ORGANISER: "introduction closing frozen_text frozen_html pause_reason",
        HIDDEN: "secret",
        FIXED: "audience topic",
    },
    "newsletter.Delivery": {ORGANISER: "worker error", FIXED: "state"},
    "account.EmailAddress": {OWNER: "email"},
    "account.EmailConfirmation": {HIDDEN: "key"},
    "mfa.Authenticator": {ALONE: "data", FIXED: "type"},
    "admin.LogEntry": {OWNER: "object_repr change_message", FIXED: "object_id"},
    "auth.Permission": {FIXED: "name codename"},
    "auth.Group": {ORGANISER: "name"},
    "contenttypes.ContentType": {FIXED: "app_label model"},
    "sessions.Session": {HIDDEN: "session_data", FIXED: "session_key"},
}
HISTORY_FIXED = {"history_type", "history_change_reason", "audience", "role", "isbn", "topic"}


def text_fields(model):
    """Return the stored fields that can hold free text; rendered HTML repeats another field."""
    kinds = (models.CharField, models.TextField, models.JSONField)
    return [
        field for field in model._meta.fields if isinstance(field, kinds) and not isinstance(field, RenderedHTMLField)
    ]


def is_version(model):
    return hasattr(model, "instance_type")


def audience_of(model, name):
    """Return the Audience of a field. Raises KeyError for one that is not declared."""
    if is_version(model):
        return FIXED if name in HISTORY_FIXED else OWNER
    declared = FIELDS[model._meta.label]
    return {name: audience for audience, names in declared.items() for name in names.split()}[name]


def all_models():
    """Return the models with a table of their own; those of many-to-many fields hold no text."""
    return apps.get_models()
