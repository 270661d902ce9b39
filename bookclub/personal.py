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
from bookclub.outbox import OutgoingMail

LOG_IS_KEPT = dt.timedelta(days=365)
SECRETS_ARE_KEPT = dt.timedelta(days=2)
SOMEBODY = "somebody"
State = OutgoingMail.State
WAITING = [State.QUEUED, State.HELD]


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
    for address in mentions.addresses:
        OutgoingMail.objects.forget(address)
        MailRequest.objects.filter(address_key=keyed("address", address.lower())).delete()
    strike_from_mail(mentions)
    strike_from_keys(mentions)
    strike_from_log(member, mentions)
    end_sessions(member, mentions.addresses)


class Mentions:
    """Somebody's addresses and full names, as they may stand in what is kept about something else.

    A name of one word is too often the word for another thing: it is looked for as the beginning of "Nick: going".
    """

    def __init__(self, member, wishes):
        author = None if wishes.keeps_author_page else getattr(member, "author", None)
        names = {member.name, author.name if author else ""}
        self.addresses = addresses_of(member)
        self.words = [*self.addresses, *(name for name in names if " " in name)]
        self.beginning = f"{member}: "

    def strike(self, text):
        for word, stands_in in [*((word, SOMEBODY) for word in self.words), (self.beginning, f"{SOMEBODY}: ")]:
            for spelt in spellings(word):
                text = re.sub(re.escape(spelt), stands_in, text, flags=re.IGNORECASE)
        return text


def naming(words, fields):
    """A Q for rows with one of `words` in one of `fields`. Reads all of these texts."""
    asked = (Q(**{f"{field}__icontains": spelt}) for field in fields for word in words for spelt in spellings(word))
    return reduce(or_, asked)


def spellings(word):
    """As it is, and as JSON has it."""
    return {word, json.dumps(word)[1:-1]}


def strike_from_mail(mentions):
    """From what was written to others: what is about them is not sent, what only names them goes and is forgotten."""
    texts = ["subject", "text", "html"]
    rows = OutgoingMail.objects.filter(naming(mentions.words, texts))
    waiting, under_way = rows.filter(state__in=WAITING), rows.filter(state=State.SENDING)
    waiting.filter(naming(mentions.addresses, texts)).update(state=State.DROPPED)
    for going in (waiting, under_way):
        going.filter(keeps=OutgoingMail.Keeps.ALL).update(keeps=OutgoingMail.Keeps.ADDRESS)
    rows.exclude(state__in=[*WAITING, State.SENDING]).update(**OutgoingMail.TEXTLESS)


def strike_from_keys(mentions):
    """Of mails to several people, each of whom gets one: the key may end in the address."""
    for mail in OutgoingMail.objects.filter(naming(mentions.addresses, ["key"])):
        for address in mentions.addresses:
            mail.key = mail.key.replace(address, keyed("address", address)[:20])
        mail.save(update_fields=["key"])


def end_sessions(member, addresses):
    """All of theirs, and those in which somebody has begun to sign in as them. Reads every session."""
    for session in Session.objects.iterator(chunk_size=500):
        data = session.get_decoded()
        words = json.dumps(data, default=str).lower()
        if str(data.get(SESSION_KEY)) == str(member.pk) or any(address.lower() in words for address in addresses):
            session.delete()


def strike_from_log(member, mentions):
    """The entries about their row go; from others their name and address."""
    kind = ContentType.objects.get_for_model(type(member))
    LogEntry.objects.filter(content_type=kind, object_id=str(member.pk)).delete()
    words = [*mentions.words, mentions.beginning]
    for entry in LogEntry.objects.filter(naming(words, ["object_repr", "change_message"])):
        entry.object_repr = mentions.strike(entry.object_repr)[:200]
        entry.change_message = mentions.strike(entry.change_message)
        entry.save(update_fields=["object_repr", "change_message"])


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
