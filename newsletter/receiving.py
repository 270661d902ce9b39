"""Mail that comes in at the club's own address for it: reports of what came back, complaints, and who wants to leave.

The mail server hands each one to `manage.py receive_mail`. What is neither is ignored: replies of people who are away
are no reports, and a report counts only if it names a mail that we sent, by a name that nobody can make up.
"""

import re
from email import message_from_bytes
from email.message import Message

from newsletter import signing_up
from newsletter.models import Delivery, Subscriber
from newsletter.replies import Bounce, kind_of_reply

BY_MAIL = "a mail to us"
SIZE_LIMIT_BYTES = 1_000_000
TOKEN = re.compile(r"\+leave-([\w-]{43})@")
COMPLAINTS = {"abuse", "fraud", "opt-out"}


def receive(raw: bytes) -> str:
    """What became of one mail, in words for the log. Raises nothing, whatever it is."""
    message = message_from_bytes(raw[:SIZE_LIMIT_BYTES])
    tokens = TOKEN.findall(addressed_to(message))
    if tokens:
        return take_leave(tokens)
    if message.get_content_type() != "multipart/report":
        return "ignored: no report"
    row = Delivery.objects.with_message_id(words_in(message))
    if row is None:
        return "ignored: of no mail of ours"
    row.went_out()
    kind, words = verdict(message)
    if kind is None or row.subscriber is None:
        return "ignored: nothing has come back"
    row.record_bounce(kind, words)
    return f"{kind.value}: {words.splitlines()[0] if words else ''}"


def addressed_to(message):
    names = ("Delivered-To", "X-Original-To", "To")
    return " ".join(str(value) for name in names for value in message.get_all(name, []))


def take_leave(tokens):
    """By one of `tokens`, of which some mail servers write one in small letters."""
    for token in tokens:
        subscriber = Subscriber.objects.filter(token__iexact=token).first()
        if subscriber:
            signing_up.leave(subscriber, BY_MAIL)
            return "left"
    return "ignored: nobody has this token"


def words_in(report: Message) -> str:
    """All that the report says, headers of the mail that it is about among it: RFC 6522 section 2."""
    parts = [part for part in report.walk() if not part.is_multipart()]
    headers = [f"{name}: {value}" for part in report.walk() for name, value in part.items()]
    return "\n".join([*headers, *(text_of(part) for part in parts)])


def verdict(report: Message) -> tuple[Bounce | None, str]:
    """By the machine's part of the report: RFC 3464 section 2.3 or RFC 5965 section 3."""
    for part in report.walk():
        if part.get_content_type() == "message/feedback-report":
            is_complaint = field_in(text_of(part), "Feedback-Type").lower() in COMPLAINTS
            return (Bounce.COMPLAINT if is_complaint else None), "Marked as spam."
        if part.get_content_type() == "message/delivery-status":
            return of_groups(text_of(part).split("\n\n"))
    return None, ""


def of_groups(groups):
    """Each group of fields is about one recipient, and our mail has but one: the first that has failed counts."""
    for fields in groups:
        if field_in(fields, "Action").lower() == "failed":
            words = f"{field_in(fields, 'Status')} {field_in(fields, 'Diagnostic-Code')}".strip()
            return kind_of_reply(words, unsaid=Bounce.SOFT), words
    return None, ""


def text_of(part):
    """The fields of a machine-readable part, which the parser takes for messages of their own; an empty line between."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return "\n\n".join("\n".join(f"{name}: {value}" for name, value in each.items()) for each in payload)
    return (part.get_payload(decode=True) or b"").decode("utf-8", "replace")


def field_in(text, name):
    found = re.search(rf"^{name}:[ \t]*(.*(?:\n[ \t]+.*)*)", text, re.MULTILINE | re.IGNORECASE)
    return " ".join(found.group(1).split()) if found else ""
