"""What the site itself keeps of a person: mail, who asked for it, sessions, the desk's log.

Each app has a module of this name that answers for its own part, with three functions:

    export(member)          a dictionary for data.json: numbers, words, dates, moments, pictures, lists and dictionaries
    erase(member, wishes)   what goes when they leave, inside the transaction that deletes their row
    expire(at)              what has been kept for as long as docs/members-and-privacy.md says
"""

import datetime as dt
import json
import re
from functools import reduce
from operator import or_

from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.db import connections, router
from django.db.models import Count, Max, Min, Q

from bookclub.budgets import MailRequest, keyed
from bookclub.outbox import WAITING, OutgoingMail

LOG_IS_KEPT = dt.timedelta(days=365)
SECRETS_ARE_KEPT = dt.timedelta(days=2)
SOMEBODY = "somebody"
LOGGED = ["object_repr", "change_message"]
PEOPLE = ["members", "meetups", "account"]  # the apps whose things bear the names of members
State = OutgoingMail.State


def export(member):
    return {"mail_to_you": mail_to(member), "at_the_desk": acts_at_desk(member), "versions_by_you": versions_by(member)}


def mail_to(member):
    """Mails in the outbox, the latest first; of those that let somebody in, only that there was one."""
    rows = OutgoingMail.objects.filter(to__in=addresses_of(member)).order_by("-written_at", "-pk")
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


def acts_at_desk(member):
    """Without the names of things, which may be those of others."""
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


def versions_by(member):
    """How many versions of each kind of thing they wrote, and when."""
    kinds = ((model, model.objects.filter(history_user=member)) for model in history_models())
    counts = ((model, rows.aggregate(number=Count("*"), first=Min("history_date"), last=Max("history_date")))
              for model, rows in kinds)  # fmt: skip
    return [{"kind": model.instance_type._meta.model_name} | found for model, found in counts if found["number"]]


def history_models():
    return [model for model in apps.get_models() if hasattr(model, "history_user") and hasattr(model, "instance_type")]


def addresses_of(member):
    """Those that are theirs beyond doubt: the one of their account, and those that they have confirmed."""
    confirmed = EmailAddress.objects.filter(user=member, verified=True).values_list("email", flat=True)
    return sorted({member.email, *confirmed})


def erase(member, wishes):
    """To be called while the names and addresses still stand there."""
    mentions = Mentions(member, wishes)
    for address in addresses_of(member):
        OutgoingMail.objects.forget(address)
        MailRequest.objects.filter(address_key=keyed("address", address.lower())).delete()
    strike_from_mail(mentions)
    strike_from_keys(mentions)
    strike_from_log(member, mentions)
    end_sessions(member, mentions)


class Mentions:
    """Somebody's addresses and names, as they may stand in what is kept about something else."""

    def __init__(self, member, wishes):
        author = None if wishes.keeps_author_page else getattr(member, "author", None)
        self.addresses = [whole(address) for address in addresses_of(member)]
        # A name of one word is too often the word for another thing: it is looked for as in "Nick: going".
        names = [name for name in (member.name, author.name if author else "") if " " in name]
        self.names = [*(whole(name) for name in names), rf"(?<![\w-]){re.escape(str(member))}(?=: )"]


def whole(words):
    """A pattern for `words` as JSON too has them, and not as a part of longer ones: ann@example.org is not joann's."""
    spellings = "|".join(sorted({re.escape(words), re.escape(json.dumps(words)[1:-1])}))
    return rf"(?<![\w.+-])(?:{spellings})(?![\w-]|\.\w)"


def naming(patterns, fields):
    """A Q for rows where one of `fields` matches one of `patterns`. Reads all of these texts."""
    return reduce(or_, (Q(**{f"{field}__iregex": pattern}) for field in fields for pattern in patterns))


def strike(text, patterns):
    return re.sub("|".join(patterns), SOMEBODY, text, flags=re.IGNORECASE)


def strike_from_mail(mentions):
    """What was written to others about them is not sent any more, and its text is not kept."""
    rows = OutgoingMail.objects.filter(naming(mentions.addresses, ["subject", "text", "html"]))
    rows.filter(state__in=WAITING).update(state=State.DROPPED)
    rows.filter(state=State.SENDING, keeps=OutgoingMail.Keeps.ALL).update(keeps=OutgoingMail.Keeps.ADDRESS)
    rows.exclude(state=State.SENDING).update(**OutgoingMail.TEXTLESS)


def strike_from_keys(mentions):
    """Of mails to several people, each of whom gets one: the key may end in the address."""
    for mail in OutgoingMail.objects.filter(naming(mentions.addresses, ["key"])):
        mail.key = strike(mail.key, mentions.addresses) + f":{mail.pk}"
        mail.save(update_fields=["key"])


def end_sessions(member, mentions):
    """All of theirs, and those in which somebody has begun to sign in as them. Reads every session."""
    addresses = re.compile("|".join(mentions.addresses), re.IGNORECASE)
    for session in Session.objects.iterator(chunk_size=500):
        data = session.get_decoded()
        if str(data.get(SESSION_KEY)) == str(member.pk) or addresses.search(json.dumps(data, default=str)):
            session.delete()


def strike_from_log(member, mentions):
    """The entries about their row go; others lose the address and, where they are about people, the name."""
    kind = ContentType.objects.get_for_model(type(member))
    LogEntry.objects.filter(content_type=kind, object_id=str(member.pk)).delete()
    about_people = Q(content_type__app_label__in=PEOPLE) & naming(mentions.names, LOGGED)
    for entry in LogEntry.objects.filter(naming(mentions.addresses, LOGGED) | about_people):
        for field in LOGGED:
            setattr(entry, field, strike(getattr(entry, field), [*mentions.addresses, *mentions.names]))
        entry.object_repr = entry.object_repr[:200]
        entry.save(update_fields=LOGGED)


def expire(at):
    Session.objects.filter(expire_date__lt=at).delete()
    LogEntry.objects.filter(action_time__lt=at - LOG_IS_KEPT).delete()
    forget_secrets(at)
    expire_cache(at)


def forget_secrets(at):
    """Of mails with a secret that nobody knows the fate of: the row stays, and says so."""
    old = OutgoingMail.objects.filter(state=State.UNKNOWN, written_at__lt=at - SECRETS_ARE_KEPT)
    for keeps in (OutgoingMail.Keeps.ADDRESS, OutgoingMail.Keeps.NOTHING):
        old.filter(keeps=keeps).update(**OutgoingMail(keeps=keeps).scrubbed())


def expire_cache(at):
    """The limits on signing in count by IP address. A cache of its own forgets by itself; Django's table does not."""
    cache = caches["default"]
    if not isinstance(cache, DatabaseCache):
        return
    connection = connections[router.db_for_write(cache.cache_model_class)]
    table, expires = (connection.ops.quote_name(name) for name in (cache._table, "expires"))  # noqa: SLF001 - where its rows are
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE {expires} < %s",  # noqa: S608 - two quoted names
            [connection.ops.adapt_datetimefield_value(at)],
        )
