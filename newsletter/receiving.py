"""Mail that comes in at the club's own address for it: reports of what came back, complaints, and who wants to leave.

The mail server hands each one to `manage.py receive_mail`. What is neither is ignored: replies of people who are away
are no reports, and a report counts only if it names a mail that we sent, by a name that nobody can make up.
"""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

from newsletter import signing_up
from newsletter.models import Delivery, Subscriber
from newsletter.replies import Bounce, kind_of_reply

BY_MAIL = "a mail to us"
SIZE_LIMIT_BYTES = 1_000_000
TOKEN = re.compile(r"\+leave-([\w-]{43})@")


def receive(raw: bytes) -> str:
    """What became of one mail, in words for the log."""
    message = message_from_bytes(raw[:SIZE_LIMIT_BYTES], policy=policy.default)
    if found := TOKEN.search(addressed_to(message)):
        return take_leave(found.group(1))
    if message.get_content_type() != "multipart/report":
        return "ignored: no report"
    row = Delivery.objects.with_message_id(original_id(message))
    if row is None:
        return "ignored: of no mail of ours"
    row.went_out()
    kind, words = verdict(message)
    if kind is None or row.subscriber is None:
        return "ignored: nothing has come back"
    row.subscriber.record_bounce(kind, words)
    return f"{kind.value}: {words.splitlines()[0] if words else ''}"


def addressed_to(message):
    names = ("Delivered-To", "X-Original-To", "To")
    return " ".join(str(value) for name in names for value in message.get_all(name, []))


def take_leave(token):
    subscriber = Subscriber.objects.filter(token=token).first()
    if subscriber is None:
        return "ignored: nobody has this token"
    signing_up.leave(subscriber, BY_MAIL)
    return "left"


def original_id(report: EmailMessage) -> str:
    """The Message-ID of the mail that the report is about, from the copy of its headers: RFC 3462 section 2."""
    for part in report.walk():
        if part.get_content_type() == "text/rfc822-headers":
            return field_in(str(part.get_content()), "Message-ID")
        if part.get_content_type() == "message/rfc822":
            original = part.get_payload(0)
            return str(original.get("Message-ID", ""))
    return ""


def verdict(report: EmailMessage) -> tuple[Bounce | None, str]:
    """By the machine's part of the report: RFC 3464 section 2.3 or RFC 5965 section 3."""
    for part in report.walk():
        if part.get_content_type() == "message/feedback-report":
            is_abuse = field_in(text_of(part), "Feedback-Type").lower() in {"abuse", "fraud", "opt-out"}
            return (Bounce.COMPLAINT if is_abuse else None), "Marked as spam."
        if part.get_content_type() == "message/delivery-status":
            fields = text_of(part)
            if field_in(fields, "Action").lower() != "failed":
                return None, ""
            status, said = field_in(fields, "Status"), field_in(fields, "Diagnostic-Code")
            words = f"{status} {said}".strip()
            return kind_of_reply(words, unsaid=Bounce.SOFT), words
    return None, ""


def text_of(part):
    """The fields of a machine-readable part, which the parser takes for messages of their own."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return "\n".join(f"{name}: {value}" for each in payload for name, value in each.items())
    return payload


def field_in(text, name):
    found = re.search(rf"^{name}:[ \t]*(.*(?:\n[ \t]+.*)*)", text, re.MULTILINE | re.IGNORECASE)
    return " ".join(found.group(1).split()) if found else ""
