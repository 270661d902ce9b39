"""Personal data in this app: account, addresses, login methods, sessions, author page."""

import datetime as dt

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session

from bookclub.core.redirects import Redirect
from bookclub.core.slugs import unique_slug
from bookclub.mail.models import OutgoingMail
from members.models import Author, SignIn

FORMER_AUTHOR = "A former author"


def export_data(member):
    return {
        "account": {
            "name": member.name,
            "email": member.email,
            "photo": member.photo,
            "my_name_may_stand_in_public": member.agrees_to_be_named,
            "organisers_may_write_about_meetups": member.wants_messages,
            "joined_at": member.joined_at,
            "approved_at": member.approved_at,
            "last_signed_in_at": member.last_login,
            "has_a_password": member.has_usable_password(),
            "has_a_private_calendar": bool(member.calendar_token),
            "may_open_the_admin": member.is_staff,
            "roles": list(member.groups.values_list("name", flat=True)),
        },
        "email_addresses": list(
            EmailAddress.objects.filter(user=member).order_by("pk").values("email", "primary", "verified")
        ),
        "second_factors": export_second_factors(member),
        "sign_in_providers": export_social_accounts(member),
        "sign_ins": list(member.sign_ins.values("browser", "signed_in_at")),
        "author_page": export_author_page(getattr(member, "author", None)),
    }


def export_second_factors(member):
    """Return passkeys and other second factors, without their secrets."""
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


def export_social_accounts(member):
    """Return the accounts at the providers in SOCIAL_LOGIN, with the data that these sent."""
    if not apps.is_installed("allauth.socialaccount"):
        return []
    rows = apps.get_model("socialaccount", "SocialAccount").objects.filter(user=member).order_by("pk")
    return [
        {"name": row.provider, "your_key_there": row.uid, "told_us": row.extra_data, "since": row.date_joined}
        for row in rows
    ]


def export_author_page(author):
    if author is None:
        return None
    names = ["name", "job_title", "bio", "photo", "email", "shows_email", "phone", "shows_phone", "website"]
    return {"address": settings.SITE_URL + author.get_absolute_url()} | {name: getattr(author, name) for name in names}


def erase_data(member, choices):
    """Erase data without a foreign key to the member; keep or delete the author page as chosen."""
    # Found by key: name and address in the mail may be earlier ones.
    requests = OutgoingMail.objects.filter(key__startswith=f"wants-to-join:{member.pk}:")
    requests.filter(state__in=OutgoingMail.WAITING_STATES).update(state=OutgoingMail.State.DROPPED)
    requests.update(**OutgoingMail.EMPTY_TEXT)
    author = getattr(member, "author", None)
    if author and not choices.keep_author_page:
        delete_or_anonymise(author)


def delete_or_anonymise(author):
    """Anonymise an author with write-ups, which need an author; delete any other."""
    if author.writeups.exists():
        for field in Author._meta.concrete_fields:
            if not (field.primary_key or field.name in {"version", "slug"}):
                setattr(author, field.name, field.get_default())
        author.name = FORMER_AUTHOR
        author.slug = unique_slug(Author.objects.exclude(pk=author.pk), FORMER_AUTHOR, fallback="author")
        author.save()
        Redirect.objects.to_target(author).delete()
    else:
        Redirect.objects.to_target(author).delete()
        author.delete()


def delete_expired(at):
    """Delete sign-ins without a session. Keep those of the last hour: a session is saved after its sign-in."""
    alive = Session.objects.filter(expire_date__gte=at).values("session_key")
    SignIn.objects.filter(signed_in_at__lt=at - dt.timedelta(hours=1)).exclude(session_key__in=alive).delete()
