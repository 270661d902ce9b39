"""What this app keeps of a person: the account, its addresses, ways and places of signing in, the author's page."""

import datetime as dt

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session

from bookclub.addresses import OldAddress
from bookclub.outbox import WAITING, OutgoingMail
from bookclub.slugs import free_slug
from members.models import Author, SignIn

FORMER = "A former author"


def export(member):
    return {
        "account": {
            "name": member.name,
            "email": member.email,
            "photo": member.photo,
            "my_name_may_stand_in_public": member.agrees_to_be_named,
            "joined_at": member.joined_at,
            "approved_at": member.approved_at,
            "last_signed_in_at": member.last_login,
            "has_a_password": member.has_usable_password(),
            "has_a_private_calendar": bool(member.calendar_token),
            "may_open_the_desk": member.is_staff,
            "roles": list(member.groups.values_list("name", flat=True)),
        },
        "email_addresses": list(
            EmailAddress.objects.filter(user=member).order_by("pk").values("email", "primary", "verified")
        ),
        "second_factors": second_factors_of(member),
        "others_who_say_who_you_are": others_of(member),
        "sign_ins": list(member.sign_ins.values("browser", "at")),
        "author_page": author_page(getattr(member, "author", None)),
    }


def second_factors_of(member):
    """Passkeys and the rest, without what is secret in them."""
    rows = Authenticator.objects.filter(user=member).order_by("pk")
    return [
        {
            "kind": row.get_type_display(),
            "name": row.wrap().name if row.type == Authenticator.Type.WEBAUTHN else "",
            "added_at": row.created_at,
            "last_used_at": row.last_used_at,
        }
        for row in rows
    ]


def others_of(member):
    """Google and the like, where SOCIAL_LOGIN names them, and what they told of the member."""
    if not apps.is_installed("allauth.socialaccount"):
        return []
    rows = apps.get_model("socialaccount", "SocialAccount").objects.filter(user=member).order_by("pk")
    return [
        {"name": row.provider, "your_key_there": row.uid, "told_us": row.extra_data, "since": row.date_joined}
        for row in rows
    ]


def author_page(author):
    if author is None:
        return None
    names = ["name", "job_title", "bio", "photo", "email", "shows_email", "phone", "shows_phone", "website"]
    return {"address": settings.SITE_URL + author.get_absolute_url()} | {name: getattr(author, name) for name in names}


def erase(member, wishes):
    """What hangs on the row by a key goes with it; the author's page stays or goes as they wish."""
    # By the key, as they may have had another name and address then.
    asked = OutgoingMail.objects.filter(key__startswith=f"wants-to-join:{member.pk}:")
    asked.filter(state__in=WAITING).update(state=OutgoingMail.State.DROPPED)
    asked.update(**OutgoingMail.TEXTLESS)
    author = getattr(member, "author", None)
    if author and not wishes.keeps_author_page:
        empty_page(author)


def empty_page(author):
    """Nobody is left on it, as the write-ups need somebody who posted them; without any the page goes."""
    if author.writeups.exists():
        for field in Author._meta.concrete_fields:
            if not (field.primary_key or field.name in {"version", "slug"}):
                setattr(author, field.name, field.get_default())
        author.name = FORMER
        author.slug = free_slug(Author.objects.exclude(pk=author.pk), FORMER, fallback="author")
        author.save()
        OldAddress.objects.of(author).delete()
    else:
        OldAddress.objects.of(author).delete()
        author.delete()


def expire(at):
    """A place that they were signed in at is shown for as long as its session lives."""
    alive = Session.objects.filter(expire_date__gte=at).values("session_key")
    SignIn.objects.filter(at__lt=at - dt.timedelta(hours=1)).exclude(session_key__in=alive).delete()
