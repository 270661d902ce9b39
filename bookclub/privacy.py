"""Personal data of the project itself: mail, mail requests, sessions, the admin's log.

One of the modules of `bookclub.core.privacy_registry`.
"""

import datetime as dt
import json
import re
from functools import reduce
from operator import or_

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.db import connections, router
from django.db.models import Count, Max, Min, Q

from bookclub.core.email_addresses import format_readable_address, get_address_key
from bookclub.mail.models import OutgoingMail
from bookclub.mail.rate_limits import MailRequest, keyed_hash

LOG_IS_KEPT = dt.timedelta(days=365)
SECRETS_ARE_KEPT = dt.timedelta(days=2)
SOMEBODY = "somebody"
LOGGED = ["object_repr", "change_message"]
PEOPLE = ["members", "meetups", "account"]  # apps whose log entries contain names of members
State = OutgoingMail.State


def export_data(member):
    return {
        "mail_to_you": list_mail(member),
        "in_the_admin": list_admin_actions(member),
        "versions_by_you": list_revisions(member),
    }


def list_mail(member):
    """Return the mails in the outbox, latest first; secret ones without their text."""
    rows = OutgoingMail.objects.to_any_of(member.list_own_addresses()).order_by("-written_at", "-pk")
    return [
        {
            "written_at": mail.written_at,
            "sent_at": mail.sent_at,
            "kind": mail.kind,
            "to": mail.to,
            "state": mail.get_state_display(),
        }
        | ({} if mail.is_secret else {"subject": mail.subject, "text": mail.text, "calendar": mail.calendar})
        for mail in rows.iterator(chunk_size=100)
    ]


def list_admin_actions(member):
    """Return the log entries of the member without the names of objects, which may be those of other people."""
    acts = LogEntry.objects.filter(user=member).select_related("content_type").order_by("-action_time", "-pk")
    return [
        {
            "at": act.action_time,
            "what": act.get_action_flag_display(),
            "kind": act.content_type.model if act.content_type else "",
            "key": act.object_id,
        }
        for act in acts.iterator(chunk_size=500)
    ]


def list_revisions(member):
    """Return, for each model, the number of revisions that `member` saved, with the first and the last date."""
    kinds = ((model, model.objects.filter(history_user=member)) for model in get_history_models())
    counts = ((model, rows.aggregate(number=Count("*"), first=Min("history_date"), last=Max("history_date")))
              for model, rows in kinds)  # fmt: skip
    return [{"kind": model.instance_type._meta.model_name} | found for model, found in counts if found["number"]]


def get_history_models():
    return [model for model in apps.get_models() if hasattr(model, "history_user") and hasattr(model, "instance_type")]


def erase_data(member, choices):
    """Erase the data. Call it while the member's names and addresses are still in the database."""
    mentions = Mentions(member, choices)
    for address in member.list_own_addresses():
        OutgoingMail.objects.erase_address(address)
        MailRequest.objects.filter(address_hash=keyed_hash("address", get_address_key(address))).delete()
    erase_from_mail(mentions)
    erase_from_mail_keys(mentions)
    erase_from_log(member, mentions)
    end_sessions(member, mentions)


class Mentions:
    """Regular expressions for the addresses and names of a person, as they may occur in other data."""

    def __init__(self, member, choices):
        author = None if choices.keep_author_page else getattr(member, "author", None)
        own = member.list_own_addresses()
        self.addresses = [match_whole(each) for each in sorted({*own, *map(format_readable_address, own)})]
        # A name of one word may be an ordinary word, so it is only found as in "Nick: going".
        names = [name for name in (member.name, author.name if author else "") if " " in name]
        self.names = [*(match_whole(name) for name in names), rf"(?<![\w-]){re.escape(str(member))}(?=: )"]


def match_whole(words):
    """Return a pattern for `words`, plain or as in JSON, that does not match ann@example.org in joann@example.org."""
    spellings = "|".join(sorted({re.escape(words), re.escape(json.dumps(words)[1:-1])}))
    return rf"(?<![\w.+-])(?:{spellings})(?![\w-]|\.\w)"


def matching_q(patterns, fields):
    """Return a Q for rows with one of `patterns` in one of `fields`. Scans all rows."""
    return reduce(or_, (Q(**{f"{field}__iregex": pattern}) for field in fields for pattern in patterns))


def replace_mentions(text, patterns):
    return re.sub("|".join(patterns), SOMEBODY, text, flags=re.IGNORECASE)


def erase_from_mail(mentions):
    """Cancel queued mails to others that mention the member; those being sent lose their text afterwards."""
    rows = OutgoingMail.objects.filter(matching_q(mentions.addresses, ["subject", "text", "html"]))
    rows.filter(state__in=OutgoingMail.WAITING_STATES).update(state=State.DROPPED)
    rows.filter(state=State.SENDING, retention=OutgoingMail.Retention.ALL).update(
        retention=OutgoingMail.Retention.ADDRESS
    )
    rows.exclude(state=State.SENDING).update(**OutgoingMail.EMPTY_TEXT)


def erase_from_mail_keys(mentions):
    """Replace the member's addresses in mail keys: some keys end with the recipient's address."""
    for mail in OutgoingMail.objects.filter(matching_q(mentions.addresses, ["key"])):
        mail.key = replace_mentions(mail.key, mentions.addresses) + f":{mail.pk}"
        mail.save(update_fields=["key"])


def end_sessions(member, mentions):
    """End the member's sessions, and those with a pending login to their address. Reads every session."""
    addresses = re.compile("|".join(mentions.addresses), re.IGNORECASE)
    for session in Session.objects.iterator(chunk_size=500):
        data = session.get_decoded()
        if str(data.get(SESSION_KEY)) == str(member.pk) or addresses.search(json.dumps(data, default=str)):
            session.delete()


def erase_from_log(member, mentions):
    """Delete log entries about the member; in others replace the address and, in apps about people, the name."""
    kind = ContentType.objects.get_for_model(type(member))
    LogEntry.objects.filter(content_type=kind, object_id=str(member.pk)).delete()
    about_people = Q(content_type__app_label__in=PEOPLE) & matching_q(mentions.names, LOGGED)
    for entry in LogEntry.objects.filter(matching_q(mentions.addresses, LOGGED) | about_people):
        for field in LOGGED:
            setattr(entry, field, replace_mentions(getattr(entry, field), [*mentions.addresses, *mentions.names]))
        entry.object_repr = entry.object_repr[:200]
        entry.save(update_fields=LOGGED)


def delete_expired(at):
    Session.objects.filter(expire_date__lt=at).delete()
    LogEntry.objects.filter(action_time__lt=at - LOG_IS_KEPT).delete()
    erase_secrets(at)
    delete_expired_cache(at)


def erase_secrets(at):
    """Empty secret mails whose delivery is UNKNOWN; the rows stay."""
    old = OutgoingMail.objects.filter(state=State.UNKNOWN, written_at__lt=at - SECRETS_ARE_KEPT)
    for keeps in (OutgoingMail.Retention.ADDRESS, OutgoingMail.Retention.NOTHING):
        old.filter(retention=keeps).update(**OutgoingMail(retention=keeps).emptied_fields())


def delete_expired_cache(at):
    """Delete expired rows of Django's cache tables, which Django doesn't: rate limits contain IP addresses."""
    tables = {cache._table: cache for cache in caches.all() if isinstance(cache, DatabaseCache)}  # noqa: SLF001 - the name
    for name, cache in tables.items():
        connection = connections[router.db_for_write(cache.cache_model_class)]
        table, expires = (connection.ops.quote_name(each) for each in (name, "expires"))
        with connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {table} WHERE {expires} < %s",  # noqa: S608 - two quoted names
                [connection.ops.adapt_datetimefield_value(at)],
            )
