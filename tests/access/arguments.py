"""The arguments of each URL pattern: rows of one's own and of others, drafts, deleted ones, and ones that never were."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType

from bookclub.core.models import Club
from bookclub.core.theme import build_theme
from bookclub.share_cards.registry import get_card_kinds
from books.models import ITEMS, Book
from meetups.models import RSVP, GuestMessage, Meetup, Paste, PreviewLink, WriteUp
from members.messages import make_token
from members.models import Author, Member, MergedMember, SignIn
from newsletter.models import Issue, MergedSubscriber, Subscriber, SubscriberImport
from newsletter.rendering import TOKEN_PLACEHOLDER
from tests.access.roles import MEMBER

MISSING = 987_654
NO_TOKEN = "-" * 43
# The model of <int:pk> in the extra pages of the admin.
MODELS_OF_PAGES = {
    Meetup: "guest_list add_member cancel reinstate attendance add_attendee write_to_guests guests_csv",
    WriteUp: "ready not_ready proof paste_more paste_notes preview_link revoke_preview_link preview_body add_photos upload_photo",
    Issue: "review mail_html send_test send unschedule pause cancel settle_unknown retry_failed site_audience",
    Subscriber: "clear_suppression unsubscribe resubscribe",
}
BY_ROW = {
    f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}": model
    for model, pages in MODELS_OF_PAGES.items()
    for page in pages.split()
} | {
    "admin:meetups_writeup_paste_quotes": Book,
    "admin:meetups_writeup_paste_questions": Book,
    "admin:meetups_writeup_paste_review": Paste,
    "admin:meetups_writeup_discard_paste": Paste,
    "admin:newsletter_issue_draft_from_writeup": WriteUp,
    "admin:newsletter_issue_draft_from_meetup": Meetup,
    "admin:newsletter_subscriber_import_progress": SubscriberImport,
    "books:quote": apps.get_model("books.Quote"),
    "mfa_edit_webauthn": Authenticator,
    "mfa_remove_webauthn": Authenticator,
    "members:end_sign_in": SignIn,
} | {
    f"admin:books_{item}_{way}": apps.get_model(f"books.{item}")
    for item in ("note", "term", "question", "quote", "reading")
    for way in ("up", "down")
} | {
    f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}": model
    for model in (WriteUp, Meetup, Book, *ITEMS)
    for page in ("publish", "schedule", "take_back")
}  # fmt: skip
BY_SLUG = {
    "books:detail": Book,
    "meetups:author_feed": Author,
    "meetups:book_feed": Book,
    "meetups:detail": Meetup,
    "meetups:meetup_calendar": Meetup,
    "meetups:rsvp": Meetup,
    "meetups:writeup": WriteUp,
    "members:author": Author,
}
DJANGO_PAGES = {"change", "delete", "history"}


def values_for(world, pattern):
    """Return the arguments to try, as a list of dictionaries. Raises LookupError for a pattern that is not declared."""
    if not pattern.arguments:
        return [{}]
    if pattern.name in BY_ROW:
        return [{"pk": key} for key in keys_of(world, BY_ROW[pattern.name])]
    if pattern.name in BY_SLUG:
        rows = world.rows[BY_SLUG[pattern.name]]
        return [
            {"slug": slug} for slug in [*(row.slug for row in rows), *world.earlier_slugs(type(rows[0])), "missing"]
        ]
    if pattern.name in TOKENS:
        return [{"token": token} for token in TOKENS[pattern.name](world)]
    if pattern.name in OTHERS:
        return OTHERS[pattern.name](world)
    return values_of_row_page(world, pattern)


def keys_of(world, model):
    return [*(row.pk for row in world.specimens(model)), *world.deleted.get(model, []), MISSING]


TOKENS = {
    "meetups:member_calendar": lambda world: [
        *(row.calendar_token for model in (Member, MergedMember) for row in world.rows[model]),
        NO_TOKEN,
    ],
    "members:messages": lambda world: [*(make_token(row.pk) for row in world.rows[Member]), "missing"],
    "meetups:preview": lambda world: [*(row.token for row in world.rows[PreviewLink]), "missing"],
    "newsletter:confirm": lambda world: [*(row.confirm_token for row in world.rows[Subscriber]), NO_TOKEN],
    **dict.fromkeys(
        ["newsletter:leave", "newsletter:come_back", "newsletter:topics"],
        lambda world: [
            *(row.token for model in (Subscriber, MergedSubscriber) for row in world.rows[model]),
            TOKEN_PLACEHOLDER,
            NO_TOKEN,
        ],
    ),
    "admin:books_book_fetched_cover": lambda world: [world.fetched, "missing"],
}


def issue_numbers(world):
    return [{"number": number} for number in [*(row.number for row in world.rows[Issue] if row.number), MISSING]]


def quote_citations(world):
    keys = keys_of(world, apps.get_model("books.Quote"))
    return [{"pk": key, "ending": "ris"} for key in keys] + [
        {"pk": keys[0], "ending": ending} for ending in ("bib", "json", "exe")
    ]


def guests(world):
    own = [(row.meetup_id, row.pk) for row in world.rows[RSVP]]
    strange = [(own[0][0], own[-1][1]), (own[0][0], MISSING), (MISSING, own[0][1])]
    return [{"pk": meetup, "key": key} for meetup, key in own + strange]


def guest_messages(world):
    own = [(row.meetup_id, row.pk) for row in world.rows[GuestMessage]]
    return [{"pk": meetup, "key": key} for meetup, key in [*own, (own[0][0], MISSING), (MISSING, own[0][1])]]


def pairs_of_books(world):
    keys = keys_of(world, Book)
    return [{"kept": keys[0], "gone": key} for key in keys] + [{"kept": key, "gone": keys[0]} for key in keys[1:]]


def rows_on_site(world):
    rows = [row for model in world.rows for row in world.specimens(model)]
    missing = [{"content_type_id": "x", "object_id": 1}, {"content_type_id": MISSING, "object_id": 1}]
    types = ContentType.objects.get_for_model
    return missing + [{"content_type_id": types(row).pk, "object_id": row.pk} for row in rows]


def reset_keys(world):
    member = world.people[MEMBER]
    uid = user_pk_to_url_str(member)
    return [
        {"uidb36": uid, "key": key} for key in (default_token_generator.make_token(member), "1-wrong", "set-password")
    ]


def pictures(world):
    images = [row.cover for row in world.rows[Book] if row.cover] + [
        row.photo for row in world.rows[Member] if row.photo
    ]
    paths = [path.removeprefix("/media/") for image in images for path in (image.url, image.fallback_url)]
    return [{"path": path} for path in [*paths, "covers/missing.webp", "../db.sqlite3"]]


def share_cards(world):
    """Cards of all rows of each kind, public or not, with the digest of today and a wrong one."""
    club, found = Club.objects.current(), [{"kind": "missing", "pk": 1, "digest": "x"}]
    for kind in get_card_kinds().values():
        for row in kind.model.objects.all():
            found.append({"kind": kind.name, "pk": row.pk, "digest": kind.build(row, club).digest})
        found.append({"kind": kind.name, "pk": row.pk, "digest": "earlier"})
        found.append({"kind": kind.name, "pk": MISSING, "digest": "x"})
    return found


OTHERS = {
    "share_card": share_cards,
    "theme": lambda world: [{"digest": digest} for digest in (build_theme("#123456", "sans").digest, "missing")],
    "newsletter:issue": issue_numbers,
    "books:quote_citation": quote_citations,
    "admin:guide_page": lambda world: [{"name": name} for name in ("paste", "members-and-privacy", "missing")],
    "admin:guide_picture": lambda world: [{"name": name} for name in ("publish", "missing")],
    "admin:joining": lambda world: [{"answer": answer} for answer in ("yes", "no", "perhaps")],
    "admin:view_on_site": rows_on_site,
    "admin:app_list": lambda world: [
        {"app_label": label} for label in sorted({m._meta.app_label for m in registered()})
    ],
    "admin:auth_user_password_change": lambda world: [{"id": key} for key in keys_of(world, Member)],
    "admin:make_author": lambda world: [{"pk": key} for key in keys_of(world, Member)],
    "admin:books_book_merge": pairs_of_books,
    "admin:books_book_merge_with": lambda world: [{"kept": key} for key in keys_of(world, Book)],
    "account_reset_password_from_key": reset_keys,
    "media": pictures,
    **dict.fromkeys(
        ["admin:meetups_meetup_guest_message", "admin:meetups_meetup_send_guest_message"],
        guest_messages,
    ),
    **{
        f"admin:meetups_meetup_{page}": guests
        for page in ("give_seat", "move_to_front", "move_to_waiting", "remove_guest")
    },
}


def registered():
    return list(admin.site._registry)  # noqa: SLF001 - the list of what is registered has no other name


def values_of_row_page(world, pattern):
    """Return the arguments of the pages that Django, and our history, give each registered model."""
    if pattern.route == "admin/(?P<url>.*)$":
        return [{"url": "missing/page/"}]
    for model in registered():
        base = f"admin/{model._meta.app_label}/{model._meta.model_name}/<path:object_id>/"
        page = pattern.route.removeprefix(base)
        if pattern.route.startswith(base) and page.rstrip("/") in DJANGO_PAGES | {""}:
            return [{"object_id": key} for key in [*keys_of(world, model), "rubbish"]]
        if pattern.route.startswith(base) and page.startswith("history/<slug:model_name>/<int:history_id>/"):
            return versions(world, model)
    raise LookupError(pattern.route)


def versions(world, model):
    """Return versions of specimens, of deleted rows, of rows of inlines, and of one row under another's address."""
    found = [
        {"object_id": row.pk, "model_name": model._meta.model_name, "history_id": version.pk}
        for row in [*world.specimens(model), *(model(pk=key) for key in world.deleted.get(model, []))]
        for version in model.history.filter(id=row.pk).order_by("history_id")[:1]
    ]
    inlines = admin.site.get_model_admin(model).inlines
    for inner in [inline.model for inline in inlines if hasattr(inline.model, "history")]:
        owner = next(field.attname for field in inner._meta.fields if field.related_model is model)
        for row in world.specimens(inner):
            version = inner.history.filter(id=row.pk).first()
            key = getattr(row, owner) or MISSING
            found.append({"object_id": key, "model_name": inner._meta.model_name, "history_id": version.pk})
    strange = [found[0] | {"history_id": each["history_id"]} for each in found[1:]]
    return found + strange + [found[0] | {"model_name": "member"}, found[0] | {"history_id": MISSING}]
